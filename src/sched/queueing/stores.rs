//! The entries and where each of them is.
//!
//! An entry is in one store, as a rule. Without SchedulerPopFromBackoffQ upstream can have it in two: an update that sends it
//! to its back-off is followed by one that leaves it where it is.

use crate::base::{Live, PodId, SimTime};
use crate::sched::queueing::heap::{Heap, Key};
use crate::sched::queueing::listers::claims_of;
use crate::sched::queueing::pool::Pool;
use crate::sched::queueing::woken::{Batch, Woken};
use crate::sched::queueing::{QueueOptions, QueuedPod, View};

/// Entries in heaps and pool.
#[derive(Clone, Debug, Default)]
pub struct Stores {
    entries: Live<PodId, QueuedPod>,
    /// Pods that are tried next.
    pub active: Heap,
    /// Rejected pods that wait for their back-off.
    pub backoff: Heap,
    /// Pods whose attempt ended in an error, which wait for it.
    pub error_backoff: Heap,
    /// Pods that wait for an event.
    pub pool: Pool,
    /// Pods that one event woke together, and that were not looked at since.
    pub woken: Woken,
}

impl Stores {
    /// The entry of a pod.
    pub fn entry(&self, pod: PodId) -> Option<&QueuedPod> {
        self.entries.get(pod)
    }

    /// All entries, by pod.
    pub fn entries(&self) -> impl Iterator<Item = &QueuedPod> {
        self.entries.iter().map(|(_, entry)| entry)
    }

    /// The entry of a pod, to be changed.
    pub(super) fn entry_mut(&mut self, pod: PodId) -> Option<&mut QueuedPod> {
        self.entries.get_mut(pod)
    }

    /// True if the pod is in any store.
    pub fn holds(&self, pod: PodId) -> bool {
        self.entry(pod).is_some()
            && (self.active.contains(pod) || self.is_backing_off(pod) || self.pool.contains(pod) || self.is_woken(pod))
    }

    /// True if the pod was woken together with others and not looked at since.
    pub fn is_woken(&self, pod: PodId) -> bool {
        self.entry(pod).is_some_and(|entry| self.woken.contains(pod, entry.timestamp))
    }

    /// True if the pod is in a heap where it waits for its back-off.
    pub fn is_backing_off(&self, pod: PodId) -> bool {
        self.backoff.contains(pod) || self.error_backoff.contains(pod)
    }

    /// Keeps an entry; it is not in any store yet.
    pub(super) fn keep(&mut self, entry: QueuedPod) {
        self.entries.insert(entry.id(), entry);
    }

    /// Drops an entry that is in no store any more.
    pub(super) fn drop_if_nowhere(&mut self, pod: PodId) {
        if !self.holds(pod) {
            self.entries.remove(pod);
        }
    }

    /// Takes out the entry of a pod that was popped from its store. A copy stays if it is in another one.
    pub(super) fn take_popped(&mut self, pod: PodId, options: &QueueOptions) -> Option<QueuedPod> {
        if options.pops_backoff || !self.holds(pod) { self.entries.remove(pod) } else { self.entry(pod).cloned() }
    }

    /// Puts an entry into the pool, or takes note of what changed about it.
    pub(super) fn put_in_pool(&mut self, view: &View<'_>, pod: PodId, options: &QueueOptions) {
        if let Some(entry) = self.entries.get_mut(pod) {
            let has_claims = claims_of(view.listers, &entry.pod).is_some();
            self.pool.put(entry, options, has_claims);
        }
    }

    /// Takes an entry out of a batch and puts it where it would be without.
    pub(super) fn look_at(&mut self, pod: PodId, options: &QueueOptions, now: SimTime) {
        let Some(timestamp) = self.entry(pod).map(|entry| entry.timestamp) else { return };
        if let Some(is_immediate) = self.woken.remove(pod, timestamp) {
            self.settle(pod, is_immediate, options, now);
        }
    }

    /// Takes all entries out of their batches.
    #[cfg(test)]
    pub(super) fn look_at_all(&mut self, options: &QueueOptions, now: SimTime) {
        let pods: Vec<PodId> = self.woken.iter().collect();
        for pod in pods {
            self.look_at(pod, options, now);
        }
    }

