//! InterPodAffinity: affinity and anti-affinity between pods (`plugins/interpodaffinity`).
//!
//! PreFilter and PreScore walk over the pods of all nodes and count, by topology key and value, what a term says of them.
//! Filter and Score then only look at the labels of a node.

mod asked;
mod counts;
mod filtering;
mod scoring;
mod terms;

#[cfg(test)]
mod tests;

pub use asked::ask;
pub use filtering::{State, filter, pre_filter};
pub use scoring::{ScoreState, normalize, pre_score, score};
pub use terms::OwnTerm;
