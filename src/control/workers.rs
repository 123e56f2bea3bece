//! A controller's work queue and those who work on it (client-go `util/workqueue`).

use std::collections::VecDeque;

/// Keys that wait, first come first served, and workers of which each has one key at a time. Callers add a key again only
/// after it is done, so nothing has to be merged as upstream's queue merges.
#[derive(Clone, Debug)]
pub struct Workers<K> {
    waiting: VecDeque<K>,
    idle: u32,
}

impl<K> Workers<K> {
    /// Nothing waits, and so many workers are idle.
    pub fn new(workers: u32) -> Workers<K> {
        Workers { waiting: VecDeque::new(), idle: workers }
    }

    /// Adds a key.
    pub fn add(&mut self, key: K) {
        self.waiting.push_back(key);
    }

    /// The next key, for which a worker is busy from now on; `None` if nothing waits or nobody is idle.
    pub fn take(&mut self) -> Option<K> {
        if self.idle == 0 {
            return None;
        }
        let key = self.waiting.pop_front()?;
        self.idle -= 1;
        Some(key)
    }

    /// A worker is done with its key.
    pub fn done(&mut self) {
        self.idle += 1;
    }

    /// How many keys wait (`workqueue_depth`).
    pub fn depth(&self) -> usize {
        self.waiting.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_at_a_time_as_there_are_workers() {
        let mut workers = Workers::new(2);
        (0..4).for_each(|key| workers.add(key));
        assert_eq!([workers.take(), workers.take(), workers.take()], [Some(0), Some(1), None]);
        workers.done();
        assert_eq!((workers.take(), workers.take(), workers.depth()), (Some(2), None, 1));
        workers.done();
        workers.done();
        assert_eq!((workers.take(), workers.take()), (Some(3), None));
    }
}
