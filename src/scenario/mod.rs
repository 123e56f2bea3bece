//! Scenarios: what a user wrote (raw), what it means (plan), and how it is read.

pub mod plan;

pub use plan::{InputFile, Plan, RunPlan, StrategyKind, StrategyPlan};
