//! One scheduling attempt, step by step as kube-scheduler makes it (`pkg/scheduler/schedule_one.go`).
//!
//! This is the reference path: plain, node by node, exact. [`Scheduler`] holds what kube-scheduler keeps between attempts;
//! [`Scheduler::attempt`] decides for one pod, and tells everything about it in an [`Attempt`].

pub mod batch;
pub mod binding;
pub mod diagnosis;
pub mod filtering;
pub mod heap;
pub mod post_filter;
pub mod preemption;
pub mod record;
pub mod scheduler;
pub mod scoring;
pub mod signature;
pub mod unstable;
pub mod victims;

#[cfg(test)]
mod tests;

pub use binding::{Binding, PreBound};
pub use diagnosis::Diagnosis;
pub use record::{Attempt, Candidate, Nominating, Outcome, PostFilterRecord, PreFilterRecord, PreemptionRecord, Scores};
pub use scheduler::{Scheduler, TieRule};
