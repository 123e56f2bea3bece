//! The kubelet: admission, device choice, preparation, start, end.

pub mod admit;
pub mod constants;

pub use admit::{admit, claimed_part, counted};
pub use constants::Kubelet;
