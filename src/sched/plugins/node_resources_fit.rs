//! NodeResourcesFit: room for what is requested (`plugins/noderesources/fit.go`).

use crate::model::core::Pod;
use crate::sched::framework::{Cx, NodeInfo, Verdict};

/// Refuses nodes without room; all that is lacking is told.
pub fn filter(_cx: &Cx<'_>, _pod: &Pod, _node: &NodeInfo) -> Verdict {
    None
}

/// Points by the profile's strategy, 0 to 100.
pub fn score(_cx: &Cx<'_>, _pod: &Pod, _node: &NodeInfo) -> i64 {
    0
}
