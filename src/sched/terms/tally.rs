//! Answers: counts by domain.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::bits::BitSet;
use crate::base::{Id, IdVec, NameId, NodeId};
use crate::model::core::Node;
use crate::sched::terms::question::Domain;

/// Which domain each node is in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Table {
    of: IdVec<NodeId, u32>,
    len: usize,
}

const NONE: u32 = u32::MAX;

impl Table {
    /// The table of all nodes, given in order of their ids.
    pub fn new<'a>(nodes: impl ExactSizeIterator<Item = &'a Node>, domain: Domain) -> Table {
        let (key, other) = match domain {
            Domain::Node => return Table { len: nodes.len(), of: (0..nodes.len() as u32).collect() },
            Domain::Label(key) => (key, None),
            Domain::LabelOrEmpty(key, empty) => (key, Some(empty)),
        };
        let mut ids: BTreeMap<NameId, u32> = BTreeMap::new();
        let mut number = |value: NameId| {
            let next = ids.len() as u32;
            *ids.entry(value).or_insert(next)
        };
        let of = nodes.map(|node| node.labels.get(key).or(other).map_or(NONE, &mut number)).collect();
        Table { of, len: ids.len() }
    }

    /// The domain of a node.
    pub fn domain(&self, node: NodeId) -> Option<usize> {
        let domain = self.of[node];
        (domain != NONE).then_some(domain as usize)
    }

    /// How many domains there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True if no node is in a domain.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many domains these nodes are in.
    pub fn distinct(&self, nodes: &[NodeId]) -> usize {
        let mut seen = BitSet::new(self.len);
        for domain in nodes.iter().filter_map(|node| self.domain(*node)) {
            seen.set(domain, true);
        }
        seen.count()
    }
}

/// For each count, how many domains have it: only domains of nodes that count.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Levels {
    by_count: BTreeMap<i64, usize>,
    domains: usize,
}

impl Levels {
    fn shift(&mut self, from: i64, to: i64) {
        if let Some(domains) = self.by_count.get_mut(&from) {
            *domains -= 1;
            if *domains == 0 {
                self.by_count.remove(&from);
            }
        }
        *self.by_count.entry(to).or_default() += 1;
    }
}

/// Counts by domain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tally {
    table: Arc<Table>,
    /// Nodes that count; `None` for all.
    nodes: Option<Arc<BitSet>>,
    /// Half the size keeps twice as many hosts at hand.
    counts: Vec<i32>,
    total: i64,
    levels: Option<Levels>,
}

impl Tally {
    /// Nothing counted yet.
    pub fn new(table: Arc<Table>, nodes: Option<Arc<BitSet>>, wants_least: bool) -> Tally {
        let counts = vec![0; table.len()];
        let mut tally = Tally { table, nodes, counts, total: 0, levels: None };
        if wants_least {
            let counting: Vec<NodeId> = tally.table.of.ids().filter(|node| tally.counts_node(*node)).collect();
            let domains = tally.table.distinct(&counting);
            let by_count = (domains > 0).then_some((0, domains)).into_iter().collect();
            tally.levels = Some(Levels { by_count, domains });
        }
        tally
    }

    /// True if pods on this node count.
    pub fn counts_node(&self, node: NodeId) -> bool {
        self.nodes.as_ref().is_none_or(|nodes| nodes.contains(node.index()))
    }

    /// Which domains there are.
    pub fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// The count of a domain.
    pub fn get(&self, domain: usize) -> i64 {
        self.counts[domain].into()
    }

    /// The count of a node's domain; `None` if it is in none.
    pub fn at(&self, node: NodeId) -> Option<i64> {
        self.table.domain(node).map(|domain| self.get(domain))
    }

    /// Sum over all domains.
    pub fn total(&self) -> i64 {
        self.total
    }

    /// Domains that have a node that counts; 0 if the least count is not kept.
    pub fn domains(&self) -> usize {
        self.levels.as_ref().map_or(0, |levels| levels.domains)
    }

    /// The least count of all domains but those of `except`, which are domains that count, each given once; `None` if there
    /// are no others.
    pub fn least_except(&self, except: &[usize]) -> Option<i64> {
        let by_count = &self.levels.as_ref()?.by_count;
        let left = |(count, domains): (&i64, &usize)| {
            let gone = except.iter().filter(|domain| self.get(**domain) == *count).count();
            (*domains > gone).then_some(*count)
        };
        by_count.iter().find_map(left)
    }

    /// `change` more pods on a node.
    pub fn change(&mut self, node: NodeId, change: i64) {
        let Some(domain) = self.table.domain(node).filter(|_| self.counts_node(node)) else { return };
        let before = self.get(domain);
        self.counts[domain] = i32::try_from(before + change).expect("fewer than 2^31 pods in a domain");
        self.total += change;
        if let Some(levels) = &mut self.levels {
            levels.shift(before, before + change);
        }
    }
}
