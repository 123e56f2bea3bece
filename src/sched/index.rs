//! The fast path: per shape, what is known about every node, brought up to date from the ledger's change log.
//!
//! A verdict depends on the state of its node alone, so only nodes that changed since the shape was last looked at are
//! evaluated again. The reference path evaluates every node afresh; `--check` holds one to the other.

use crate::base::{BitSet, Id, NodeId, ShapeId};
use crate::sched::filter::{FilterCx, NodeVerdict, evaluate};

/// What is known about every node for one shape.
#[derive(Clone, Debug)]
pub struct ShapeIndex {
    verdicts: Vec<NodeVerdict>,
    feasible: BitSet,
    errors: usize,
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
            read: cx.ledger.changes().len(),
            seen: BitSet::new(n),
        };
        for node in cx.inventory.nodes.ids() {
            index.verdicts[node.index()] = evaluate(cx, shape, node);
            index.feasible.set(node.index(), index.verdicts[node.index()].lacks.is_empty());
            index.errors += usize::from(index.verdicts[node.index()].lacks.is_error());
        }
        index
    }

    /// Evaluates the nodes that changed since the last call. Returns true if any verdict changed.
    pub fn sync(&mut self, cx: &FilterCx<'_>, shape: ShapeId) -> bool {
        let changes = &cx.ledger.changes()[self.read..];
        self.read = cx.ledger.changes().len();
        let mut changed = false;
        for &node in changes.iter().rev() {
            if self.seen.set(node.index(), true) {
                changed |= self.refresh(cx, shape, node);
            }
        }
        for &node in changes {
            self.seen.set(node.index(), false);
        }
        changed
    }

    fn refresh(&mut self, cx: &FilterCx<'_>, shape: ShapeId, node: NodeId) -> bool {
        let verdict = evaluate(cx, shape, node);
        let old = std::mem::replace(&mut self.verdicts[node.index()], verdict);
        self.feasible.set(node.index(), verdict.lacks.is_empty());
        self.errors += usize::from(verdict.lacks.is_error());
        self.errors -= usize::from(old.lacks.is_error());
        old != verdict
    }

    /// Verdicts by node.
    pub fn verdicts(&self) -> &[NodeVerdict] {
        &self.verdicts
    }

    /// True if the node fits.
    pub fn fits(&self, node: NodeId) -> bool {
        self.feasible.contains(node.index())
    }

    /// How many nodes end an attempt in an error.
    pub fn errors(&self) -> usize {
        self.errors
    }
}
