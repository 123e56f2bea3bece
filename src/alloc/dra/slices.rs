//! All slices, by node and by pool.

use std::collections::BTreeSet;

use crate::alloc::dra::features::Variant;
use crate::alloc::dra::nodes::own_node;
use crate::alloc::dra::pool::PoolKey;
use crate::base::{NameId, SliceId};
use crate::model::dra::{Node, Published};

/// Slices by what they have in common, those of one key in input order. There are as many keys as nodes, so they lie in one
/// column and not in a tree.
#[derive(Clone, Debug)]
struct By<K>(Box<[(K, SliceId)]>);

impl<K> Default for By<K> {
    fn default() -> By<K> {
        By(Box::default())
    }
}

impl<K: Ord + Copy> By<K> {
    fn new(pairs: impl Iterator<Item = (K, SliceId)>) -> By<K> {
        let mut pairs: Vec<(K, SliceId)> = pairs.collect();
        pairs.sort_unstable();
        By(pairs.into())
    }

    fn get(&self, key: K) -> impl ExactSizeIterator<Item = SliceId> + Clone + '_ {
        let from = self.0.partition_point(|(other, _)| *other < key);
        let count = self.0[from..].partition_point(|(other, _)| *other == key);
        self.0[from..from + count].iter().map(|(_, id)| *id)
    }
}

/// All slices, by node and by pool. Made once for many nodes.
#[derive(Clone, Debug, Default)]
pub struct SliceIndex {
    /// Slices that name a node, by that node.
    on_node: By<NameId>,
    /// All other slices, in input order.
    shared: Vec<SliceId>,
    /// All slices.
    of_pool: By<PoolKey>,
}

impl SliceIndex {
    /// Sorts what is published.
    pub fn new(published: &Published) -> SliceIndex {
        let slices = || published.slices.iter_ids();
        let node = |id: SliceId| {
            let nodes = &published.slices[id].nodes;
            nodes.name.filter(|_| own_node(nodes, &published.names).is_some())
        };
        SliceIndex {
            on_node: By::new(slices().filter_map(|(id, _)| Some((node(id)?, id)))),
            shared: slices().map(|(id, _)| id).filter(|id| node(*id).is_none()).collect(),
            of_pool: By::new(slices().map(|(id, slice)| (PoolKey::of(slice), id))),
        }
    }

    /// The slices of a pool, in input order.
    pub fn of_pool(&self, pool: PoolKey) -> impl ExactSizeIterator<Item = SliceId> + Clone + '_ {
        self.of_pool.get(pool)
    }

    /// Pools with their slices, by key.
    pub fn pools(&self) -> impl Iterator<Item = (PoolKey, impl Iterator<Item = SliceId>)> {
        let pools = self.of_pool.0.chunk_by(|a, b| a.0 == b.0);
        pools.map(|pool| (pool[0].0, pool.iter().map(|(_, id)| *id)))
    }

    /// True if every slice of a pool, of whatever generation, is for the node of this name alone.
    pub fn is_private(&self, published: &Published, pool: PoolKey, node: &str) -> bool {
        let of_pool = self.of_pool(pool).map(|id| &published.slices[id]);
        of_pool.map(|slice| own_node(&slice.nodes, &published.names)).all(|own| own == Some(node))
    }

    /// True if every node that sees the pool sees the same: one generation, as many slices as all of them announce (else two
    /// nodes could each find enough among different ones), no slice name twice.
    pub fn is_uniform(&self, published: &Published, pool: PoolKey) -> bool {
        let slices = || self.of_pool(pool).map(|id| &published.slices[id]);
        let names: BTreeSet<NameId> = slices().map(|slice| slice.name).collect();
        let count = slices().len();
        names.len() == count
            && slices().all(|slice| i64::try_from(count).is_ok_and(|count| count == slice.slice_count))
            && slices().zip(slices().skip(1)).all(|(a, b)| a.generation == b.generation)
    }

    /// True if all slices of a pool are for the same nodes, so that devices which already have an owner come in the same
    /// order for each of them.
    pub fn has_one_audience(&self, published: &Published, pool: PoolKey) -> bool {
        let slices = || self.of_pool(pool).map(|id| &published.slices[id]);
        slices().zip(slices().skip(1)).all(|(a, b)| a.nodes == b.nodes)
            && slices().all(|slice| slice.per_device_node_selection.is_none())
    }

    /// The slices that may concern a node, in the order in which upstream looks at them.
    pub fn candidates(&self, published: &Published, variant: Variant, node: &Node) -> Vec<SliceId> {
        if variant == Variant::Stable {
            return published.slices.ids().collect();
        }
        self.of_node(published, node)
    }

    /// The slices that name the node, then those that name none.
    pub fn of_node(&self, published: &Published, node: &Node) -> Vec<SliceId> {
        let own = published.names.find(&node.name).map(|name| self.on_node.get(name));
        own.into_iter().flatten().chain(self.shared.iter().copied()).collect()
    }
}
