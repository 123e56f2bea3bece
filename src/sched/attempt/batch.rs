//! Opportunistic batching: the nodes that one attempt did not take are offered to the next pod of the same kind
//! (`framework/runtime/batch.go`, KEP-5598, spec B11).
//!
//! Upstream keeps a list for at most 500 ms; here attempts of a run of equal pods follow each other at once.

use crate::base::NodeId;
use crate::model::core::Pod;
use crate::sched::attempt::filtering::run_filters;
use crate::sched::attempt::heap::{Scored, ScoredHeap};
use crate::sched::attempt::scoring;
use crate::sched::attempt::signature::Signature;
use crate::sched::framework::{Code, Cx, CycleState};

/// What is kept from one attempt to the next.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    kept: Option<(Signature, ScoredHeap)>,
    /// Attempt that last chose a node, and the node.
    last: Option<(u64, NodeId)>,
}

impl Batch {
    /// The node to try first, if the last attempt was for a pod of the same kind.
    pub fn hint(
        &mut self,
        cx: &Cx<'_>,
        pod: &Pod,
        signature: Option<&Signature>,
        state: &CycleState,
        cycle: u64,
    ) -> Option<NodeId> {
        let (last_cycle, chosen) = self.last?;
        let (kept, heap) = self.kept.as_mut()?;
        let fits = cycle == last_cycle + 1 && pod.nominated_node_name.is_none() && signature == Some(kept);
        if heap.array().is_empty() || !fits {
            return None;
        }
        let node = &cx.snapshot.nodes[chosen];
        match run_filters(cx, pod, &mut state.clone(), node) {
            None => *heap = rescore(cx, pod, state, heap, chosen)?,
            Some((_, rejection)) if rejection.code == Code::Error => return None,
            Some(_) => {}
        }
        heap.pop().map(|best| best.node)
    }

    /// Notes what an attempt chose, and keeps what it left unless it took the hint.
    pub fn store(
        &mut self,
        signature: Option<Signature>,
        hint: Option<NodeId>,
        chosen: NodeId,
        left: Option<ScoredHeap>,
        cycle: u64,
    ) {
        self.last = Some((cycle, chosen));
        if hint == Some(chosen) {
            return;
        }
        self.kept = signature.zip(left.filter(|heap| !heap.array().is_empty()));
    }
}

/// The chosen node still fits: it is scored again and competes with those that were kept, whose raw scores stay.
fn rescore(cx: &Cx<'_>, pod: &Pod, state: &CycleState, heap: &ScoredHeap, chosen: NodeId) -> Option<ScoredHeap> {
    let kept = heap.array();
    let nodes: Vec<NodeId> = kept.iter().map(|scored| scored.node).chain([chosen]).collect();
    let prepared = scoring::pre_score(cx, pod, &nodes);
    let info = &cx.snapshot.nodes[chosen];
    let fresh: Vec<i64> =
        prepared.plugins.iter().map(|&(plugin, _)| scoring::raw(cx, pod, state, &prepared, plugin, info)).collect();
    let columns = prepared.plugins.iter().enumerate().map(|(at, &(plugin, _))| {
        let old = kept.iter().map(|scored| scored.raw.get(at).copied().unwrap_or(0));
        (plugin, old.chain([fresh[at]]).collect())
    });
    let scores = scoring::finish(cx, &prepared, nodes, columns.collect()).ok()?;
    let tie_keys = kept.iter().map(|scored| scored.tie_key).chain([0]);
    let raws = kept.iter().map(|scored| scored.raw.clone()).chain([fresh.clone()]);
    let list = scores.nodes.iter().zip(scores.totals).zip(tie_keys).zip(raws);
    Some(ScoredHeap::new(list.map(|(((node, total), tie_key), raw)| Scored { node: *node, total, tie_key, raw }).collect()))
}
