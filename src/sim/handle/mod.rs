//! One handler per event, a file for each actor. Handlers ask `sched` and `node` for decisions and are the only ones who change
//! the ledger.
//!
//! No scheduling decision is taken here: a branch may look at a decision, a phase or the queue, never at resources.

pub mod binding;
pub mod claims;
pub mod classic;
pub mod closed;
pub mod cycle;
pub mod demand;
pub mod devices;
pub mod dispatch;
pub mod eviction;
pub mod failed;
pub mod kubelet;
pub mod later;
pub mod node_lifecycle;
pub mod outages;
pub mod pod_gc;
pub mod preemption;
pub mod queue;
pub mod release;

pub use dispatch::{handle, start};
