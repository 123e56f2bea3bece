//! A validated scenario: names resolved, units parsed, files read. Nothing here can fail any more.

use crate::alloc::Mechanism;
use crate::base::{Findings, SimTime};
use crate::control::ControlPlane;
use crate::model::Inventory;
use crate::node::Kubelet;
use crate::sched::{CostModel, Profile};

/// A validated scenario.
#[derive(Debug)]
pub struct Plan {
    /// Short name: `name` of the scenario, else the file's stem. Names the output folder.
    pub name: String,
    /// One line for titles.
    pub title: String,
    /// The cluster.
    pub inventory: Inventory,
    /// Two or more strategies, in the order of the file.
    pub strategies: Vec<StrategyPlan>,
    /// The scheduler profile, equal for all strategies.
    pub profile: Profile,
    /// Control plane constants.
    pub control: ControlPlane,
    /// Kubelet constants.
    pub kubelet: Kubelet,
    /// Prices of scheduling work.
    pub cost: CostModel,
    /// Seed, replicates and window.
    pub run: RunPlan,
    /// The scenario with every default written out, as canonical TOML. Parsing it gives an equal plan.
    pub resolved: String,
    /// Files that were read.
    pub inputs: Vec<InputFile>,
    /// Warnings and notes met on the way.
    pub findings: Findings,
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
