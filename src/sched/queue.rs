//! The scheduling queue: active, backing off, unschedulable.
//!
//! Source: `pkg/scheduler/backend/queue`, as told in `scheduler-kubelet.md` B4. Entries of equal priority and timestamp
//! leave in pod order; upstream's heap leaves that to chance.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::base::{Id, IdVec, PodId, SimDuration, SimTime};
use crate::sched::framework::{Plugin, PluginSet};

/// Where an entry is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Store {
    /// Not in the queue.
    #[default]
    Out,
    Active,
    /// Rejected and backing off: may be popped early when nothing is active.
    Backoff,
    /// Failed with an error and backing off: never popped early.
    ErrorBackoff,
    Unschedulable,
    /// Popped; its attempt has not ended yet.
    InFlight,
}

/// What the queue knows about a pod.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    priority: i32,
    timestamp: SimTime,
    /// Aligned expiry of the back-off.
    expires: SimTime,
    unschedulable_count: u32,
    consecutive_errors: u32,
    /// Plugins that rejected the last attempt.
    rejectors: Rejectors,
    store: Store,
}

type ActiveKey = (Reverse<i32>, SimTime, PodId);

/// A set of plugins that reject pods, each with the events that may help (B4.7).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Rejectors(pub u8);

impl Rejectors {
    /// NodeResourcesFit: helped when an assigned pod is deleted.
    pub const NODE_RESOURCES_FIT: Rejectors = Rejectors(1);
    /// DynamicResources: helped when a claim is deallocated.
    pub const DYNAMIC_RESOURCES: Rejectors = Rejectors(2);
    /// NodeAffinity: helped by new or relabelled nodes only.
    pub const NODE_AFFINITY: Rejectors = Rejectors(4);
    /// Every plugin: what a flush helps.
    pub const ALL: Rejectors = Rejectors(u8::MAX);

    /// What helps pods that these plugins rejected. Others than those above are helped by anything, for want of their hints.
    pub fn of(plugins: PluginSet) -> Rejectors {
        plugins.iter().fold(Rejectors::default(), |set, plugin| {
            set.and(match plugin {
                Plugin::NodeResourcesFit => Rejectors::NODE_RESOURCES_FIT,
                Plugin::DynamicResources => Rejectors::DYNAMIC_RESOURCES,
                Plugin::NodeAffinity => Rejectors::NODE_AFFINITY,
                _ => Rejectors::ALL,
            })
        })
    }

    /// Both sets.
    pub fn and(self, other: Rejectors) -> Rejectors {
        Rejectors(self.0 | other.0)
    }

    fn meets(self, other: Rejectors) -> bool {
        self.0 & other.0 != 0
    }
}

/// The scheduling queue.
#[derive(Debug)]
pub struct SchedulingQueue {
    entries: IdVec<PodId, Entry>,
    active: BinaryHeap<Reverse<ActiveKey>>,
    /// By aligned expiry. Entries leave from the front only.
    backoff: BinaryHeap<Reverse<(SimTime, ActiveKey)>>,
    error_backoff: BinaryHeap<Reverse<(SimTime, PodId)>>,
    unschedulable: Vec<PodId>,
    initial: SimDuration,
    max: SimDuration,
    unschedulable_max: SimDuration,
    /// Plugins that events helped while a pod was in flight.
    helped_in_flight: Rejectors,
}

/// How an attempt failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// Plugins rejected it.
    Rejected,
    /// An error ended it: its back-off is a real delay.
    Error,
}

impl SchedulingQueue {
    /// An empty queue with these back-off bounds.
    pub fn new(initial: SimDuration, max: SimDuration, unschedulable_max: SimDuration) -> SchedulingQueue {
        SchedulingQueue {
            entries: IdVec::new(),
            active: BinaryHeap::new(),
            backoff: BinaryHeap::new(),
            error_backoff: BinaryHeap::new(),
            unschedulable: Vec::new(),
            initial,
            max,
            unschedulable_max,
            helped_in_flight: Rejectors::default(),
        }
    }

    /// Adds a pod that has never been in the queue.
    pub fn add(&mut self, pod: PodId, priority: i32, now: SimTime) {
        while self.entries.len() <= pod.index() {
            self.entries.push(Entry::default());
        }
        assert_eq!(self.entries[pod].store, Store::Out, "{pod:?} is already queued");
        self.entries[pod] = Entry { priority, timestamp: now, ..Entry::default() };
        self.activate(pod);
    }

