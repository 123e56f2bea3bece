//! NodeName: `spec.nodeName` (`plugins/nodename`).

use crate::model::core::Pod;
use crate::sched::framework::{Cx, NodeInfo, PreFilter, Rejection, Verdict};

/// Narrows to the node that the pod names. The set is empty if there is no such node.
pub fn pre_filter(cx: &Cx<'_>, pod: &Pod) -> PreFilter<()> {
    match pod.node_name {
        None => PreFilter::Go(()),
        Some(name) => PreFilter::Narrow((), cx.snapshot.named(name).into_iter().collect()),
    }
}

/// Refuses all nodes but the one that the pod names.
pub fn filter(pod: &Pod, node: &NodeInfo) -> Verdict {
    let fits = pod.node_name.is_none_or(|name| name == node.node.name);
    (!fits).then(|| Rejection::unresolvable("node(s) didn't match the requested node name"))
}
