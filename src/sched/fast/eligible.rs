//! Which attempts look at each node alone.

use crate::model::core::Pod;
use crate::sched::attempt::signature;
use crate::sched::framework::Cx;
use crate::sched::plugins::pod_topology_spread;

/// True if nothing about this attempt looks beyond single nodes, claims aside. Beside the pod itself that depends on what other pods are
/// there, so it can change from one attempt to the next.
pub fn is_local(cx: &Cx<'_>, pod: &Pod) -> bool {
    let spec = &pod.spec;
    let is_backed = || spec.requests.total.scalars.iter().any(|(name, amount)| *amount != 0 && cx.dra.backs(*name));
    pod.nominated_node_name.is_none()
        && cx.snapshot.affine_pods == 0
        && !spec.has_affinity_to_pods()
        && !is_backed()
        && !pod_topology_spread::has_constraints(cx, pod)
        && signature::sign(cx, pod).is_none()
}
