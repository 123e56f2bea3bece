//! DynamicResources: asks the allocator whether the node has devices for the pod's claim.

use std::sync::Arc;

use crate::alloc::dra::{Answer, Answers, Cluster, Held, Verdict};
use crate::base::{DeviceId, NodeId, ShapeId};
use crate::model::dra::Claim;
use crate::model::{Book, ShapeDevices};
use crate::sched::filter::{FilterCx, Lacks, NodeVerdict};

/// Rejects nodes whose devices cannot satisfy the claim (`dra.md` 4.5). Pods without claims pass.
pub(super) fn filter(cx: &FilterCx<'_>, shape: ShapeId, node: NodeId) -> NodeVerdict {
    let Some(answer) = ask(cx, shape, node) else { return NodeVerdict::default() };
    let lacks = match answer.verdict {
        Verdict::Fits(_) => Lacks::default(),
        Verdict::Unsatisfiable | Verdict::NodeError => Lacks::DEVICES,
        Verdict::Error(_) => Lacks::ERROR,
        Verdict::GaveUp => Lacks::TIMED_OUT,
    };
    let clip = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    NodeVerdict {
        lacks,
        allocator_calls: 1,
        steps: clip(answer.stats.steps),
        devices_tried: clip(answer.stats.devices_tried),
        cel_evaluations: clip(answer.stats.cel_evaluations),
    }
}

/// The devices that the claim of `shape` gets on a node that fits, in the order of its requests.
pub(in crate::sched) fn devices(cx: &FilterCx<'_>, shape: ShapeId, node: NodeId) -> Vec<DeviceId> {
    match ask(cx, shape, node).as_deref() {
        None => Vec::new(),
        Some(Answer { verdict: Verdict::Fits(picked), .. }) => {
            let devices = cx.lowered.cluster.as_ref().map(|cluster| cluster.kinds().devices(node)).unwrap_or_default();
            picked.iter().flatten().map(|(position, _)| devices[*position as usize]).collect()
        }
        Some(answer) => unreachable!("a feasible node answered {:?} to the same question", answer.verdict),
    }
}

/// The allocator's answer for the claim of `shape` on `node`; `None` if it has no claim.
fn ask(cx: &FilterCx<'_>, shape: ShapeId, node: NodeId) -> Option<Arc<Answer>> {
    let (ShapeDevices::Claim(claim), Some(cluster)) = (&cx.lowered.shapes[shape].devices, &cx.lowered.cluster) else {
        return None;
    };
    let claims: (usize, &[Claim]) = (shape.0 as usize, std::slice::from_ref(claim));
    let ask = |answers: &mut Answers| {
        let kind = cluster.kinds().of(node).expect("drivers of a simulated node publish for that node alone");
        let state = answers.state(kind, held(cx, cluster, node));
        answers.answer(&cluster.asking(cx.step_budget), claims, node, state)
    };
    Some(match cx.answers {
        Some(answers) => ask(&mut answers.borrow_mut()),
        None => ask(&mut Answers::default()),
    })
}

/// What the scheduler believes to be held of the node's devices.
fn held(cx: &FilterCx<'_>, cluster: &Cluster, node: NodeId) -> Held {
    let mut held = Held::default();
    for (position, device) in cluster.kinds().devices(node).iter().enumerate() {
        if !cx.ledger.is_whole(Book::Sched, *device) {
            held.dedicate(position);
        }
    }
    held
}
