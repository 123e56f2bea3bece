//! Pods by topology domain, and the least of them (`criticalPaths`).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::NameId;
use crate::sched::framework::NodeInfo;
use crate::sched::terms::Tally;

/// Matching pods of each domain of a constraint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Domains {
    /// Counted for this attempt.
    Walked(Walked),
    /// Shared with the index, and what this attempt changes.
    Shared(Shared),
}

impl Domains {
    /// Domains with their counts. `empty` is the id of the empty text, with which upstream begins.
    pub fn walked(counts: BTreeMap<NameId, i64>, empty: NameId) -> Domains {
        Domains::Walked(Walked::new(counts, empty))
    }

    /// Domains of the index.
    pub fn shared(tally: Arc<Tally>) -> Domains {
        let least = tally.least_except(&[]).unwrap_or_default();
        Domains::Shared(Shared { tally, changes: BTreeMap::new(), least })
    }

    /// The count of a node's domain of `key`; 0 if it is one that does not count, `None` if the node has no such label.
    pub fn at(&self, node: &NodeInfo, key: NameId) -> Option<i64> {
        match self {
            Domains::Walked(walked) => Some(walked.get(node.node.labels.get(key)?)),
            Domains::Shared(shared) => Some(shared.get(shared.tally.table().domain(node.id)?)),
        }
    }

    /// The least count, 0 while there are fewer domains than `min_domains`.
    pub fn least(&self, min_domains: i32) -> i64 {
        let (domains, least) = match self {
            Domains::Walked(walked) => (walked.counts.len(), walked.least[0].1),
            Domains::Shared(shared) => (shared.tally.domains(), shared.least),
        };
        if (domains as i64) < i64::from(min_domains) { 0 } else { least }
    }

    /// Adds to the count of a node's domain of `key`. The node counts.
    pub fn update(&mut self, node: &NodeInfo, key: NameId, change: i64) {
        match self {
            Domains::Walked(walked) => {
                if let Some(value) = node.node.labels.get(key) {
                    walked.update(value, change);
                }
            }
            Domains::Shared(shared) => {
                if let Some(domain) = shared.tally.table().domain(node.id) {
                    shared.update(domain, change);
                }
            }
        }
    }
}

/// Counts by value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Walked {
    counts: BTreeMap<NameId, i64>,
    /// Two domains with their counts. The first has the least count; the second takes its place when the first grows.
    /// That is enough as long as only one domain changes, and an attempt changes only what is on one node.
    least: [(NameId, i64); 2],
}

impl Walked {
    fn new(counts: BTreeMap<NameId, i64>, empty: NameId) -> Walked {
        let none = (empty, i64::from(i32::MAX));
        let mut walked = Walked { counts: BTreeMap::new(), least: [none, none] };
        for (value, count) in &counts {
            walked.note(*value, *count);
        }
        Walked { counts, ..walked }
    }

    fn get(&self, value: NameId) -> i64 {
        self.counts.get(&value).copied().unwrap_or(0)
    }

    fn update(&mut self, value: NameId, change: i64) {
        let count = self.counts.entry(value).or_default();
        *count += change;
        let count = *count;
        self.note(value, count);
    }

    fn note(&mut self, value: NameId, count: i64) {
        let [first, second] = &mut self.least;
        if value == first.0 || value == second.0 {
            let known = if value == first.0 { first } else { second };
            known.1 = count;
            if self.least[0].1 > self.least[1].1 {
                self.least.swap(0, 1);
            }
        } else if count < first.1 {
            self.least = [(value, count), *first];
        } else if count < second.1 {
            *second = (value, count);
        }
    }
}

/// Counts of the index with changes by domain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shared {
    tally: Arc<Tally>,
    changes: BTreeMap<usize, i64>,
    least: i64,
}

impl Shared {
    fn get(&self, domain: usize) -> i64 {
        self.tally.get(domain) + self.changes.get(&domain).copied().unwrap_or(0)
    }

    fn update(&mut self, domain: usize, change: i64) {
        *self.changes.entry(domain).or_default() += change;
        let changed: Vec<usize> = self.changes.keys().copied().collect();
        let others = self.tally.least_except(&changed);
        let least = changed.iter().map(|domain| self.get(*domain)).chain(others).min();
        self.least = least.unwrap_or_default();
    }
}
