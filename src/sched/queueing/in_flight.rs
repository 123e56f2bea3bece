//! Pods that are being scheduled, and what happened since each was popped (`backend/queue/active_queue.go`).

use std::collections::{BTreeMap, VecDeque};

use crate::base::PodId;
use crate::sched::queueing::{ClusterEvent, Subject};

/// An entry of the shared list.
#[derive(Clone, Debug)]
enum Item {
    /// A pod was popped here.
    Pod,
    /// It is done; later items still have numbers.
    Gone,
    /// Something happened.
    Event(ClusterEvent, Subject),
}

/// One list of events for all pods in flight; a pod sees those after its own mark.
#[derive(Clone, Debug, Default)]
pub struct InFlight {
    /// Number of the first item.
    first: u64,
    items: VecDeque<Item>,
    pods: BTreeMap<PodId, u64>,
    events: usize,
}

impl InFlight {
    /// True if the pod is being scheduled.
    pub fn contains(&self, pod: PodId) -> bool {
        self.pods.contains_key(&pod)
    }

    /// The pods, by id.
    pub fn pods(&self) -> impl Iterator<Item = PodId> {
        self.pods.keys().copied()
    }

    /// How many events are kept.
    pub fn events(&self) -> usize {
        self.events
    }

    /// A pod was popped.
    pub fn begin(&mut self, pod: PodId) {
        self.pods.insert(pod, self.first + self.items.len() as u64);
        self.items.push_back(Item::Pod);
    }

    /// Keeps an event if any pod is in flight.
    pub fn record(&mut self, event: ClusterEvent, subject: &Subject) {
        if !self.pods.is_empty() {
            self.items.push_back(Item::Event(event, subject.clone()));
            self.events += 1;
        }
    }

    /// What happened since `pod` was popped; `None` if it is not in flight.
    pub fn since(&self, pod: PodId) -> Option<impl Iterator<Item = (ClusterEvent, &Subject)>> {
        let mark = self.pods.get(&pod)? - self.first;
        Some(self.items.range(mark as usize + 1..).filter_map(|item| match item {
            Item::Event(event, subject) => Some((*event, subject)),
            Item::Pod | Item::Gone => None,
        }))
    }

    /// A pod is not in flight any more. Events before the first pod that still is are dropped.
    pub fn end(&mut self, pod: PodId) {
        let Some(mark) = self.pods.remove(&pod) else { return };
        self.items[(mark - self.first) as usize] = Item::Gone;
        while let Some(item) = self.items.front()
            && !matches!(item, Item::Pod)
        {
            self.events -= usize::from(matches!(item, Item::Event(..)));
            self.items.pop_front();
            self.first += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_sees_what_came_after_it() {
        let mut flight = InFlight::default();
        let seen = |flight: &InFlight, pod| flight.since(PodId(pod)).map(|events| events.count());
        flight.record(ClusterEvent::ASSIGNED_POD_ADD, &Subject::Unknown);
        assert_eq!(flight.events(), 0, "nobody is in flight");
        flight.begin(PodId(1));
        flight.record(ClusterEvent::ASSIGNED_POD_ADD, &Subject::Unknown);
        flight.begin(PodId(0));
        flight.record(ClusterEvent::ASSIGNED_POD_DELETE, &Subject::Unknown);
        assert_eq!((seen(&flight, 1), seen(&flight, 0), seen(&flight, 2)), (Some(2), Some(1), None));
        flight.end(PodId(1));
        assert_eq!((flight.events(), seen(&flight, 0)), (1, Some(1)));
        flight.begin(PodId(2));
        flight.record(ClusterEvent::ASSIGNED_POD_DELETE, &Subject::Unknown);
        flight.end(PodId(2));
        assert_eq!((flight.events(), seen(&flight, 0)), (2, Some(2)), "the first pod keeps the events after it");
        flight.end(PodId(0));
        flight.end(PodId(0));
        assert_eq!(flight.events(), 0);
    }
}
