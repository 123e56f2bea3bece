//! Everything a timed run is a function of.

use crate::alloc::Mechanism;
use crate::base::{Seed, SimTime};
use crate::control::ControlPlane;
use crate::engine::EVENT_BUDGET;
use crate::model::{Inventory, Workload};
use crate::node::{Failures, Kubelet};
use crate::observe::EventsKept;
use crate::sched::{CostModel, Profile};

/// The inputs of one timed run. Two equal setups give equal records, byte for byte.
#[derive(Clone, Debug)]
pub struct Setup<'a> {
    /// What the cluster consists of.
    pub inventory: &'a Inventory,
    /// What arrives.
    pub workload: &'a Workload,
    /// How devices reach pods.
    pub mechanism: Mechanism,
    /// The scheduler profile, equal for all strategies of a scenario.
    pub profile: &'a Profile,
    /// Control plane constants.
    pub control: &'a ControlPlane,
    /// Kubelet constants.
    pub kubelet: &'a Kubelet,
    /// What fails, equal for all strategies.
    pub failures: &'a Failures,
    /// Prices of scheduling work.
    pub cost: &'a CostModel,
    /// Root of all randomness.
    pub seed: Seed,
    /// Start of the measured window.
    pub warmup: SimTime,
    /// End of the measured window and of the run.
    pub horizon: SimTime,
    /// What else to do and to keep.
    pub options: Options,
}

/// What a run does beside simulating. None of it changes a decision.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// Verify every invariant and compare fast and reference decisions at every event.
    pub check: bool,
    /// Decide by the reference path only.
    pub exact_path: bool,
    /// Columns of the timeline and the heat map.
    pub columns: usize,
    /// Keep one row per pod.
    pub keep_pods: bool,
    /// Which events to keep.
    pub events: EventsKept,
    /// Most events that are handled: a limit for what would never end.
    pub event_budget: u64,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            check: false,
            exact_path: false,
            columns: 240,
            keep_pods: true,
            events: EventsKept::default(),
            event_budget: EVENT_BUDGET,
        }
    }
}
