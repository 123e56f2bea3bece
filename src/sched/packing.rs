//! The decision of a sequence replay: of all nodes that fit, the one with most points; the lowest tie-break rank among
//! equals (protocol of Weng et al., USENIX ATC 2023: no sampling of nodes, one score, no other plugin).
//!
//! [`PackingScheduler::decide`] is the fast path. Points depend on (node state, ask) alone, and one decision changes one
//! node. So each ask keeps its points for all nodes in rank order, in one byte each, and brings those up to date that
//! changed since the ask was last seen (a change log); the winner is the first maximum of that array.
//! [`PackingScheduler::decide_afresh`] asks about every node anew, by the definition of fragmentation, and is the oracle.

use crate::alloc::policy::{Draw, Fragmentation, NodeState, PackingAsk, PackingCx, PackingPolicy, Ties, TypicalPods};
use crate::base::{AskId, DeviceId, Id, IdVec, NodeId, Seed};
use crate::model::{Book, DeviceKind, Inventory, Ledger};

/// Where a pod goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PackingDecision {
    /// The node.
    pub node: NodeId,
    /// Indices of its GPUs among the GPUs of the node; empty for a CPU-only pod.
    pub gpus: Vec<u32>,
    /// How many nodes fitted.
    pub feasible: u32,
}

/// The scheduler of a sequence replay, with its own picture of the nodes.
#[derive(Debug)]
pub struct PackingScheduler<'a> {
    policy: &'a dyn PackingPolicy,
    cx: PackingCx,
    seed: Seed,
    asks: IdVec<AskId, PackingAsk>,
    /// Nodes in rank order.
    order: Vec<NodeId>,
    /// Inverse of `order`.
    position: IdVec<NodeId, u32>,
    /// States in rank order.
    states: Vec<NodeState>,
    /// Fragmentation of each node, in rank order.
    fragmentation: Vec<i64>,
    fragmentation_sum: i64,
    /// Positions that changed, oldest first.
    changes: Vec<u32>,
    /// For each position, one past its last entry in `changes`.
    changed: Vec<usize>,
    cached: IdVec<AskId, Option<Points>>,
}

/// The points of all nodes for one ask, in rank order: 0 where the ask does not fit, else 1 more than the points.
#[derive(Debug)]
struct Points {
    points: Vec<u8>,
    feasible: u32,
    /// How much of the change log is in.
    read: usize,
}

/// The state of each node of an empty cluster, in node order. Panics if a node has more than
/// [`GPUS_MAX`](crate::alloc::policy::GPUS_MAX) GPUs.
pub fn empty_states(inventory: &Inventory) -> IdVec<NodeId, NodeState> {
    let state = |node: NodeId| {
        let kind = inventory.type_of(node);
        let gpus = gpus_of(inventory, node).count();
        let model = gpus_of(inventory, node).next().map(|gpu| inventory.devices[gpu].model);
        NodeState::empty(kind.cpu_milli, kind.memory_bytes, i64::from(kind.pods_max), gpus, model)
    };
    inventory.nodes.ids().map(state).collect()
}

/// The GPUs of a node; their positions here are the indices that policies use.
pub fn gpus_of(inventory: &Inventory, node: NodeId) -> impl Iterator<Item = DeviceId> + '_ {
    inventory.devices_of(node).filter(|&device| inventory.kind_of(device) == DeviceKind::Gpu)
}

