//! The kubelet: admission, device choice, preparation, start, end.

pub mod constants;

pub use constants::Kubelet;
