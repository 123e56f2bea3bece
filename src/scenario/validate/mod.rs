//! What was written becomes what it means: from the tree and the raw types to a [`Plan`](crate::scenario::Plan).
//!
//! Each file judges one table of the scenario. All findings are collected; what a finding makes meaningless is not judged.

#[cfg(test)]
mod bad_input_tests;
mod cluster;
mod constants;
mod context;
mod cost;
mod entries;
mod failures;
mod objects;
mod run;
mod strategies;
mod trace;
mod whole;
mod workload;

pub(in crate::scenario) use constants::resource_name;
pub(in crate::scenario) use entries::basis;
pub(in crate::scenario) use trace::sequence_workload;
pub use whole::plan;
