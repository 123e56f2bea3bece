//! NodeResourcesFit as a score: LeastAllocated or MostAllocated over weighted resources (B6).

use crate::base::NodeId;
use crate::model::dra::{CountMode, Leaf, Request};
use crate::model::{Book, DeviceKind, Shape, ShapeDevices};
use crate::sched::filter::FilterCx;
use crate::sched::{Profile, ScoredResource, Scoring};

/// 0 to 100: the weighted mean over the profile's resources. A resource that the node does not have is left out, and so
/// are devices that the pod does not ask for.
pub(super) fn score(cx: &FilterCx<'_>, profile: &Profile, shape: &Shape, node: NodeId) -> i64 {
    let (mut sum, mut weights) = (0, 0);
    for &(resource, weight) in &profile.resources {
        let Some((requested, capacity)) = usage(cx, shape, node, resource) else { continue };
        sum += weight * points(profile.scoring, requested, capacity);
        weights += weight;
    }
    if weights == 0 { 0 } else { sum / weights }
}

fn points(scoring: Scoring, requested: i64, capacity: i64) -> i64 {
    // Upstream multiplies before it divides, in int64; bytes times 100 fit easily.
    match scoring {
        Scoring::LeastAllocated if requested > capacity => 0,
        Scoring::LeastAllocated => (capacity - requested) * 100 / capacity,
        Scoring::MostAllocated => requested.min(capacity) * 100 / capacity,
    }
}

/// Requested on the node with this pod, and capacity; `None` if the resource takes no part.
fn usage(cx: &FilterCx<'_>, shape: &Shape, node: NodeId, resource: ScoredResource) -> Option<(i64, i64)> {
    let node_type = cx.inventory.type_of(node);
    let free = cx.ledger.free(Book::Sched, node);
    let (free, asked, capacity) = match resource {
        ScoredResource::Cpu => (free.cpu_milli, shape.cpu_milli, node_type.cpu_milli),
        ScoredResource::Memory => (free.memory_bytes, shape.memory_bytes, node_type.memory_bytes),
        ScoredResource::Devices(kind) => devices(cx, shape, node, kind)?,
    };
    (capacity > 0).then_some((capacity - free + asked, capacity))
}

/// Free, asked for and present devices of a kind, counted alike for every mechanism.
fn devices(cx: &FilterCx<'_>, shape: &Shape, node: NodeId, kind: DeviceKind) -> Option<(i64, i64, i64)> {
    let of_kind = |d: &crate::base::DeviceId| cx.inventory.kind_of(*d) == kind;
    let (mut asked, mut free) = (0, 0);
    let capacity = cx.inventory.devices_of(node).filter(of_kind).count() as i64;
    match &shape.devices {
        ShapeDevices::Extended(list) => {
            let resource_kind = |r| cx.inventory.models.iter().find(|m| m.resource == r).map(|m| m.kind);
            for &(resource, count) in list.iter().filter(|(r, _)| resource_kind(*r) == Some(kind)) {
                asked += count;
                free += cx.ledger.extended_free(Book::Sched, node, resource);
            }
        }
        ShapeDevices::Claim(claim) => {
            let of_class = |class: &str| cx.inventory.models.iter().any(|m| m.class == class && m.kind == kind);
            asked = claim.requests.iter().flat_map(Request::leaves).filter(|leaf| of_class(&leaf.class.name)).map(count).sum();
            free = cx.inventory.devices_of(node).filter(of_kind).filter(|&d| cx.ledger.is_whole(Book::Sched, d)).count() as i64;
        }
        ShapeDevices::None | ShapeDevices::Share { .. } => {}
    }
    (asked > 0).then_some((free, asked, capacity))
}
/// How many devices a leaf counts for.
fn count(leaf: &Leaf) -> i64 {
    match leaf.mode {
        CountMode::Exact(count) => count,
        _ => 0,
    }
}
