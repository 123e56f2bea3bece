//! What a scenario file may say: one type per table, unknown keys refused, nothing interpreted.
//!
//! An absent key is `None` or an empty list here and has a value in the [`Plan`](crate::scenario::Plan). The doc comments
//! are the descriptions of the published JSON Schema, so they speak to who writes a scenario.

mod cluster;
mod control;
mod failures;
mod run;
mod scenario;
mod scheduler;
mod strategy;
mod workload;

pub use cluster::{Cluster, GpuGroup, NicGroup, NodeGroup, NodeType, TpuGroup, Vendor};
pub use control::{Api, Classic, ClientLimit, ControlPlane, Cost, Delay, Kubelet, NodeLifecycle, Replacement};
pub use failures::{Containers, FailureEntry, FailureRate, Failures, Taint};
pub use run::{Events, Run};
pub use scenario::Scenario;
pub use scheduler::{Resource, Scheduler, Scoring};
pub use strategy::Strategy;
pub use workload::{Align, Basis, Device, Entry, Kind, Lasts, Level, Replay, Rhythm, Source, Workload};
