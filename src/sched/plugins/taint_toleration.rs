//! TaintToleration: taints of nodes and tolerations of pods (`plugins/tainttoleration`).

use crate::model::core::Pod;
use crate::sched::framework::{Cx, NodeInfo, Verdict};

/// Refuses nodes with a taint NoSchedule or NoExecute that the pod does not tolerate.
pub fn filter(_cx: &Cx<'_>, _pod: &Pod, _node: &NodeInfo) -> Verdict {
    None
}

/// How many taints PreferNoSchedule the pod does not tolerate. Normalised in reverse.
pub fn score(_cx: &Cx<'_>, _pod: &Pod, _node: &NodeInfo) -> i64 {
    0
}
