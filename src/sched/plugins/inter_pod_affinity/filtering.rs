//! PreFilter and Filter: required terms (`interpodaffinity/filtering.go`).

use std::sync::Arc;

use crate::model::core::{AffinityTerm, Labels, Pod};
use crate::sched::framework::{Cx, NodeInfo, PreFilter, Rejection, Verdict};
use crate::sched::plugins::inter_pod_affinity::counts::Counts;
use crate::sched::plugins::inter_pod_affinity::terms::{OwnTerm, means};

const AFFINITY: &str = "node(s) didn't match pod affinity rules";
const ANTI_AFFINITY: &str = "node(s) didn't match pod anti-affinity rules";
const EXISTING_ANTI_AFFINITY: &str = "node(s) didn't satisfy existing pods anti-affinity rules";

/// What PreFilter counts, and what added and removed pods change.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct State {
    /// Required affinity of the pod.
    pub(super) affinity: Arc<[OwnTerm]>,
    /// Required anti-affinity of the pod.
    pub(super) anti_affinity: Arc<[OwnTerm]>,
    /// The pod matches all its own affinity terms, so that it may be the first of its kind.
    matches_itself: bool,
    /// With gate InterPodAffinityHostnameFastPath, if all terms of `affinity` are about hosts: pods that match all of them,
    /// on whatever nodes, also on those without that label.
    pub(super) host_scoped: Option<i64>,
    /// For each term of `affinity`, pods that match *all* of them.
    pub(super) affinity_counts: Counts,
    /// Pods that match a term of `anti_affinity`, once for each.
    pub(super) anti_affinity_counts: Counts,
    /// Required anti-affinity terms of other pods that mean the pod.
    pub(super) existing_anti_affinity_counts: Counts,
}

/// Counts what is on all nodes. Skipped if the pod has no required terms and no pod's required anti-affinity means it.
pub fn pre_filter(cx: &Cx<'_>, pod: &Pod) -> PreFilter<State> {
    if let Some(asked) = cx.asked {
        return asked.affinity.clone();
    }
    let mut state = State::new(cx, pod);
    if !state.has_terms() && cx.snapshot.anti_affine_pods == 0 {
        return PreFilter::Skip;
    }
    for node in cx.snapshot.list() {
        for other in &node.pods {
            state.update(cx, pod, other, &node.node.labels, 1);
        }
    }
    state.pre_filtered()
}

impl State {
    /// Nothing counted yet.
    pub(super) fn new(cx: &Cx<'_>, pod: &Pod) -> State {
        let resolve = |terms: &[AffinityTerm]| -> Arc<[OwnTerm]> {
            terms.iter().map(|term| OwnTerm::new(term, cx.neighbours, cx.names)).collect()
        };
        let affinity = resolve(&pod.spec.affinity.required);
        let matches_itself = OwnTerm::all_match(&affinity, &pod.spec, cx.names);
        let is_host_scoped = cx.config.gates.is_on("InterPodAffinityHostnameFastPath")
            && affinity.iter().all(|term| term.topology_key == cx.known.hostname);
        let host_scoped = is_host_scoped.then_some(0);
        State {
            matches_itself,
            affinity,
            host_scoped,
            anti_affinity: resolve(&pod.spec.anti_affinity.required),
            ..State::default()
        }
    }

    /// Fills `host_scoped` where the index fills the rest.
    pub(super) fn count_host_scoped(&mut self, cx: &Cx<'_>) {
        if self.host_scoped.is_some() {
            let pods = cx.snapshot.list().flat_map(|node| &node.pods);
            let matching = pods.filter(|other| OwnTerm::all_match(&self.affinity, &other.spec, cx.names)).count();
            self.host_scoped = Some(matching as i64);
        }
    }

    fn has_terms(&self) -> bool {
        !(self.affinity.is_empty() && self.anti_affinity.is_empty())
    }

    /// What PreFilter says when everything is counted.
    pub(super) fn pre_filtered(self) -> PreFilter<State> {
        let goes = self.has_terms() || !self.existing_anti_affinity_counts.is_empty();
        if goes { PreFilter::Go(self) } else { PreFilter::Skip }
    }

    /// Another pod is supposed on `node` (a nominated one, or one that is reprieved).
    pub fn add_pod(&mut self, cx: &Cx<'_>, pod: &Pod, added: &Pod, node: &NodeInfo) {
        self.update(cx, pod, added, &node.node.labels, 1);
    }

    /// Another pod is supposed gone from `node`.
    pub fn remove_pod(&mut self, cx: &Cx<'_>, pod: &Pod, removed: &Pod, node: &NodeInfo) {
        self.update(cx, pod, removed, &node.node.labels, -1);
    }

    fn update(&mut self, cx: &Cx<'_>, pod: &Pod, other: &Pod, labels: &Labels, change: i64) {
        for term in other.spec.anti_affinity.required.iter().filter(|term| means(cx, term, pod)) {
            self.existing_anti_affinity_counts.update(labels, term.topology_key, change);
        }
        if OwnTerm::all_match(&self.affinity, &other.spec, cx.names) {
            self.host_scoped = self.host_scoped.map(|count| count + change);
            for term in self.affinity.iter() {
                self.affinity_counts.update(labels, term.topology_key, change);
            }
        }
        for term in self.anti_affinity.iter().filter(|term| term.matches(&other.spec, cx.names)) {
            self.anti_affinity_counts.update(labels, term.topology_key, change);
        }
    }

    /// All topology keys must be there, also for the first pod of its kind.
    fn meets_affinity(&self, node: &NodeInfo) -> bool {
        let mut pods_exist = true;
        for term in self.affinity.iter() {
            let Some(count) = self.affinity_counts.at(node, term.topology_key) else { return false };
            pods_exist &= count > 0;
        }
        let is_first = self.host_scoped.map_or_else(|| self.affinity_counts.is_empty(), |count| count == 0);
        pods_exist || (is_first && self.matches_itself)
    }

    fn meets_anti_affinity(&self, node: &NodeInfo) -> bool {
        let count = |term: &OwnTerm| self.anti_affinity_counts.at(node, term.topology_key);
        self.anti_affinity.iter().all(|term| count(term).is_none_or(|count| count <= 0))
    }
}

/// Judges a node: affinity first, then the pod's anti-affinity, then that of other pods.
pub fn filter(_cx: &Cx<'_>, state: &State, _pod: &Pod, node: &NodeInfo) -> Verdict {
    if !state.meets_affinity(node) {
        Some(Rejection::unresolvable(AFFINITY))
    } else if !state.meets_anti_affinity(node) {
        Some(Rejection::unschedulable(ANTI_AFFINITY))
    } else if state.existing_anti_affinity_counts.holds_any(node) {
        Some(Rejection::unschedulable(EXISTING_ANTI_AFFINITY))
    } else {
        None
    }
}
