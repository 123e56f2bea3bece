//! Counts by topology key and value (`topologyToMatchedTermCount`).

use std::collections::BTreeMap;

use crate::base::NameId;
use crate::model::core::Labels;

/// How often something was found in a topology domain.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    by_pair: BTreeMap<(NameId, NameId), i64>,
}

impl Counts {
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

    /// The count of a domain.
    pub fn get(&self, key: NameId, value: NameId) -> i64 {
        self.by_pair.get(&(key, value)).copied().unwrap_or(0)
    }

    /// True if a domain of a node with these labels has any.
    pub fn holds_any(&self, labels: &Labels) -> bool {
        !self.is_empty() && labels.iter().any(|(key, value)| self.get(key, value) > 0)
    }

    /// True if there are none anywhere.
    pub fn is_empty(&self) -> bool {
        self.by_pair.is_empty()
    }
}

/// Weights by topology key and value (`scoreMap`). Other than in [`Counts`] an entry that comes down to zero stays: that a
/// term matched at all is enough for the plugin to score.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Weights {
    by_key: BTreeMap<NameId, BTreeMap<NameId, i64>>,
}

impl Weights {
    /// Adds to the domain of `key` that a node with `labels` is in; nothing happens if it is in none.
    pub fn add(&mut self, labels: &Labels, key: NameId, weight: i64) {
        if let Some(value) = labels.get(key) {
            *self.by_key.entry(key).or_default().entry(value).or_default() += weight;
        }
    }

    /// Sum over the domains of a node with these labels.
    pub fn sum(&self, labels: &Labels) -> i64 {
        let weight = |(key, by_value): (&NameId, &BTreeMap<NameId, i64>)| by_value.get(&labels.get(*key)?).copied();
        self.by_key.iter().filter_map(weight).sum()
    }

    /// True if no term matched.
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }
}
