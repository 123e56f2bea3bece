//! Texts as dense numbers: equal texts have equal ids. Order of ids is order of arrival; where Kubernetes sorts by name,
//! the texts are compared.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::{Id, IdVec, Lookup, NameId, hash_of};

/// Ids from here on are numbers, not texts.
const NUMBERED: u32 = 1 << 31;

/// A table of texts. Append-only.
#[derive(Clone, Debug, Default)]
pub struct Names {
    texts: IdVec<NameId, Arc<str>>,
    ids: Lookup<NameId>,
}

impl PartialEq for Names {
    fn eq(&self, other: &Names) -> bool {
        self.texts == other.texts
    }
}

impl Eq for Names {}

impl Names {
    /// The id of something that is known by its number and whose name nobody asks for, such as a simulated pod. Nothing is
    /// stored, so a million of them leave nothing behind; their text is `generated`. Panics from 2^31 on.
    pub const fn numbered(number: u32) -> NameId {
        assert!(number < NUMBERED, "numbers end where ids do");
        NameId(NUMBERED | number)
    }

    /// The number of something that is known by its number; `None` for texts.
    pub const fn number_of(name: NameId) -> Option<u32> {
        if name.0 & NUMBERED == 0 { None } else { Some(name.0 & !NUMBERED) }
    }

    /// The id of `text`, which is added if it is new.
    pub fn intern(&mut self, text: &str) -> NameId {
        let hash = hash_of(text);
        if let Some(id) = self.ids.find(hash, |id| *self.texts[id] == *text) {
            return id;
        }
        assert!(self.texts.len() < NUMBERED as usize, "texts would take the ids of numbers");
        let id = self.texts.push(text.into());
        self.ids.add(hash, id);
        id
    }

    /// The id of `text`, if anything has that name.
    pub fn find(&self, text: &str) -> Option<NameId> {
        self.ids.find(hash_of(text), |id| *self.texts[id] == *text)
    }

    /// The text of `id`.
    pub fn text(&self, id: NameId) -> &str {
        if id.0 >= NUMBERED { "generated" } else { &self.texts[id] }
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }
}

/// Gives equal values equal ids, by the order of the value type.
#[derive(Clone, Debug)]
pub struct Interner<I: Id, T> {
    ids: BTreeMap<T, I>,
}

impl<I: Id, T> Default for Interner<I, T> {
    fn default() -> Self {
        Interner { ids: BTreeMap::new() }
    }
}

impl<I: Id, T: Ord + Clone> Interner<I, T> {
    /// The id of `value` in `values`, to which it is added if it is new.
    pub fn intern(&mut self, values: &mut IdVec<I, T>, value: T) -> I {
        if let Some(id) = self.ids.get(&value) {
            return *id;
        }
        let id = values.push(value.clone());
        self.ids.insert(value, id);
        id
    }

    /// The ids that `values` have already. Values must differ.
    pub fn of(values: &IdVec<I, T>) -> Interner<I, T> {
        Interner { ids: values.iter_ids().map(|(id, value)| (value.clone(), id)).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_no_texts() {
        let mut names = Names::default();
        let (a, b) = (Names::numbered(0), Names::numbered(1));
        assert_ne!((a, a), (b, names.intern("generated")));
        assert_eq!((names.text(a), names.text(b), names.len()), ("generated", "generated", 1));
        assert_eq!((Names::number_of(b), Names::number_of(names.intern("generated"))), (Some(1), None));
    }

    #[test]
    fn equal_texts_have_equal_ids() {
        let mut names = Names::default();
        let (a, b) = (names.intern("a"), names.intern("b"));
        assert_ne!(a, b);
        assert_eq!(names.intern("a"), a);
        assert_eq!((names.text(b), names.find("b"), names.find("c"), names.len()), ("b", Some(b), None, 2));
    }
}
