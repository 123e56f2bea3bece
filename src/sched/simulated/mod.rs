//! kube-scheduler in a simulation: nodes of an inventory, pods by their shapes, everything by number.
//!
//! Nothing is read from objects here and nothing is written to any. A pod and its claim are there while the simulation says
//! so, and leave nothing behind.

pub mod books;
pub mod nodes;
pub mod scheduler;
pub mod specs;

#[cfg(test)]
mod tests;

pub use scheduler::Simulated;
