//! Entries by namespace and name.

use std::collections::BTreeMap;

use crate::base::{Live, NameId, Names};

/// Entries by namespace and name, many to a namespace: each takes little more than itself.
#[derive(Clone, Debug)]
pub struct Named<T> {
    spaces: BTreeMap<NameId, Space<T>>,
}

/// The entries of a namespace: names that are texts, then names that are numbers. Each kind is dense on its own.
type Space<T> = [Live<NameId, T>; 2];

impl<T> Default for Named<T> {
    fn default() -> Named<T> {
        Named { spaces: BTreeMap::new() }
    }
}

/// Where a name lies in a [`Space`]: the column, and the id there.
fn place(name: NameId) -> (usize, NameId) {
    Names::number_of(name).map_or((0, name), |number| (1, NameId(number)))
}

impl<T> Named<T> {
    /// The entry with this namespace and name.
    pub fn get(&self, (namespace, name): (NameId, NameId)) -> Option<&T> {
        let (column, id) = place(name);
        self.spaces.get(&namespace)?[column].get(id)
    }

    /// Puts an entry in; the one that was there before, if any.
    pub fn insert(&mut self, (namespace, name): (NameId, NameId), entry: T) -> Option<T> {
        let (column, id) = place(name);
        self.spaces.entry(namespace).or_default()[column].insert(id, entry)
    }

    /// Takes an entry out.
    pub fn remove(&mut self, (namespace, name): (NameId, NameId)) -> Option<T> {
        let (column, id) = place(name);
        self.spaces.get_mut(&namespace)?[column].remove(id)
    }

    /// All entries, by ids of namespace and name.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.spaces.values().flatten().flat_map(Live::iter).map(|(_, entry)| entry)
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
