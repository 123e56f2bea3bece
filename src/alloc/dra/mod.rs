//! The structured-parameters allocator: a depth-first, first-fit search over the devices of one node.
//!
//! Source: `staging/src/k8s.io/dynamic-resource-allocation/structured`, in its three variants, as told in `dra.md` section 2.
//! [`Reference`] follows upstream step by step. What does not depend on how the search goes is beside it: pools are
//! gathered in [`gather`] and [`pool`], claims read in [`prepare`], selectors answered in [`selectable`], single devices
//! taken and given back in [`take`], answers written in [`result`].

pub mod candidate;
pub mod capacity;
pub mod constraint;
pub mod counters;
pub mod derived;
pub mod fast;
pub mod features;
pub mod gather;
pub mod groups;
pub mod nodes;
pub mod pool;
pub mod prepare;
pub mod problem;
pub mod reference;
pub mod result;
mod search;
pub mod selectable;
pub mod taints;
pub mod take;
pub mod values;

pub use fast::Fast;
pub use features::{Features, Variant};
pub use problem::World;
pub use reference::Reference;
pub use search::{Outcome, Problem, Stats, allocate};
