//! Pools: the slices of one (driver, pool name) that a node sees.
//!
//! Source: `buildPool` and its checks in upstream's `pools_*.go` (`dra.md` 2.5).

use std::collections::{BTreeMap, BTreeSet};

use crate::alloc::dra::features::{Features, Variant};
use crate::base::{NameId, Names, SliceId};
use crate::model::dra::{CounterSet, Published, Slice};

/// The identity of a pool.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct PoolKey {
    /// Driver name.
    pub driver: NameId,
    /// Pool name; two drivers may use the same.
    pub pool: NameId,
}

impl PoolKey {
    /// The pool of a slice.
    pub fn of(slice: &Slice) -> PoolKey {
        PoolKey { driver: slice.driver, pool: slice.pool }
    }

    /// `driver/pool`
    pub fn text(self, names: &Names) -> String {
        format!("{}/{}", names.text(self.driver), names.text(self.pool))
    }
}

/// Whether devices can be taken from a pool.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PoolState {
    /// They can.
    Usable,
    /// Not all slices of the generation are there.
    Incomplete,
    /// The slices contradict themselves, for this reason.
    Invalid(String),
}

/// A pool as one node sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pool<'a> {
    /// Which pool.
    pub key: PoolKey,
    /// Whether it can be used; what follows is empty if not.
    pub state: PoolState,
    /// Slices with devices for the node, in the order of search.
    pub targeting: Vec<SliceId>,
    /// Slices of the same generation with devices for other nodes only. Known only if some slice was missing at first.
    pub others: Vec<SliceId>,
    /// Shared counters by the name of their set.
    pub counter_sets: BTreeMap<NameId, &'a CounterSet>,
}

impl<'a> Pool<'a> {
    /// A pool without devices.
    pub fn unusable(key: PoolKey, state: PoolState) -> Pool<'a> {
        Pool { key, state, targeting: Vec::new(), others: Vec::new(), counter_sets: BTreeMap::new() }
    }

    /// True if devices can be taken from it.
    pub fn is_usable(&self) -> bool {
        self.state == PoolState::Usable
    }

    /// Builds a complete pool of its slices that concern the node, `own`, and, if those alone were not complete, `all` of
    /// its generation.
    pub fn build(
        published: &'a Published,
        rules: (Features, Variant),
        key: PoolKey,
        own: Vec<SliceId>,
        all: &[SliceId],
    ) -> Pool<'a> {
        let (features, variant) = rules;
        let mut own = own;
        if variant != Variant::Stable {
            own.sort_by_key(|slice| published.names.text(published.slices[*slice].name));
        }
        let has_counters = |slice: &SliceId| features.partitionable_devices && !published.slices[*slice].counter_sets.is_empty();
        let (mut counting, targeting): (Vec<SliceId>, Vec<SliceId>) = own.iter().copied().partition(has_counters);
        let mut others = Vec::new();
        if own.len() < all.len() {
            let known: BTreeSet<NameId> = own.iter().map(|slice| published.slices[*slice].name).collect();
            let missing = all.iter().copied().filter(|slice| !known.contains(&published.slices[*slice].name));
            let (more_counting, more_others): (Vec<SliceId>, Vec<SliceId>) = missing.partition(has_counters);
            counting.extend(more_counting);
            others = more_others;
        }
        // Stable reads the devices of counter slices, too; API validation keeps there from being any.
        let checked: &[SliceId] = if variant == Variant::Stable { &own } else { &targeting };
        let counter_sets = match check(published, features, &targeting, checked, &others, &counting) {
            Ok(counter_sets) => counter_sets,
            Err(reason) => return Pool::unusable(key, PoolState::Invalid(reason)),
        };
        // Without the feature nothing but the devices themselves is kept.
        let others = if features.partitionable_devices { others } else { Vec::new() };
        Pool { key, state: PoolState::Usable, targeting, others, counter_sets }
    }

    /// True if a device for the node has a list of binding conditions, even an empty one.
    pub fn has_binding_conditions(&self, published: &Published) -> bool {
        let mut devices = self.targeting.iter().flat_map(|slice| published.devices_of(*slice));
        devices.any(|device| published.traits[published.devices[device].traits].binding_conditions.is_some())
    }
}

/// The counter sets of a pool, or what is wrong with it; the first problem wins.
fn check<'a>(
    published: &'a Published,
    features: Features,
    targeting: &[SliceId],
    checked: &[SliceId],
    others: &[SliceId],
    counting: &[SliceId],
) -> Result<BTreeMap<NameId, &'a CounterSet>, String> {
    let mut seen = BTreeSet::new();
    for device in targeting.iter().flat_map(|slice| published.devices_of(*slice)) {
        if !seen.insert(published.devices[device].key) {
            return Err(format!("duplicate device name {}", published.device_name(device)));
        }
    }
    let mut sets = BTreeMap::new();
    if !features.partitionable_devices {
        return Ok(sets);
    }
    for set in counting.iter().flat_map(|slice| &published.slices[*slice].counter_sets) {
        if sets.insert(set.name, set).is_some() {
            return Err(format!("duplicate counter set name {}", published.names.text(set.name)));
        }
    }
    check_consumption(published, &sets, checked)?;
    check_consumption(published, &sets, others)?;
    Ok(sets)
}

/// Every counter that a device draws from must exist.
fn check_consumption(published: &Published, sets: &BTreeMap<NameId, &CounterSet>, slices: &[SliceId]) -> Result<(), String> {
    let text = |name: NameId| published.names.text(name);
    for device in slices.iter().flat_map(|slice| published.devices_of(*slice)) {
        for part in &published.traits[published.devices[device].traits].consumes {
            let Some(set) = sets.get(&part.set) else {
                return Err(format!("counter set {} not found", text(part.set)));
            };
            for (counter, _) in &part.counters {
                if !set.counters.iter().any(|(name, _)| name == counter) {
                    return Err(format!("counter {} not found in counter set {}", text(*counter), text(part.set)));
                }
            }
        }
    }
    Ok(())
}
