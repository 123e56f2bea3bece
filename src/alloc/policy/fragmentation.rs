//! Fragmentation of a node: how much idle GPU a random pod of the workload cannot use (Weng et al., USENIX ATC 2023).
//!
//! With `T` thousandths left on a node and a typical pod `m`, the contribution of `m` is `T` if `m` is CPU-only or does
//! not fit (model, GPUs, CPU), else what is left on GPUs too small for `m`. Memory is ignored. `F` is the mean over typical
//! pods. It is kept as an integer, in thousandths of a GPU times the weight of all typical pods
//! ([`Fragmentation::weight`]), so sums are exact in any order.
//!
//! The fast form turns the sum around: `F = T - (what fitting pods can use)`. A share is usable by a GPU alone, so its part
//! is one look-up for each GPU; whole GPUs are usable together, one look-up by how many are idle. [`plain`] is the
//! definition, and the oracle.

use crate::alloc::policy::state::WHOLE_MILLI;
use crate::alloc::policy::{GPUS_MAX, NodeState, TypicalPod, TypicalPods};
use crate::base::{Id, ModelId};

/// The fragmentation measure of one workload.
#[derive(Clone, Debug)]
pub struct Fragmentation {
    typical: TypicalPods,
    probabilities: Vec<f64>,
    tables: Option<Tables>,
}

/// What typical pods can use, by model, free CPU and GPU.
#[derive(Clone, Debug)]
struct Tables {
    /// CPU asks of typical pods, ascending, distinct.
    cpu_milli: Vec<i64>,
    /// For each thousandths left: how many distinct shares of typical pods are at most that.
    share_rank: Vec<u16>,
    /// One past the highest share rank.
    share_ranks: usize,
    /// Row (model, CPU level), column share rank: weight of the shares that fit.
    shares: Vec<i64>,
    /// Row (model, CPU level), column idle GPUs: weight of the asks for whole GPUs that fit.
    wholes: Vec<i64>,
}

impl Fragmentation {
    /// The measure with its tables, for a cluster with `models` hardware models. A typical pod that shares several GPUs
    /// has no place in the tables; the measure then goes by its definition.
    pub fn new(typical: TypicalPods, models: usize) -> Fragmentation {
        let simple = |p: &TypicalPod| p.gpus == 0 || p.gpu_milli == 1000 || p.gpus == 1 && (1..1000).contains(&p.gpu_milli);
        let tables = typical.pods().iter().all(simple).then(|| Tables::new(&typical, models));
        Fragmentation { probabilities: typical.published_probabilities(), typical, tables }
    }

    /// The same measure by its definition: slow, for checks.
    pub fn by_definition(typical: TypicalPods) -> Fragmentation {
        Fragmentation { probabilities: typical.published_probabilities(), typical, tables: None }
    }

    /// True if every question is to be answered by definition.
    pub fn is_by_definition(&self) -> bool {
        self.tables.is_none()
    }

    /// The typical pods it is made from.
    pub fn typical(&self) -> &TypicalPods {
        &self.typical
    }

    /// What one thousandth of a GPU counts in [`Fragmentation::of`]; at least 1.
    pub fn weight(&self) -> i64 {
        self.typical.weight().max(1)
    }

    /// Fragmentation of `node`, in thousandths of a GPU times [`Fragmentation::weight`].
    pub fn of(&self, node: &NodeState) -> i64 {
        match &self.tables {
            Some(tables) => node.left_milli() * self.typical.weight() - tables.usable(node),
            None => plain(&self.typical, node),
        }
    }

    /// `F(before) - F(after)` in thousandths of a GPU, in floating point and summed as the published simulator does: by
    /// typical pod within each class of fragment, then over the classes. Where no fragmentation is added, its sign is that
    /// of a rounding error, when a typical pod has changed class; the published policy depends on it.
    pub fn published_decrease(&self, before: &NodeState, after: &NodeState) -> f64 {
        self.published(before) - self.published(after)
    }

    fn published(&self, node: &NodeState) -> f64 {
        let all = node.left_milli();
        let mut classes = [0.0; 6];
        for (pod, probability) in self.typical.pods().iter().zip(&self.probabilities) {
            let (class, milli) = match Fragment::of(node, pod) {
                Fragment::Fits => (Fragment::LackGpu, too_small_milli(node, pod)),
                class => (class, all),
            };
            classes[class as usize] += probability * milli as f64;
        }
        classes.iter().fold(0.0, |sum, class| sum + class)
    }
}