    fn settle(&mut self, pod: PodId, is_immediate: bool, options: &QueueOptions, now: SimTime) {
        let waits = !is_immediate && self.entry_mut(pod).is_some_and(|entry| entry.is_backing_off(options, now));
        if waits { self.put_in_backoff(pod, options) } else { self.put_in_active(pod) }
    }

    /// Adds a batch; the smallest is given up if there are too many.
    pub(super) fn put_in_batches(&mut self, batch: Batch, options: &QueueOptions, now: SimTime) {
        self.woken.add(batch);
        while let Some((pods, is_immediate)) = self.woken.overflow() {
            for (_, pod) in pods {
                self.settle(pod, is_immediate, options, now);
            }
        }
    }

    /// Takes out the first of the active pods, in the heap or in a batch.
    pub(super) fn pop_active(&mut self, options: &QueueOptions, now: SimTime) -> Option<PodId> {
        match first_of(self.active.first(), self.woken.first(true, options, now)) {
            Some(batched) => self.pop_woken(batched, options),
            None => self.active.pop(),
        }
    }

    /// Takes out the first of the pods that back off after a rejection.
    pub(super) fn pop_backoff(&mut self, options: &QueueOptions, now: SimTime) -> Option<PodId> {
        match first_of(self.backoff.first(), self.woken.first(false, options, now)) {
            Some(batched) => self.pop_woken(batched, options),
            None => self.backoff.pop(),
        }
    }

    fn pop_woken(&mut self, (key, pod): (Key, PodId), options: &QueueOptions) -> Option<PodId> {
        let is_immediate = self.woken.remove(pod, key.timestamp)?;
        if let Some(entry) = self.entry_mut(pod).filter(|_| !is_immediate) {
            entry.backoff_end(options);
        }
        Some(pod)
    }

    /// Puts an entry into the active heap, or fixes its place there.
    pub(super) fn put_in_active(&mut self, pod: PodId) {
        if let Some(key) = self.entry(pod).map(QueuedPod::active_key) {
            self.active.add_or_update(pod, key);
        }
    }

    /// Puts an entry into the heap of its back-off, and takes it out of the other.
    pub(super) fn put_in_backoff(&mut self, pod: PodId, options: &QueueOptions) {
        let Some(entry) = self.entry_mut(pod) else { return };
        let is_error = entry.rejectors().is_empty();
        let (by_expiry, by_rank) = keys(entry, options);
        if is_error {
            self.error_backoff.add_or_update(pod, by_expiry);
            self.backoff.remove(pod);
        } else {
            self.backoff.add_or_update(pod, by_rank);
            self.error_backoff.remove(pod);
        }
    }

    /// Fixes the place of an entry that was updated in a back-off heap; `false` if it is in none.
    pub(super) fn fix_backoff(&mut self, pod: PodId, options: &QueueOptions) -> bool {
        let (in_backoff, in_errors) = (self.backoff.contains(pod), self.error_backoff.contains(pod));
        let Some(entry) = self.entry_mut(pod).filter(|_| in_backoff || in_errors) else { return false };
        let (by_expiry, by_rank) = keys(entry, options);
        if in_backoff {
            self.backoff.add_or_update(pod, by_rank);
        } else {
            self.error_backoff.add_or_update(pod, by_expiry);
        }
        true
    }
}

/// The first of the batches, if it comes before the first of the heap.
fn first_of(heap: Option<(Key, PodId)>, batch: Option<(Key, PodId)>) -> Option<(Key, PodId)> {
    batch.filter(|batch| heap.is_none_or(|heap| *batch < heap))
}

/// Order among errors, and among rejected pods: where ends are aligned, those of one second are ordered as when active.
fn keys(entry: &mut QueuedPod, options: &QueueOptions) -> (Key, Key) {
    let expiry = entry.backoff_end(options).unwrap_or_default();
    let by_expiry = Key { expiry, priority: 0, timestamp: SimTime::ZERO };
    (by_expiry, if options.pops_backoff { Key { expiry, ..entry.active_key() } } else { by_expiry })
}
