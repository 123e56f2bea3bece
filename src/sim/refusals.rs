//! Reasons why pods did not fit, by number, and the last refusal of every waiting pod.

use std::collections::BTreeMap;

use crate::base::{Id, Names, PodId};
use crate::sim::schedulers::Refusal;

/// How many reasons are told apart; the others share the last number.
pub const REASONS_MAX: usize = 64;

/// A set of reasons, one bit for each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ReasonSet(u64);

impl ReasonSet {
    /// None.
    pub const EMPTY: ReasonSet = ReasonSet(0);

    /// Numbers of the reasons, lowest first.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..REASONS_MAX).filter(move |number| self.0 >> number & 1 == 1)
    }

    /// True if this one is in it.
    pub fn contains(self, number: usize) -> bool {
        self.0 >> number & 1 == 1
    }

    /// All that are in either.
    pub fn union(self, other: ReasonSet) -> ReasonSet {
        ReasonSet(self.0 | other.0)
    }
}

/// All refusals that matter.
#[derive(Debug, Default)]
pub struct Refusals {
    texts: Names,
    /// By pod; an entry goes when its pod is placed.
    last: BTreeMap<PodId, (Refusal, ReasonSet)>,
}

impl Refusals {
    /// Notes the refusal of a pod. Tells its reasons, and whether the pod's condition changes.
    pub fn note(&mut self, pod: PodId, refusal: Refusal) -> (ReasonSet, bool) {
        if let Some((last, reasons)) = self.last.get(&pod)
            && (last.is_error, &last.message) == (refusal.is_error, &refusal.message)
        {
            return (*reasons, false);
        }
        let mut bits = 0;
        for text in refusal.reasons.keys() {
            let text = if refusal.is_error { without_node(text) } else { text };
            bits |= 1 << self.texts.intern(text).index().min(REASONS_MAX - 1);
        }
        self.last.insert(pod, (refusal, ReasonSet(bits)));
        (ReasonSet(bits), true)
    }

    /// The pod is placed.
    pub fn forget(&mut self, pod: PodId) {
        self.last.remove(&pod);
    }

    /// A reason, as kube-scheduler words it.
    pub fn text(&self, number: usize) -> &str {
        if number == REASONS_MAX - 1 { "any other reason" } else { self.texts.text(crate::base::NameId::from_index(number)) }
    }

    /// Why a waiting pod was refused last; empty if it was not.
    pub fn last(&self, pod: PodId) -> String {
        let numbers = self.last.get(&pod).map_or(ReasonSet::EMPTY, |(_, reasons)| *reasons);
        numbers.iter().map(|number| self.text(number)).collect::<Vec<_>>().join(", ")
    }
}

/// An error of a filter without the plugin's name and the node's, so that equal errors are one reason.
fn without_node(text: &str) -> &str {
    let text = text.split_once(" filter plugin: ").map_or(text, |(_, text)| text);
    text.strip_prefix("node ").and_then(|rest| rest.split_once(": ")).map_or(text, |(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn refusal(message: &str, reasons: &[&str], is_error: bool) -> Refusal {
        let reasons = reasons.iter().map(|text| ((*text).to_owned(), 1)).collect();
        let (plugins, nominating, preemption) = Default::default();
        Refusal {
            message: message.into(),
            reasons: Arc::new(reasons),
            plugins,
            is_error,
            nominating,
            preemption,
            pending: plugins,
        }
    }

    #[test]
    fn a_condition_changes_with_its_message() {
        let mut refusals = Refusals::default();
        let (first, second) = (refusal("2 b, 1 a", &["a", "b"], false), refusal("1 b, 1 a", &["a", "b"], false));
        let (reasons, is_news) = refusals.note(PodId(0), first.clone());
        assert_eq!((reasons.iter().collect::<Vec<_>>(), is_news), (vec![0, 1], true));
        assert_eq!(refusals.note(PodId(0), first.clone()), (reasons, false));
        assert_eq!(refusals.note(PodId(0), second), (reasons, true));
        assert_eq!((refusals.last(PodId(0)).as_str(), refusals.last(PodId(1)).as_str()), ("a, b", ""));
        refusals.forget(PodId(0));
        assert_eq!(refusals.note(PodId(0), first), (reasons, true));
    }

    #[test]
    fn errors_are_told_apart_by_what_went_wrong() {
        let text = "running \"DynamicResources\" filter plugin: node n7: timed out trying to allocate devices";
        assert_eq!(without_node(text), "timed out trying to allocate devices");
        assert_eq!(without_node("something else: broke"), "something else: broke");
    }
}
