//! NodeDeclaredFeatures: features that the kubelet declares (`plugins/nodedeclaredfeatures`).

use crate::model::core::Pod;
use crate::sched::framework::{NodeInfo, Rejection, Verdict};

/// True if the pod needs none.
pub fn skips(pod: &Pod) -> bool {
    pod.spec.required_features.is_empty()
}

/// Refuses nodes that do not declare a feature that the pod needs.
pub fn filter(pod: &Pod, node: &NodeInfo) -> Verdict {
    let declared = |feature| node.node.declared_features.binary_search(feature).is_ok();
    let fits = pod.spec.required_features.iter().all(declared);
    (!fits).then(|| Rejection::unresolvable("node(s) didn't match Pod's required features"))
}
