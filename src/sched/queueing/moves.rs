//! Moving entries between the stores.

use crate::base::PodId;
use crate::sched::queueing::decide::Strategy;
use crate::sched::queueing::{ClusterEvent, SchedulingQueue, Subject, View};

/// Where an entry went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Store {
    Active,
    Backoff,
    Pool,
}

impl SchedulingQueue {
    /// Makes an entry active, unless it is gated: then it goes to the pool. What comes from its back-off passed PreEnqueue
    /// before, if back-offs are popped.
    pub(super) fn activate_entry(&mut self, view: &View<'_>, pod: PodId, from_backoff: bool) -> bool {
        let passed = self.options.pops_backoff && from_backoff || self.passes_pre_enqueue(view, pod);
        let is_gated = self.stores.entry(pod).is_none_or(|entry| entry.gating.is_some());
        if !passed || is_gated {
            self.gate(view, pod);
            return false;
        }
        if let Some(entry) = self.stores.entry_mut(pod) {
            entry.initial_attempt.get_or_insert(view.now);
        }
        self.stores.pool.remove(pod);
        self.stores.put_in_active(pod);
        true
    }

    fn back_off_entry(&mut self, view: &View<'_>, pod: PodId) -> bool {
        if self.options.pops_backoff && !self.passes_pre_enqueue(view, pod) {
            self.gate(view, pod);
            return false;
        }
        self.stores.pool.remove(pod);
        self.stores.put_in_backoff(pod, &self.options);
        true
    }

    /// A gated pod was not tried, so it does not count as flushed when another event wakes it.
    fn gate(&mut self, view: &View<'_>, pod: PodId) {
        if let Some(entry) = self.stores.entry_mut(pod) {
            entry.was_flushed = false;
        }
        self.stores.put_in_pool(view, pod, &self.options);
    }

    pub(super) fn requeue(&mut self, view: &View<'_>, pod: PodId, strategy: Strategy) -> Store {
        let options = &self.options;
        let mut waits = || self.stores.entry_mut(pod).is_some_and(|entry| entry.is_backing_off(options, view.now));
        let (moved, store) = match strategy {
            Strategy::Skip => {
                self.stores.put_in_pool(view, pod, &self.options);
                (false, Store::Pool)
            }
            Strategy::AfterBackoff if waits() => (self.back_off_entry(view, pod), Store::Backoff),
            Strategy::AfterBackoff | Strategy::Immediately => (self.activate_entry(view, pod, false), Store::Active),
        };
        if moved { store } else { Store::Pool }
    }

    /// The tick of every whole second: entries whose back-off is over become active, rejected ones first.
    pub fn flush_backoff(&mut self, view: &View<'_>) {
        let mut over = Vec::new();
        for of_errors in [false, true] {
            loop {
                let heap = if of_errors { &self.stores.error_backoff } else { &self.stores.backoff };
                let Some(pod) = heap.peek() else { break };
                let options = &self.options;
                if self.stores.entry_mut(pod).is_some_and(|entry| entry.is_backing_off(options, view.now)) {
                    break;
                }
                let heap = if of_errors { &mut self.stores.error_backoff } else { &mut self.stores.backoff };
                heap.pop();
                over.push(pod);
            }
        }
        for pod in over {
            self.activate_entry(view, pod, true);
        }
    }

    /// The tick of every 30 seconds: entries that waited in the pool for too long are moved.
    pub fn flush_leftover(&mut self, view: &View<'_>) {
        let max = self.options.unschedulable_max.0;
        let Some(limit) = view.now.0.checked_sub(max) else { return };
        let pods = self.stores.pool.since_before(crate::base::SimTime(limit));
        for pod in &pods {
            if let Some(entry) = self.stores.entry_mut(*pod) {
                entry.was_flushed = true;
                entry.flushed_at = Some(view.now);
            }
        }
        if !pods.is_empty() {
            let moved = pods.into_iter().map(|pod| (pod, Strategy::AfterBackoff)).collect();
            self.move_decided(view, moved, ClusterEvent::UNSCHEDULABLE_TIMEOUT, &Subject::Unknown);
        }
    }

    /// Moves pods out of the pool, and records the event for those in flight.
    pub(super) fn move_decided(
        &mut self,
        view: &View<'_>,
        moved: Vec<(PodId, Strategy)>,
        event: ClusterEvent,
        subject: &Subject,
    ) {
        for (pod, strategy) in moved {
            self.stores.pool.remove(pod);
            self.requeue(view, pod, strategy);
        }
        self.in_flight.record(event, subject);
    }
}
