//! What is known to fail: residual problem -> how, and after how many steps.

/// How a part of the search failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// Everything was tried.
    Exhausted,
    /// The claim would become too large.
    MaxSize,
}

/// A failure and what it took.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Past {
    /// How it failed.
    pub failure: Failure,
    /// Steps of upstream's search; saturating.
    pub steps: u64,
}

/// What the memo says about a residual problem.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Recall {
    /// It fails.
    Known(Past),
    /// It was not met before; what comes out goes to this entry.
    New(usize),
    /// It was not met before, and the memo is full.
    Full,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u64,
    start: u32,
    len: u32,
    past: Option<Past>,
}

/// A hash table that keeps whole keys: two different problems are never taken for one.
#[derive(Clone, Debug, Default)]
pub struct Memo {
    /// Index of an entry plus one, 0 for a free place. The length is a power of two.
    places: Vec<u32>,
    entries: Vec<Entry>,
    words: Vec<u32>,
}

/// Most entries, and most words of their keys (64 MiB): beyond that nothing new is remembered.
const ENTRIES_MAX: usize = 1 << 20;
const WORDS_MAX: usize = 1 << 24;

/// Room for so many from the first on, so that they are not moved again and again.
const ENTRIES_AT_FIRST: usize = 1 << 9;
const WORDS_AT_FIRST: usize = 1 << 14;

impl Memo {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.places.fill(0);
        self.entries.clear();
        self.words.clear();
    }

    /// How many problems are known.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True if nothing is known.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Looks a problem up, and makes room for it if it is new.
    pub fn recall(&mut self, key: &[u32]) -> Recall {
        if self.entries.len() * 2 >= self.places.len() {
            self.grow();
        }
        let hash = hash(key);
        let mask = self.places.len() - 1;
        let mut at = hash as usize & mask;
        while self.places[at] != 0 {
            let index = self.places[at] as usize - 1;
            let entry = self.entries[index];
            let start = entry.start as usize;
            if entry.hash == hash && self.words[start..start + entry.len as usize] == *key {
                return entry.past.map_or(Recall::New(index), Recall::Known);
            }
            at = (at + 1) & mask;
        }
        if self.entries.len() >= ENTRIES_MAX || self.words.len() + key.len() > WORDS_MAX {
            return Recall::Full;
        }
        self.entries.push(Entry { hash, start: self.words.len() as u32, len: key.len() as u32, past: None });
        self.words.extend_from_slice(key);
        self.places[at] = self.entries.len() as u32;
        Recall::New(self.entries.len() - 1)
    }

    /// Remembers how the problem of an entry failed.
    pub fn settle(&mut self, entry: usize, past: Past) {
        self.entries[entry].past = Some(past);
    }

    fn grow(&mut self) {
        if self.places.is_empty() {
            self.entries.reserve(ENTRIES_AT_FIRST);
            self.words.reserve(WORDS_AT_FIRST);
        }
        let len = (self.places.len() * 2).max(256);
        self.places.clear();
        self.places.resize(len, 0);
        for (index, entry) in self.entries.iter().enumerate() {
            let mut at = entry.hash as usize & (len - 1);
            while self.places[at] != 0 {
                at = (at + 1) & (len - 1);
            }
            self.places[at] = index as u32 + 1;
        }
    }
}

/// Multiply and fold, 64 bits at a time, in two lanes.
fn hash(key: &[u32]) -> u64 {
    let fold = |state: u64, word: u64| {
        let product = u128::from(state ^ word) * 0x9E37_79B9_7F4A_7C15;
        (product as u64) ^ (product >> 64) as u64
    };
    let pair = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
    let (mut left, mut right) = (key.len() as u64 ^ 0x51_7C_C1_B7_27_22_0A_95, 0xA0_76_1D_64_78_BD_64_2F);
    let mut fours = key.chunks_exact(4);
    for four in &mut fours {
        left = fold(left, pair(four[0], four[1]));
        right = fold(right, pair(four[2], four[3]));
    }
    for word in fours.remainder() {
        left = fold(left, u64::from(*word));
    }
    let state = fold(left, right);
    state ^ state >> 29
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_its_own_entry() {
        let mut memo = Memo::default();
        let key = |n: u32| vec![n % 7, n / 7, 3, n][..(1 + n as usize % 4)].to_vec();
        let mut known = std::collections::BTreeMap::new();
        for n in 0..5000 {
            match memo.recall(&key(n)) {
                Recall::New(entry) => {
                    assert!(known.insert(key(n), u64::from(n)).is_none());
                    memo.settle(entry, Past { failure: Failure::Exhausted, steps: u64::from(n) });
                }
                Recall::Known(past) => assert_eq!(known.get(&key(n)), Some(&past.steps)),
                Recall::Full => panic!("5000 keys fill nothing"),
            }
        }
        assert_eq!(memo.len(), known.len());
        memo.clear();
        assert!(memo.is_empty() && matches!(memo.recall(&key(1)), Recall::New(0)));
    }
}
