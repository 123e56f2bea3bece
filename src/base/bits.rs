//! A dense set of small integers with a summary word for each 64 words, so that "first at or after" is fast on sparse sets.

/// A set of integers below a fixed length.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BitSet {
    len: usize,
    words: Vec<u64>,
    /// Bit w of the summary is set if `words[w]` is not zero.
    summary: Vec<u64>,
    /// Members in each block of [`BLOCK`] words, so that counting does not walk over all words.
    blocks: Vec<u32>,
    count: usize,
}

/// Words of a block.
const BLOCK: usize = 16;

impl BitSet {
    /// The empty set over `0..len`.
    pub fn new(len: usize) -> BitSet {
        let words = len.div_ceil(64);
        BitSet {
            len,
            words: vec![0; words],
            summary: vec![0; words.div_ceil(64)],
            blocks: vec![0; words.div_ceil(BLOCK)],
            count: 0,
        }
    }

    /// How many members the set has.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The number of integers the set ranges over.
    pub fn capacity(&self) -> usize {
        self.len
    }

    /// True if `i` is a member. Panics if `i` is out of range.
    pub fn contains(&self, i: usize) -> bool {
        assert!(i < self.len);
        self.words[i / 64] >> (i % 64) & 1 == 1
    }

    /// Makes `i` a member or not. Returns true if that changed the set.
    pub fn set(&mut self, i: usize, member: bool) -> bool {
        assert!(i < self.len);
        let (word, bit) = (i / 64, 1u64 << (i % 64));
        let was = self.words[word] & bit != 0;
        if was == member {
            return false;
        }
        self.words[word] ^= bit;
        let summary_bit = 1u64 << (word % 64);
        if self.words[word] == 0 {
            self.summary[word / 64] &= !summary_bit;
        } else {
            self.summary[word / 64] |= summary_bit;
        }
        let change = if member { 1 } else { -1 };
        self.count = self.count.wrapping_add_signed(change);
        let block = &mut self.blocks[word / BLOCK];
        *block = block.wrapping_add_signed(change as i32);
        true
    }

    /// How many members are below `end`.
    pub fn rank(&self, end: usize) -> usize {
        let (block, word) = (end / 64 / BLOCK, end / 64);
        let blocks: u32 = self.blocks[..block].iter().sum();
        let words: u32 = self.words[block * BLOCK..word].iter().map(|word| word.count_ones()).sum();
        let rest = match end % 64 {
            0 => 0,
            bits => (self.words[word] & ((1 << bits) - 1)).count_ones(),
        };
        (blocks + words + rest) as usize
    }

    /// How many members lie in `range`.
    pub fn count_in(&self, range: std::ops::Range<usize>) -> usize {
        let (first, last) = (range.start / 64, range.end / 64);
        let below = |end: usize| (1u64 << (end % 64)) - 1;
        match first == last {
            true if range.is_empty() => 0,
            true => (self.words[first] & below(range.end) & !below(range.start)).count_ones() as usize,
            false => self.rank(range.end) - self.rank(range.start),
        }
    }

    /// Members in `range`, 64 to a word: the number of each word, and its bits that lie in the range.
    pub fn words_in(&self, range: std::ops::Range<usize>) -> impl Iterator<Item = (usize, u64)> + '_ {
        (range.start / 64..range.end.div_ceil(64)).map(move |at| {
            let above = if at == range.start / 64 { u64::MAX << (range.start % 64) } else { u64::MAX };
            let below = if at == range.end / 64 { (1 << (range.end % 64)) - 1 } else { u64::MAX };
            (at, self.words[at] & above & below)
        })
    }

    /// The `n`-th member, from 0; `None` if there are not so many.
    pub fn select(&self, n: usize) -> Option<usize> {
        let mut left = n;
        let fits = |count: &u32| {
            let inside = left < *count as usize;
            left -= if inside { 0 } else { *count as usize };
            inside
        };
        let block = self.blocks.iter().position(fits)?;
        for at in block * BLOCK..self.words.len() {
            let ones = self.words[at].count_ones() as usize;
            if left < ones {
                let lowest_of_rest = (0..left).fold(self.words[at], |word, _| word & (word - 1));
                return Some(at * 64 + lowest_of_rest.trailing_zeros() as usize);
            }
            left -= ones;
        }
        None
    }

    /// The smallest member that is at least `from`.
    pub fn next_at(&self, from: usize) -> Option<usize> {
        if from >= self.len {
            return None;
        }
        let word = from / 64;
        let here = self.words[word] & (u64::MAX << (from % 64));
        if here != 0 {
            return Some(word * 64 + here.trailing_zeros() as usize);
        }
        let next = word + 1;
        if next >= self.words.len() {
            return None;
        }
        let mut block = next / 64;
        let mut mask = self.summary[block] & (u64::MAX << (next % 64));
        loop {
            if mask != 0 {
                let found = block * 64 + mask.trailing_zeros() as usize;
                return Some(found * 64 + self.words[found].trailing_zeros() as usize);
            }
            block += 1;
            mask = *self.summary.get(block)?;
        }
    }

    /// All members, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.from(0)
    }

    /// All members from `start` on, ascending.
    pub fn from(&self, start: usize) -> impl Iterator<Item = usize> + '_ {
        let mut from = start;
        std::iter::from_fn(move || {
            let found = self.next_at(from)?;
            from = found + 1;
            Some(found)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_a_plain_vector(ops in prop::collection::vec((0usize..9000, any::<bool>()), 0..300)) {
            let mut set = BitSet::new(9000);
            let mut plain = vec![false; 9000];
            for (i, member) in ops {
                prop_assert_eq!(set.set(i, member), plain[i] != member);
                plain[i] = member;
            }
            let want: Vec<usize> = (0..9000).filter(|&i| plain[i]).collect();
            prop_assert_eq!(set.count(), want.len());
            for (n, member) in want.iter().enumerate() {
                prop_assert_eq!((set.rank(*member), set.select(n)), (n, Some(*member)));
            }
            prop_assert_eq!((set.rank(9000), set.select(want.len())), (want.len(), None));
            for (from, to) in [(0, 9000), (63, 64), (64, 128), (65, 8999), (130, 140), (9000, 9000)] {
                let inside = want.iter().filter(|member| (from..to).contains(*member)).count();
                prop_assert_eq!(set.count_in(from..to), inside);
                let bits = |(at, word): (usize, u64)| (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * 64 + bit);
                let members: Vec<usize> = set.words_in(from..to).flat_map(bits).collect();
                prop_assert!(members.iter().eq(want.iter().filter(|member| (from..to).contains(*member))));
            }
            prop_assert_eq!(set.iter().collect::<Vec<_>>(), want);
        }
    }
}
