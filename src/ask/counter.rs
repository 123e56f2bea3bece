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

/// The first counter of the pool that is short if a device draws `uses`.
pub fn shortage(
    published: &Published,
    pool: &Pool<'_>,
    uses: &[CounterUse],
    is_held: impl Fn(DeviceKeyId) -> bool,
) -> Option<Shortage> {
    let text = |name: NameId| published.names.text(name);
    for (set, counters) in &pool.counter_sets {
        for (counter, total) in &counters.counters {
            let of = |uses: &[CounterUse]| drawn(uses, *set, *counter);
            let mut left = total.clone();
            for id in pool.targeting.iter().chain(&pool.others).flat_map(|slice| published.devices_of(*slice)) {
                let device = published.devices[id];
                if is_held(device.key) {
                    let held = of(&published.traits[device.traits].consumes);
                    left = held.map_or(left.clone(), |held| left.checked_sub(held).unwrap_or(left));
                }
            }
            let draws = of(uses).cloned().unwrap_or(Quantity::ZERO);
            if left < draws {
                let counter = format!("{}/{}", text(*set), text(*counter));
                return Some(Shortage { counter, left: left.to_string(), draws: draws.to_string() });
            }
        }
    }
    None
}

fn drawn(uses: &[CounterUse], set: NameId, counter: NameId) -> Option<&Quantity> {
    let of_set = uses.iter().filter(|part| part.set == set);
    of_set.flat_map(|part| &part.counters).find(|(name, _)| *name == counter).map(|(_, amount)| amount)
}
