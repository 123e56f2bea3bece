//! An entry of the queue (`framework.QueuedPodInfo`).

use std::sync::Arc;

use crate::base::{PodId, SimDuration, SimTime};
use crate::model::core::Pod;
use crate::sched::framework::{Plugin, PluginSet};
use crate::sched::queueing::QueueOptions;
use crate::sched::queueing::heap::Key;

/// A pod with its history in the queue.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QueuedPod {
    /// The pod as the queue knows it.
    pub pod: Arc<Pod>,
    /// When it came, or came back from its last attempt.
    pub timestamp: SimTime,
    /// Attempts so far, the one in flight included.
    pub attempts: u32,
    /// When it was first ready to be tried.
    pub initial_attempt: Option<SimTime>,
    /// How often plugins rejected it.
    pub unschedulable_count: u32,
    /// Errors since then.
    pub consecutive_errors: u32,
    /// Plugins that rejected it.
    pub unschedulable: PluginSet,
    /// Plugins that wait for something they started.
    pub pending: PluginSet,
    /// The plugin that keeps it from being tried.
    pub gating: Option<Plugin>,
    /// End of its back-off, computed when first asked for after a failure.
    pub expiry: Option<SimTime>,
    /// It was last moved because it had waited for too long.
    pub was_flushed: bool,
    /// When that was.
    pub flushed_at: Option<SimTime>,
    /// Number of its specification in the pool, once it was there.
    pub(super) shape: Option<u32>,
}

impl QueuedPod {
    /// A new entry.
    pub fn new(pod: Arc<Pod>, now: SimTime) -> QueuedPod {
        QueuedPod {
            pod,
            timestamp: now,
            attempts: 0,
            initial_attempt: None,
            unschedulable_count: 0,
            consecutive_errors: 0,
            unschedulable: PluginSet::EMPTY,
            pending: PluginSet::EMPTY,
            gating: None,
            expiry: None,
            was_flushed: false,
            flushed_at: None,
            shape: None,
        }
    }

    /// Which pod.
    pub fn id(&self) -> PodId {
        self.pod.id
    }

    /// The pod was updated.
    pub(super) fn set_pod(&mut self, pod: Arc<Pod>) {
        if !Arc::ptr_eq(&self.pod.spec, &pod.spec) {
            self.shape = None;
        }
        self.pod = pod;
    }

    /// All plugins that stand in its way.
    pub fn rejectors(&self) -> PluginSet {
        self.unschedulable.union(self.pending)
    }

    /// Since when it waits for an event.
    pub(super) fn since(&self) -> SimTime {
        self.timestamp.max(self.flushed_at.unwrap_or_default())
    }

    /// Order in the active queue.
    pub(super) fn active_key(&self) -> Key {
        Key { expiry: SimTime::ZERO, priority: -i64::from(self.pod.priority()), timestamp: self.timestamp }
    }

    /// How long its back-off is; zero if it has none.
    pub(super) fn backoff(&self, options: &QueueOptions) -> SimDuration {
        let errors = self.consecutive_errors;
        let count = if errors > 0 { errors } else { self.unschedulable_count };
        if count == 0 { SimDuration::ZERO } else { backoff(options, count) }
    }

    /// When its back-off ends; `None` if it has none.
    pub(super) fn backoff_end(&mut self, options: &QueueOptions) -> Option<SimTime> {
        let backoff = self.backoff(options);
        if backoff == SimDuration::ZERO {
            return None;
        }
        Some(*self.expiry.get_or_insert_with(|| options.align(self.timestamp + backoff)))
    }

    /// True if it has to wait at `now`: all of the second in which the back-off ends, where ends are aligned.
    pub(super) fn is_backing_off(&mut self, options: &QueueOptions, now: SimTime) -> bool {
        self.backoff_end(options).is_some_and(|end| end >= options.align(now))
    }
}

/// The initial back-off, doubled with every failure after the first, at most the maximum.
fn backoff(options: &QueueOptions, count: u32) -> SimDuration {
    let (initial, max) = (options.initial_backoff.0, options.max_backoff.0);
    let shift = count - 1;
    // A shift by 64 or more leaves nothing, in Go as here.
    if initial > max.checked_shr(shift).unwrap_or(0) { SimDuration(max) } else { SimDuration(initial << shift) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_up_to_the_maximum() {
        let options = QueueOptions::default();
        let seconds = [1, 2, 3, 4, 5, 6, 70, 700].map(|count| backoff(&options, count).as_secs_f64());
        assert_eq!(seconds, [1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 10.0, 10.0]);
    }
}
