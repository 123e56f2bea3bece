//! Sums over a stretch of a ring, and the place where a count is reached: each in logarithmic time.
//!
//! The scheduler visits nodes in rotation from a moving start until enough of them fit. With two of these, "which node is
//! the 500th that fits from here" and "how much work was it to look at all nodes up to there" are answered without a walk.

/// A column of numbers with prefix sums (a Fenwick tree: Fenwick, 1994). Arithmetic wraps, so that a sum of huge numbers
/// stays exact once they are taken away again.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    values: Vec<u128>,
    tree: Vec<u128>,
}

impl Sums {
    /// `n` zeros.
    pub fn new(n: usize) -> Sums {
        Sums { values: vec![0; n], tree: vec![0; n + 1] }
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The number at `i`.
    pub fn get(&self, i: usize) -> u128 {
        self.values[i]
    }

    /// Replaces the number at `i`.
    pub fn set(&mut self, i: usize, value: u128) {
        let change = value.wrapping_sub(self.values[i]);
        if change == 0 {
            return;
        }
        self.values[i] = value;
        let mut at = i + 1;
        while at < self.tree.len() {
            self.tree[at] = self.tree[at].wrapping_add(change);
            at += at & at.wrapping_neg();
        }
    }

    /// Sum of the first `n` numbers.
    pub fn first(&self, n: usize) -> u128 {
        let (mut at, mut sum) = (n, 0u128);
        while at > 0 {
            sum = sum.wrapping_add(self.tree[at]);
            at -= at & at.wrapping_neg();
        }
        sum
    }

    /// Sum of all.
    pub fn total(&self) -> u128 {
        self.first(self.values.len())
    }

    /// The smallest `i` such that the numbers up to and including `i` sum up to at least `want`; `None` if all together do
    /// not. For counts (no number is negative), and `want` at least 1.
    pub fn reach(&self, want: u128) -> Option<usize> {
        let (mut at, mut missing) = (0, want);
        let mut step = self.tree.len().next_power_of_two();
        while step > 0 {
            let next = at + step;
            if next < self.tree.len() && self.tree[next] < missing {
                missing -= self.tree[next];
                at = next;
            }
            step /= 2;
        }
        (at < self.values.len()).then_some(at)
    }

    /// Sum of `n` numbers from `start` on, around the end.
    pub fn around(&self, start: usize, n: usize) -> u128 {
        let end = start + n;
        match end.checked_sub(self.len()) {
            None | Some(0) => self.first(end).wrapping_sub(self.first(start)),
            Some(rest) => self.total().wrapping_sub(self.first(start)).wrapping_add(self.first(rest)),
        }
    }

    /// How many numbers it takes, from `start` on and around the end, to sum up to `want`; `None` if all do not.
    pub fn reach_around(&self, start: usize, want: u128) -> Option<usize> {
        let before = self.first(start);
        let behind = self.total() - before;
        if want <= behind {
            return self.reach(before + want).map(|i| i + 1 - start);
        }
        let at = self.reach(want - behind)?;
        (at < start).then(|| self.len() - start + at + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_a_walk(values in prop::collection::vec(0u8..3, 1..40), start in 0usize..40, want in 1u128..50) {
            let n = values.len();
            let start = start % n;
            let mut sums = Sums::new(n);
            for (i, value) in values.iter().enumerate() {
                sums.set(i, 7);
                sums.set(i, u128::from(*value));
            }
            let (mut walked, mut sum) = (None, 0);
            for k in 0..n {
                sum += u128::from(values[(start + k) % n]);
                prop_assert_eq!(sums.around(start, k + 1), sum);
                if sum >= want && walked.is_none() {
                    walked = Some(k + 1);
                }
            }
            prop_assert_eq!(sums.reach_around(start, want), walked);
        }
    }
}
