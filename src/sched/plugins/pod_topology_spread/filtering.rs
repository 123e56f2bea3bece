//! PreFilter and Filter: `DoNotSchedule` constraints (`podtopologyspread/filtering.go`).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::NameId;
use crate::model::core::{Node, Pod, SpreadConstraint, WhenUnsatisfiable};
use crate::sched::framework::{Cx, NodeInfo, PreFilter, Rejection, Verdict};
use crate::sched::plugins::pod_topology_spread::constraints::{Standing, constraints, count_pods, has_all_keys};
use crate::sched::plugins::pod_topology_spread::domains::Domains;

const MISMATCH: &str = "node(s) didn't match pod topology spread constraints";
const NO_LABEL: &str = "node(s) didn't match pod topology spread constraints (missing required label)";

/// What PreFilter counts, and what added and removed pods change.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct State {
    constraints: Arc<[SpreadConstraint]>,
    /// By constraint.
    domains: Vec<Domains>,
}

/// Counts what is on all nodes that have all topology keys. Skipped without constraints.
pub fn pre_filter(cx: &Cx<'_>, pod: &Pod) -> PreFilter<State> {
    let constraints = constraints(cx, pod, WhenUnsatisfiable::DoNotSchedule);
    if constraints.is_empty() {
        return PreFilter::Skip;
    }
    let mut counts: Vec<BTreeMap<NameId, i64>> = vec![BTreeMap::new(); constraints.len()];
    for info in cx.snapshot.list().filter(|info| has_all_keys(&info.node.labels, &constraints)) {
        let standing = Standing::new(cx, pod, &info.node, &constraints);
        for (constraint, counts) in constraints.iter().zip(&mut counts).filter(|(one, _)| standing.counts_for(one)) {
            if let Some(value) = info.node.labels.get(constraint.topology_key) {
                *counts.entry(value).or_default() += count_pods(cx, info, &constraint.selector, pod.spec.namespace);
            }
        }
    }
    let domains = counts.into_iter().map(|counts| Domains::new(counts, cx.known.empty)).collect();
    PreFilter::Go(State { constraints: constraints.into(), domains })
}

impl State {
    /// Another pod is supposed on `node` (a nominated one, or one that is reprieved).
    pub fn add_pod(&mut self, cx: &Cx<'_>, pod: &Pod, added: &Pod, node: &NodeInfo) {
        self.update(cx, pod, added, &node.node, 1);
    }

    /// Another pod is supposed gone from `node`.
    pub fn remove_pod(&mut self, cx: &Cx<'_>, pod: &Pod, removed: &Pod, node: &NodeInfo) {
        self.update(cx, pod, removed, &node.node, -1);
    }

    // Plain matching, as upstream does it here: `{}` matches, and terminating pods count.
    fn update(&mut self, cx: &Cx<'_>, pod: &Pod, other: &Pod, node: &Node, change: i64) {
        if other.spec.namespace != pod.spec.namespace || !has_all_keys(&node.labels, &self.constraints) {
            return;
        }
        let standing = Standing::new(cx, pod, node, &self.constraints);
        for (constraint, domains) in self.constraints.iter().zip(&mut self.domains) {
            let matches = constraint.selector.matches(&other.spec.labels, cx.names) && standing.counts_for(constraint);
            if let Some(value) = node.labels.get(constraint.topology_key).filter(|_| matches) {
                domains.update(value, change);
            }
        }
    }
}

/// Judges a node, constraint by constraint.
pub fn filter(cx: &Cx<'_>, state: &State, pod: &Pod, node: &NodeInfo) -> Verdict {
    for (constraint, domains) in state.constraints.iter().zip(&state.domains) {
        let Some(value) = node.node.labels.get(constraint.topology_key) else {
            return Some(Rejection::unresolvable(NO_LABEL));
        };
        let own = i64::from(constraint.selector.matches(&pod.spec.labels, cx.names));
        let skew = domains.get(value) + own - domains.least(constraint.min_domains);
        if skew > i64::from(constraint.max_skew) {
            return Some(Rejection::unschedulable(MISMATCH));
        }
    }
    None
}
