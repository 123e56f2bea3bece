//! The fast path: the decisions of [`crate::sched::attempt`], in microseconds.
//!
//! A node's verdict and its raw scores for a specification depend on that node alone, as long as nothing looks beyond it:
//! no affinity between pods, no topology spread, no claims that are shared. So each specification keeps them for all nodes,
//! in list order, and brings those up to date that changed since it was last seen. "The first `want` feasible nodes from the
//! rotating start, the best of them" is then a count of bits and a maximum over a short array; how many nodes each plugin
//! saw follows from counts. Everything else takes the reference path, whole.
//!
//! The reference path stays the definition; tests and `--check` hold this one to it, decision by decision.

pub mod decision;
pub mod devices;
pub mod eligible;
pub mod index;
pub mod pick;
pub mod scheduler;

#[cfg(test)]
mod tests;

pub use decision::Decision;
pub use scheduler::Scheduler;
