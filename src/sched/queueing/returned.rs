//! A pod comes back from an attempt that failed.

use crate::base::PodId;
use crate::sched::framework::PluginSet;
use crate::sched::queueing::decide::{Happened, Strategy};
use crate::sched::queueing::{QueuedPod, SchedulingQueue, View};

/// How an attempt failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// Plugins rejected the pod.
    Rejected {
        /// Those that an event may help.
        unschedulable: PluginSet,
        /// Those that wait for something they started.
        pending: PluginSet,
    },
    /// There is no node.
    NoNodes,
    /// Something went wrong.
    Error,
}

impl Failure {
    /// True if it is no error.
    pub fn is_rejection(self) -> bool {
        self != Failure::Error
    }

    /// Forgets what held the pod back before, and takes note of what does now.
    pub(super) fn mark(self, entry: &mut QueuedPod) {
        (entry.unschedulable, entry.pending) = match self {
            Failure::Rejected { unschedulable, pending } => (unschedulable, pending),
            Failure::NoNodes | Failure::Error => (PluginSet::EMPTY, PluginSet::EMPTY),
        };
        entry.gating = None;
    }
}

impl SchedulingQueue {
    /// Takes a popped pod back. It waits for an event, unless one that may help came while it was in flight, or no plugin
    /// rejected it.
    pub fn add_unschedulable(&mut self, view: &View<'_>, mut entry: QueuedPod) {
        let id = entry.id();
        if self.stores.holds(id) {
            self.in_flight.end(id);
            return;
        }
        if entry.rejectors().is_empty() {
            entry.consecutive_errors += 1;
        } else {
            entry.unschedulable_count += 1;
            entry.consecutive_errors = 0;
        }
        entry.timestamp = view.now;
        entry.expiry = None;
        entry.was_flushed = false;
        entry.flushed_at = None;
        self.stores.keep(entry);
        let strategy = self.hint_for_in_flight(view, id);
        self.requeue(view, id, strategy);
        self.in_flight.end(id);
    }

    fn hint_for_in_flight(&mut self, view: &View<'_>, id: PodId) -> Strategy {
        let Some(entry) = self.stores.entry(id) else { return Strategy::Skip };
        let (is_error, may_wait) = (entry.rejectors().is_empty(), entry.pending.is_empty());
        let Some(events) = self.in_flight.since(id).filter(|_| !is_error) else { return Strategy::AfterBackoff };
        let events: Vec<_> = events.map(|(event, subject)| (event, subject.clone())).collect();
        let mut best = Strategy::Skip;
        for (event, subject) in &events {
            best = best.max(self.worth_requeuing(view, id, &Happened::new(*event, subject)));
            if best == Strategy::Immediately || best == Strategy::AfterBackoff && may_wait {
                break;
            }
        }
        best
    }
}
