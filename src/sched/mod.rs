//! kube-scheduler: queue, cycle, filters, scores, and what its work costs.

pub mod cost;
pub mod packing;
pub mod profile;

pub use cost::CostModel;
pub use profile::{Profile, ScoredResource, Scoring};
