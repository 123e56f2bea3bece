//! Runs a plan with threads, progress and cancellation, and measures what that took.

#[expect(clippy::disallowed_types, reason = "provenance tells how long a run took; no result depends on it")]
use std::time::Instant;

use crate::cli::args::RunArgs;
use crate::cli::failure::Failure;
use crate::cli::open;
use crate::cli::progress::Ticker;
use crate::cli::signal;
use crate::cli::terminal::Terminal;
use crate::run::{How, Results, Stopped, many};
use crate::scenario::Plan;

/// Results with what they cost.
#[derive(Debug)]
pub struct Simulated {
    /// Records, put together.
    pub results: Results,
    /// Wall time of all runs, in nanoseconds.
    pub wall_ns: u64,
    /// Scheduling attempts of all runs: what a rate is told of.
    pub attempts: u64,
    /// Worker threads.
    pub threads: usize,
}

/// Runs every strategy and replicate of `plan`.
#[expect(clippy::disallowed_types, reason = "provenance tells how long a run took; no result depends on it")]
pub fn simulate(plan: &Plan, args: &RunArgs, terminal: &Terminal) -> Result<Simulated, Failure> {
    let start = Instant::now();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(args.threads.map_or(0, usize::from)).build();
    let pool = pool.map_err(|error| Failure::Internal(format!("cannot start threads: {error}")))?;
    let how = How { check: args.check, exact_path: args.exact_path };
    let ticker = Ticker::new(args.progress, terminal, plan.strategies.len() * plan.run.replicates as usize);
    let records = pool.install(|| many(plan, how, &signal::CANCELLED, &|progress| ticker.update(&progress)));
    drop(ticker);
    let records = records.ok_or(Failure::Interrupted)?.map_err(|stopped| failure(stopped, terminal))?;
    let attempts = records.iter().flatten().map(|r| r.effort.attempts).sum();
    let wall_ns = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
    let facts = plan.workload(plan.seed(0)).facts;
    let results = Results::new(plan, &facts, records);
    Ok(Simulated { results, wall_ns, attempts, threads: pool.current_num_threads() })
}

/// Violations shown; the rest is counted.
const SHOWN: usize = 20;

fn failure(stopped: Stopped, terminal: &Terminal) -> Failure {
    match stopped {
        Stopped::Rejected(findings) => open::rejected(&findings, "", "", terminal),
        Stopped::Violated { strategy, replicate, broken } => {
            let mut text = format!("error: {} invariants do not hold under {strategy}, replicate {replicate}\n", broken.len());
            broken.iter().take(SHOWN).for_each(|sentence| text.push_str(&format!("  {sentence}\n")));
            if broken.len() > SHOWN {
                text.push_str(&format!("  and {} more\n", broken.len() - SHOWN));
            }
            Failure::Violated(text)
        }
    }
}
