//! One run: a strategy of a plan, on the workload of one replicate.

use crate::alloc::policy;
use crate::base::Findings;
use crate::model::Workload;
use crate::observe::RunRecord;
use crate::run::Cell;
use crate::scenario::{Plan, StrategyKind, WorkloadPlan};
use crate::sim::sequence::{self, Sequence};
use crate::sim::{self, Options, Setup, timed};

/// What to do beside simulating. None of it changes a result.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct How {
    /// Verify every invariant, and fast against reference decisions, at every event.
    pub check: bool,
    /// Decide by the reference path only.
    pub exact_path: bool,
}

/// Why a run has no record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stopped {
    /// The strategy cannot be run on this plan, or not to its end.
    Rejected(Findings),
    /// Broken invariants, or decisions in which the fast path differed, one sentence each: a bug.
    Violated {
        /// Name of the strategy.
        strategy: String,
        /// Replicate.
        replicate: u32,
        /// The sentences.
        broken: Vec<String>,
    },
}

/// Runs one strategy. `workload` is that of the replicate, equal for all strategies (common random numbers).
pub fn one(plan: &Plan, workload: &Workload, cell: Cell, how: How) -> Result<RunRecord, Stopped> {
    let strategy = &plan.strategies[cell.strategy];
    let violated = |broken| Stopped::Violated { strategy: strategy.name.clone(), replicate: cell.replicate, broken };
    let mut record = match &strategy.kind {
        StrategyKind::Mechanism(mechanism) => {
            let seed = plan.seed(cell.replicate);
            let failures = plan.failures(seed);
            let setup = Setup {
                inventory: &plan.inventory,
                workload,
                mechanism: *mechanism,
                profile: &plan.profile,
                control: &plan.control,
                kubelet: &plan.kubelet,
                failures: &failures,
                cost: &plan.cost,
                seed,
                warmup: plan.run.warmup,
                horizon: plan.run.horizon,
                options: Options {
                    check: how.check,
                    exact_path: how.exact_path,
                    events: plan.run.events,
                    event_budget: plan.run.event_budget,
                    ..Options::default()
                },
            };
            sim::run(&setup).map_err(|stopped| match stopped {
                timed::Stopped::Rejected(findings) => Stopped::Rejected(findings),
                timed::Stopped::Violated(broken) => violated(broken),
            })?
        }
        StrategyKind::Packing { policy, options } => {
            replay(plan, workload, (policy, options), cell, how).map_err(|stopped| match stopped {
                sequence::Stopped::Rejected(findings) => Stopped::Rejected(findings),
                sequence::Stopped::Violated(violation) => violated(violation.broken),
            })?
        }
    };
    record.strategy = strategy.name.clone();
    record.replicate = cell.replicate;
    Ok(record)
}

fn replay(
    plan: &Plan,
    workload: &Workload,
    (name, options): (&str, &toml::Table),
    cell: Cell,
    how: How,
) -> Result<RunRecord, sequence::Stopped> {
    let WorkloadPlan::Sequence(replay) = &plan.workload else {
        unreachable!("a plan has packing policies only with a sequence replay")
    };
    let entry = policy::find(name).expect("a plan names listed policies only");
    let policy = (entry.build)(options.clone()).expect("a plan has valid options only");
    sequence::run(&Sequence {
        inventory: &plan.inventory,
        workload,
        typical: &replay.typical,
        rank: &replay.order(cell.replicate).rank,
        policy: policy.as_ref(),
        seed: plan.seed(cell.replicate),
        check: how.check || how.exact_path,
    })
}
