//! PreFilter and Filter: `DoNotSchedule` constraints (`podtopologyspread/filtering.go`).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::NameId;
use crate::model::core::{Pod, SpreadConstraint, WhenUnsatisfiable};
use crate::sched::framework::{Cx, NodeInfo, PreFilter, Rejection, Verdict};
use crate::sched::plugins::pod_topology_spread::constraints::{Standing, constraints, count_pods, has_all_keys};
use crate::sched::plugins::pod_topology_spread::domains::Domains;

const MISMATCH: &str = "node(s) didn't match pod topology spread constraints";
const NO_LABEL: &str = "node(s) didn't match pod topology spread constraints (missing required label)";

/// What PreFilter counts, and what added and removed pods change.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct State {
    constraints: Arc<[SpreadConstraint]>,
    /// By constraint: 1 if the pod itself matches, else 0.
    own: Arc<[i64]>,
    /// By constraint.
    domains: Vec<Domains>,
}

/// Counts what is on all nodes that have all topology keys. Skipped without constraints.
pub fn pre_filter(cx: &Cx<'_>, pod: &Pod) -> PreFilter<State> {
    if let Some(asked) = cx.asked {
        return asked.spread.clone();
    }
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
    let domains = counts.into_iter().map(|counts| Domains::walked(counts, cx.known.empty)).collect();
    PreFilter::Go(State::new(cx, pod, constraints, domains))
}

impl State {
    /// Everything is counted.
    pub(super) fn new(cx: &Cx<'_>, pod: &Pod, constraints: Vec<SpreadConstraint>, domains: Vec<Domains>) -> State {
        let own = |one: &SpreadConstraint| i64::from(one.selector.matches(&pod.spec.labels, cx.names));
        State { own: constraints.iter().map(own).collect(), constraints: constraints.into(), domains }
    }

    /// Another pod is supposed on `node` (a nominated one, or one that is reprieved).
    pub fn add_pod(&mut self, cx: &Cx<'_>, pod: &Pod, added: &Pod, node: &NodeInfo) {
        self.update(cx, pod, added, node, 1);
    }

    /// Another pod is supposed gone from `node`.
    pub fn remove_pod(&mut self, cx: &Cx<'_>, pod: &Pod, removed: &Pod, node: &NodeInfo) {
        self.update(cx, pod, removed, node, -1);
    }

    // Plain matching, as upstream does it here: `{}` matches, and terminating pods count.
    fn update(&mut self, cx: &Cx<'_>, pod: &Pod, other: &Pod, node: &NodeInfo, change: i64) {
        if other.spec.namespace != pod.spec.namespace || !has_all_keys(&node.node.labels, &self.constraints) {
            return;
        }
        let standing = Standing::new(cx, pod, &node.node, &self.constraints);
        for (constraint, domains) in self.constraints.iter().zip(&mut self.domains) {
            if constraint.selector.matches(&other.spec.labels, cx.names) && standing.counts_for(constraint) {
                domains.update(node, constraint.topology_key, change);
            }
        }
    }
}

/// Judges a node, constraint by constraint.
pub fn filter(_cx: &Cx<'_>, state: &State, _pod: &Pod, node: &NodeInfo) -> Verdict {
    for ((constraint, own), domains) in state.constraints.iter().zip(state.own.iter()).zip(&state.domains) {
        let Some(count) = domains.at(node, constraint.topology_key) else {
            return Some(Rejection::unresolvable(NO_LABEL));
        };
        let skew = count + own - domains.least(constraint.min_domains);
        if skew > i64::from(constraint.max_skew) {
            return Some(Rejection::unschedulable(MISMATCH));
        }
    }
    None
}
