//! The entries and where each of them is.
//!
//! An entry is in one store, as a rule. Without SchedulerPopFromBackoffQ upstream can have it in two: an update that sends it
//! to its back-off is followed by one that leaves it where it is.

use crate::base::{Id, IdVec, PodId, SimTime};
use crate::sched::queueing::heap::{Heap, Key};
use crate::sched::queueing::pool::Pool;
use crate::sched::queueing::{QueueOptions, QueuedPod};

/// Entries in heaps and pool.
#[derive(Clone, Debug, Default)]
pub struct Stores {
    entries: IdVec<PodId, Option<Box<QueuedPod>>>,
    /// Pods that are tried next.
    pub active: Heap,
    /// Rejected pods that wait for their back-off.
    pub backoff: Heap,
    /// Pods whose attempt ended in an error, which wait for it.
    pub error_backoff: Heap,
    /// Pods that wait for an event.
    pub pool: Pool,
}

impl Stores {
    /// The entry of a pod.
    pub fn entry(&self, pod: PodId) -> Option<&QueuedPod> {
        self.entries.get(pod)?.as_deref()
    }

    /// The entry of a pod, to be changed.
    pub(super) fn entry_mut(&mut self, pod: PodId) -> Option<&mut QueuedPod> {
        if pod.index() < self.entries.len() { self.entries[pod].as_deref_mut() } else { None }
    }

    /// True if the pod is in any store.
    pub fn holds(&self, pod: PodId) -> bool {
        self.active.contains(pod) || self.is_backing_off(pod) || self.pool.contains(pod)
    }

    /// True if the pod waits for its back-off.
    pub fn is_backing_off(&self, pod: PodId) -> bool {
        self.backoff.contains(pod) || self.error_backoff.contains(pod)
    }

    /// Keeps an entry; it is not in any store yet.
    pub(super) fn keep(&mut self, entry: QueuedPod) {
        let pod = entry.id();
        while self.entries.len() <= pod.index() {
            self.entries.push(None);
        }
        self.entries[pod] = Some(Box::new(entry));
    }

    /// Drops an entry that is in no store any more.
    pub(super) fn drop_if_nowhere(&mut self, pod: PodId) -> Option<QueuedPod> {
        if self.holds(pod) || pod.index() >= self.entries.len() {
            return None;
        }
        self.entries[pod].take().map(|entry| *entry)
    }

    /// Puts an entry into the pool, or takes note of what changed about it.
    pub(super) fn to_pool(&mut self, pod: PodId) {
        if let Some(entry) = self.entries[pod].as_deref_mut() {
            self.pool.put(entry);
        }
    }

    /// Puts an entry into the active heap, or fixes its place there.
    pub(super) fn to_active(&mut self, pod: PodId) {
        if let Some(key) = self.entry(pod).map(QueuedPod::active_key) {
            self.active.add_or_update(pod, key);
        }
    }

    /// Puts an entry into the heap of its back-off, and takes it out of the other.
    pub(super) fn to_backoff(&mut self, pod: PodId, options: &QueueOptions) {
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

/// Order among errors, and among rejected pods: where ends are aligned, those of one second are ordered as when active.
fn keys(entry: &mut QueuedPod, options: &QueueOptions) -> (Key, Key) {
    let expiry = entry.backoff_end(options).unwrap_or_default();
    let by_expiry = Key { expiry, priority: 0, timestamp: SimTime::ZERO };
    (by_expiry, if options.pops_backoff { Key { expiry, ..entry.active_key() } } else { by_expiry })
}
