//! Upstream's rule for equal scores (v1.37.2): the root of a binary heap over the feasible list.
//!
//! Among the nodes with the highest score that is the first in preorder of the implicit tree (children of i are 2i+1 and
//! 2i+2): index 0, then the subtree of 1, then the subtree of 2 (B6).

/// A key by which indices sort in preorder.
pub fn preorder_key(index: usize) -> (u64, u32) {
    // The path from the root is the binary form of index + 1 below its leading one; a prefix goes first.
    let n = index as u64 + 1;
    let depth = 63 - n.leading_zeros();
    (n << (63 - depth), depth)
}

/// The position of the winner in `scores`: the highest score, ties by preorder. `None` if there are no scores.
pub fn heap_root(scores: &[i64]) -> Option<usize> {
    let top = scores.iter().max()?;
    (0..scores.len()).filter(|&i| scores[i] == *top).min_by_key(|&i| preorder_key(i))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What upstream does: build the heap with strict comparisons, sifting down from the last parent.
    fn heapify(scores: &[i64]) -> usize {
        let mut heap: Vec<usize> = (0..scores.len()).collect();
        for start in (0..heap.len() / 2).rev() {
            let mut parent = start;
            loop {
                let mut child = 2 * parent + 1;
                if child >= heap.len() {
                    break;
                }
                if child + 1 < heap.len() && scores[heap[child + 1]] > scores[heap[child]] {
                    child += 1;
                }
                if scores[heap[child]] <= scores[heap[parent]] {
                    break;
                }
                heap.swap(parent, child);
                parent = child;
            }
        }
        heap[0]
    }

    #[test]
    fn the_published_examples() {
        let check = |tied: &[usize], want: usize| {
            let mut scores = vec![0; 8];
            tied.iter().for_each(|&i| scores[i] = 1);
            assert_eq!(heap_root(&scores), Some(want), "tied {tied:?}");
        };
        check(&[2, 3], 3);
        check(&[4, 5], 4);
        check(&[2, 4], 4);
        check(&[0, 7], 0);
        assert_eq!(heap_root(&[]), None);
    }

    proptest! {
        #[test]
        fn equals_the_heap(scores in prop::collection::vec(0i64..3, 1..40)) {
            prop_assert_eq!(heap_root(&scores), Some(heapify(&scores)));
        }
    }
}
