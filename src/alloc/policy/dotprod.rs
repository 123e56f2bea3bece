//! DotProd: the node whose free resources point least along the ask.
//!
//! Free CPU and GPU of the node and requested CPU and GPU, each as a share of the largest node of the cluster (not of the
//! node itself), form two vectors; a small dot product is good. Alignment as in Tetris (Grandl et al., SIGCOMM 2014), with
//! the sign the FGD study gives it (`02-DotProd`). Points are cut off to whole numbers before they are compared.

use crate::alloc::policy::list::{PolicyEntry, no_options};
use crate::alloc::policy::{NodeState, PackingAsk, PackingCx, PackingPolicy};

#[derive(Debug)]
struct DotProd;

/// The entry of the list.
pub const ENTRY: PolicyEntry = PolicyEntry {
    name: "dotprod",
    summary: "smallest dot product of free and requested CPU and GPU",
    paper: "Grandl et al., SIGCOMM 2014, as in Weng et al., USENIX ATC 2023",
    build: |options| no_options(options, DotProd),
};

impl PackingPolicy for DotProd {
    fn score(&self, cx: &PackingCx, node: &NodeState, ask: &PackingAsk) -> i64 {
        let cpu = |milli: i64| milli as f64 / cx.cpu_milli_max as f64;
        let gpu = |milli: i64| milli as f64 / cx.gpu_milli_max as f64;
        let dot = cpu(node.cpu_milli) * cpu(ask.cpu_milli) + gpu(node.left_milli()) * gpu(ask.total_milli());
        (100.0 * (1.0 - dot / 2.0)) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alloc::policy::list::tests::{ask, cx, node};

    fn check(cpu: i64, left: &[u16], ask: PackingAsk, want: i64) {
        let largest = node(128, &[1000; 8]);
        assert_eq!(DotProd.score(&cx(&[largest]), &node(cpu, left), &ask), want);
    }

    #[test]
    fn points() {
        check(128, &[1000; 8], ask(128, 8, 1000), 0);
        check(64, &[1000, 1000], ask(64, 2, 1000), 84);
        check(0, &[500], ask(0, 1, 500), 99);
    }
}