impl<'a> PackingScheduler<'a> {
    /// A scheduler of these empty nodes. `rank` decides ties: the lowest wins, and the lowest node id among equal ranks.
    pub fn new(
        policy: &'a dyn PackingPolicy,
        nodes: &IdVec<NodeId, NodeState>,
        rank: &[u32],
        asks: IdVec<AskId, PackingAsk>,
        fragmentation: Fragmentation,
        seed: Seed,
    ) -> PackingScheduler<'a> {
        let mut order: Vec<NodeId> = nodes.ids().collect();
        order.sort_by_key(|node| (rank[node.index()], *node));
        let mut position = IdVec::filled(0, nodes.len());
        for (i, &node) in order.iter().enumerate() {
            position[node] = i as u32;
        }
        let states: Vec<NodeState> = order.iter().map(|&node| nodes[node].clone()).collect();
        let fragmented: Vec<i64> = states.iter().map(|state| fragmentation.of(state)).collect();
        PackingScheduler {
            policy,
            cx: PackingCx::new(nodes.as_slice(), fragmentation),
            seed,
            cached: asks.iter().map(|_| None).collect(),
            asks,
            order,
            position,
            fragmentation_sum: fragmented.iter().sum(),
            fragmentation: fragmented,
            changes: Vec::new(),
            changed: vec![0; states.len()],
            states,
        }
    }

    /// The same scheduler by definition, for [`PackingScheduler::decide_afresh`]: no tables, no cached points.
    pub fn oracle_cx(&self, typical: &TypicalPods) -> PackingCx {
        PackingCx { fragmentation: Fragmentation::by_definition(typical.clone()), ..self.cx.clone() }
    }

    /// Where the pod at `pos` of the order goes, or `None` if it fits nowhere. Changes nothing that a later decision
    /// depends on.
    pub fn decide(&mut self, ask: AskId, pos: u32) -> Option<PackingDecision> {
        self.refresh(ask);
        let Points { points, feasible, .. } = self.cached[ask].as_ref()?;
        let feasible = *feasible;
        if feasible == 0 {
            return None;
        }
        let draw = Draw { seed: self.seed, pos };
        let most = points.iter().copied().fold(0, u8::max);
        let position = match self.policy.ties() {
            Ties::LowestRank => first(points, most),
            Ties::Uniform => {
                let equal = points.iter().filter(|&&p| p == most).count();
                nth(points, most, draw.below(Draw::NODE, equal))
            }
        };
        let gpus = pick(self.policy, &self.cx, &self.states[position], &self.asks[ask], draw);
        Some(PackingDecision { node: self.order[position], gpus, feasible })
    }

    /// The same decision from nothing but the states: every node is asked.
    pub fn decide_afresh(&self, cx: &PackingCx, ask: AskId, pos: u32) -> Option<PackingDecision> {
        let ask = &self.asks[ask];
        let draw = Draw { seed: self.seed, pos };
        let fitting: Vec<usize> = (0..self.states.len()).filter(|&i| self.states[i].fits(ask)).collect();
        let points: Vec<i64> = fitting.iter().map(|&i| self.policy.score(cx, &self.states[i], ask)).collect();
        let most = points.iter().copied().max()?;
        let best: Vec<usize> = fitting.iter().zip(&points).filter(|(_, p)| **p == most).map(|(i, _)| *i).collect();
        let position = match self.policy.ties() {
            Ties::LowestRank => best[0],
            Ties::Uniform => best[draw.below(Draw::NODE, best.len())],
        };
        let gpus = pick(self.policy, cx, &self.states[position], ask, draw);
        Some(PackingDecision { node: self.order[position], gpus, feasible: fitting.len() as u32 })
    }

    /// Counts the decision as taken. Panics if it takes what is not there.
    pub fn assume(&mut self, ask: AskId, decision: &PackingDecision) {
        let position = self.position[decision.node];
        let i = position as usize;
        self.states[i].take(&self.asks[ask], &decision.gpus);
        let fragmented = self.cx.fragmentation.of(&self.states[i]);
        self.fragmentation_sum += fragmented - self.fragmentation[i];
        self.fragmentation[i] = fragmented;
        self.changes.push(position);
        self.changed[i] = self.changes.len();
    }

    /// Brings the points of `ask` up to date.
    fn refresh(&mut self, ask: AskId) {
        let (policy, cx, wanted) = (self.policy, &self.cx, &self.asks[ask]);
        let value = |state: &NodeState| {
            if !state.fits(wanted) {
                return 0;
            }
            let points = policy.score(cx, state, wanted);
            assert!((0..=100).contains(&points), "{policy:?} gave {points} points; 0 to 100 are allowed");
            points as u8 + 1
        };
        let Some(cached) = &mut self.cached[ask] else {
            let points: Vec<u8> = self.states.iter().map(value).collect();
            let feasible = points.iter().filter(|&&p| p > 0).count() as u32;
            self.cached[ask] = Some(Points { points, feasible, read: self.changes.len() });
            return;
        };
        for (i, &position) in self.changes.iter().enumerate().skip(cached.read) {
            let position = position as usize;
            // Only the last change of a node is worth a look.
            if self.changed[position] == i + 1 {
                let new = value(&self.states[position]);
                let old = std::mem::replace(&mut cached.points[position], new);
                cached.feasible = cached.feasible + u32::from(new > 0) - u32::from(old > 0);
            }
        }
        cached.read = self.changes.len();
    }

    /// Fragmentation of the cluster, in thousandths of a GPU times [`Fragmentation::weight`].
    pub fn fragmentation_sum(&self) -> i64 {
        self.fragmentation_sum
    }

    /// The fragmentation measure.
    pub fn fragmentation(&self) -> &Fragmentation {
        &self.cx.fragmentation
    }

    /// Where this picture of the nodes differs from the scheduler's book; empty if nowhere.
    pub fn disagreements(&self, inventory: &Inventory, ledger: &Ledger) -> Vec<String> {
        let mut broken = Vec::new();
        for (state, &node) in self.states.iter().zip(&self.order) {
            let free = ledger.free(Book::Sched, node);
            let left: Vec<u16> = gpus_of(inventory, node).map(|gpu| ledger.device_free_milli(Book::Sched, gpu)).collect();
            if (state.cpu_milli, state.memory_bytes, state.pods) != (free.cpu_milli, free.memory_bytes, free.pods)
                || state.left() != left
            {
                broken.push(format!("{}: scheduler has {state:?}, ledger {free:?} {left:?}", inventory.nodes[node].name));
            }
        }
        let sum: i64 = self.states.iter().map(|state| self.cx.fragmentation.of(state)).sum();
        if sum != self.fragmentation_sum {
            broken.push(format!("fragmentation of the cluster is {sum}, kept as {}", self.fragmentation_sum));
        }
        broken
    }
}

