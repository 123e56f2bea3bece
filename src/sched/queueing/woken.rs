//! Many alike pods that an event woke at once: they move together, and each is looked at when it is popped.
//!
//! A pod of such a batch is active when its back-off is over, and backs off until then, so that the tick of every second has
//! nothing to do. Upstream moves such pods in map order; here pods of one priority that came back at the same instant are
//! ordered by id.

use crate::base::{PodId, SimDuration, SimTime};
use crate::sched::queueing::QueueOptions;
use crate::sched::queueing::heap::Key;
use crate::sched::queueing::pool::Waiting;

/// Most batches that are kept; the smallest is given up for another. Tests have few pods, and so few batches.
const BATCHES_MAX: usize = if cfg!(test) { 3 } else { 32 };

/// Pods of one group.
#[derive(Clone, Debug)]
pub struct Batch {
    /// By the time at which they came back from their last attempt.
    pods: Waiting,
    /// Priority, negated.
    priority: i64,
    /// Length of their back-off.
    backoff: SimDuration,
    /// They do not wait for it.
    is_immediate: bool,
}

impl Batch {
    /// A batch; `backoff` is `None` where pods do not wait for it.
    pub fn new(pods: Waiting, priority: i32, backoff: Option<SimDuration>) -> Batch {
        let is_immediate = backoff.is_none();
        Batch { pods, priority: -i64::from(priority), backoff: backoff.unwrap_or_default(), is_immediate }
    }

    fn expiry(&self, timestamp: SimTime, options: &QueueOptions) -> Option<SimTime> {
        let waits = !self.is_immediate && self.backoff > SimDuration::ZERO;
        waits.then(|| options.align(timestamp + self.backoff))
    }

    /// True if a pod that came back then is active.
    fn is_over(&self, timestamp: SimTime, options: &QueueOptions, now: SimTime) -> bool {
        self.expiry(timestamp, options).is_none_or(|expiry| expiry < options.align(now))
    }

    /// Key and id of the first pod, if it is active, or if it is not.
    fn head(&self, active: bool, options: &QueueOptions, now: SimTime) -> Option<(Key, PodId)> {
        let (timestamp, pod) = *self.pods.first()?;
        let expiry = if active { SimTime::ZERO } else { self.expiry(timestamp, options)? };
        let key = Key { expiry, priority: self.priority, timestamp };
        (self.is_over(timestamp, options, now) == active).then_some((key, pod))
    }
}

/// All batches.
#[derive(Clone, Debug, Default)]
pub struct Woken {
    batches: Vec<Batch>,
}

impl Woken {
    /// Adds a batch.
    pub(super) fn add(&mut self, batch: Batch) {
        self.batches.push(batch);
    }

    /// The smallest batch and whether its pods do not wait, if there are too many.
    pub(super) fn overflow(&mut self) -> Option<(Waiting, bool)> {
        if self.batches.len() <= BATCHES_MAX {
            return None;
        }
        let at = (0..self.batches.len()).min_by_key(|at| self.batches[*at].pods.len())?;
        let batch = self.batches.swap_remove(at);
        Some((batch.pods, batch.is_immediate))
    }

    /// Takes a pod out that came back at `timestamp`. If it is here: whether it does not wait for its back-off.
    pub(super) fn remove(&mut self, pod: PodId, timestamp: SimTime) -> Option<bool> {
        // Mostly it is the first of its batch that goes.
        let (place, batches) = ((timestamp, pod), &mut self.batches);
        let at = match batches.iter().position(|batch| batch.pods.first() == Some(&place)) {
            Some(at) => batches[at].pods.pop_first().map(|_| at)?,
            None => batches.iter_mut().position(|batch| batch.pods.remove(&place))?,
        };
        let is_immediate = self.batches[at].is_immediate;
        if self.batches[at].pods.is_empty() {
            self.batches.swap_remove(at);
        }
        Some(is_immediate)
    }

    /// True if a pod that came back at `timestamp` is here.
    pub fn contains(&self, pod: PodId, timestamp: SimTime) -> bool {
        self.batches.iter().any(|batch| batch.pods.contains(&(timestamp, pod)))
    }

    /// All pods, in no order that matters.
    pub fn iter(&self) -> impl Iterator<Item = PodId> {
        self.batches.iter().flat_map(|batch| &batch.pods).map(|(_, pod)| *pod)
    }

    /// The pod that comes first among those that are active, or among those that are not.
    pub(super) fn first(&self, active: bool, options: &QueueOptions, now: SimTime) -> Option<(Key, PodId)> {
        self.batches.iter().filter_map(|batch| batch.head(active, options, now)).min()
    }

    /// How many are active, and how many back off.
    pub fn lengths(&self, options: &QueueOptions, now: SimTime) -> (usize, usize) {
        let mut lengths = (0, 0);
        for batch in &self.batches {
            let is_over = |(timestamp, _): &(SimTime, PodId)| batch.is_over(*timestamp, options, now);
            let active = match batch.pods.last() {
                Some(last) if is_over(last) => batch.pods.len(),
                _ => batch.pods.iter().take_while(|pod| is_over(pod)).count(),
            };
            lengths = (lengths.0 + active, lengths.1 + batch.pods.len() - active);
        }
        lengths
    }
}
