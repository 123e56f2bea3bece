//! The scheduling queue of v1.37 for single pods, exactly (`pkg/scheduler/backend/queue`, `eventhandlers.go`, spec B4).
//!
//! A pod waits in one of three stores: it is tried next (active), it waits for its back-off (one heap for rejected pods, one
//! for errors), or it waits for an event that may help one of the plugins that rejected it (the pool, gated pods included).
//! [`Handlers`] turn what informers deliver into cluster events; [`SchedulingQueue`] asks the hints of the rejecting plugins
//! about each. Two entries with equal keys are ordered by upstream's binary heap. Where upstream walks a map, pods are walked
//! in the order of their ids.

pub mod assumed;
pub mod change;
pub mod decide;
pub mod entry;
pub mod event;
pub mod handlers;
pub mod heap;
pub mod hint;
pub mod in_flight;
pub mod informers;
pub mod listers;
pub mod moves;
pub mod nominator;
pub mod pool;
pub mod pre_enqueue;
pub mod queue;
pub mod registry;
pub mod returned;
pub mod stores;
pub mod update;
pub mod woken;

#[cfg(test)]
mod same;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use entry::QueuedPod;
pub use event::{Action, ClusterEvent, Resource, Subject};
pub use handlers::Handlers;
pub use informers::Informers;
pub use listers::{ClaimView, ClassView, Listers, View};
pub use nominator::Nominating;
pub use queue::{QueueOptions, SchedulingQueue};
pub use returned::Failure;
