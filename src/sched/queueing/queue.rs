//! The queue (`backend/queue/scheduling_queue.go`): what it is, popping, adding, deleting.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::{PodId, SimDuration, SimTime};
use crate::model::Gates;
use crate::model::core::Pod;
use crate::sched::framework::Nominator;
use crate::sched::queueing::event::Change;
use crate::sched::queueing::in_flight::InFlight;
use crate::sched::queueing::informers::ObjectKey;
use crate::sched::queueing::stores::Stores;
use crate::sched::queueing::{ClusterEvent, Nominating, QueuedPod, Subject, View};

/// Settings of the queue.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QueueOptions {
    /// `podInitialBackoffSeconds`
    pub initial_backoff: SimDuration,
    /// `podMaxBackoffSeconds`; zero turns back-off off.
    pub max_backoff: SimDuration,
    /// `--pod-max-in-unschedulable-pods-duration`
    pub unschedulable_max: SimDuration,
    /// Gate SchedulerPopFromBackoffQ: an idle scheduler does not wait for back-offs of rejected pods.
    pub pops_backoff: bool,
    /// Gate SchedulerPreQueueingHints: an event of a claim is shown to its users only, where that is enough.
    pub pre_queueing_hints: bool,
    /// Gate SchedulerAsyncPreemption: a pod is gated while its preemption runs.
    pub async_preemption: bool,
    /// Ask for each pod apart, as upstream does, where one answer would do for many. The outcome is the same.
    pub asks_each: bool,
    /// So many pods that are alike are moved together. Below that they are moved one by one.
    pub batch_min: usize,
}

impl Default for QueueOptions {
    fn default() -> QueueOptions {
        QueueOptions {
            initial_backoff: SimDuration::from_secs(1),
            max_backoff: SimDuration::from_secs(10),
            unschedulable_max: SimDuration::from_secs(300),
            pops_backoff: true,
            pre_queueing_hints: false,
            async_preemption: true,
            asks_each: false,
            batch_min: 64,
        }
    }
}

impl QueueOptions {
    /// The defaults with these gates.
    pub fn with_gates(gates: &Gates) -> QueueOptions {
        QueueOptions {
            pops_backoff: gates.is_on("SchedulerPopFromBackoffQ"),
            pre_queueing_hints: gates.is_on("SchedulerPreQueueingHints"),
            async_preemption: gates.is_on("SchedulerAsyncPreemption"),
            ..QueueOptions::default()
        }
    }

    /// The second in which a time lies, where ends of back-offs are aligned.
    pub(super) fn align(&self, time: SimTime) -> SimTime {
        if self.pops_backoff { time.floor_second() } else { time }
    }
}

/// The scheduling queue for single pods.
#[derive(Clone, Debug, Default)]
pub struct SchedulingQueue {
    /// Settings.
    pub options: QueueOptions,
    /// Entries.
    pub stores: Stores,
    /// Pods that are being scheduled.
    pub in_flight: InFlight,
    /// Nominated pods.
    pub nominator: Nominator,
    /// Pods whose preemption runs, each with the last victim once that is all that is waited for.
    pub(super) preempting: BTreeMap<PodId, Option<ObjectKey>>,
    /// Entries and hints that upstream looks at for the same events (`queue_scans`).
    pub scans: u64,
    /// How many pods were popped.
    pub cycle: u64,
}

impl SchedulingQueue {
    /// An empty queue.
    pub fn new(options: QueueOptions) -> SchedulingQueue {
        SchedulingQueue { options, ..SchedulingQueue::default() }
    }

    /// A pod that is new to the queue.
    pub fn add(&mut self, view: &View<'_>, pod: &Arc<Pod>) {
        self.nominator.nominate(pod, Nominating::Keep, view.listers);
        self.stores.keep(QueuedPod::new(pod.clone(), view.now));
        self.activate_entry(view, pod.id, false);
    }

