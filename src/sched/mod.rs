//! kube-scheduler: queue, attempts, plugins, and what its work costs.

pub mod attempt;
pub mod cost;
pub mod dra;
pub mod fast;
pub mod framework;
pub mod packing;
pub mod plugins;
pub mod preorder;
pub mod profile;
pub mod queueing;
pub mod simulated;
pub mod terms;

pub use cost::CostModel;
pub use profile::{Profile, ScoredResource, Scoring};
pub use simulated::Simulated;
