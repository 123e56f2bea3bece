//! A controller's work queue with everything that client-go's has (`util/workqueue`): keys are merged, and what failed waits
//! for longer each time.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{SimDuration, SimTime};
use crate::control::bucket::TokenBucket;
use crate::control::classic::constants::Classic;
use crate::control::workers::Workers;

/// Keys that wait, first come first served, each once. A key that is added while a worker has it waits until it is done.
#[derive(Clone, Debug)]
pub struct WorkQueue<K> {
    workers: Workers<K>,
    /// Keys to be worked on.
    dirty: BTreeSet<K>,
    /// Keys that workers have.
    processing: BTreeSet<K>,
    /// How often each key failed since it last went well.
    failures: BTreeMap<K, u32>,
    limit: TokenBucket,
    retry: (SimDuration, SimDuration),
}

impl<K: Ord + Copy> WorkQueue<K> {
    /// Nothing waits, and all workers are idle.
    pub fn new(constants: &Classic) -> WorkQueue<K> {
        WorkQueue {
            workers: Workers::new(constants.workers),
            dirty: BTreeSet::new(),
            processing: BTreeSet::new(),
            failures: BTreeMap::new(),
            limit: TokenBucket::new(constants.retry_limit),
            retry: (constants.retry, constants.retry_max),
        }
    }

    /// Adds a key, unless it waits already.
    pub fn add(&mut self, key: K) {
        if self.dirty.insert(key) && !self.processing.contains(&key) {
            self.workers.add(key);
        }
    }

    /// The next key, for which a worker is busy from now on; `None` if nothing waits or nobody is idle.
    pub fn take(&mut self) -> Option<K> {
        let key = self.workers.take()?;
        self.dirty.remove(&key);
        self.processing.insert(key);
        Some(key)
    }

    /// A worker is done with its key, which waits again if it was added meanwhile.
    pub fn done(&mut self, key: K) {
        assert!(self.processing.remove(&key), "a worker is done with a key that it has");
        self.workers.done();
        if self.dirty.contains(&key) {
            self.workers.add(key);
        }
    }

    /// A key went well: its failures are forgotten.
    pub fn forget(&mut self, key: K) {
        self.failures.remove(&key);
    }

    /// A key failed at `now`. When it is to be added again: after its own back-off or when all keys together may, whichever is
    /// later.
    pub fn failed(&mut self, key: K, now: SimTime) -> SimTime {
        let failures = self.failures.entry(key).or_insert(0);
        let (first, max) = self.retry;
        let own = first.saturating_mul(1 << (*failures).min(40)).min(max);
        *failures += 1;
        self.limit.take(now).max(now + own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_merged() {
        let mut queue = WorkQueue::new(&Classic { workers: 2, ..Classic::kubernetes_1_30() });
        [1, 2, 1, 3].into_iter().for_each(|key| queue.add(key));
        assert_eq!([queue.take(), queue.take(), queue.take()], [Some(1), Some(2), None], "two workers");
        queue.add(1);
        queue.done(2);
        assert_eq!([queue.take(), queue.take()], [Some(3), None]);
        queue.done(3);
        assert_eq!(queue.take(), None, "a key is with one worker at a time");
        queue.done(1);
        assert_eq!(queue.take(), Some(1));
    }

    #[test]
    fn what_fails_waits_for_longer_each_time() {
        let mut queue = WorkQueue::new(&Classic::kubernetes_1_30());
        let mut failed = |key| queue.failed(key, SimTime::ZERO).0 / 1_000_000;
        assert_eq!([failed(1), failed(1), failed(1), failed(2)], [5, 10, 20, 5]);
        let late: Vec<u64> = (0..20).map(|_| failed(1)).collect();
        assert_eq!(late[19], 1_000_000);
        // After a hundred at once, all keys together get ten a second.
        let many: Vec<u64> = (10..100).map(&mut failed).collect();
        assert_eq!((many[75], many[76], many[77], many[89]), (5, 100, 200, 1400));
        queue.forget(1);
        assert!(queue.failed(1, SimTime(3_600_000_000_000)).0 < 3_600_100_000_000);
    }
}
