//! Score plugins, one file each. Scores are integers 0 to 100 with truncating division, as upstream's.
//!
//! Absent on purpose: scores that are equal on all nodes for the pods drasim has (TaintToleration, NodeAffinity without
//! preferred terms, ImageLocality with images everywhere). They cannot change a choice.

mod balanced_allocation;
mod node_resources_fit;
mod total;

pub use total::total;
