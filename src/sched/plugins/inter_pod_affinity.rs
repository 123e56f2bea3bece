//! InterPodAffinity: affinity and anti-affinity between pods (`plugins/interpodaffinity`).

use crate::base::NodeId;
use crate::model::core::Pod;
use crate::sched::framework::{Cx, NodeInfo, PreFilter, Verdict};

/// What PreFilter counts, and what added and removed pods change.
#[derive(Clone, Debug, Default)]
pub struct State {}

/// What PreScore counts.
#[derive(Clone, Debug, Default)]
pub struct ScoreState {}

/// Counts what is on all nodes.
pub fn pre_filter(_cx: &Cx<'_>, _pod: &Pod) -> PreFilter<State> {
    PreFilter::Skip
}

impl State {
    /// Another pod is supposed on `node` (a nominated one, or one that is reprieved).
    pub fn add_pod(&mut self, _cx: &Cx<'_>, _pod: &Pod, _added: &Pod, _node: &NodeInfo) {}

    /// Another pod is supposed gone from `node`.
    pub fn remove_pod(&mut self, _cx: &Cx<'_>, _pod: &Pod, _removed: &Pod, _node: &NodeInfo) {}
}

/// Judges a node.
pub fn filter(_cx: &Cx<'_>, _state: &State, _pod: &Pod, _node: &NodeInfo) -> Verdict {
    None
}

/// Counts for scores; `None` skips scoring. `feasible` are the nodes to be scored, in order.
pub fn pre_score(_cx: &Cx<'_>, _pod: &Pod, _feasible: &[NodeId]) -> Option<ScoreState> {
    None
}

/// The raw score of a node.
pub fn score(_cx: &Cx<'_>, _state: &ScoreState, _pod: &Pod, _node: &NodeInfo) -> i64 {
    0
}

/// Brings raw scores to 0 to 100; `scores[i]` is for `feasible[i]`.
pub fn normalize(_cx: &Cx<'_>, _state: &ScoreState, _feasible: &[NodeId], _scores: &mut [i64]) {}
