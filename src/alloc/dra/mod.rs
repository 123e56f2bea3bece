//! The structured-parameters allocator: a depth-first, first-fit search over the devices of one node.
//!
//! Source: `staging/src/k8s.io/dynamic-resource-allocation/structured` (the *incubating* variant, which a default 1.37
//! runs), as told in `dra.md` section 2.

mod search;

pub use search::{Outcome, Problem, Stats, allocate};
