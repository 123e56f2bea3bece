//! `[failures]`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scenario::raw::Delay;
use crate::scenario::units::Duration;

/// Nodes and devices that fail: by rates, by a list, or both. The same hardware fails at the same times under every strategy.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Failures {
    /// How often nodes fail. Default: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nodes: Option<FailureRate>,
    /// How often devices fail. Default: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub devices: Option<FailureRate>,
    /// Single failures. What is down by this list does not fail by a rate.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entry: Vec<FailureEntry>,
    /// What containers do whose device fails: "crash", as most do, or "hang" until somebody ends them. Their work stops either
    /// way. Default: "crash".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub containers: Option<Containers>,
    /// Effect of the taint that a DRA driver puts on a failed device. "None" is no taint at all. Default: "NoExecute".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taint: Option<Taint>,
    /// From a failure or repair of a device to the moment its plugin or driver knows; an assumption, the same for both.
    /// Default: p50 "1s", p99 "5s".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detection: Option<Delay>,
    /// How long a node is down before somebody puts the taint `node.kubernetes.io/out-of-service` on it, so that PodGC deletes
    /// its pods. Default: never, so that they stay until the node is back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_of_service_after: Option<Duration>,
}

/// How often things of a kind fail, and how long it takes to repair them. One of `percent_a_day` and `mtbf`.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FailureRate {
    /// Percent of them that fail in a day, by the mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent_a_day: Option<f64>,
    /// Mean time that each works between a repair and its next failure, which is exponentially distributed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mtbf: Option<Duration>,
    /// How long a repair takes, for a node until its kubelet and drivers run again. Default: p50 "54m", p99 "82h", published
    /// for the nodes of LANL's clusters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repair: Option<Delay>,
}

/// A failure of a node, or of one of its devices.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("required" = ["node", "at"]))]
pub struct FailureEntry {
    /// Name of the node.
    pub node: String,
    /// Number of the device on its node, from 0, in the order in which drivers publish them. Default: the node itself fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<u32>,
    /// When, from the start of the run.
    pub at: Option<Duration>,
    /// How long until it works again. Default: it never does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repair: Option<Duration>,
}

/// What containers do whose device fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Containers {
    /// They end with an error.
    Crash,
    /// They hang until somebody ends them.
    Hang,
}

/// Effect of a device taint.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, JsonSchema)]
pub enum Taint {
    /// No taint.
    None,
    /// Nobody is given the device.
    NoSchedule,
    /// Likewise, and pods that have it are evicted.
    NoExecute,
}