    /// The next pod to be tried. Where back-offs are popped, rejected pods come when no other is ready.
    pub fn pop(&mut self, now: SimTime) -> Option<QueuedPod> {
        loop {
            let (stores, options) = (&mut self.stores, &self.options);
            let active = stores.pop_active(options, now);
            let pod = if options.pops_backoff { active.or_else(|| stores.pop_backoff(options, now)) } else { active }?;
            self.stores.entry_mut(pod)?.attempts += 1;
            let entry = self.stores.take_popped(pod, &self.options)?;
            // A pod that is in flight already is tried once only.
            if !self.in_flight.contains(pod) {
                self.in_flight.begin(pod);
                self.cycle += 1;
                return Some(entry);
            }
        }
    }

    /// True if [`SchedulingQueue::pop`] gives a pod.
    pub fn can_pop(&self) -> bool {
        let waits = |pod: PodId| !self.in_flight.contains(pod);
        let stores = &self.stores;
        stores.active.iter().any(waits)
            || self.options.pops_backoff && (stores.woken.iter().any(waits) || stores.backoff.iter().any(waits))
    }

    /// When the tick of a whole second next has something to do, if anything backs off in a heap. Batches see to themselves.
    pub fn next_flush(&self) -> Option<SimTime> {
        let firsts = [self.stores.backoff.first(), self.stores.error_backoff.first()];
        let expiry = firsts.into_iter().flatten().map(|(key, _)| key.expiry).min()?;
        Some(expiry.floor_second() + SimDuration::from_secs(1))
    }

    /// True if the pod waits here, or is being scheduled.
    pub fn holds(&self, pod: PodId) -> bool {
        self.stores.holds(pod) || self.in_flight.contains(pod)
    }

    /// A popped pod has its place: events are not kept for it any more.
    pub fn done(&mut self, pod: PodId) {
        self.in_flight.end(pod);
    }

    /// A pod is gone, or bound.
    pub fn delete(&mut self, pod: PodId) {
        self.nominator.remove(pod);
        let stores = &mut self.stores;
        if let Some(timestamp) = stores.entry(pod).map(|entry| entry.timestamp) {
            stores.woken.remove(pod, timestamp);
        }
        let _ = stores.active.remove(pod)
            || stores.backoff.remove(pod)
            || stores.error_backoff.remove(pod)
            || stores.pool.remove(pod);
        self.stores.drop_if_nowhere(pod);
    }

    /// A plugin wants a pod to be tried, whatever it waits for. If it is in flight, it will not wait for an event when it
    /// comes back.
    pub fn activate(&mut self, view: &View<'_>, pod: &Arc<Pod>) {
        let id = pod.id;
        self.stores.look_at(id, &self.options, view.now);
        let is_active = if self.stores.pool.contains(id) {
            self.activate_entry(view, id, false)
        } else {
            let was_backing_off = self.stores.backoff.remove(id) || self.stores.error_backoff.remove(id);
            was_backing_off && self.activate_entry(view, id, true)
        };
        if !is_active && self.in_flight.contains(id) {
            self.in_flight.record(ClusterEvent::FORCE_ACTIVATE, &Subject::Pod(Change::added(pod.clone())));
        }
    }

    /// Lengths of active queue, both back-off queues together, and pool.
    pub fn lengths(&self, now: SimTime) -> (usize, usize, usize) {
        let stores = &self.stores;
        let (active, waiting) = stores.woken.lengths(&self.options, now);
        (stores.active.len() + active, stores.backoff.len() + stores.error_backoff.len() + waiting, stores.pool.len())
    }

    /// The preemption of `pod` began; it is gated until that ends.
    pub fn begin_preemption(&mut self, pod: PodId) {
        self.preempting.insert(pod, None);
    }

    /// The preemption of `pod` waits only for this victim to begin to go.
    pub fn await_last_victim(&mut self, pod: PodId, victim: ObjectKey) {
        self.preempting.insert(pod, Some(victim));
    }

    /// The preemption of `pod` ended.
    pub fn end_preemption(&mut self, pod: PodId) {
        self.preempting.remove(&pod);
    }
}
