//! What allocations hold, added and taken away one by one (`plugins/dynamicresources/allocateddevices.go`,
//! `schedulerapi.ConsumedCapacityCollection`).

use std::collections::btree_map::Entry;

use crate::base::Quantity;
use crate::model::dra::AllocatedState;
use crate::sched::dra::allocation::{Allocation, Held};

/// Adds what an allocation holds. Without `shares` (`DRAConsumableCapacity`) a share holds the whole device.
pub fn hold(state: &mut AllocatedState, allocation: &Allocation, shares: bool) {
    for held in counted(allocation) {
        match held.share_id() {
            Some(share) if shares => {
                state.shares.entry(held.key).or_default().insert(share.to_owned());
                consume(state, held);
            }
            _ => drop(state.dedicated.insert(held.key)),
        }
    }
}

/// Takes away what an allocation holds.
pub fn release(state: &mut AllocatedState, allocation: &Allocation, shares: bool) {
    for held in counted(allocation) {
        let Some(share) = held.share_id().filter(|_| shares) else {
            state.dedicated.remove(&held.key);
            continue;
        };
        if let Entry::Occupied(mut ids) = state.shares.entry(held.key) {
            ids.get_mut().remove(share);
            if ids.get().is_empty() {
                ids.remove();
            }
        }
        give_back(state, held);
    }
}

/// Takes away what an allocation consumes, but leaves its devices and shares in use.
pub fn release_amounts(state: &mut AllocatedState, allocation: &Allocation, shares: bool) {
    counted(allocation).filter(|held| shares && held.share_id().is_some()).for_each(|held| give_back(state, held));
}

/// Access for administrators is in nobody's way.
fn counted(allocation: &Allocation) -> impl Iterator<Item = &Held> {
    allocation.held.iter().filter(|held| !held.is_admin)
}

fn consume(state: &mut AllocatedState, held: &Held) {
    if held.consumed().is_empty() {
        return;
    }
    let sums = state.consumed.entry(held.key).or_default();
    for (name, amount) in held.consumed() {
        let sum = sums.entry(*name).or_insert(Quantity::ZERO);
        // A sum that cannot be written out is more than any device has.
        *sum = sum.checked_add(amount).unwrap_or_else(|| amount.clone());
    }
}

/// A device of which nothing is consumed any more is no longer listed, whatever shares of nothing there are.
fn give_back(state: &mut AllocatedState, held: &Held) {
    let Entry::Occupied(mut sums) = state.consumed.entry(held.key) else { return };
    if held.consumed().is_empty() {
        return;
    }
    for (name, amount) in held.consumed() {
        if let Some(sum) = sums.get_mut().get_mut(name) {
            *sum = sum.checked_sub(amount).unwrap_or(Quantity::ZERO);
        }
    }
    if sums.get().values().all(|sum| sum.sign() == 0) {
        sums.remove();
    }
}
