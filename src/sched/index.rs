//! The fast path: per shape, what is known about every node, brought up to date from the ledger's change log.
//!
//! A verdict depends on the state of its node alone, so only nodes that changed since the shape was last looked at are
//! evaluated again. The reference path evaluates every node afresh; `--check` holds one to the other.

use crate::base::{BitSet, Id, NodeId, ShapeId};
use crate::model::Effort;
use crate::sched::filter::{FilterCx, NodeVerdict, evaluate};

/// What is known about every node for one shape.
#[derive(Clone, Debug)]
pub struct ShapeIndex {
    verdicts: Vec<NodeVerdict>,
    feasible: BitSet,
    errors: usize,
    /// Nodes by reason, over all nodes.
    counts: [u32; 16],
    /// Effort of visiting every node once.
    effort: Effort,
    /// How far the ledger's change log has been read.
    read: usize,
    /// Marks nodes already evaluated in one sync.
    seen: BitSet,
}

impl ShapeIndex {
    /// Evaluates every node.
    pub fn new(cx: &FilterCx<'_>, shape: ShapeId) -> ShapeIndex {
        let n = cx.inventory.nodes.len();
        let mut index = ShapeIndex {
            verdicts: vec![NodeVerdict::default(); n],
            feasible: BitSet::new(n),
            errors: 0,
            counts: [0; 16],
            effort: Effort::default(),
            read: cx.ledger.changes().len(),
            seen: BitSet::new(n),
        };
        for node in cx.inventory.nodes.ids() {
            let verdict = evaluate(cx, shape, node);
            index.put(node, verdict);
        }
        index
    }

    /// Evaluates the nodes that changed since the last call.
    pub fn sync(&mut self, cx: &FilterCx<'_>, shape: ShapeId) {
        let changes = &cx.ledger.changes()[self.read..];
        self.read = cx.ledger.changes().len();
        for &node in changes {
            if self.seen.set(node.index(), true) {
                self.refresh(cx, shape, node);
            }
        }
        for &node in changes {
            self.seen.set(node.index(), false);
        }
    }

    fn refresh(&mut self, cx: &FilterCx<'_>, shape: ShapeId, node: NodeId) {
        let verdict = evaluate(cx, shape, node);
        let old = self.verdicts[node.index()];
        if old == verdict {
            return;
        }
        old.lacks.bits().for_each(|bit| self.counts[bit as usize] -= 1);
        self.errors -= usize::from(old.lacks.is_error());
        self.effort.nodes_filtered -= 1;
        self.effort.allocator_calls -= u64::from(old.allocator_calls);
        self.effort.allocator_steps -= u64::from(old.steps);
        self.effort.devices_tried -= u64::from(old.devices_tried);
        self.effort.cel_evaluations -= u64::from(old.cel_evaluations);
        self.put(node, verdict);
    }

    fn put(&mut self, node: NodeId, verdict: NodeVerdict) {
        self.verdicts[node.index()] = verdict;
        self.feasible.set(node.index(), verdict.lacks.is_empty());
        verdict.lacks.bits().for_each(|bit| self.counts[bit as usize] += 1);
        self.errors += usize::from(verdict.lacks.is_error());
        verdict.add_to(&mut self.effort);
    }

    /// Verdicts by node.
    pub fn verdicts(&self) -> &[NodeVerdict] {
        &self.verdicts
    }

    /// True if the node fits.
    pub fn fits(&self, node: NodeId) -> bool {
        self.feasible.contains(node.index())
    }

    /// What a search that visits every node finds: feasible nodes in rotation from `start`, nodes by reason, effort.
    /// `None` if the search would end early: more nodes fit than `want`, or one ends the attempt in an error.
    pub fn visit_all(&self, start: usize, want: usize) -> Option<(Vec<NodeId>, [u32; 16], Effort)> {
        if self.errors > 0 || self.feasible.count() > want {
            return None;
        }
        let mut nodes = Vec::with_capacity(self.feasible.count());
        let mut at = start;
        while let Some(node) = self.feasible.next_at(at) {
            nodes.push(NodeId::from_index(node));
            at = node + 1;
        }
        nodes.extend(self.feasible.iter().take_while(|node| *node < start).map(NodeId::from_index));
        Some((nodes, self.counts, self.effort))
    }
}
