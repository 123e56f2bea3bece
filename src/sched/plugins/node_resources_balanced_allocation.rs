//! NodeResourcesBalancedAllocation (`plugins/noderesources/balanced_allocation.go`).

use crate::model::core::Pod;
use crate::sched::framework::{Cx, NodeInfo};

/// True if scoring is skipped: the pod requests none of the resources.
pub fn skips_score(_cx: &Cx<'_>, _pod: &Pod) -> bool {
    true
}

/// Points for what the pod does to the balance of the node, 50 to 100.
pub fn score(_cx: &Cx<'_>, _pod: &Pod, _node: &NodeInfo) -> i64 {
    0
}
