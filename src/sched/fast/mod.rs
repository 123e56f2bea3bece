//! The fast path: the decisions of [`crate::sched::attempt`], in microseconds.
//!
//! A node's verdict and its raw scores for a specification depend on that node alone, as long as nothing looks beyond it. So
//! each specification keeps them for all nodes, in list order ([`index`]), and brings those up to date that changed since it
//! was last seen. "The first `want` feasible nodes from the rotating start, the best of them" ([`pick`]) is then a count of
//! bits and a maximum over a short array; how many nodes each plugin saw follows from counts. Claims that are made from a
//! template are answered by kind and state of a node ([`devices`]). What looks beyond nodes, affinity between pods and
//! topology spread, has counts of its own, and is asked about the nodes that are left ([`beyond`]). Everything else takes
//! the reference path, whole: claims that are shared or network-attached, nominated pods, batches, preemption.
//!
//! The reference path stays the definition; tests and `--check` hold this one to it, decision by decision.

pub mod beyond;
pub mod conclude;
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
