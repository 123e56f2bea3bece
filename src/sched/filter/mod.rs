//! Filter plugins, one file each, and what they say about a node together.

pub(in crate::sched) mod dynamic_resources;
mod node_affinity;
mod node_resources_fit;
mod verdict;

pub use verdict::{FilterCx, Lacks, NodeVerdict, evaluate, reason_text};
