//! Scored nodes as upstream keeps them: a binary heap with strict comparisons (`framework/sorted_nodes.go`).
//!
//! Its array is visible: the nodes that are left are scored again in array order when a batch goes on.

use crate::base::NodeId;

/// A scored node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scored {
    /// The node.
    pub node: NodeId,
    /// Weighted sum.
    pub total: i64,
    /// Tie key: 0 upstream (spec B6).
    pub tie_key: i64,
    /// Raw scores, in the order of the plugins.
    pub raw: Vec<i64>,
}

/// The heap, best first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ScoredHeap {
    array: Vec<Scored>,
}

impl ScoredHeap {
    /// Builds the heap from a list, sifting down from the last parent.
    pub fn new(list: Vec<Scored>) -> ScoredHeap {
        let mut heap = ScoredHeap { array: list };
        for parent in (0..heap.array.len() / 2).rev() {
            heap.sift_down(parent, heap.array.len());
        }
        heap
    }

    /// Takes the best node.
    pub fn pop(&mut self) -> Option<Scored> {
        let last = self.array.len().checked_sub(1)?;
        self.array.swap(0, last);
        self.sift_down(0, last);
        self.array.pop()
    }

    /// The nodes, in array order.
    pub fn array(&self) -> &[Scored] {
        &self.array
    }

    fn is_before(&self, a: usize, b: usize) -> bool {
        let key = |at: usize| (self.array[at].total, self.array[at].tie_key);
        key(a) > key(b)
    }

    fn sift_down(&mut self, from: usize, len: usize) {
        let mut parent = from;
        loop {
            let left = 2 * parent + 1;
            if left >= len {
                return;
            }
            let right = left + 1;
            let child = if right < len && self.is_before(right, left) { right } else { left };
            if !self.is_before(child, parent) {
                return;
            }
            self.array.swap(parent, child);
            parent = child;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Id;

    #[test]
    fn equal_scores_leave_in_the_order_of_the_heap() {
        let scored = |at: usize, total| Scored { node: NodeId::from_index(at), total, tie_key: 0, raw: Vec::new() };
        let mut heap = ScoredHeap::new([5, 7, 7, 7].into_iter().enumerate().map(|(at, total)| scored(at, total)).collect());
        let order: Vec<u32> = std::iter::from_fn(|| heap.pop()).map(|scored| scored.node.0).collect();
        // 1 rises to the root and 3 after it; taking the root brings the last node up, which sinks again to the left.
        assert_eq!(order, [1, 3, 2, 0]);
    }
}
