//! Random: any node that fits, any GPU that fits, each with equal chances.
//!
//! The study's baseline (`01-Random`). The original draws from one shared generator in an order that depends on its
//! goroutines; here each draw is keyed by the position of the pod, so only the distribution is the published one.

use crate::alloc::policy::list::{PolicyEntry, no_options};
use crate::alloc::policy::waist::fitting;
use crate::alloc::policy::{Draw, NodeState, PackingAsk, PackingCx, PackingPolicy, Ties};

#[derive(Debug)]
struct Random;

/// The entry of the list.
pub const ENTRY: PolicyEntry = PolicyEntry {
    name: "random",
    summary: "any node that fits, any GPU that fits",
    paper: "baseline of Weng et al., USENIX ATC 2023",
    build: |options| no_options(options, Random),
};

impl PackingPolicy for Random {
    fn score(&self, _cx: &PackingCx, _node: &NodeState, _ask: &PackingAsk) -> i64 {
        0
    }

    fn pick(&self, _cx: &PackingCx, node: &NodeState, ask: &PackingAsk, draw: Draw, gpus: &mut Vec<u32>) {
        if ask.is_share() {
            let n = draw.below(Draw::GPU, fitting(node, ask).count());
            gpus.extend(fitting(node, ask).nth(n));
        } else {
            gpus.extend(fitting(node, ask).take(ask.gpus as usize));
        }
    }

    fn ties(&self) -> Ties {
        Ties::Uniform
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alloc::policy::list::tests::{ask, cx, node};
    use crate::base::Seed;

    #[test]
    fn every_fitting_gpu_gets_its_share() {
        let node = node(64, &[1000, 300, 1000, 1000]);
        let mut seen = [0u32; 4];
        for pos in 0..3000 {
            let mut gpus = Vec::new();
            Random.pick(&cx(&[]), &node, &ask(1, 1, 500), Draw { seed: Seed { root: 1, replicate: 0 }, pos }, &mut gpus);
            seen[gpus[0] as usize] += 1;
        }
        assert_eq!(seen[1], 0);
        assert!([0, 2, 3].iter().all(|&i| (900..1100).contains(&seen[i])), "{seen:?}");
    }
}
