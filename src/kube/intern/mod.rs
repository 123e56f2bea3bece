//! From Kubernetes objects to the allocator's types, and back.
//!
//! [`Interning`] takes slices, classes, claims and nodes one by one, in the order in which upstream is given them. Whatever
//! the allocator reads is kept, also where the API server would refuse it now; what cannot be read at all is a finding with
//! its path.

pub mod builder;
pub mod claim;
pub mod device;
pub mod held;
pub mod path;
pub mod result;
pub mod selectors;
pub mod slice;

pub use builder::{Interned, Interning, allocator_node};
pub use path::Path;
pub use result::{Copied, allocation_result};
pub use selectors::{SelectorKind, SelectorText, compile, compile_one};
pub use slice::model_selector;

#[cfg(test)]
mod tests;