fn pick(policy: &dyn PackingPolicy, cx: &PackingCx, node: &NodeState, ask: &PackingAsk, draw: Draw) -> Vec<u32> {
    let mut gpus = Vec::new();
    if ask.gpus > 0 {
        policy.pick(cx, node, ask, draw, &mut gpus);
    }
    gpus
}

/// Index of the first `value`, which is there. By blocks, so that most of the way is compared many at a time.
fn first(values: &[u8], value: u8) -> usize {
    const BLOCK: usize = 64;
    let holds = |block: &[u8]| block.iter().fold(false, |found, &v| found | (v == value));
    let block = values.chunks(BLOCK).position(holds).expect("the maximum is one of the values");
    let start = block * BLOCK;
    start + values[start..].iter().position(|&v| v == value).expect("the block holds it")
}

/// Index of the n-th `value`, from 0.
fn nth(values: &[u8], value: u8, n: usize) -> usize {
    values.iter().enumerate().filter(|(_, v)| **v == value).nth(n).expect("n is below their number").0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alloc::policy::{POLICIES, TypicalRow};
    use crate::base::ModelId;
    use proptest::prelude::*;

    fn any_node() -> impl Strategy<Value = NodeState> {
        (4i64..40, 4i64..40, 0usize..=8, 0u32..3, 1i64..10).prop_map(|(cpu, memory, gpus, model, pods)| {
            NodeState::empty(cpu * 1000, memory << 30, pods, gpus, (gpus > 0).then_some(ModelId(model)))
        })
    }

    fn any_ask() -> impl Strategy<Value = PackingAsk> {
        let models = prop::sample::select(vec![vec![], vec![ModelId(0)], vec![ModelId(1), ModelId(2)]]);
        let gpu = prop::sample::select(vec![(0, 0), (1, 120), (1, 500), (1, 700), (1, 1000), (2, 1000), (4, 1000)]);
        (1i64..6, 1i64..6, gpu, models).prop_map(|(cpu, memory, (gpus, gpu_milli), models)| PackingAsk {
            cpu_milli: cpu * 1000,
            memory_bytes: memory << 30,
            gpus,
            gpu_milli,
            models: if gpus == 0 { Vec::new() } else { models },
        })
    }

    fn typical_of(asks: &[PackingAsk], order: &[usize]) -> TypicalPods {
        TypicalPods::from_rows(order.iter().map(|&i| TypicalRow {
            cpu_milli: asks[i].cpu_milli,
            gpu_milli: u32::from(asks[i].gpu_milli),
            gpus: asks[i].gpus,
            spec: "",
            models: &asks[i].models,
        }))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn the_fast_path_decides_as_the_oracle(
            nodes in prop::collection::vec(any_node(), 1..12),
            ranks in prop::collection::vec(0u32..6, 12),
            asks in prop::collection::vec(any_ask(), 1..6),
            order in prop::collection::vec(0usize..6, 1..60),
        ) {
            let order: Vec<usize> = order.into_iter().map(|i| i % asks.len()).collect();
            let typical = typical_of(&asks, &order);
            let nodes: IdVec<NodeId, NodeState> = nodes.into();
            for entry in POLICIES {
                let policy = (entry.build)(toml::Table::new()).expect("defaults are options");
                let fragmentation = Fragmentation::new(typical.clone(), 3);
                let seed = Seed { root: 1, replicate: 0 };
                let mut scheduler =
                    PackingScheduler::new(policy.as_ref(), &nodes, &ranks, asks.clone().into(), fragmentation, seed);
                let oracle = scheduler.oracle_cx(&typical);
                for (pos, &ask) in order.iter().enumerate() {
                    let ask = AskId(ask as u32);
                    let expected = scheduler.decide_afresh(&oracle, ask, pos as u32);
                    let decision = scheduler.decide(ask, pos as u32);
                    prop_assert_eq!(&decision, &expected, "{} at {}", entry.name, pos);
                    if let Some(decision) = decision {
                        scheduler.assume(ask, &decision);
                    }
                    let sum: i64 = scheduler.states.iter().map(|state| oracle.fragmentation.of(state)).sum();
                    prop_assert_eq!(scheduler.fragmentation_sum(), sum);
                }
            }
        }
    }

    #[test]
    fn the_lowest_rank_wins_ties() {
        let nodes: IdVec<NodeId, NodeState> = vec![NodeState::empty(8000, 1 << 30, 10, 2, Some(ModelId(0))); 3].into();
        let ask = PackingAsk { cpu_milli: 1000, memory_bytes: 0, gpus: 1, gpu_milli: 1000, models: Vec::new() };
        let policy = (crate::alloc::policy::find("bestfit").expect("listed").build)(toml::Table::new()).expect("no options");
        let seed = Seed { root: 0, replicate: 0 };
        for (rank, want) in [([2, 0, 1], 1), ([2, 1, 0], 2), ([0, 0, 0], 0)] {
            let fragmentation = Fragmentation::new(TypicalPods::default(), 1);
            let mut scheduler =
                PackingScheduler::new(policy.as_ref(), &nodes, &rank, vec![ask.clone()].into(), fragmentation, seed);
            let decision = scheduler.decide(AskId(0), 0);
            assert_eq!(decision, Some(PackingDecision { node: NodeId(want), gpus: vec![0], feasible: 3 }), "{rank:?}");
        }
    }

    #[test]
    fn first_and_nth_find_the_value() {
        for n in [1usize, 63, 64, 65, 200] {
            for at in 0..n {
                let mut values = vec![1u8; n];
                values[at..].fill(7);
                assert_eq!(first(&values, 7), at);
                assert_eq!(nth(&values, 7, n - 1 - at), n - 1);
            }
        }
    }
}
