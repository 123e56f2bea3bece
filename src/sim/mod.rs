//! One run: the closed set of events, the world they act on, one handler function per event.
//!
//! No scheduling decision is taken here. Handlers ask `sched` and `node`, and are the only ones who change the ledger.

mod calls;
mod check;
pub mod curve;
pub mod event;
mod explain;
mod faults;
mod handle;
mod instruments;
mod negotiations;
mod pods;
mod refusals;
mod schedulers;
pub mod sequence;
pub mod setup;
mod tally;
pub mod timed;
mod world;

pub use event::{Event, Phase};
pub use setup::{Options, Setup};
pub use timed::run;
