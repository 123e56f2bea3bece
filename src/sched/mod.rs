//! Which node a pod goes to.

pub mod packing;
