//! Packing: fill started GPUs first, then started nodes, then empty nodes (`04-GpuPacking`, after the MLaaS study, Weng et
//! al., NSDI 2022).
//!
//! On a node with `n` GPUs, all idle: `max(33 - n, n)` points, so that small empty nodes go first. Else GPUs are taken from
//! the fullest that fits upwards. If that takes `f > 0` idle ones: `max(50 - f, 33)`. If it takes none: 100 less the mean
//! tenth of what is left on those taken, at least 50. CPU-only pods get 0 everywhere.

use crate::alloc::policy::list::{PolicyEntry, no_options};
use crate::alloc::policy::state::WHOLE_MILLI;
use crate::alloc::policy::{GPUS_MAX, NodeState, PackingAsk, PackingCx, PackingPolicy};

#[derive(Debug)]
struct Packing;

/// The entry of the list.
pub const ENTRY: PolicyEntry = PolicyEntry {
    name: "packing",
    summary: "started GPUs first, then started nodes, then empty nodes",
    paper: "Weng et al., NSDI 2022, as in Weng et al., USENIX ATC 2023",
    build: |options| no_options(options, Packing),
};

impl PackingPolicy for Packing {
    fn score(&self, _cx: &PackingCx, node: &NodeState, ask: &PackingAsk) -> i64 {
        if ask.gpus == 0 {
            return 0;
        }
        let n = node.left().len();
        if node.idle() == n {
            return (33 - n as i64).max(n as i64);
        }
        let mut ascending = [0u16; GPUS_MAX];
        ascending[..n].copy_from_slice(node.left());
        ascending[..n].sort_unstable();
        let taken = || ascending[..n].iter().filter(|&&left| left >= ask.gpu_milli).take(ask.gpus as usize);
        let idle = taken().filter(|&&left| left == WHOLE_MILLI).count() as i64;
        if idle > 0 {
            return (50 - idle).max(33);
        }
        let left_pct: i64 = taken().map(|&left| 100 * i64::from(left) / i64::from(WHOLE_MILLI)).sum();
        (100 - left_pct / 10).max(50)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alloc::policy::list::tests::{ask, cx, node};

    fn check(left: &[u16], ask: PackingAsk, want: i64) {
        assert_eq!(Packing.score(&cx(&[]), &node(64, left), &ask), want, "{left:?}");
    }

    #[test]
    fn points() {
        check(&[1000, 1000], ask(1, 1, 500), 31);
        check(&[1000; 8], ask(1, 8, 1000), 25);
        check(&[1000, 500], ask(1, 1, 500), 95);
        check(&[1000, 400], ask(1, 1, 500), 49);
        check(&[1000, 999], ask(1, 1, 500), 91);
        check(&[0, 1000, 1000], ask(1, 2, 1000), 48);
        check(&[1000, 500], ask(1, 0, 0), 0);
    }
}
