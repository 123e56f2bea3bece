//! kube-scheduler: queue, cycle, filters, scores, and what its work costs.

pub mod attempt;
pub mod cost;
pub mod cycle;
pub mod dra;
pub mod fast;
pub mod filter;
pub mod framework;
pub mod index;
pub mod packing;
pub mod plugins;
pub mod preorder;
pub mod profile;
pub mod queue;
pub mod queueing;
pub mod score;
pub mod terms;

pub use cost::CostModel;
pub use cycle::{CycleCx, Decision, Scheduler};
pub use profile::{Profile, ScoredResource, Scoring};
pub use queue::{Failure, Rejectors, SchedulingQueue};
