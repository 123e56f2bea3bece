//! PreScore, Score and Normalize: `ScheduleAnyway` constraints (`podtopologyspread/scoring.go`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::{NameId, NodeId};
use crate::model::core::{Pod, SpreadConstraint, WhenUnsatisfiable};
use crate::sched::framework::{Cx, MAX_NODE_SCORE, NodeInfo};
use crate::sched::plugins::pod_topology_spread::constraints::{
    Standing, constraints, count_pods, has_all_keys, requires_all_keys,
};
use crate::sched::plugins::pod_topology_spread::logarithm::ln;
use crate::sched::terms::{Table, Tally};

/// What PreScore counts.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ScoreState {
    pub(super) constraints: Vec<SoftConstraint>,
    /// Feasible nodes that lack a topology key.
    pub(super) ignored: BTreeSet<NodeId>,
}

/// A constraint that scores.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct SoftConstraint {
    pub constraint: SpreadConstraint,
    pub counts: SoftCounts,
    /// What a pod weighs.
    pub weight: f64,
}

/// Matching pods by domain.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum SoftCounts {
    /// `kubernetes.io/hostname`: each node is counted by itself when it is scored.
    Host,
    /// By value, for domains of feasible nodes only.
    Walked(BTreeMap<NameId, i64>),
    /// Shared with the index: nodes that have the label, and the counts, of hosts by node.
    Shared(Arc<Table>, Arc<Tally>),
}

/// What a pod weighs; more where there are more domains, which are less likely to hold it.
pub(super) fn weight(domains: usize) -> f64 {
    ln((domains + 2) as f64)
}

/// Counts for scores; `None` skips scoring. `feasible` are the nodes to be scored, in order.
pub fn pre_score(cx: &Cx<'_>, pod: &Pod, feasible: &[NodeId]) -> Option<ScoreState> {
    if let Some(asked) = cx.asked {
        return asked.spread_scores.as_ref().map(|soft| soft.state(cx, feasible));
    }
    let constraints = constraints(cx, pod, WhenUnsatisfiable::ScheduleAnyway);
    if constraints.is_empty() {
        return None;
    }
    let requires_all_keys = requires_all_keys(cx, pod);
    let mut state = ScoreState::new(cx, feasible, &constraints, requires_all_keys);
    for info in cx.snapshot.list() {
        if requires_all_keys && !has_all_keys(&info.node.labels, &constraints) {
            continue;
        }
        let standing = Standing::new(cx, pod, &info.node, &constraints);
        for soft in state.constraints.iter_mut().filter(|soft| standing.counts_for(&soft.constraint)) {
            let value = info.node.labels.get(soft.constraint.topology_key).unwrap_or(cx.known.empty);
            if let SoftCounts::Walked(counts) = &mut soft.counts
                && let Some(count) = counts.get_mut(&value)
            {
                *count += count_pods(cx, info, &soft.constraint.selector, pod.spec.namespace);
            }
        }
    }
    Some(state)
}

impl ScoreState {
    /// Domains of the feasible nodes, nothing counted yet. All nodes without a label are one domain (`initPreScoreState`).
    fn new(cx: &Cx<'_>, feasible: &[NodeId], constraints: &[SpreadConstraint], requires_all_keys: bool) -> ScoreState {
        let labels = |id: &NodeId| &cx.snapshot.nodes[*id].node.labels;
        let is_ignored = |id: &NodeId| requires_all_keys && !has_all_keys(labels(id), constraints);
        let (ignored, scored): (Vec<NodeId>, Vec<NodeId>) = feasible.iter().partition(|id| is_ignored(id));
        let soften = |constraint: &SpreadConstraint| {
            let value = |id: &NodeId| labels(id).get(constraint.topology_key).unwrap_or(cx.known.empty);
            let (size, counts) = if constraint.topology_key == cx.known.hostname {
                (scored.len(), SoftCounts::Host)
            } else {
                let counts: BTreeMap<NameId, i64> = scored.iter().map(|id| (value(id), 0)).collect();
                (counts.len(), SoftCounts::Walked(counts))
            };
            SoftConstraint { constraint: constraint.clone(), counts, weight: weight(size) }
        };
        ScoreState { constraints: constraints.iter().map(soften).collect(), ignored: ignored.into_iter().collect() }
    }
}

impl SoftConstraint {
    /// Matching pods in the domain of a node; `None` if it has no such label.
    fn count(&self, cx: &Cx<'_>, pod: &Pod, node: &NodeInfo) -> Option<i64> {
        if let SoftCounts::Shared(table, tally) = &self.counts {
            table.domain(node.id)?;
            return tally.at(node.id);
        }
        let value = node.node.labels.get(self.constraint.topology_key)?;
        Some(match &self.counts {
            SoftCounts::Walked(counts) => counts.get(&value).copied().unwrap_or(0),
            _ => count_pods(cx, node, &self.constraint.selector, pod.spec.namespace),
        })
    }
}

/// The raw score of a node: the pods in its domains, weighted, so that less is better. Rounded half away from zero.
pub fn score(cx: &Cx<'_>, state: &ScoreState, pod: &Pod, node: &NodeInfo) -> i64 {
    if state.ignored.contains(&node.id) {
        return 0;
    }
    let mut score = 0.0;
    for soft in &state.constraints {
        if let Some(count) = soft.count(cx, pod, node) {
            score += count as f64 * soft.weight + f64::from(soft.constraint.max_skew - 1);
        }
    }
    score.round() as i64
}

/// Brings raw scores to 0 to 100, the least to 100; ignored nodes get 0. `scores[i]` is for `feasible[i]`.
pub fn normalize(_cx: &Cx<'_>, state: &ScoreState, feasible: &[NodeId], scores: &mut [i64]) {
    let is_scored = |id: &NodeId| !state.ignored.contains(id);
    let scored = || feasible.iter().zip(scores.iter()).filter(|(id, _)| is_scored(id)).map(|(_, score)| *score);
    let min = scored().min().unwrap_or(i64::MAX);
    let max = scored().max().unwrap_or(0).max(0);
    for (id, score) in feasible.iter().zip(scores) {
        *score = match max {
            _ if !is_scored(id) => 0,
            0 => MAX_NODE_SCORE,
            _ => MAX_NODE_SCORE.wrapping_mul(max.wrapping_add(min).wrapping_sub(*score)) / max,
        };
    }
}
