//! Finding ids by the hash of what they stand for.
//!
//! Own code and not the map of the standard library: the values stay where they are kept anyway, a borrowed form of them is
//! enough to look, and since nothing can be listed, the order of hashes shows nowhere.

use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use crate::base::{Id, IdVec};

/// Ids in an open table. Whoever asks knows the values and compares them.
#[derive(Clone, Debug)]
pub struct Lookup<I> {
    /// Hash, and id plus one; zero is a free place. Their number is zero or a power of two.
    places: Vec<(u32, u32)>,
    taken: usize,
    of: PhantomData<I>,
}

impl<I> Default for Lookup<I> {
    fn default() -> Self {
        Lookup { places: Vec::new(), taken: 0, of: PhantomData }
    }
}

impl<I: Id> Lookup<I> {
    /// The ids of `values`, which differ, each by its hash.
    pub fn of<T>(values: &IdVec<I, T>, hash: impl Fn(&T) -> u32) -> Lookup<I> {
        let mut lookup = Lookup::default();
        values.iter_ids().for_each(|(id, value)| lookup.add(hash(value), id));
        lookup
    }

    /// The id with this hash whose value `is` the one that is looked for.
    pub fn find(&self, hash: u32, mut is: impl FnMut(I) -> bool) -> Option<I> {
        let mask = self.places.len().checked_sub(1)?;
        let mut at = hash as usize & mask;
        loop {
            let (own, id) = self.places[at];
            let found = I::from_index((id as usize).checked_sub(1)?);
            if own == hash && is(found) {
                return Some(found);
            }
            at = (at + 1) & mask;
        }
    }

    /// Adds an id that [`Lookup::find`] did not find.
    pub fn add(&mut self, hash: u32, id: I) {
        // A table of which a quarter is free has short runs.
        if (self.taken + 1) * 4 > self.places.len() * 3 {
            let bigger = vec![(0, 0); (self.places.len() * 2).max(16)];
            for (hash, id) in std::mem::replace(&mut self.places, bigger) {
                if id != 0 {
                    self.place(hash, id);
                }
            }
        }
        self.taken += 1;
        self.place(hash, u32::try_from(id.index() + 1).expect("more than u32::MAX ids of one kind"));
    }

    fn place(&mut self, hash: u32, id: u32) {
        let mask = self.places.len() - 1;
        let mut at = hash as usize & mask;
        while self.places[at].1 != 0 {
            at = (at + 1) & mask;
        }
        self.places[at] = (hash, id);
    }
}

/// The hash of a value: the same in every run and on every machine.
pub fn hash_of(value: &(impl Hash + ?Sized)) -> u32 {
    let mut mixer = Mixer(SEED);
    value.hash(&mut mixer);
    (mixer.0 ^ (mixer.0 >> 32)) as u32
}

/// Digits of pi, as good as any odd numbers without a pattern.
const SEED: u64 = 0x243f_6a88_85a3_08d3;
const FACTOR: u64 = 0x1319_8a2e_0370_7345;

/// Multiplies word by word and folds the product, so that each bit reaches all others.
struct Mixer(u64);

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            self.write_u64(word.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)));
        }
        let rest = words.remainder();
        if !rest.is_empty() {
            self.write_u64(rest.iter().fold(rest.len() as u64, |sum, byte| sum << 8 | u64::from(*byte)));
        }
    }

    fn write_u8(&mut self, n: u8) {
        self.write_u64(n.into());
    }

    fn write_u32(&mut self, n: u32) {
        self.write_u64(n.into());
    }

    fn write_u64(&mut self, n: u64) {
        let product = u128::from(self.0 ^ n ^ SEED.rotate_left(17)) * u128::from(FACTOR);
        self.0 = (product as u64 ^ (product >> 64) as u64).wrapping_add(SEED);
    }

    fn write_usize(&mut self, n: usize) {
        self.write_u64(n as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;
    use crate::base::NameId;

    proptest! {
        /// Also where all values have one of a few hashes.
        #[test]
        fn finds_what_was_added(values in prop::collection::vec(0u64..400, 0..600), hashes in 1u64..1000) {
            let hash = |value: u64| hash_of(&(value % hashes));
            let (mut lookup, mut oracle, mut kept) = (Lookup::<NameId>::default(), BTreeMap::new(), Vec::new());
            for value in values {
                let found = lookup.find(hash(value), |id| kept[id.index()] == value);
                prop_assert_eq!(found, oracle.get(&value).copied());
                if found.is_none() {
                    let id = NameId::from_index(kept.len());
                    lookup.add(hash(value), id);
                    oracle.insert(value, id);
                    kept.push(value);
                }
            }
            prop_assert_eq!(lookup.find(hash(1000), |id| kept[id.index()] == 1000), None);
        }
    }

    #[test]
    fn texts_that_differ_little_have_hashes_that_differ() {
        let texts = (0..20_000).map(|n| format!("GPU-{n:08x}-0000"));
        let seen: BTreeSet<u32> = texts.map(|text| hash_of(text.as_str()) & 0xf_ffff).collect();
        // 20,000 throws into 2^20 places leave some 190 pairs in one place.
        assert!(seen.len() > 19_600, "{}", seen.len());
    }

    #[test]
    fn owned_and_borrowed_texts_have_equal_hashes() {
        assert_eq!(hash_of("gpu-0"), hash_of(&String::from("gpu-0")));
        assert_ne!(hash_of("a"), hash_of("a\0"));
        assert_ne!(hash_of("12345678"), hash_of("12345679"));
    }
}