    /// Takes the next entry: the first active one, else the first that was rejected and is backing off (KEP-5142).
    pub fn pop(&mut self) -> Option<PodId> {
        let pod = match self.active.pop() {
            Some(Reverse((_, _, pod))) => pod,
            None => self.backoff.pop()?.0.1.2,
        };
        self.entries[pod].store = Store::InFlight;
        self.helped_in_flight = Rejectors::default();
        Some(pod)
    }

    /// The attempt of `pod` succeeded: it leaves the queue for good.
    pub fn done(&mut self, pod: PodId) {
        assert_eq!(self.entries[pod].store, Store::InFlight);
        self.entries[pod].store = Store::Out;
    }

    /// The attempt of `pod` failed (B4.5). An event that helps one of its rejectors and arrived meanwhile sends it to
    /// back-off, else it waits for one; after an error it always backs off.
    pub fn fail(&mut self, pod: PodId, failure: Failure, rejectors: Rejectors, now: SimTime) {
        let entry = &mut self.entries[pod];
        assert_eq!(entry.store, Store::InFlight);
        match failure {
            Failure::Error => entry.consecutive_errors += 1,
            Failure::Rejected => {
                entry.unschedulable_count += 1;
                entry.consecutive_errors = 0;
            }
        }
        entry.timestamp = now;
        entry.rejectors = rejectors;
        let count = if entry.consecutive_errors > 0 { entry.consecutive_errors } else { entry.unschedulable_count };
        entry.expires = (now + backoff_duration(self.initial, self.max, count)).floor_second();
        match failure {
            Failure::Error => {
                entry.store = Store::ErrorBackoff;
                self.error_backoff.push(Reverse((entry.expires, pod)));
            }
            Failure::Rejected if self.helped_in_flight.meets(rejectors) => self.requeue(pod, now),
            Failure::Rejected => {
                entry.store = Store::Unschedulable;
                self.unschedulable.push(pod);
            }
        }
    }

    /// Something happened that may help the pods that `helped` rejected. Returns how many entries were looked at.
    pub fn wake(&mut self, helped: Rejectors, now: SimTime) -> u64 {
        self.helped_in_flight = self.helped_in_flight.and(helped);
        let mut waiting = std::mem::take(&mut self.unschedulable);
        let looked_at = waiting.len() as u64;
        waiting.retain(|&pod| {
            let stays = !self.entries[pod].rejectors.meets(helped);
            if !stays {
                self.requeue(pod, now);
            }
            stays
        });
        self.unschedulable = waiting;
        looked_at
    }

    /// The one-second tick: entries whose aligned expiry is before the current second become active (B4.3).
    pub fn flush_backoff(&mut self, now: SimTime) {
        let second = now.floor_second();
        while let Some(&Reverse((expires, (_, _, pod)))) = self.backoff.peek()
            && expires < second
        {
            self.backoff.pop();
            self.activate(pod);
        }
        while let Some(&Reverse((expires, pod))) = self.error_backoff.peek()
            && expires < second
        {
            self.error_backoff.pop();
            self.activate(pod);
        }
    }

    /// The thirty-second tick: entries that waited longer than the limit without any event are moved on.
    pub fn flush_leftover(&mut self, now: SimTime) {
        let limit = self.unschedulable_max;
        let (expired, waiting): (Vec<PodId>, Vec<PodId>) =
            self.unschedulable.iter().partition(|&&pod| now.since(self.entries[pod].timestamp) > limit);
        self.unschedulable = waiting;
        if !expired.is_empty() {
            self.helped_in_flight = Rejectors::ALL;
        }
        for pod in expired {
            self.requeue(pod, now);
        }
    }

    /// When the next back-off tick has something to do, if anything is backing off.
    pub fn next_backoff_flush(&self) -> Option<SimTime> {
        let first = self.backoff.peek().map(|Reverse((expires, _))| *expires);
        let first_error = self.error_backoff.peek().map(|Reverse((expires, _))| *expires);
        let earliest = first.into_iter().chain(first_error).min()?;
        // "Before the current second": the tick one second after the aligned expiry.
        Some(earliest.floor_second() + SimDuration::from_secs(1))
    }

    /// True if nothing can be popped now.
    pub fn is_idle(&self) -> bool {
        self.active.is_empty() && self.backoff.is_empty()
    }

    /// Entries by store: active, backing off, unschedulable.
    pub fn lengths(&self) -> (usize, usize, usize) {
        (self.active.len(), self.backoff.len() + self.error_backoff.len(), self.unschedulable.len())
    }

