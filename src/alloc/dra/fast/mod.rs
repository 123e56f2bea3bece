//! The fast search: the reference's answers and step counts without its exponential time.
//!
//! A node and the claims are compiled into dense numbers ([`facts`] for what holds on every node, [`scene`] for one node);
//! [`search`] goes through them exactly as upstream does. What makes it fast is that it never fails twice in the same way:
//! [`residual`] writes down everything that the rest of a search can depend on, in a form in which states that differ by
//! names only are equal, and [`memo`] keeps, for each, how the search failed and how many steps that took.

pub mod allocator;
pub mod facts;
pub mod hard;
pub mod labels;
pub mod memo;
pub mod plan;
#[cfg(test)]
mod problems;
pub mod reach;
pub mod residual;
pub mod scene;
pub mod search;
pub mod seen;
pub mod sets;
pub mod state;
pub mod survey;
#[cfg(test)]
mod tests;
pub mod values;

pub use allocator::Fast;
