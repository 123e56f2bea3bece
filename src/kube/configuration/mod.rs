//! KubeSchedulerConfiguration (`kubescheduler.config.k8s.io/v1`): what kube-scheduler's `--config` reads.
//!
//! Types as they are written, and what kube-scheduler v1.37 refuses to start with. Which plugins run in the end is for
//! [`crate::sched`].

pub mod args;
pub mod load;
pub mod problem;
pub mod types;
mod validate;
mod validate_args;

pub use args::PluginArgs;
pub use load::load;
pub use problem::{Problem, Problems};
pub use types::{KubeSchedulerConfiguration, PluginConfig, PluginSet, Plugins, Point, Profile};
pub use validate_args::fit_arguments;