    /// True if `pod` is in the queue or in flight.
    pub fn holds(&self, pod: PodId) -> bool {
        self.entries.get(pod).is_some_and(|e| e.store != Store::Out)
    }

    fn requeue(&mut self, pod: PodId, now: SimTime) {
        let entry = &mut self.entries[pod];
        if entry.expires >= now.floor_second() {
            entry.store = Store::Backoff;
            self.backoff.push(Reverse((entry.expires, (Reverse(entry.priority), entry.timestamp, pod))));
        } else {
            self.activate(pod);
        }
    }

    fn activate(&mut self, pod: PodId) {
        let entry = &mut self.entries[pod];
        entry.store = Store::Active;
        self.active.push(Reverse((Reverse(entry.priority), entry.timestamp, pod)));
    }
}

/// `initial` doubled with each failure after the first, at most `max` (B4.3).
fn backoff_duration(initial: SimDuration, max: SimDuration, count: u32) -> SimDuration {
    assert!(count > 0, "back-off begins with a failure");
    if initial.0 > max.0.checked_shr(count - 1).unwrap_or(0) { max } else { SimDuration(initial.0 << (count - 1)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: SimDuration = SimDuration::from_secs(1);
    const FIT: Rejectors = Rejectors::NODE_RESOURCES_FIT;

    fn at(millis: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_millis(millis)
    }

    fn queue() -> SchedulingQueue {
        SchedulingQueue::new(SECOND, SimDuration::from_secs(10), SimDuration::from_secs(300))
    }

    #[test]
    fn backoff_doubles_up_to_the_maximum() {
        let seconds: Vec<u64> = (1..8).map(|n| backoff_duration(SECOND, SimDuration::from_secs(10), n).0 / SECOND.0).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 10, 10, 10]);
    }

    #[test]
    fn order_is_priority_then_time_then_pod() {
        let mut q = queue();
        q.add(PodId(0), 0, at(5));
        q.add(PodId(1), 10, at(9));
        q.add(PodId(2), 0, at(5));
        assert_eq!([q.pop(), q.pop(), q.pop(), q.pop()], [Some(PodId(1)), Some(PodId(0)), Some(PodId(2)), None]);
    }

    #[test]
    fn a_rejected_pod_is_retried_at_once_when_an_event_helps_and_the_scheduler_is_idle() {
        let mut q = queue();
        q.add(PodId(0), 0, at(0));
        assert_eq!(q.pop(), Some(PodId(0)));
        q.fail(PodId(0), Failure::Rejected, FIT, at(100));
        assert_eq!((q.pop(), q.lengths()), (None, (0, 0, 1)));
        q.wake(Rejectors::DYNAMIC_RESOURCES, at(150));
        assert_eq!(q.lengths(), (0, 0, 1), "a claim does not help a pod that lacks CPU");
        q.wake(FIT, at(200));
        assert_eq!(q.lengths(), (0, 1, 0));
        assert_eq!(q.pop(), Some(PodId(0)), "popped from back-off before it expires");
    }

    #[test]
    fn an_event_during_the_attempt_is_not_lost() {
        let mut q = queue();
        q.add(PodId(0), 0, at(0));
        q.pop();
        q.wake(FIT, at(50));
        q.fail(PodId(0), Failure::Rejected, FIT, at(100));
        assert_eq!(q.lengths(), (0, 1, 0));
    }

    #[test]
    fn an_error_waits_for_its_backoff() {
        let mut q = queue();
        q.add(PodId(0), 0, at(0));
        q.pop();
        q.fail(PodId(0), Failure::Error, Rejectors::default(), at(100));
        assert_eq!(q.pop(), None);
        assert_eq!(q.next_backoff_flush(), Some(at(2000)));
        q.flush_backoff(at(1000));
        assert_eq!(q.pop(), None);
        q.flush_backoff(at(2000));
        assert_eq!(q.pop(), Some(PodId(0)));
    }

    #[test]
    fn leftovers_are_moved_after_five_minutes() {
        let mut q = queue();
        q.add(PodId(0), 0, at(0));
        q.pop();
        q.fail(PodId(0), Failure::Rejected, FIT, at(1));
        q.flush_leftover(at(300_000));
        assert_eq!(q.lengths(), (0, 0, 1));
        q.flush_leftover(at(330_000));
        assert_eq!(q.lengths(), (1, 0, 0));
    }
}
