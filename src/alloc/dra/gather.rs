//! Which pools a node has.
//!
//! Source: `GatherPools` in upstream's `pools_*.go` (`dra.md` 2.4, 2.6).

use std::collections::BTreeMap;

use crate::alloc::dra::features::{Features, Variant};
use crate::alloc::dra::nodes::{node_matches, own_node};
use crate::alloc::dra::pool::{Pool, PoolKey, PoolState};
use crate::alloc::dra::problem::{ErrorKind, Reason};
use crate::alloc::dra::slices::SliceIndex;
use crate::base::SliceId;
use crate::model::dra::{Node, Published, Slice};

/// Everything that decides which pools a node has.
#[derive(Clone, Copy)]
pub struct Gathering<'a, 'i> {
    /// What drivers publish.
    pub published: &'a Published,
    /// The same, sorted.
    pub index: &'i SliceIndex,
    /// Gates.
    pub features: Features,
    /// Which implementation is followed.
    pub variant: Variant,
}

impl<'a> Gathering<'a, '_> {
    /// The pools of `node` in the order of search. The error is a node selector that cannot be parsed.
    pub fn pools(&self, node: &Node) -> Result<Vec<Pool<'a>>, Reason> {
        self.pools_of(node, self.index.candidates(self.published, self.variant, node))
    }

    /// The same without the foreign pools that the stable variant sees.
    pub fn own_pools(&self, node: &Node) -> Result<Vec<Pool<'a>>, Reason> {
        self.pools_of(node, self.index.of_node(self.published, node))
    }

    /// True unless the stable variant finds something wrong with counters of other nodes, as it looks at those too.
    pub fn foreign_pools_do_not_matter(&self) -> bool {
        if self.variant != Variant::Stable || !self.features.partitionable_devices {
            return true;
        }
        self.index.pools().all(|(key, slices)| {
            let mut counting = Vec::new();
            let has_counters = |id: &SliceId| !self.published.slices[*id].counter_sets.is_empty();
            let seen = |id: &SliceId| has_counters(id) && !self.is_hidden(&self.published.slices[*id]);
            slices.filter(seen).for_each(|id| self.join(&mut counting, id));
            counting.is_empty() || self.pool(key, counting).is_none_or(|pool| pool.is_usable())
        })
    }

    fn pools_of(&self, node: &Node, slices: Vec<SliceId>) -> Result<Vec<Pool<'a>>, Reason> {
        let mut groups: BTreeMap<PoolKey, Vec<SliceId>> = BTreeMap::new();
        for id in slices {
            let slice = &self.published.slices[id];
            if !self.is_hidden(slice) && self.is_relevant(slice, node)? {
                self.join(groups.entry(PoolKey::of(slice)).or_default(), id);
            }
        }
        let pools = groups.into_iter().filter_map(|(key, own)| self.pool(key, own));
        let (mut first, mut last): (Vec<Pool<'a>>, Vec<Pool<'a>>) = (Vec::new(), Vec::new());
        for pool in pools {
            let to_the_back = self.variant != Variant::Stable && pool.has_binding_conditions(self.published);
            if to_the_back { last.push(pool) } else { first.push(pool) }
        }
        // Stable visits pools in the order of a Go map; by name is one of the orders it can take.
        let names = &self.published.names;
        for half in [&mut first, &mut last] {
            half.sort_by(|a, b| {
                let driver = names.text(a.key.driver).cmp(names.text(b.key.driver));
                driver.then_with(|| names.text(a.key.pool).cmp(names.text(b.key.pool)))
            });
        }
        first.append(&mut last);
        Ok(first)
    }

    /// True for slices that use what a gate switches off. A pool with such a slice of compatibility groups is incomplete.
    fn is_hidden(&self, slice: &Slice) -> bool {
        let is_partitioned = slice.per_device_node_selection.is_some() || !slice.counter_sets.is_empty();
        !self.features.partitionable_devices && is_partitioned || !self.features.compatibility_groups && self.has_groups(slice)
    }

    fn has_groups(&self, slice: &Slice) -> bool {
        let traits = self.published.devices.as_slice()[slice.devices.start as usize..slice.devices.end as usize]
            .iter()
            .map(|device| &self.published.traits[device.traits]);
        traits.flat_map(|traits| &traits.consumes).any(|part| !part.compatibility_groups.is_empty())
    }

    /// True if the slice has something for the node.
    fn is_relevant(&self, slice: &Slice, node: &Node) -> Result<bool, Reason> {
        let names = &self.published.names;
        let name = || names.text(slice.name);
        let fault = |text: String| Reason { kind: ErrorKind::NodeSelector, text: format!("gather pool information: {text}") };
        if self.variant == Variant::Stable && !slice.counter_sets.is_empty() {
            return Ok(true);
        }
        if own_node(&slice.nodes, names).is_some() || slice.nodes.all || slice.nodes.selector.is_some() {
            return node_matches(node, &slice.nodes, names)
                .map_err(|why| fault(format!("failed to perform node selection for slice {}: {why}", name())));
        }
        if slice.per_device_node_selection != Some(true) {
            return Ok(false);
        }
        for device in &self.published.devices.as_slice()[slice.devices.start as usize..slice.devices.end as usize] {
            let matches = node_matches(node, &self.published.traits[device.traits].nodes, names).map_err(|why| {
                let device = names.text(self.published.keys[device.key].device);
                fault(format!("failed to perform node selection for device {device} in slice {}: {why}", name()))
            })?;
            if matches {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Adds a slice to the slices of its pool, of which only the newest generation seen so far is kept.
    fn join(&self, group: &mut Vec<SliceId>, id: SliceId) {
        let generation = |id: SliceId| self.published.slices[id].generation;
        if let Some(first) = group.first() {
            match generation(id).cmp(&generation(*first)) {
                std::cmp::Ordering::Less => return,
                std::cmp::Ordering::Greater => group.clear(),
                std::cmp::Ordering::Equal => {}
            }
        }
        group.push(id);
    }

    /// The pool of the slices that concern a node; `None` if another node has seen a newer generation.
    fn pool(&self, key: PoolKey, own: Vec<SliceId>) -> Option<Pool<'a>> {
        let rules = (self.features, self.variant);
        let first = &self.published.slices[own[0]];
        let is_complete = |slices: &[SliceId]| i64::try_from(slices.len()).is_ok_and(|count| count == first.slice_count);
        if is_complete(&own) {
            return Some(Pool::build(self.published, rules, key, own, &[]));
        }
        let of_pool = || self.index.of_pool(key).map(|id| (id, &self.published.slices[id]));
        if of_pool().any(|(_, slice)| slice.generation > first.generation) {
            return None;
        }
        let is_seen = |slice: &Slice| slice.generation == first.generation;
        let is_seen = |slice: &Slice| is_seen(slice) && (self.features.compatibility_groups || !self.has_groups(slice));
        let all: Vec<SliceId> = of_pool().filter(|(_, slice)| is_seen(slice)).map(|(id, _)| id).collect();
        if !is_complete(&all) {
            return Some(Pool::unusable(key, PoolState::Incomplete));
        }
        Some(Pool::build(self.published, rules, key, own, &all))
    }
}
