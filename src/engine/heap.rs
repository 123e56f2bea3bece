//! The readable implementation: a binary heap. It is the oracle that faster queues are held to.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::base::SimTime;
use crate::engine::EventQueue;

/// An [`EventQueue`] on `std::collections::BinaryHeap`. O(log n) for both operations.
#[derive(Debug)]
pub struct HeapQueue<E> {
    heap: BinaryHeap<Reverse<Entry<E>>>,
    now: SimTime,
    next_seq: u64,
}

#[derive(Debug)]
struct Entry<E> {
    key: (SimTime, u8, u64),
    event: E,
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}
impl<E> Eq for Entry<E> {}
impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

impl<E> Default for HeapQueue<E> {
    fn default() -> Self {
        HeapQueue { heap: BinaryHeap::new(), now: SimTime::ZERO, next_seq: 0 }
    }
}

impl<E> EventQueue<E> for HeapQueue<E> {
    fn now(&self) -> SimTime {
        self.now
    }

    fn schedule(&mut self, at: SimTime, phase: u8, event: E) {
        assert!(self.now <= at, "an event at {at:?} is in the past of {:?}", self.now);
        self.heap.push(Reverse(Entry { key: (at, phase, self.next_seq), event }));
        self.next_seq += 1;
    }

    fn pop(&mut self) -> Option<(SimTime, E)> {
        let Reverse(entry) = self.heap.pop()?;
        assert!(self.now <= entry.key.0, "time went back");
        self.now = entry.key.0;
        Some((self.now, entry.event))
    }

    fn len(&self) -> usize {
        self.heap.len()
    }
}
