//! Columns by id of which most entries come and go: what is gone takes next to nothing.

use std::marker::PhantomData;
use std::num::NonZeroU32;
use std::ops::{Index, IndexMut};

use crate::base::Id;

/// Ids that share a page.
const PAGE: usize = 64;

/// Numbers of ids that lie side by side.
#[derive(Clone, Debug)]
struct Page {
    numbers: [Option<NonZeroU32>; PAGE],
    used: u32,
}

/// A number for some ids. A page of ids without any takes a pointer.
#[derive(Clone, Debug)]
pub struct Places<I> {
    pages: Vec<Option<Box<Page>>>,
    id: PhantomData<fn() -> I>,
}

impl<I> Default for Places<I> {
    fn default() -> Self {
        Places { pages: Vec::new(), id: PhantomData }
    }
}

impl<I: Id> Places<I> {
    /// The number of an id, if it has one.
    #[inline]
    pub fn get(&self, id: I) -> Option<usize> {
        let page = self.pages.get(id.index() / PAGE)?.as_deref()?;
        page.numbers[id.index() % PAGE].map(|number| number.get() as usize - 1)
    }

    /// Gives an id a number, or another one. Panics for `u32::MAX` and above.
    #[inline]
    pub fn set(&mut self, id: I, number: usize) {
        let at = id.index() / PAGE;
        if at >= self.pages.len() {
            self.pages.resize(at + 1, None);
        }
        let page = self.pages[at].get_or_insert_with(|| Box::new(Page { numbers: [None; PAGE], used: 0 }));
        let number = u32::try_from(number + 1).ok().and_then(NonZeroU32::new).expect("fewer than 4 billion numbers");
        page.used += u32::from(page.numbers[id.index() % PAGE].replace(number).is_none());
    }

    /// Ids with their numbers, by id.
    pub fn iter(&self) -> impl Iterator<Item = (I, usize)> {
        let pages = self.pages.iter().enumerate().filter_map(|(at, page)| Some((at, page.as_deref()?)));
        pages.flat_map(|(at, page)| {
            let used = page.numbers.iter().enumerate().filter_map(|(n, number)| Some((n, (*number)?)));
            used.map(move |(n, number)| (I::from_index(at * PAGE + n), number.get() as usize - 1))
        })
    }

    /// Takes the number of an id away, if it has one.
    pub fn remove(&mut self, id: I) -> Option<usize> {
        let slot = self.pages.get_mut(id.index() / PAGE)?;
        let page = slot.as_deref_mut()?;
        let number = page.numbers[id.index() % PAGE].take()?;
        page.used -= 1;
        if page.used == 0 {
            *slot = None;
        }
        Some(number.get() as usize - 1)
    }
}

/// Entries of ids that come and go. One that went leaves its place to the next one that comes; none is moved.
#[derive(Clone, Debug)]
pub struct Live<I, T> {
    places: Places<I>,
    /// Blocks of [`PAGE`] entries.
    blocks: Vec<Box<[Option<T>; PAGE]>>,
    free: Vec<u32>,
}

impl<I, T> Default for Live<I, T> {
    fn default() -> Self {
        Live { places: Places::default(), blocks: Vec::new(), free: Vec::new() }
    }
}

impl<I: Id, T> Live<I, T> {
    /// The entry of an id, if there is one.
    pub fn get(&self, id: I) -> Option<&T> {
        let at = self.places.get(id)?;
        self.blocks[at / PAGE][at % PAGE].as_ref()
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, id: I) -> Option<&mut T> {
        let at = self.places.get(id)?;
        self.slot(at).as_mut()
    }

    /// Puts an entry in; the one that was there before, if any.
    pub fn insert(&mut self, id: I, entry: T) -> Option<T> {
        if let Some(at) = self.places.get(id) {
            return self.slot(at).replace(entry);
        }
        if self.free.is_empty() {
            let first = self.blocks.len() * PAGE;
            self.blocks.push(Box::new(std::array::from_fn(|_| None)));
            self.free.extend((first..first + PAGE).rev().map(|at| at as u32));
        }
        let at = self.free.pop().unwrap_or_default() as usize;
        self.places.set(id, at);
        self.slot(at).replace(entry)
    }

    /// The entry of an id, which is `new` if there is none.
    pub fn get_or_insert_with(&mut self, id: I, new: impl FnOnce() -> T) -> &mut T {
        if self.places.get(id).is_none() {
            self.insert(id, new());
        }
        &mut self[id]
    }

    /// Takes an entry out.
    pub fn remove(&mut self, id: I) -> Option<T> {
        let at = self.places.remove(id)?;
        self.free.push(at as u32);
        self.slot(at).take()
    }

    /// Ids with their entries, by id.
    pub fn iter(&self) -> impl Iterator<Item = (I, &T)> {
        self.places.iter().filter_map(|(id, at)| Some((id, self.blocks[at / PAGE][at % PAGE].as_ref()?)))
    }

    fn slot(&mut self, at: usize) -> &mut Option<T> {
        &mut self.blocks[at / PAGE][at % PAGE]
    }
}

impl<I: Id, T: PartialEq> PartialEq for Live<I, T> {
    fn eq(&self, other: &Live<I, T>) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<I: Id, T: Eq> Eq for Live<I, T> {}

impl<I: Id, T> Index<I> for Live<I, T> {
    type Output = T;

    fn index(&self, id: I) -> &T {
        self.get(id).unwrap_or_else(|| panic!("{id:?} is gone"))
    }
}

impl<I: Id, T> IndexMut<I> for Live<I, T> {
    fn index_mut(&mut self, id: I) -> &mut T {
        self.get_mut(id).unwrap_or_else(|| panic!("{id:?} is gone"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::base::PodId;

    proptest! {
        #[test]
        fn it_is_a_map(ops in proptest::collection::vec((0u32..300, any::<bool>()), 1..400)) {
            let (mut live, mut want) = (Live::default(), BTreeMap::new());
            for (n, (id, comes)) in ops.into_iter().enumerate() {
                let id = PodId(id);
                match comes {
                    true => prop_assert_eq!(live.insert(id, n), want.insert(id, n)),
                    false => prop_assert_eq!(live.remove(id), want.remove(&id)),
                }
                prop_assert_eq!(live.get(id), want.get(&id));
            }
            prop_assert!((0..300).map(PodId).all(|id| live.get(id) == want.get(&id)));
            prop_assert!(live.iter().eq(want.iter().map(|(id, n)| (*id, n))));
            let live_pages = live.places.pages.iter().flatten().map(|page| page.used as usize).sum::<usize>();
            prop_assert_eq!((live_pages, live.blocks.len() * PAGE - live.free.len()), (want.len(), want.len()));
        }
    }

    #[test]
    fn what_is_gone_takes_no_page() {
        let mut places = Places::default();
        (0..10_000).map(PodId).for_each(|id| places.set(id, 7));
        (0..10_000).map(PodId).for_each(|id| assert_eq!(places.remove(id), Some(7)));
        assert!(places.pages.iter().all(Option::is_none));
        assert_eq!((places.get(PodId(3)), places.remove(PodId(20_000))), (None, None));
    }
}
