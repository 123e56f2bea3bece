//! The structured-parameters allocator: a depth-first, first-fit search over the devices of one node.
//!
//! Source: `staging/src/k8s.io/dynamic-resource-allocation/structured`, in its three variants, as told in `dra.md` section 2.
//! [`Reference`] follows upstream step by step. What does not depend on how the search goes is beside it: pools are
//! gathered in [`gather`] and [`pool`], claims read in [`prepare`], selectors answered in [`selectable`], single devices
//! taken and given back in [`take`], answers written in [`result`].

pub mod answers;
pub mod candidate;
pub mod capacity;
pub mod cluster;
pub mod constraint;
pub mod counters;
pub mod derived;
pub mod fast;
pub mod features;
pub mod fleet;
pub mod gather;
pub mod groups;
pub mod kinds;
pub mod nodes;
pub mod pool;
pub mod prepare;
pub mod problem;
pub mod reference;
pub mod relevance;
pub mod result;
pub mod selectable;
pub mod slices;
pub mod taints;
pub mod take;
#[cfg(test)]
mod testing;
pub mod values;

pub use answers::{Answer, Answers, Asking, Held, Served, Verdict};
pub use cluster::{Cluster, Selectors};
pub use fast::Fast;
pub use features::{Features, Variant};
pub use problem::{ErrorKind, Outcome, Reason, Stats, World};
pub use reference::Reference;
pub use take::Learnt;
