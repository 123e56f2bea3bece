//! One run: the closed set of events, the world they act on, one handler function per event.
//!
//! No scheduling decision is taken here. Handlers ask `sched` and `node`, and are the only ones who change the ledger.

pub mod curve;
pub mod event;
pub mod sequence;
pub mod setup;

pub use event::{Event, Phase};
pub use setup::{Options, Setup};