/// Why a typical pod cannot use a node, in the order in which the published simulator adds the classes up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
enum Fragment {
    LackBoth,
    LackGpu,
    LackCpu,
    CpuOnly,
    CpuOnlyLackCpu,
    NoAccess,
    /// It can; what is left on smaller GPUs counts as lack of GPU.
    Fits,
}

impl Fragment {
    fn of(node: &NodeState, pod: &TypicalPod) -> Fragment {
        let cpu = node.cpu_milli >= pod.cpu_milli;
        if pod.gpus == 0 {
            return if cpu { Fragment::CpuOnly } else { Fragment::CpuOnlyLackCpu };
        }
        if !accepts(pod, node.model) {
            return Fragment::NoAccess;
        }
        match (enough_gpus(node, pod), cpu) {
            (true, true) => Fragment::Fits,
            (true, false) => Fragment::LackCpu,
            (false, true) => Fragment::LackGpu,
            (false, false) => Fragment::LackBoth,
        }
    }
}

fn enough_gpus(node: &NodeState, pod: &TypicalPod) -> bool {
    node.left().iter().filter(|&&left| u32::from(left) >= pod.gpu_milli).count() >= pod.gpus as usize
}

/// What is left on GPUs too small for `pod`.
fn too_small_milli(node: &NodeState, pod: &TypicalPod) -> i64 {
    node.left().iter().filter(|&&left| u32::from(left) < pod.gpu_milli).map(|&left| i64::from(left)).sum()
}

impl Tables {
    fn new(typical: &TypicalPods, models: usize) -> Tables {
        let ascending = |mut values: Vec<i64>| {
            values.sort_unstable();
            values.dedup();
            values
        };
        let shares = || typical.pods().iter().filter(|p| p.gpus == 1 && p.gpu_milli < u32::from(WHOLE_MILLI));
        let cpu_milli = ascending(typical.pods().iter().filter(|p| p.gpus > 0).map(|p| p.cpu_milli).collect());
        let share_milli = ascending(shares().map(|p| i64::from(p.gpu_milli)).collect());
        let rank = |left: u16| share_milli.partition_point(|&share| share <= i64::from(left));
        let share_rank = (0..=WHOLE_MILLI).map(|left| rank(left) as u16).collect();
        let share_ranks = share_milli.len() + 1;
        let mut tables = Tables { cpu_milli, share_rank, share_ranks, shares: Vec::new(), wholes: Vec::new() };
        for model in 0..models {
            for level in 0..=tables.cpu_milli.len() {
                let cpu = level.checked_sub(1).map(|below| tables.cpu_milli[below]);
                let fits = |p: &&TypicalPod| Some(p.cpu_milli) <= cpu && accepts(p, Some(ModelId::from_index(model)));
                let weight = |keep: &dyn Fn(&TypicalPod) -> bool| -> i64 {
                    typical.pods().iter().filter(fits).filter(|p| keep(p)).map(|p| p.count as i64).sum()
                };
                for below in 0..share_ranks {
                    let most = below.checked_sub(1).map_or(0, |i| share_milli[i]);
                    tables.shares.push(weight(&|p| p.gpus == 1 && i64::from(p.gpu_milli) <= most));
                }
                for idle in 0..=GPUS_MAX as u32 {
                    tables.wholes.push(weight(&|p| (1..=idle).contains(&p.gpus) && p.gpu_milli == u32::from(WHOLE_MILLI)));
                }
            }
        }
        tables
    }

    /// Sum over fitting typical pods of weight times what they can use.
    fn usable(&self, node: &NodeState) -> i64 {
        let Some(model) = node.model else { return 0 };
        let level = self.cpu_milli.partition_point(|&cpu| cpu <= node.cpu_milli);
        let row = model.index() * (self.cpu_milli.len() + 1) + level;
        let shares = &self.shares[row * self.share_ranks..][..self.share_ranks];
        let by_share: i64 =
            node.left().iter().map(|&left| i64::from(left) * shares[usize::from(self.share_rank[usize::from(left)])]).sum();
        let idle = node.idle();
        by_share + (idle * usize::from(WHOLE_MILLI)) as i64 * self.wholes[row * (GPUS_MAX + 1) + idle]
    }
}

fn accepts(pod: &TypicalPod, model: Option<ModelId>) -> bool {
    pod.models.is_empty() || model.is_some_and(|m| pod.models.contains(&m))
}

