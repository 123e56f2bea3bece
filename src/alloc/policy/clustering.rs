//! Clustering: pods that ask for the same number of GPUs share nodes (`03-GpuClustering`, after Gandiva, Xiao et al.,
//! OSDI 2018).
//!
//! A pod's class is "a share of a GPU", "1 GPU", "2 GPUs" and so on. A fuller node has a higher base, up to 25; a node
//! that holds only this class gets 75 more, one that holds it among others 50, one that holds no GPU pod 25. CPU-only pods
//! get 0 everywhere.

use crate::alloc::policy::list::{PolicyEntry, no_options};
use crate::alloc::policy::{NodeState, PackingAsk, PackingCx, PackingPolicy};

#[derive(Debug)]
struct Clustering;

/// The entry of the list.
pub const ENTRY: PolicyEntry = PolicyEntry {
    name: "clustering",
    summary: "pods with equal GPU counts together",
    paper: "Xiao et al., OSDI 2018, as in Weng et al., USENIX ATC 2023",
    build: |options| no_options(options, Clustering),
};

impl PackingPolicy for Clustering {
    fn score(&self, cx: &PackingCx, node: &NodeState, ask: &PackingAsk) -> i64 {
        let Some(class) = ask.class() else { return 0 };
        let base = 25 * (cx.gpu_milli_max - node.left_milli()) / cx.gpu_milli_max;
        let holds = node.classes()[class] > 0;
        let others = node.classes().iter().enumerate().any(|(other, &pods)| other != class && pods > 0);
        base + match (holds, others) {
            (true, false) => 75,
            (true, true) => 50,
            (false, false) => 25,
            (false, true) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alloc::policy::list::tests::{ask, cx, node};

    fn check(held: &[usize], left: &[u16], ask: PackingAsk, want: i64) {
        let mut state = node(64, left);
        held.iter().for_each(|&class| state.hold_class(class, 1));
        assert_eq!(Clustering.score(&cx(&[node(64, &[1000; 8])]), &state, &ask), want, "{held:?}");
    }

    #[test]
    fn points() {
        let share = || ask(1, 1, 500);
        check(&[], &[1000; 8], share(), 25);
        check(&[0], &[1000, 500], share(), 75 + 20);
        check(&[0, 2], &[500], share(), 50 + 23);
        check(&[2], &[1000; 6], share(), 6);
        check(&[2], &[1000; 6], ask(1, 2, 1000), 75 + 6);
        check(&[2], &[1000; 6], ask(1, 0, 0), 0);
    }
}
