//! Upstream's rule for equal scores (v1.37.2): the root of a binary heap over the feasible list.
//!
//! Among the nodes with the highest score that is the first in preorder of the implicit tree (children of i are 2i+1 and
//! 2i+2): index 0, then the subtree of 1, then the subtree of 2 (B6).

/// A list of which some entries are marked.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    words: Vec<u64>,
    len: usize,
}

impl Marks {
    /// Appends an entry for each bit of `kept`, from the lowest on, marked if it is in `marked`, too.
    pub fn append(&mut self, kept: u64, marked: u64) {
        let count = kept.count_ones() as usize;
        let bits = compress(kept, marked & kept);
        let (word, shift) = (self.len / 64, self.len % 64);
        self.len += count;
        self.words.resize(self.len.div_ceil(64), 0);
        if count > 0 {
            self.words[word] |= bits << shift;
        }
        if shift + count > 64 {
            self.words[word + 1] |= bits >> (64 - shift);
        }
    }

    /// The first marked entry in preorder; `None` without marks.
    pub fn first_in_preorder(&self) -> Option<usize> {
        let mut root = 0;
        if !self.is_below(root) {
            return None;
        }
        while !self.is_in(root, root + 1) {
            let left = 2 * root + 1;
            root = if self.is_below(left) { left } else { left + 1 };
        }
        Some(root)
    }

    /// True if an entry of the subtree of `root` is marked. Each of its levels lies side by side.
    fn is_below(&self, root: usize) -> bool {
        let levels = std::iter::successors(Some((root, root + 1)), |(from, to)| Some((2 * from + 1, 2 * to + 1)));
        levels.take_while(|(from, _)| *from < self.len).any(|(from, to)| self.is_in(from, to.min(self.len)))
    }

    /// True if an entry from `from` to before `to` is marked.
    fn is_in(&self, from: usize, to: usize) -> bool {
        let (first, last) = (from / 64, (to - 1) / 64);
        (first..=last).any(|at| {
            let above = if at == first { u64::MAX << (from % 64) } else { u64::MAX };
            let below = if at == last { u64::MAX >> (63 - (to - 1) % 64) } else { u64::MAX };
            self.words[at] & above & below != 0
        })
    }
}

/// The bits of `marked` at the places that they have among those of `kept`.
fn compress(kept: u64, marked: u64) -> u64 {
    let down = kept.trailing_zeros() % 64;
    if (kept >> down).wrapping_add(1) & (kept >> down) == 0 {
        return marked >> down;
    }
    let (mut left, mut bits) = (marked, 0);
    while left != 0 {
        let lowest = left & left.wrapping_neg();
        bits |= 1 << (kept & (lowest - 1)).count_ones();
        left ^= lowest;
    }
    bits
}

/// The position of the winner in `scores`: the highest score, ties by preorder. `None` if there are no scores.
pub fn heap_root(scores: &[i64]) -> Option<usize> {
    let top = scores.iter().max()?;
    let mut marks = Marks::default();
    for part in scores.chunks(64) {
        let tied = part.iter().rev().fold(0, |bits, score| bits << 1 | u64::from(score == top));
        marks.append(u64::MAX >> (64 - part.len()), tied);
    }
    marks.first_in_preorder()
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

        #[test]
        fn few_equals_far_away(len in 1usize..700, tied in prop::collection::vec(0usize..700, 1..4)) {
            let mut scores = vec![0; len];
            tied.iter().for_each(|at| scores[at % len] = 1);
            prop_assert_eq!(heap_root(&scores), Some(heapify(&scores)));
        }

        #[test]
        fn entries_are_appended_in_order(parts in prop::collection::vec((any::<u64>(), any::<u64>(), 0u32..3), 1..6)) {
            let (mut marks, mut want) = (Marks::default(), Vec::new());
            for (kept, marked, kind) in parts {
                let kept = match kind { 0 => kept, 1 => u64::MAX, _ => kept >> 40 << 13 };
                marks.append(kept, marked);
                want.extend((0..64).filter(|bit| kept >> bit & 1 == 1).map(|bit| marked >> bit & 1 == 1));
            }
            prop_assert_eq!(marks.len, want.len());
            let got: Vec<bool> = (0..marks.len).map(|at| marks.is_in(at, at + 1)).collect();
            prop_assert_eq!(got, want);
        }
    }
}
