//! Counts by topology key and value (`topologyToMatchedTermCount`, `scoreMap`).
//!
//! Both are a sum of what is shared with the index, if there is one, and of what was counted for this attempt alone: all
//! pods if there is no index, else what preemption and nominations change.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::NameId;
use crate::model::core::Labels;
use crate::sched::framework::NodeInfo;
use crate::sched::terms::Tally;

/// How often something was found in a topology domain.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// By topology key; a key may occur several times.
    shared: Vec<(NameId, Arc<Tally>)>,
    by_pair: BTreeMap<(NameId, NameId), i64>,
}

impl Counts {
    /// Adds all counts of a tally, of the domains of `key`.
    pub fn share(&mut self, key: NameId, tally: Arc<Tally>) {
        self.shared.push((key, tally));
    }

    /// Adds to the domain of `key` that a node with `labels` is in; nothing happens if it is in none. An entry that comes
    /// down to zero is no entry, since it matters whether there are any.
    pub fn update(&mut self, labels: &Labels, key: NameId, change: i64) {
        let Some(value) = labels.get(key) else { return };
        let count = self.by_pair.entry((key, value)).or_default();
        *count += change;
        if *count == 0 {
            self.by_pair.remove(&(key, value));
        }
    }

    /// The count of a node's domain of `key`; `None` if it is in none.
    pub fn at(&self, node: &NodeInfo, key: NameId) -> Option<i64> {
        let mut count = None;
        for (_, tally) in self.shared.iter().filter(|(other, _)| *other == key) {
            count = Some(count.unwrap_or(0) + tally.at(node.id)?);
        }
        if let Some(count) = count.filter(|_| self.by_pair.is_empty()) {
            return Some(count);
        }
        let value = node.node.labels.get(key)?;
        Some(count.unwrap_or(0) + self.by_pair.get(&(key, value)).copied().unwrap_or(0))
    }

    /// True if a domain of the node has any.
    pub fn holds_any(&self, node: &NodeInfo) -> bool {
        if self.by_pair.is_empty() {
            return self.shared.iter().any(|(_, tally)| tally.at(node.id).is_some_and(|count| count > 0));
        }
        node.node.labels.iter().any(|(key, _)| self.at(node, key).is_some_and(|count| count > 0))
    }

    /// True if there are none anywhere. No count is negative, since only what was counted is taken away.
    pub fn is_empty(&self) -> bool {
        let shared: i64 = self.shared.iter().map(|(_, tally)| tally.total()).sum();
        shared + self.by_pair.values().sum::<i64>() == 0
    }
}

/// Weights by topology key and value. Other than in [`Counts`] an entry that comes down to zero stays: that a term matched at
/// all is enough for the plugin to score.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Weights {
    /// What one of those counted weighs.
    shared: Vec<(i64, Arc<Tally>)>,
    by_key: BTreeMap<NameId, BTreeMap<NameId, i64>>,
}

impl Weights {
    /// Adds all counts of a tally, `weight` for each.
    pub fn share(&mut self, weight: i64, tally: Arc<Tally>) {
        if tally.total() > 0 {
            self.shared.push((weight, tally));
        }
    }

    /// Adds to the domain of `key` that a node with `labels` is in; nothing happens if it is in none.
    pub fn add(&mut self, labels: &Labels, key: NameId, weight: i64) {
        if let Some(value) = labels.get(key) {
            *self.by_key.entry(key).or_default().entry(value).or_default() += weight;
        }
    }

    /// Sum over the domains of a node.
    pub fn sum(&self, node: &NodeInfo) -> i64 {
        let shared = self.shared.iter().map(|(weight, tally)| weight * tally.at(node.id).unwrap_or(0));
        let weight = |(key, by_value): (&NameId, &BTreeMap<NameId, i64>)| by_value.get(&node.node.labels.get(*key)?).copied();
        shared.sum::<i64>() + self.by_key.iter().filter_map(weight).sum::<i64>()
    }

    /// True if no term matched.
    pub fn is_empty(&self) -> bool {
        self.shared.is_empty() && self.by_key.is_empty()
    }
}
