//! NodeName: `spec.nodeName` (`plugins/nodename`).

use crate::model::core::Pod;
use crate::sched::framework::{NodeInfo, PreFilter, Rejection, Verdict};

/// Narrows to the node that the pod names.
pub fn pre_filter(pod: &Pod) -> PreFilter<()> {
    match pod.node_name {
        None => PreFilter::Go(()),
        Some(name) => PreFilter::Narrow((), [name].into()),
    }
}

/// Refuses all nodes but the one that the pod names.
pub fn filter(pod: &Pod, node: &NodeInfo) -> Verdict {
    let fits = pod.node_name.is_none_or(|name| name == node.node.name);
    (!fits).then(|| Rejection::unresolvable("node(s) didn't match the requested node name"))
}
