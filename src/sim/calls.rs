//! A generational slab: payloads that are too large for an event.

use crate::base::CallId;

const INDEX_BITS: u32 = 22;
const INDEX_MASK: u32 = (1 << INDEX_BITS) - 1;

/// Payloads of pending calls. An id is good for one [`Calls::take`]; a reused slot has another generation, of 1024 in turn.
#[derive(Debug)]
pub struct Calls<T> {
    slots: Vec<(u32, Option<T>)>,
    free: Vec<u32>,
}

impl<T> Default for Calls<T> {
    fn default() -> Self {
        Calls { slots: Vec::new(), free: Vec::new() }
    }
}

impl<T> Calls<T> {
    /// Stores a payload. Panics beyond four million pending calls.
    pub fn put(&mut self, payload: T) -> CallId {
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push((0, None));
            self.slots.len() as u32 - 1
        });
        assert!(index <= INDEX_MASK, "too many pending calls");
        let (generation, slot) = &mut self.slots[index as usize];
        *slot = Some(payload);
        CallId(*generation << INDEX_BITS | index)
    }

    /// Takes the payload back; `None` if it was taken before, as when a call is given up before it ends.
    pub fn take(&mut self, id: CallId) -> Option<T> {
        let payload = self.slot(id)?.take();
        let index = id.0 & INDEX_MASK;
        let (generation, _) = &mut self.slots[index as usize];
        *generation = (*generation + 1) & (u32::MAX >> INDEX_BITS);
        self.free.push(index);
        payload
    }

    /// The payload; `None` if it was taken.
    pub fn get(&mut self, id: CallId) -> Option<&mut T> {
        self.slot(id)?.as_mut()
    }

    /// Payloads that were not taken, in no order that matters.
    pub fn pending(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().filter_map(|(_, payload)| payload.as_ref())
    }

    fn slot(&mut self, id: CallId) -> Option<&mut Option<T>> {
        let (generation, slot) = &mut self.slots[(id.0 & INDEX_MASK) as usize];
        (*generation == id.0 >> INDEX_BITS).then_some(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_reused_under_another_id() {
        let mut calls = Calls::default();
        let a = calls.put("a");
        assert_eq!(calls.get(a), Some(&mut "a"));
        assert_eq!(calls.pending().collect::<Vec<_>>(), [&"a"]);
        assert_eq!(calls.take(a), Some("a"));
        let b = calls.put("b");
        assert_ne!(a, b);
        assert_eq!(calls.get(a), None, "what is taken is gone");
        assert_eq!(calls.take(a), None);
        assert_eq!(calls.take(b), Some("b"));
    }
}
