//! Shared counters of pools (KEP-4815): `checkAvailableCounters` upstream (`dra.md` 2.11).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::alloc::dra::pool::Pool;
use crate::alloc::dra::problem::{ErrorKind, Reason};
use crate::base::{DeviceKeyId, NameId, Quantity};
use crate::model::dra::{CounterUse, Published};

/// What is left of the counters of a pool after what other claims hold; negative where they hold too much. Computed once
/// for a pool and then used for every node of the attempt, even if another node sees another generation of the pool.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Available {
    /// Index of a counter by (set, counter).
    index: BTreeMap<(NameId, NameId), usize>,
    /// Amount by index.
    amounts: Vec<Quantity>,
}

impl Available {
    /// What devices that are not `is_allocated` leave.
    pub fn of(published: &Published, pool: &Pool<'_>, is_allocated: impl Fn(DeviceKeyId) -> bool) -> Result<Available, Reason> {
        let mut available = Available::default();
        for (set, counters) in &pool.counter_sets {
            for (counter, amount) in &counters.counters {
                available.index.insert((*set, *counter), available.amounts.len());
                available.amounts.push(amount.clone());
            }
        }
        for id in pool.targeting.iter().chain(&pool.others).flat_map(|slice| published.devices_of(*slice)) {
            let device = published.devices[id];
            if is_allocated(device.key) {
                for (at, amount) in available.draws(&published.traits[device.traits].consumes) {
                    let left = available.amounts[at].checked_sub(amount).ok_or_else(too_many_digits)?;
                    available.amounts[at] = left;
                }
            }
        }
        Ok(available)
    }

    /// What a device draws, by index. Counters that are unknown here are left out.
    pub fn draws<'u>(&self, uses: &'u [CounterUse]) -> Vec<(usize, &'u Quantity)> {
        let named = uses.iter().flat_map(|part| part.counters.iter().map(|(counter, amount)| ((part.set, *counter), amount)));
        named.filter_map(|(name, amount)| self.index.get(&name).map(|at| (*at, amount))).collect()
    }

    /// What is left by index.
    pub fn amounts(&self) -> &[Quantity] {
        &self.amounts
    }
}

/// The counters of a pool in one pass.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Drawn {
    available: Arc<Available>,
    /// What the devices taken in this pass draw, by index.
    consumed: Vec<Quantity>,
}

/// What was consumed before, by index, oldest last.
pub type Before = Vec<(usize, Quantity)>;

impl Drawn {
    /// Nothing drawn yet.
    pub fn new(available: Arc<Available>) -> Drawn {
        let consumed = vec![Quantity::ZERO; available.amounts.len()];
        Drawn { available, consumed }
    }

    /// Draws what a device needs; `None`, and nothing drawn, if any counter of the pool is then short, even one that the
    /// device does not draw from.
    pub fn reserve(&mut self, uses: &[CounterUse]) -> Result<Option<Before>, Reason> {
        let mut before = Before::new();
        for (at, amount) in self.available.draws(uses) {
            let sum = self.consumed[at].checked_add(amount).ok_or_else(too_many_digits)?;
            before.push((at, std::mem::replace(&mut self.consumed[at], sum)));
        }
        if self.available.amounts.iter().zip(&self.consumed).any(|(available, consumed)| available < consumed) {
            self.release(before);
            return Ok(None);
        }
        Ok(Some(before))
    }

    /// True if nothing is drawn, or only nothing.
    pub fn is_unused(&self) -> bool {
        self.consumed.iter().all(|amount| amount.sign() == 0)
    }

    /// Undoes the last [`Drawn::reserve`].
    pub fn release(&mut self, before: Before) {
        for (at, amount) in before.into_iter().rev() {
            self.consumed[at] = amount;
        }
    }
}

/// Upstream would write such a number out.
fn too_many_digits() -> Reason {
    Reason { kind: ErrorKind::Capacity, text: "the sum of counters has too many digits".to_owned() }
}
