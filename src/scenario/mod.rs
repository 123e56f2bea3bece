//! Scenarios: what a user wrote (raw), what it means (plan), and how it is read.
//!
//! A text becomes a spanned tree, edits (`--set`) change the tree, the tree is held against the schema of the raw types,
//! and what is left is judged by its meaning. Every step reports all it finds, with its place, and goes on.

pub mod codes;
pub mod diagnose;
pub mod load;
pub mod plan;
pub mod raw;
pub mod resolve;
pub mod schema;
pub mod set;
pub mod structure;
pub mod suggest;
pub mod tree;
pub mod units;
pub mod validate;

#[cfg(test)]
mod shipped_tests;

pub use load::{Source, load};
pub use plan::{InputFile, Plan, RunPlan, SequencePlan, StrategyKind, StrategyPlan, SyntheticPlan, TracePlan, WorkloadPlan};
pub use set::Edits;