/// The definition: fragmentation of `node`, in thousandths of a GPU times the weight of all typical pods.
pub fn plain(typical: &TypicalPods, node: &NodeState) -> i64 {
    let all = node.left_milli();
    let contribution = |pod: &TypicalPod| match Fragment::of(node, pod) {
        Fragment::Fits => too_small_milli(node, pod),
        _ => all,
    };
    typical.pods().iter().map(|pod| pod.count as i64 * contribution(pod)).sum()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::alloc::policy::{PackingAsk, TypicalRow};
    use proptest::prelude::*;

    /// Any ask that fits the study's terms.
    pub(crate) fn any_ask() -> impl Strategy<Value = PackingAsk> {
        let models = prop::sample::select(vec![vec![], vec![ModelId(0)], vec![ModelId(0), ModelId(1)], vec![ModelId(2)]]);
        let gpu = prop::sample::select(vec![(0, 0), (1, 100), (1, 333), (1, 500), (1, 810), (1, 1000), (2, 1000), (8, 1000)]);
        (0i64..20, 0i64..20, gpu, models).prop_map(|(cpu, memory, (gpus, gpu_milli), models)| PackingAsk {
            cpu_milli: cpu * 1000,
            memory_bytes: memory << 30,
            gpus,
            gpu_milli,
            models: if gpus == 0 { Vec::new() } else { models },
        })
    }

    /// Typical pods of any workload.
    pub(crate) fn any_typical() -> impl Strategy<Value = TypicalPods> {
        prop::collection::vec(any_ask(), 0..40).prop_map(|asks| typical_of(&asks))
    }

    /// Typical pods of these asks.
    pub(crate) fn typical_of(asks: &[PackingAsk]) -> TypicalPods {
        TypicalPods::from_rows(asks.iter().map(|ask| TypicalRow {
            cpu_milli: ask.cpu_milli,
            gpu_milli: u32::from(ask.gpu_milli),
            gpus: ask.gpus,
            spec: "",
            models: &ask.models,
        }))
    }

    /// Any node in any state that asks could have left behind.
    pub(crate) fn any_node() -> impl Strategy<Value = NodeState> {
        let left = prop::sample::select(vec![0u16, 1, 99, 100, 190, 333, 499, 500, 667, 900, 999, 1000]);
        let classes = prop::collection::vec((0usize..=8, 1u32..4), 0..3);
        (0i64..64, 0i64..64, prop::collection::vec(left, 0..=8), 0u32..3, classes).prop_map(|(cpu, memory, left, model, held)| {
            let gpus = left.len();
            let model = (gpus > 0).then_some(ModelId(model));
            let mut node = NodeState::empty(cpu * 1000, memory << 30, 100, gpus, model);
            for (gpu, left) in left.iter().enumerate().filter(|(_, left)| **left < 1000) {
                let ask = PackingAsk { cpu_milli: 0, memory_bytes: 0, gpus: 1, gpu_milli: 1000 - left, models: Vec::new() };
                node.take_cpu_and_gpus(&ask, &[gpu as u32]);
            }
            for (class, pods) in held {
                node.hold_class(class, pods as u16);
            }
            node
        })
    }

    proptest! {
        #[test]
        fn tables_agree_with_the_definition(typical in any_typical(), node in any_node()) {
            let fragmentation = Fragmentation::new(typical.clone(), 3);
            prop_assert!(fragmentation.tables.is_some());
            prop_assert_eq!(fragmentation.of(&node), plain(&typical, &node));
        }
    }

    #[test]
    fn each_row_of_the_definition() {
        let ask = |cpu_milli, gpus, gpu_milli, models: &[u32]| PackingAsk {
            cpu_milli,
            memory_bytes: 0,
            gpus,
            gpu_milli,
            models: models.iter().map(|&m| ModelId(m)).collect(),
        };
        let mut node = NodeState::empty(8000, 0, 10, 3, Some(ModelId(1)));
        node.take_cpu_and_gpus(&ask(0, 1, 700, &[]), &[0]);
        for (pod, want) in [
            (ask(1000, 0, 0, &[]), 2300),
            (ask(1000, 1, 500, &[0]), 2300),
            (ask(1000, 3, 1000, &[]), 2300),
            (ask(9000, 1, 500, &[]), 2300),
            (ask(8000, 1, 500, &[1]), 300),
            (ask(1000, 2, 1000, &[]), 300),
            (ask(1000, 1, 300, &[]), 0),
        ] {
            assert_eq!(Fragmentation::new(typical_of(std::slice::from_ref(&pod)), 2).of(&node), want, "{pod:?}");
        }
    }
}
