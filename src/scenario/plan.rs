//! A validated scenario: names resolved, units parsed, files read. Nothing here can fail any more.

use crate::alloc::Mechanism;
use crate::alloc::policy::TypicalPods;
use crate::base::{Findings, Seed, SimDuration, SimTime};
use crate::control::ControlPlane;
use crate::model::{Inventory, Workload};
use crate::node::{FailurePlan, Failures, Kubelet};
use crate::observe::EventsKept;
use crate::scenario::validate::sequence_workload;
use crate::sched::{CostModel, Profile};
use crate::synth::{Mix, generate};
use crate::trace::{Order, PodList};

/// A validated scenario.
#[derive(Debug)]
pub struct Plan {
    /// Short name: `name` of the scenario, else the file's stem. Names the output folder.
    pub name: String,
    /// One line for titles.
    pub title: String,
    /// The cluster. Models that only the workload names are in it without devices.
    pub inventory: Inventory,
    /// What arrives.
    pub workload: WorkloadPlan,
    /// One or more strategies, in the order of the file: either mechanisms or packing policies.
    pub strategies: Vec<StrategyPlan>,
    /// The scheduler profile, equal for all strategies.
    pub profile: Profile,
    /// Control plane constants.
    pub control: ControlPlane,
    /// Kubelet constants.
    pub kubelet: Kubelet,
    /// Prices of scheduling work.
    pub cost: CostModel,
    /// What fails, equal for all strategies.
    pub failures: FailurePlan,
    /// Seed, replicates and window.
    pub run: RunPlan,
    /// The scenario with every default written out, as canonical TOML. Parsing it gives an equal plan.
    pub resolved: String,
    /// Files that were read.
    pub inputs: Vec<InputFile>,
    /// Warnings and notes met on the way.
    pub findings: Findings,
}

/// What arrives, and how.
#[derive(Clone, PartialEq, Debug)]
pub enum WorkloadPlan {
    /// Drawn from a mix, anew for each replicate; simulated in time.
    Synthetic(SyntheticPlan),
    /// A trace in its own time.
    Trace(TracePlan),
    /// A trace as a sequence: each pod is tried once, nothing ends.
    Sequence(SequencePlan),
}

/// A synthetic workload.
#[derive(Clone, PartialEq, Debug)]
pub struct SyntheticPlan {
    /// What demands it consists of.
    pub mix: Mix,
    /// Offered time / time of the cluster, in the basis of the mix.
    pub load: f64,
    /// Demands arrive before this: the horizon.
    pub span: SimDuration,
}

/// A trace in its own time.
#[derive(Clone, PartialEq, Debug)]
pub struct TracePlan {
    /// Its rows.
    pub list: PodList,
    /// Rows created before this second of the trace are left out.
    pub from_s: u64,
    /// Inter-arrival times are divided by this, in thousandths.
    pub speedup_milli: u64,
}

/// A trace as a sequence.
#[derive(Clone, PartialEq, Debug)]
pub struct SequencePlan {
    /// Its rows.
    pub list: PodList,
    /// What a random pod looks like, from the list as it was recorded.
    pub typical: TypicalPods,
    /// Seed of the first replicate's order; the next replicates take the next seeds.
    pub order_seed: u64,
    /// One order per replicate. Ranks are by node id.
    pub orders: Vec<Order>,
}

impl SequencePlan {
    /// The order of a replicate.
    pub fn order(&self, replicate: u32) -> &Order {
        &self.orders[replicate as usize]
    }
}

impl Plan {
    /// The workload of one replicate: equal for all strategies, and a pure function of plan and seed.
    pub fn workload(&self, seed: Seed) -> Workload {
        // Findings were reported when the plan was made; drawing again meets the same ones.
        let mut unheard = Findings::default();
        match &self.workload {
            WorkloadPlan::Synthetic(plan) => generate(&plan.mix, plan.offer(seed), &self.inventory, &mut unheard),
            WorkloadPlan::Trace(plan) => plan.list.to_workload(&mut self.inventory.clone(), plan.how(seed), &mut unheard),
            WorkloadPlan::Sequence(plan) => sequence_workload(plan, &self.inventory, seed.replicate),
        }
    }

    /// The failures of one replicate: equal for all strategies.
    pub fn failures(&self, seed: Seed) -> Failures {
        self.failures.draw(&self.inventory, seed, self.run.horizon)
    }

    /// The seed of a replicate.
    pub fn seed(&self, replicate: u32) -> Seed {
        Seed { root: self.run.seed, replicate }
    }
}

/// One strategy of a scenario.
#[derive(Clone, PartialEq, Debug)]
pub struct StrategyPlan {
    /// Name, unique in the scenario; names the folder of its artifacts.
    pub name: String,
    /// What it is.
    pub kind: StrategyKind,
}

/// What a strategy is.
#[derive(Clone, PartialEq, Debug)]
pub enum StrategyKind {
    /// A device mechanism of Kubernetes, in a timed run.
    Mechanism(Mechanism),
    /// A packing policy of `alloc::policy`, in a sequence replay.
    Packing {
        /// Its name in the list of policies.
        policy: &'static str,
        /// Its options as written.
        options: toml::Table,
    },
}

/// Seed, replicates and window.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RunPlan {
    /// Root seed.
    pub seed: u64,
    /// How many replicates under that seed.
    pub replicates: u32,
    /// Start of the measured window.
    pub warmup: SimTime,
    /// End of the run.
    pub horizon: SimTime,
    /// Which scheduler events are kept.
    pub events: EventsKept,
    /// Most events of one run.
    pub event_budget: u64,
}

/// A file that was read on the way to a plan.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InputFile {
    /// Path as the scenario writes it, `${DATA}` included.
    pub path: String,
    /// SHA-256 of the bytes as stored, lower-case hexadecimal.
    pub sha256: String,
    /// Size in bytes as stored.
    pub bytes: u64,
}
