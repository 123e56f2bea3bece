//! What the scorers of resources compare (`plugins/noderesources/resource_allocation.go`).

use crate::base::NameId;
use crate::model::core::Resources;
use crate::sched::framework::config::ScoredName;
use crate::sched::framework::{Cx, NodeInfo};

/// A resource of a node that is scored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Share {
    /// What pods on the node hold of it.
    pub held: i64,
    /// The same with the incoming pod.
    pub requested: i64,
    /// What the node has, not 0.
    pub capacity: i64,
    /// Its weight.
    pub weight: i64,
}

/// Which sums count for CPU and memory of pods on a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Held {
    /// As requested.
    Exact,
    /// With defaults for containers that request none.
    NonZero,
}

/// What `requests` has of a resource.
pub fn amount(requests: &Resources, name: ScoredName) -> i64 {
    match name {
        ScoredName::Cpu => requests.milli_cpu,
        ScoredName::Memory => requests.memory,
        ScoredName::EphemeralStorage => requests.ephemeral_storage,
        ScoredName::Scalar(name) => requests.scalar(name),
        ScoredName::Devices(kind) => requests.devices[kind as usize],
    }
}

/// The resources that count on a node for a pod with these requests: those that the node has, scalars only where the pod
/// asks for them.
pub fn shares<'a>(
    cx: &'a Cx<'_>,
    requests: &'a Resources,
    node: &'a NodeInfo,
    resources: &'a [(ScoredName, i64)],
    held: Held,
) -> impl Iterator<Item = Share> + 'a {
    resources.iter().filter_map(move |(name, weight)| {
        let asked = amount(requests, *name);
        let of_node = amount(&node.node.allocatable, *name);
        let (capacity, held) = match (*name, held) {
            (ScoredName::Scalar(_) | ScoredName::Devices(_), _) if asked == 0 => return None,
            (ScoredName::Scalar(name), _) if of_node == 0 => devices(cx, name, node),
            (ScoredName::Cpu, Held::NonZero) => (of_node, node.non_zero.0),
            (ScoredName::Memory, Held::NonZero) => (of_node, node.non_zero.1),
            (name, _) => (of_node, amount(&node.requested, name)),
        };
        (capacity != 0).then_some(Share { held, requested: held.wrapping_add(asked), capacity, weight: *weight })
    })
}

/// What no device plugin offers may be backed by a DeviceClass: then devices are counted.
fn devices(cx: &Cx<'_>, name: NameId, node: &NodeInfo) -> (i64, i64) {
    if cx.dra.backs(name) { cx.dra.counted_devices(name, node.id) } else { (0, 0) }
}
