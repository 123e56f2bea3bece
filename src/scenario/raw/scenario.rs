//! The whole of a scenario file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scenario::raw::{Cluster, ControlPlane, Failures, Run, Scheduler, Strategy, Workload};

/// A drasim scenario: a cluster, a workload, the strategies to compare on both, and constants.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Scenario {
    /// Short name; names the output folder. Letters, digits, `-`, `_` and `.`. Default: the name of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// One line for titles. Default: the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The nodes.
    pub cluster: Cluster,
    /// What arrives.
    pub workload: Workload,
    /// The strategies to compare, each on the same workload.
    pub strategy: Vec<Strategy>,
    /// The scheduler profile, equal for all strategies.
    pub scheduler: Scheduler,
    /// Latencies and rates of the control plane.
    pub control_plane: ControlPlane,
    /// Nodes and devices that fail, the same ones under every strategy. Timed runs only.
    pub failures: Failures,
    /// Seed, replicates and the measured window.
    pub run: Run,
}
