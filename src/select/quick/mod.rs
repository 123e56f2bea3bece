//! The short way for what selectors mostly are: comparisons of attributes and capacities with constants, presence tests,
//! and `&&`, `||`, `!` over them.
//!
//! [`mod@recognise`] finds such a [`form`] in a plan; as a [`chain`] of questions it is judged on the [`facts`] of a prepared
//! device, with the verdict and the cost that the plan would give. Whatever is not so simple, above all any error, is left to the plan.

pub mod chain;
pub mod facts;
pub mod form;
pub mod recognise;

pub use chain::Chain;
pub use facts::Facts;
pub use recognise::recognise;

#[cfg(test)]
mod tests;
