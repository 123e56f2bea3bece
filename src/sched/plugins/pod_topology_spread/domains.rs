//! Pods by topology domain, and the least of them (`criticalPaths`).

use std::collections::BTreeMap;

use crate::base::NameId;

/// Matching pods of each domain of a constraint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Domains {
    counts: BTreeMap<NameId, i64>,
    /// Two domains with their counts. The first has the least count; the second takes its place when the first grows.
    /// That is enough as long as only one domain changes, and an attempt changes only what is on one node.
    least: [(NameId, i64); 2],
}

impl Domains {
    /// Domains with their counts. `empty` is the id of the empty text, with which upstream begins.
    pub fn new(counts: BTreeMap<NameId, i64>, empty: NameId) -> Domains {
        let none = (empty, i64::from(i32::MAX));
        let mut domains = Domains { counts: BTreeMap::new(), least: [none, none] };
        for (value, count) in &counts {
            domains.note(*value, *count);
        }
        Domains { counts, ..domains }
    }

    /// The count of a domain; 0 if it is none.
    pub fn get(&self, value: NameId) -> i64 {
        self.counts.get(&value).copied().unwrap_or(0)
    }

    /// The least count, 0 while there are fewer domains than `min_domains`.
    pub fn least(&self, min_domains: i32) -> i64 {
        if (self.counts.len() as i64) < i64::from(min_domains) { 0 } else { self.least[0].1 }
    }

    /// Adds to the count of a domain.
    pub fn update(&mut self, value: NameId, change: i64) {
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
