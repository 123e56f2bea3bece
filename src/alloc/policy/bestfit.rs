//! BestFit: the node with least left after the pod (`05-BestFit`).
//!
//! What would be left of CPU and GPU, each as a share of the largest node of the cluster, half each; less is better. The
//! original normalises points over the candidates afterwards, which keeps their order and is left out. Points are cut off
//! to whole numbers before they are compared.

use crate::alloc::policy::list::{PolicyEntry, no_options};
use crate::alloc::policy::{NodeState, PackingAsk, PackingCx, PackingPolicy};

#[derive(Debug)]
struct BestFit;

/// The entry of the list.
pub const ENTRY: PolicyEntry = PolicyEntry {
    name: "bestfit",
    summary: "least CPU and GPU left after the pod",
    paper: "Protean (Hadary et al., OSDI 2020), as in Weng et al., USENIX ATC 2023",
    build: |options| no_options(options, BestFit),
};

impl PackingPolicy for BestFit {
    fn score(&self, cx: &PackingCx, node: &NodeState, ask: &PackingAsk) -> i64 {
        let cpu = 0.5 * (node.cpu_milli - ask.cpu_milli) as f64 / cx.cpu_milli_max as f64;
        let gpu = 0.5 * (node.left_milli() - ask.total_milli()) as f64 / cx.gpu_milli_max as f64;
        (100.0 * (1.0 - (cpu + gpu))) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alloc::policy::list::tests::{ask, cx, node};

    fn check(cpu: i64, left: &[u16], ask: PackingAsk, want: i64) {
        let largest = node(128, &[1000; 8]);
        assert_eq!(BestFit.score(&cx(&[largest]), &node(cpu, left), &ask), want);
    }

    #[test]
    fn points() {
        check(128, &[1000; 8], ask(128, 8, 1000), 100);
        check(128, &[1000; 8], ask(0, 0, 0), 0);
        check(64, &[1000, 500], ask(32, 1, 500), 81);
    }
}
