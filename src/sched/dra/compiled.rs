//! The cache of compiled selectors that all allocators of a scheduler share (`dynamicresources.go`, `cel.NewCache(10)`).

use crate::base::SelectorId;
use crate::model::core::Pod;
use crate::model::dra::Request;
use crate::sched::dra::Manager;

/// How many compiled selectors upstream's cache holds.
const HELD: usize = 10;

/// Which selectors are compiled. A selector that is not is compiled when it is first looked up.
#[derive(Clone, Debug, Default)]
pub struct Compiled {
    /// The one that was looked up last comes last.
    recent: Vec<SelectorId>,
}

impl Compiled {
    /// How many selectors are compiled in an attempt that looks up these, each once or more, in this order of first use, in
    /// each of so many calls of the allocator.
    ///
    /// Within a call, a search comes back to a selector before it has looked up ten others, as a rule: the selectors of one
    /// request are looked up in turn, device by device. Where the attempt has more than the cache holds, each call finds
    /// those it begins with gone.
    pub fn look_up(&mut self, selectors: &[SelectorId], calls: u64) -> u64 {
        let rounds = if selectors.len() > HELD { calls } else { calls.min(1) };
        (0..rounds).map(|_| selectors.iter().filter(|selector| self.misses(**selector)).count() as u64).sum()
    }

    /// True if the selector has to be compiled. It is held afterwards, the one least recently used is not.
    fn misses(&mut self, selector: SelectorId) -> bool {
        let at = self.recent.iter().position(|held| *held == selector);
        match at {
            Some(at) => {
                self.recent.remove(at);
            }
            None if self.recent.len() == HELD => {
                self.recent.remove(0);
            }
            None => {}
        }
        self.recent.push(selector);
        at.is_none()
    }
}

impl Manager {
    /// Counts the selectors that are compiled in an attempt for `pod` that made so many calls of the allocator.
    pub(in crate::sched) fn count_compilations(&mut self, pod: &Pod, calls: u64) -> u64 {
        let mut selectors = Vec::new();
        let mut add = |list: &[Option<SelectorId>]| {
            for selector in list.iter().flatten() {
                if !selectors.contains(selector) {
                    selectors.push(*selector);
                }
            }
        };
        let tracker = self.tracker();
        let stored = pod.claim_names().filter_map(|name| tracker.get((pod.spec.namespace, name)));
        for claim in stored.filter(|claim| claim.allocation.is_none()) {
            for leaf in claim.asked.requests.iter().flat_map(Request::leaves) {
                leaf.class.id.iter().for_each(|class| add(&self.class(*class).selectors));
                add(&leaf.selectors);
            }
        }
        let backing = pod.spec.requests.total.scalars.iter().filter_map(|(resource, _)| self.class_of(*resource));
        backing.for_each(|backing| add(&self.class(backing.class).selectors));
        self.compiled_mut().look_up(&selectors, calls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selectors(range: std::ops::Range<u32>) -> Vec<SelectorId> {
        range.map(SelectorId).collect()
    }

    #[test]
    fn what_is_held_is_not_compiled_again() {
        let mut compiled = Compiled::default();
        let mut check = |range, calls, want: u64| assert_eq!(compiled.look_up(&selectors(range), calls), want);
        check(0..3, 40, 3);
        check(0..3, 40, 0);
        check(3..10, 1, 7);
        check(0..3, 1, 0);
        check(10..11, 1, 1);
        check(0..3, 1, 0);
        check(3..4, 1, 1);
        check(0..0, 9, 0);
        check(20..23, 0, 0);
    }

    #[test]
    fn more_than_it_holds_are_compiled_in_every_call() {
        let mut compiled = Compiled::default();
        assert_eq!(compiled.look_up(&selectors(0..11), 5), 55);
        assert_eq!(compiled.look_up(&selectors(1..11), 5), 0);
    }
}
