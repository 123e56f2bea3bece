//! The device-plugin side of a node: which devices a kubelet takes for a count.
//!
//! The scheduler has only counted; here identities are chosen, after binding (`scheduler-kubelet.md` A4, A9, A10).

mod pick;
mod preferred;

pub use pick::{PickError, pick};
