//! How devices are given: mechanisms, lowering of neutral asks, the DRA allocator, the kubelet's device choice, and
//! packing policies for research.

pub mod classic;
pub mod dra;
pub mod lower;
pub mod mechanism;
pub mod plugin;
pub mod policy;

pub use mechanism::Mechanism;
