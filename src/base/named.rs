//! Entries by namespace and name.

use std::collections::BTreeMap;

use crate::base::{Live, NameId, Names};

/// Entries by namespace and name, many to a namespace: each takes little more than itself.
#[derive(Clone, Debug)]
pub struct Named<T> {
    spaces: BTreeMap<NameId, Space<T>>,
}

/// The entries of a namespace. Names that are texts and names that are numbers are dense each on its own.
#[derive(Clone, Debug)]
struct Space<T> {
    texts: Live<NameId, T>,
    numbers: Live<NameId, T>,
}

impl<T> Default for Named<T> {
    fn default() -> Named<T> {
        Named { spaces: BTreeMap::new() }
    }
}

impl<T> Default for Space<T> {
    fn default() -> Space<T> {
        Space { texts: Live::default(), numbers: Live::default() }
    }
}

impl<T> Named<T> {
    /// The entry with this namespace and name.
    pub fn get(&self, (namespace, name): (NameId, NameId)) -> Option<&T> {
        let space = self.spaces.get(&namespace)?;
        match Names::number_of(name) {
            Some(number) => space.numbers.get(NameId(number)),
            None => space.texts.get(name),
        }
    }

    /// Puts an entry in; the one that was there before, if any.
    pub fn insert(&mut self, (namespace, name): (NameId, NameId), entry: T) -> Option<T> {
        let space = self.spaces.entry(namespace).or_default();
        match Names::number_of(name) {
            Some(number) => space.numbers.insert(NameId(number), entry),
            None => space.texts.insert(name, entry),
        }
    }

    /// Takes an entry out.
    pub fn remove(&mut self, (namespace, name): (NameId, NameId)) -> Option<T> {
        let space = self.spaces.get_mut(&namespace)?;
        match Names::number_of(name) {
            Some(number) => space.numbers.remove(NameId(number)),
            None => space.texts.remove(name),
        }
    }

    /// All entries, by ids of namespace and name.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.spaces.values().flat_map(|space| space.texts.iter().chain(space.numbers.iter())).map(|(_, entry)| entry)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_map(ops in proptest::collection::vec((0u32..3, any::<bool>(), 0u32..90, any::<bool>()), 1..300)) {
            let (mut named, mut want) = (Named::default(), BTreeMap::new());
            for (n, (namespace, is_number, name, comes)) in ops.into_iter().enumerate() {
                let key = (NameId(namespace), if is_number { Names::numbered(name) } else { NameId(name) });
                match comes {
                    true => prop_assert_eq!(named.insert(key, n), want.insert(key, n)),
                    false => prop_assert_eq!(named.remove(key), want.remove(&key)),
                }
                prop_assert_eq!(named.get(key), want.get(&key));
            }
            prop_assert!(named.values().eq(want.values()));
        }
    }
}
