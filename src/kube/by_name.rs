//! Entries by name, in order of their names.

use std::ops::Index;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::kube::object::{At, Field, Notes};
use crate::kube::tree::{Node, Shape, Tree};

/// A map of names in one piece: what millions of devices have. A tree would take three times the memory, and the time to
/// move it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ByName<T>(Vec<(String, T)>);

impl<T> Default for ByName<T> {
    fn default() -> Self {
        ByName(Vec::new())
    }
}

impl<T> ByName<T> {
    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(own, _)| own.as_str().cmp(name))
    }

    /// The entry of this name.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.place(name).ok().map(|at| &self.0[at].1)
    }

    /// True if there is an entry of this name.
    pub fn contains_key(&self, name: &str) -> bool {
        self.place(name).is_ok()
    }

    /// Sets the entry of this name, and returns what it was.
    pub fn insert(&mut self, name: String, value: T) -> Option<T> {
        match self.place(&name) {
            Ok(at) => Some(std::mem::replace(&mut self.0[at].1, value)),
            Err(at) => {
                self.0.insert(at, (name, value));
                None
            }
        }
    }

    /// All entries in order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &T)> + Clone {
        self.0.iter().map(|(name, value)| (name, value))
    }

    /// The same without names.
    pub fn values(&self) -> impl Iterator<Item = &T> + Clone {
        self.0.iter().map(|(_, value)| value)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Index<&str> for ByName<T> {
    type Output = T;

    fn index(&self, name: &str) -> &T {
        self.get(name).expect("an entry of this name")
    }
}

impl<T> FromIterator<(String, T)> for ByName<T> {
    /// Of entries with one name the last one stays.
    fn from_iter<I: IntoIterator<Item = (String, T)>>(entries: I) -> Self {
        let mut entries = Vec::from_iter(entries);
        if !entries.is_sorted_by(|a, b| a.0 < b.0) {
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            entries.dedup_by(|later, kept| {
                let is_same = later.0 == kept.0;
                if is_same {
                    std::mem::swap(later, kept);
                }
                is_same
            });
        }
        ByName(entries)
    }
}

impl<T: Field> Field for ByName<T> {
    fn shape() -> Shape {
        Shape::Values(T::shape)
    }

    fn read(node: &Node<'_>, at: &At<'_>, notes: &mut Notes) -> ByName<T> {
        match &node.value {
            Tree::Map(entries) => {
                let read = entries.iter().map(|(key, node)| (key.to_string(), T::read(node, &At::Key(at, key), notes)));
                read.collect()
            }
            Tree::Null => ByName::default(),
            _ => {
                notes.wrong(node, at, "a map");
                ByName::default()
            }
        }
    }

    fn is_zero(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Serialize> Serialize for ByName<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de, T: Field> Deserialize<'de> for ByName<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ByName<T>, D::Error> {
        crate::kube::object::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn is_a_map(entries in prop::collection::vec(("[abc]{0,2}", any::<u8>()), 0..12), looked in "[abc]{0,2}") {
            let collected: ByName<u8> = entries.iter().cloned().collect();
            let oracle: BTreeMap<String, u8> = entries.iter().cloned().collect();
            prop_assert!(collected.iter().eq(&oracle) && collected.values().eq(oracle.values()));
            prop_assert_eq!((collected.get(&looked), collected.contains_key(&looked)), (oracle.get(&looked), oracle.contains_key(&looked)));
            let mut inserted = ByName::default();
            let mut known = BTreeMap::new();
            for (name, value) in entries {
                prop_assert_eq!(inserted.insert(name.clone(), value), known.insert(name, value));
            }
            prop_assert_eq!((inserted.len(), inserted.is_empty()), (known.len(), known.is_empty()));
            prop_assert_eq!(inserted, collected);
        }
    }
}
