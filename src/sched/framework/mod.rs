//! What plugins see and say: the snapshot of the cluster, verdicts, the configuration (`pkg/scheduler/framework`).

pub mod changes;
pub mod config;
pub mod cx;
pub mod from_config;
pub mod nominator;
pub mod normalize;
pub mod plugin;
pub mod plugin_lists;
pub mod points;
pub mod rejection;
pub mod snapshot;
pub mod state;
pub mod well_known;

pub use changes::Changes;
pub use config::Configuration;
pub use cx::Cx;
pub use from_config::{Settings, settings};
pub use nominator::Nominator;
pub use normalize::{MAX_NODE_SCORE, default_normalize};
pub use plugin::{Plugin, PluginSet};
pub use rejection::{Code, PreFilter, Reason, Rejection, Verdict};
pub use snapshot::{ImageState, NodeInfo, Snapshot};
pub use state::CycleState;
pub use well_known::WellKnown;

#[cfg(test)]
mod from_config_tests;
