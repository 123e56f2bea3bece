//! DynamicResources: asks the allocator whether the node has devices for the pod's claim.

use crate::alloc::dra::{Outcome, Problem, Stats, allocate};
use crate::base::{DeviceId, NodeId};
use crate::model::{Book, Shape, ShapeDevices};
use crate::sched::filter::{FilterCx, Lacks, NodeVerdict};

/// Rejects nodes whose devices cannot satisfy the claim (`dra.md` 4.5). Pods without claims pass.
pub(super) fn filter(cx: &FilterCx<'_>, shape: &Shape, node: NodeId) -> NodeVerdict {
    let Some((outcome, _, stats)) = search(cx, shape, node) else { return NodeVerdict::default() };
    let lacks = match outcome {
        Outcome::Allocated => Lacks::default(),
        Outcome::NoFit => Lacks::DEVICES,
        Outcome::Fatal(_) => Lacks::ERROR,
        Outcome::GaveUp => Lacks::TIMED_OUT,
    };
    let clip = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    NodeVerdict {
        lacks,
        allocator_calls: 1,
        steps: clip(stats.steps),
        devices_tried: clip(stats.devices_tried),
        cel_evaluations: clip(stats.cel_evaluations),
    }
}

/// The allocator's answer for the claim of `shape` on `node`; `None` if it has no claim.
pub(in crate::sched) fn search(cx: &FilterCx<'_>, shape: &Shape, node: NodeId) -> Option<(Outcome, Vec<DeviceId>, Stats)> {
    let ShapeDevices::Claim(claim) = &shape.devices else { return None };
    let is_free = |device: DeviceId| cx.ledger.is_whole(Book::Sched, device);
    let problem = Problem {
        inventory: cx.inventory,
        classes: &cx.lowered.classes,
        table: &cx.lowered.table,
        claim,
        node,
        is_free: &is_free,
        step_budget: cx.step_budget,
    };
    let mut devices = Vec::new();
    let (outcome, stats) = allocate(&problem, &mut devices);
    Some((outcome, devices, stats))
}
