//! Packing policies: which node, and which share of which GPUs, a pod of a sequence replay gets.
//!
//! The six policies of the FGD study (Weng et al., "Beware of Fragmentation", USENIX ATC 2023), each in one file with its
//! rule in prose. To add one: write the file, then add `mod name;` here and `policy::name::ENTRY` to the list in `list.rs`. The
//! shared property tests in `list.rs` then run on it. Sharing GPUs by thousandths is policy research: no Kubernetes
//! mechanism gives it today.

mod bestfit;
mod clustering;
mod dotprod;
mod fgd;
pub mod fragmentation;
pub mod list;
mod packing;
mod random;
pub mod state;
pub mod typical;
pub mod waist;

pub use fragmentation::Fragmentation;
pub use list::{POLICIES, PolicyEntry, find};
pub use state::{GPUS_MAX, NodeState, PackingAsk};
pub use typical::{TypicalPod, TypicalPods, TypicalRow};
pub use waist::{Draw, PackingCx, PackingPolicy, Ties};
