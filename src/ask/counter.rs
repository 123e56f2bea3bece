//! Shared counters that are short, in numbers (`dra.md` 2.11).

use crate::alloc::dra::pool::Pool;
use crate::base::{DeviceKeyId, NameId, Quantity};
use crate::model::dra::{CounterUse, Published};

/// A counter of which too little is left.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Shortage {
    /// `set/counter`
    pub counter: String,
    /// What is left, below zero if others hold more than there is.
    pub left: String,
    /// What the device draws; `0` where another counter of the pool is overdrawn, which blocks every partition of it.
    pub draws: String,
}

/// What others leave of the counters of a pool: set, counter, amount.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Left(Vec<(NameId, NameId, Quantity)>);

impl Left {
    /// Subtracts what held devices draw, those of other nodes included.
    pub fn of(published: &Published, pool: &Pool<'_>, is_held: impl Fn(DeviceKeyId) -> bool) -> Left {
        let sets = pool.counter_sets.iter();
        let mut left = Left(sets.flat_map(|(set, all)| all.counters.iter().map(|(name, n)| (*set, *name, n.clone()))).collect());
        for id in pool.targeting.iter().chain(&pool.others).flat_map(|slice| published.devices_of(*slice)) {
            let device = published.devices[id];
            if is_held(device.key) {
                let uses = &published.traits[device.traits].consumes;
                for (set, counter, amount) in &mut left.0 {
                    let held = drawn(uses, *set, *counter).and_then(|held| amount.checked_sub(held));
                    *amount = held.unwrap_or_else(|| amount.clone());
                }
            }
        }
        left
    }

    /// The first counter that is short if a device draws `uses`.
    pub fn shortage(&self, published: &Published, uses: &[CounterUse]) -> Option<Shortage> {
        let text = |name: NameId| published.names.text(name);
        self.0.iter().find_map(|(set, counter, left)| {
            let draws = drawn(uses, *set, *counter).cloned().unwrap_or(Quantity::ZERO);
            let counter = || format!("{}/{}", text(*set), text(*counter));
            (*left < draws).then(|| Shortage { counter: counter(), left: left.to_string(), draws: draws.to_string() })
        })
    }
}

fn drawn(uses: &[CounterUse], set: NameId, counter: NameId) -> Option<&Quantity> {
    let of_set = uses.iter().filter(|part| part.set == set);
    of_set.flat_map(|part| &part.counters).find(|(name, _)| *name == counter).map(|(_, amount)| amount)
}
