//! The binary heap of Go's `container/heap`, with the key of an entry beside it.
//!
//! Upstream's order of equal keys follows from its heap operations, so they are the same here: an insertion sifts up; a
//! removal swaps with the last entry and sifts down, else up.

use crate::base::{Places, PodId, SimTime};

/// What orders entries: smaller first. Equal keys are ordered by the heap.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Key {
    /// Aligned end of the back-off; zero where it does not count.
    pub expiry: SimTime,
    /// Priority, negated; zero where it does not count.
    pub priority: i64,
    /// Time of the entry; zero where it does not count.
    pub timestamp: SimTime,
}

/// A heap of pods.
#[derive(Clone, Debug, Default)]
pub struct Heap {
    items: Vec<(Key, PodId)>,
    places: Places<PodId>,
}

impl Heap {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// True if the pod is in it.
    pub fn contains(&self, pod: PodId) -> bool {
        self.place(pod).is_some()
    }

    /// The first.
    pub fn peek(&self) -> Option<PodId> {
        self.items.first().map(|(_, pod)| *pod)
    }

    /// The first, with its key.
    pub fn first(&self) -> Option<(Key, PodId)> {
        self.items.first().copied()
    }

    /// All, in the order of the array.
    pub fn iter(&self) -> impl Iterator<Item = PodId> {
        self.items.iter().map(|(_, pod)| *pod)
    }

    /// Adds a pod, or gives it a new key.
    pub fn add_or_update(&mut self, pod: PodId, key: Key) {
        if let Some(at) = self.place(pod) {
            self.items[at].0 = key;
            self.fix(at);
        } else {
            self.places.set(pod, self.items.len());
            self.items.push((key, pod));
            self.up(self.items.len() - 1);
        }
    }

    /// Takes the first out.
    pub fn pop(&mut self) -> Option<PodId> {
        let pod = self.peek()?;
        let last = self.items.len() - 1;
        self.swap(0, last);
        self.down(0, last);
        self.drop_last();
        Some(pod)
    }

    /// Takes a pod out; `false` if it is not in here.
    pub fn remove(&mut self, pod: PodId) -> bool {
        let Some(at) = self.place(pod) else { return false };
        let last = self.items.len() - 1;
        if at != last {
            self.swap(at, last);
            if !self.down(at, last) {
                self.up(at);
            }
        }
        self.drop_last();
        true
    }

    /// All, in the order in which they would be popped.
    pub fn pop_order(&self) -> Vec<PodId> {
        let mut copy = self.clone();
        std::iter::from_fn(|| copy.pop()).collect()
    }

    fn place(&self, pod: PodId) -> Option<usize> {
        self.places.get(pod)
    }

    fn drop_last(&mut self) {
        if let Some((_, pod)) = self.items.pop() {
            self.places.remove(pod);
        }
    }

    fn fix(&mut self, at: usize) {
        if !self.down(at, self.items.len()) {
            self.up(at);
        }
    }

    fn less(&self, a: usize, b: usize) -> bool {
        self.items[a].0 < self.items[b].0
    }

    fn swap(&mut self, a: usize, b: usize) {
        self.items.swap(a, b);
        self.places.set(self.items[a].1, a);
        self.places.set(self.items[b].1, b);
    }

    fn up(&mut self, mut at: usize) {
        while at > 0 {
            let parent = (at - 1) / 2;
            if !self.less(at, parent) {
                break;
            }
            self.swap(parent, at);
            at = parent;
        }
    }

    /// Sifts down among the first `len`; `true` if the entry moved.
    fn down(&mut self, from: usize, len: usize) -> bool {
        let mut at = from;
        loop {
            let left = 2 * at + 1;
            if left >= len {
                break;
            }
            let right = left + 1;
            let child = if right < len && self.less(right, left) { right } else { left };
            if !self.less(child, at) {
                break;
            }
            self.swap(at, child);
            at = child;
        }
        at > from
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(n: u64) -> Key {
        Key { expiry: SimTime::ZERO, priority: 0, timestamp: SimTime(n) }
    }

    #[test]
    fn equal_keys_follow_the_heap() {
        let mut heap = Heap::default();
        (0..7).for_each(|pod| heap.add_or_update(PodId(pod), key(5)));
        assert_eq!(heap.pop_order(), [0, 6, 5, 4, 3, 2, 1].map(PodId), "spec B4.2");
    }

    proptest! {
        #[test]
        fn it_is_a_heap(ops in proptest::collection::vec((0u32..12, 0u64..6, 0u8..4), 1..80)) {
            let mut heap = Heap::default();
            let mut want: std::collections::BTreeMap<PodId, Key> = Default::default();
            for (pod, n, op) in ops {
                let pod = PodId(pod);
                match op {
                    0 | 1 => {
                        heap.add_or_update(pod, key(n));
                        want.insert(pod, key(n));
                    }
                    2 => prop_assert_eq!(heap.remove(pod), want.remove(&pod).is_some()),
                    _ => {
                        let least = want.values().min().copied();
                        let popped = heap.pop();
                        prop_assert_eq!(popped.and_then(|pod| want.remove(&pod)), least);
                    }
                }
                prop_assert_eq!(heap.len(), want.len());
                prop_assert!(want.keys().all(|pod| heap.contains(*pod)));
                let keys: Vec<Key> = heap.pop_order().into_iter().map(|pod| want[&pod]).collect();
                prop_assert!(keys.is_sorted());
            }
        }
    }
}
