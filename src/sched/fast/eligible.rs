//! Which attempts the fast path knows.

use crate::model::core::{Pod, PodSpec};
use crate::sched::attempt::signature;
use crate::sched::framework::{Cx, Nominator};
use crate::sched::plugins::pod_topology_spread;

/// True if the index knows the attempt: nobody is nominated, the pod is not batched with others, nothing is negotiated about it,
/// and no class stands for an extended resource that it requests. What other pods are there can change that from one attempt to the next.
pub fn is_indexed(cx: &Cx<'_>, nominator: &Nominator, pod: &Pod) -> bool {
    let is_backed = || pod.spec.requests.total.scalars.iter().any(|(name, amount)| *amount != 0 && cx.dra.backs(*name));
    nominator.is_empty()
        && cx.classic.is_none()
        && !cx.snapshot.order.is_empty()
        && pod.nominated_node_name.is_none()
        && !is_backed()
        && signature::sign(cx, pod).is_none()
}

/// True if affinity between pods, or topology spread, may have a say.
pub fn looks_beyond(cx: &Cx<'_>, pod: &Pod) -> bool {
    cx.snapshot.affine_pods > 0 || pod.spec.has_affinity_to_pods() || pod_topology_spread::has_constraints(cx, pod)
}

/// True if both ask the same of each node by itself; what their claims ask for, how they are spread and what they are near
/// to is not looked at.
pub fn is_alike(a: &PodSpec, b: &PodSpec) -> bool {
    a.requests == b.requests
        && (&a.node_selector, &a.node_affinity, &a.preferred_nodes) == (&b.node_selector, &b.node_affinity, &b.preferred_nodes)
        && (&a.tolerations, &a.host_ports, &a.images) == (&b.tolerations, &b.host_ports, &b.images)
        && a.claims.len() == b.claims.len()
        && a.required_features == b.required_features
}
