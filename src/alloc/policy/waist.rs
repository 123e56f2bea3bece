//! The narrow waist between the replay and a packing policy.

use std::fmt::Debug;

use crate::alloc::policy::{Fragmentation, NodeState, PackingAsk};
use crate::base::{Seed, Stream};

/// A packing policy: points for a node, then GPUs on the chosen node. The node with most points wins.
pub trait PackingPolicy: Send + Sync + Debug {
    /// Points of `node` for `ask`, 0 to 100. The node fits. Must be a pure function of its arguments: the replay asks
    /// only once for each (node state, ask).
    fn score(&self, cx: &PackingCx, node: &NodeState, ask: &PackingAsk) -> i64;

    /// Appends the GPUs of the chosen `node` to `gpus`, which is empty; never called for a CPU-only pod. By default the
    /// idle GPUs of lowest index, or for a share the fitting GPU with least left, lowest index on ties.
    fn pick(&self, _cx: &PackingCx, node: &NodeState, ask: &PackingAsk, _draw: Draw, gpus: &mut Vec<u32>) {
        if ask.is_share() {
            gpus.extend(tightest(node, ask));
        } else {
            gpus.extend(fitting(node, ask).take(ask.gpus as usize));
        }
    }

    /// Who wins among nodes with most points.
    fn ties(&self) -> Ties {
        Ties::LowestRank
    }
}

/// Who wins among nodes with equal points.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ties {
    /// The node with the lowest tie-break rank.
    LowestRank,
    /// Any of them, with equal chances.
    Uniform,
}

/// What holds for the whole replay.
#[derive(Clone, Debug)]
pub struct PackingCx {
    /// The fragmentation measure of the workload.
    pub fragmentation: Fragmentation,
    /// CPU of the largest node, in milli-CPU.
    pub cpu_milli_max: i64,
    /// GPU of the node with most GPUs, in thousandths.
    pub gpu_milli_max: i64,
}

impl PackingCx {
    /// The context of a cluster of these empty nodes. Maxima are at least 1, so that a policy may divide by them.
    pub fn new(nodes: &[NodeState], fragmentation: Fragmentation) -> PackingCx {
        PackingCx {
            fragmentation,
            cpu_milli_max: nodes.iter().map(|n| n.cpu_milli).max().unwrap_or(0).max(1),
            gpu_milli_max: nodes.iter().map(NodeState::left_milli).max().unwrap_or(0).max(1),
        }
    }
}

/// The randomness of one decision: keyed by the position in the order, so that one more draw here moves no other.
#[derive(Clone, Copy, Debug)]
pub struct Draw {
    /// Seed of the run.
    pub seed: Seed,
    /// Position of the pod in the order.
    pub pos: u32,
}

impl Draw {
    /// Occasion of the draw among nodes with equal points.
    pub const NODE: u16 = 0;
    /// Occasion of the draw among GPUs of a node.
    pub const GPU: u16 = 1;

    /// Uniform in `0..n`; one value per occasion. Panics if `n` is 0.
    pub fn below(self, occasion: u16, n: usize) -> usize {
        self.seed.stream(Stream::Policy, self.pos, occasion).below(n as u64) as usize
    }
}

/// The GPUs of `node` with at least `ask.gpu_milli` left, by index.
pub fn fitting<'a>(node: &'a NodeState, ask: &'a PackingAsk) -> impl Iterator<Item = u32> + 'a {
    node.left().iter().enumerate().filter(|&(_, &left)| left >= ask.gpu_milli).map(|(i, _)| i as u32)
}

/// The fitting GPU with least left, lowest index on ties.
fn tightest(node: &NodeState, ask: &PackingAsk) -> Option<u32> {
    fitting(node, ask).min_by_key(|&gpu| (node.left()[gpu as usize], gpu))
}
