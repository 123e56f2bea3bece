//! Nodes that are alike to every search: the same devices in the same order, names left out.
//!
//! What the allocator answers for a node depends on the node's kind and on which of its devices are held, and on nothing
//! else, as long as nobody but this node can reach its pools. A cluster has thousands of nodes and a handful of kinds.

use std::collections::BTreeMap;

use crate::alloc::dra::candidate::candidates;
use crate::alloc::dra::features::{Features, Variant};
use crate::alloc::dra::gather::Gathering;
use crate::alloc::dra::pool::{Pool, PoolKey, PoolState};
use crate::alloc::dra::relevance::{Relevance, Seen};
use crate::alloc::dra::slices::SliceIndex;
use crate::base::{DeviceId, Id, IdVec, Interner, KindId, NameId, NodeId, Quantity, SliceId};
use crate::model::dra::{Node, Published};

/// A counter set written out: its name, and its counters with their amounts.
type SetRow = (NameId, Vec<(NameId, Quantity)>);

/// The kinds of all nodes, and their devices in the order of search.
#[derive(Clone, Debug, Default)]
pub struct Kinds {
    /// The kind of each node; `None` for a node that shares a pool with others, whose answer is not its own affair.
    of_node: IdVec<NodeId, Option<KindId>>,
    /// One node of each kind.
    example: IdVec<KindId, NodeId>,
    /// Devices of all nodes by position, node after node.
    devices: Vec<DeviceId>,
    /// Where the devices of a node begin; one more entry than nodes.
    start: Vec<u32>,
}

impl Kinds {
    /// Sorts `nodes` into kinds. `relevance` says which attributes the claims to come can see.
    pub fn new(
        published: &Published,
        index: &SliceIndex,
        rules: (Features, Variant),
        nodes: &[Node],
        relevance: &Relevance,
    ) -> Kinds {
        let (features, variant) = rules;
        let features = features.supported_by(variant);
        let gathering = Gathering { published, index, features, variant };
        let mut sorter = Sorter {
            published,
            index,
            seen: relevance.seen(published),
            sets: BTreeMap::new(),
            skips: BTreeMap::new(),
            declared: BTreeMap::new(),
        };
        let is_tame = gathering.foreign_pools_do_not_matter();
        let mut kinds = Kinds { start: vec![0], ..Kinds::default() };
        let mut known: Interner<KindId, Vec<u32>> = Interner::default();
        let mut keys: IdVec<KindId, Vec<u32>> = IdVec::new();
        for node in nodes {
            let pools = if is_tame { gathering.own_pools(node).ok() } else { None };
            let key = pools.and_then(|pools| sorter.key(node, &pools, &mut kinds.devices));
            let id = kinds.of_node.push(None);
            kinds.start.push(kinds.devices.len() as u32);
            let Some(key) = key else { continue };
            let kind = known.intern(&mut keys, key);
            if kind.index() == kinds.example.len() {
                kinds.example.push(id);
            }
            kinds.of_node.as_mut_slice()[id.index()] = Some(kind);
        }
        kinds
    }

    /// The kind of a node.
    pub fn of(&self, node: NodeId) -> Option<KindId> {
        self.of_node[node]
    }

    /// How many kinds there are.
    pub fn len(&self) -> usize {
        self.example.len()
    }

    /// True if no node has a kind.
    pub fn is_empty(&self) -> bool {
        self.example.is_empty()
    }

    /// Devices of a node by position; none for a node without a kind.
    pub fn devices(&self, node: NodeId) -> &[DeviceId] {
        &self.devices[self.start[node.index()] as usize..self.start[node.index() + 1] as usize]
    }
}

/// Writes nodes as keys: equal keys, equal answers.
struct Sorter<'a> {
    published: &'a Published,
    index: &'a SliceIndex,
    seen: Seen,
    sets: BTreeMap<Vec<SetRow>, u32>,
    /// `skipNodeOperations` of slices.
    skips: BTreeMap<Vec<String>, u32>,
    /// `declaredFeatures` of nodes.
    declared: BTreeMap<Vec<String>, u32>,
}

impl<'a> Sorter<'a> {
    /// The key of a node with these pools, whose devices are added to `devices`; `None` if the node is not on its own.
    fn key(&mut self, node: &Node, pools: &[Pool<'a>], devices: &mut Vec<DeviceId>) -> Option<Vec<u32>> {
        if !pools.iter().all(|pool| self.index.is_private(self.published, pool.key, &node.name)) {
            return None;
        }
        let mut key = Vec::new();
        let next = self.declared.len() as u32;
        key.push(*self.declared.entry(node.declared_features.clone()).or_insert(next));
        let mut values = BTreeMap::new();
        for pool in pools {
            self.pool(pool, &mut key, &mut values)?;
        }
        devices.extend(candidates(self.published, pools).iter().map(|candidate| candidate.id));
        Some(key)
    }

    fn pool(&mut self, pool: &Pool<'a>, key: &mut Vec<u32>, values: &mut BTreeMap<u32, u32>) -> Option<()> {
        let PoolKey { driver, .. } = pool.key;
        let state = match pool.state {
            PoolState::Usable => 0,
            PoolState::Incomplete => 1,
            PoolState::Invalid(_) => 2,
        };
        key.extend([u32::MAX, driver.0, state]);
        let sets: Vec<SetRow> = pool.counter_sets.values().map(|set| (set.name, set.counters.clone())).collect();
        let next = self.sets.len() as u32;
        key.push(*self.sets.entry(sets).or_insert(next));
        for slice in &pool.targeting {
            let slice_code = self.slice(*slice)?;
            for device in self.published.devices_of(*slice) {
                let device = self.published.devices[device];
                key.extend([slice_code, device.traits.0]);
                self.seen.write(device.profile, key, values);
            }
        }
        Some(())
    }

    /// What a slice adds to its devices; `None` if its devices name their nodes.
    fn slice(&mut self, slice: SliceId) -> Option<u32> {
        let slice = &self.published.slices[slice];
        if slice.per_device_node_selection.is_some() {
            return None;
        }
        let next = self.skips.len() as u32;
        Some(*self.skips.entry(slice.skip_node_operations.clone()).or_insert(next))
    }
}
