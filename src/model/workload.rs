//! What arrives, when, and for how long: columns sorted by (time, source row).

use std::collections::BTreeMap;

use crate::base::{AskId, DemandId, IdVec, SimDuration, SimTime};
use crate::model::Ask;

/// One demand: a row of a trace or a draw of a generator. 32 bytes; a million of them share a few hundred asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arrival {
    /// When it arrives; [`SimTime::FAR`] if that depends on other demands.
    pub at: SimTime,
    /// How long it runs once it is running. Restarted at placement, whatever the wait was.
    pub runs_for: SimDuration,
    /// What it asks for.
    pub ask: AskId,
    /// 0-based data row of the source, for tables and errors.
    pub row: u32,
    /// True if the source ended before the demand did, so that `runs_for` is a lower bound.
    pub censored: bool,
}

/// A workload. Arrivals do not wait for completions (an open workload), but for those that `follows` and `closed` name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Workload {
    /// Deduplicated asks.
    pub asks: IdVec<AskId, Ask>,
    /// Demands in order of (`at`, `row`).
    pub arrivals: IdVec<DemandId, Arrival>,
    /// Demands that arrive when another has finished, by that: the next completion of a Job whose `parallelism` is less than its
    /// `completions`. Their own `at` is [`SimTime::FAR`].
    pub follows: BTreeMap<DemandId, DemandId>,
    /// Demands that come as fast as the scheduler serves them.
    pub closed: Option<ClosedLoop>,
    /// What a reader of the results must know about the source.
    pub facts: WorkloadFacts,
}

/// The steady state of scheduler_perf (`createPodsSteadily` in `test/integration/scheduler_perf/executor.go`): one loop deletes a
/// pod that it sees bound, then makes the next. No pod of the loop ever runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClosedLoop {
    /// When the first pods are made.
    pub start: SimTime,
    /// How many those are.
    pub in_flight: u32,
    /// The first demand of the loop; all after it belong to it. Their `at` is [`SimTime::FAR`].
    pub first: DemandId,
}

/// What was read, dropped and assumed on the way to a workload.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct WorkloadFacts {
    /// Where the workload is from: a file name or the name of a mix.
    pub source: String,
    /// Data rows read.
    pub rows: u64,
    /// Rows dropped, by finding code.
    pub dropped: Vec<(&'static str, u64)>,
    /// Rows whose end the source did not see.
    pub censored: u64,
    /// Rows that the source never scheduled; their duration is drawn from their shape.
    pub unscheduled: u64,
    /// Highest number of GPUs in use at once in the source, in thousandths, if it has times.
    pub peak_gpu_milli: u64,
    /// Further sentences for the first lines of a report.
    pub notes: Vec<String>,
}

impl Workload {
    /// The id of `ask`, appended if it is new. Linear: readers keep their own map when they have many asks.
    pub fn intern(&mut self, ask: Ask) -> AskId {
        let known = self.asks.iter_ids().find(|(_, known)| **known == ask).map(|(id, _)| id);
        known.unwrap_or_else(|| self.asks.push(ask))
    }

    /// Brings arrivals into the promised order.
    pub fn sort(&mut self) {
        self.arrivals.as_mut_slice().sort_by_key(|a| (a.at, a.row));
    }
}
