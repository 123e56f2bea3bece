//! What a scenario file may say: one type per table, unknown keys refused, nothing interpreted.
//!
//! An absent key is `None` or an empty list here and has a value in the [`Plan`](crate::scenario::Plan). The doc comments
//! are the descriptions of the published JSON Schema, so they speak to who writes a scenario.

mod cluster;
mod control;
mod run;
mod scheduler;
mod strategy;
mod workload;

pub use cluster::{Cluster, GpuGroup, NicGroup, NodeGroup, NodeType, TpuGroup, Vendor};
pub use control::{ClientLimit, ControlPlane, Cost, Delay, Kubelet};
pub use run::Run;
pub use scheduler::{Resource, Scheduler, Scoring};
pub use strategy::Strategy;
pub use workload::{Align, Basis, Device, Entry, Kind, Lasts, Level, Replay, Rhythm, Source, Workload};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    /// Seed, replicates and the measured window.
    pub run: Run,
}
