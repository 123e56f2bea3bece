//! `[scheduler]`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scenario::units::Duration;

/// The scheduler profile, equal for all strategies, so that none wins by a setting. Defaults are those of Kubernetes 1.37.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Scheduler {
    /// A KubeSchedulerConfiguration (.yaml, .json), relative to the folder of the scenario. It says what `scoring`,
    /// `resources`, weights, `percentage_of_nodes_to_score` and back-offs would say, and the rates of the scheduler's client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<String>,
    /// `schedulerName` of the profile of `config` that is taken. Default: the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// `scoringStrategy.type` of NodeResourcesFit. Default: "LeastAllocated".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scoring: Option<Scoring>,
    /// `scoringStrategy.resources` of NodeResourcesFit. Default: cpu and memory, weight 1 each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<Vec<Resource>>,
    /// Weight of NodeResourcesFit; 0 turns its score off. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub fit_weight: Option<u32>,
    /// Weight of NodeResourcesBalancedAllocation; 0 turns it off. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub balanced_weight: Option<u32>,
    /// `percentageOfNodesToScore`; 0 is Kubernetes' adaptive rule. Default: 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub percentage_of_nodes_to_score: Option<u32>,
    /// `podInitialBackoffSeconds`. Default: "1s".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backoff_initial: Option<Duration>,
    /// `podMaxBackoffSeconds`. Default: "10s".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backoff_max: Option<Duration>,
    /// How long an entry may stay in the unschedulable pool without any event. Default: "5m".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unschedulable_max: Option<Duration>,
    /// Most steps of the DRA allocator for one node before the attempt ends in an error, as Kubernetes' time limit of 10 s
    /// does; 0 is no limit. Default: 5000000; 0 under the control plane profile "ideal".
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 9223372036854775807i64))]
    pub filter_step_budget: Option<u64>,
}

/// How NodeResourcesFit turns requested and capacity into points.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, JsonSchema)]
#[schemars(inline)]
pub enum Scoring {
    /// Prefers nodes with more left.
    LeastAllocated,
    /// Prefers nodes with less left.
    MostAllocated,
}

/// A resource that NodeResourcesFit scores.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("required" = ["name"]))]
pub struct Resource {
    /// "cpu", "memory", "gpu", "tpu" or "nic". Devices are counted in the same way for every mechanism.
    pub name: String,
    /// Weight. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub weight: Option<u32>,
}
