//! What the search has taken so far on one node, and taking a device or giving it back.

use crate::alloc::dra::fast::seen::Seen;

/// A device taken for a leaf.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pick {
    /// The leaf.
    pub leaf: usize,
    /// The device.
    pub position: usize,
}

/// Everything that changes while the search goes on.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Devices in the order of taking.
    pub picks: Vec<Pick>,
    /// How many of them each claim has.
    pub counts: Vec<u32>,
    /// Claims that have taken a device as a whole, as bits; by position.
    pub marks: Vec<u64>,
    /// How many shares of a device are taken; by position.
    pub shares: Vec<u32>,
    /// Free capacity; see [`crate::alloc::dra::fast::scene::Spot::free`].
    pub free: Vec<i128>,
    /// What is left of counters; see [`crate::alloc::dra::fast::scene::Draw::counter`].
    pub counters: Vec<i128>,
    /// What devices on a counter set have in common, as a number; see [`crate::alloc::dra::fast::scene::Part::set`].
    pub sets: Vec<u32>,
    /// What `sets` was before, newest last.
    pub sets_before: Vec<(u32, u32)>,
    /// Constraints by claim.
    pub seen: Vec<Vec<Seen>>,
}
