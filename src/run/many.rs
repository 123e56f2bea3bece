//! Many independent runs on all processors, with results in the order of their numbers.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::observe::RunRecord;
use crate::run::one::{How, Stopped, one};
use crate::scenario::Plan;

/// Which run: a strategy by its position in the scenario, and a replicate.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Cell {
    /// Position of the strategy in the scenario.
    pub strategy: usize,
    /// Replicate, from 0.
    pub replicate: u32,
}

/// How far the runs are. Observed only: nothing here flows back into a result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Runs that have ended.
    pub done: usize,
    /// All runs.
    pub total: usize,
    /// The one that ended last.
    pub cell: Cell,
}

/// Runs every strategy of a plan in every replicate, on the current thread pool. See [`grid`] for what comes back.
pub fn many(
    plan: &Plan,
    how: How,
    cancel: &AtomicBool,
    progress: &(dyn Fn(Progress) + Sync),
) -> Option<Result<Vec<Vec<RunRecord>>, Stopped>> {
    let prepare = |replicate| plan.workload(plan.seed(replicate));
    let size = (plan.strategies.len(), plan.run.replicates);
    grid(size, prepare, |workload, cell| one(plan, workload, cell, how), cancel, progress)
}

/// Runs every (strategy, replicate). `prepare` makes what the strategies of one replicate share, once; `one` is a pure
/// function of it. Returns the results by strategy, then replicate.
///
/// If some fail, the failure with the lowest (replicate, strategy) among those that ran is returned. `None` means that
/// `cancel` was set before all had begun.
pub fn grid<P: Sync, R: Send, E: Send>(
    (strategies, replicates): (usize, u32),
    prepare: impl Fn(u32) -> P + Sync,
    one: impl Fn(&P, Cell) -> Result<R, E> + Sync,
    cancel: &AtomicBool,
    progress: &(dyn Fn(Progress) + Sync),
) -> Option<Result<Vec<Vec<R>>, E>> {
    let done = AtomicUsize::new(0);
    let total = strategies * replicates as usize;
    let of_replicate = |replicate: u32| -> Option<Vec<Result<R, E>>> {
        if cancel.load(Ordering::Relaxed) {
            return None;
        }
        let shared = prepare(replicate);
        let run = |strategy: usize| {
            if cancel.load(Ordering::Relaxed) {
                return None;
            }
            let cell = Cell { strategy, replicate };
            let result = one(&shared, cell);
            progress(Progress { done: done.fetch_add(1, Ordering::Relaxed) + 1, total, cell });
            Some(result)
        };
        (0..strategies).into_par_iter().map(run).collect()
    };
    let by_replicate: Vec<Vec<Result<R, E>>> = (0..replicates).into_par_iter().map(of_replicate).collect::<Option<_>>()?;
    let mut by_strategy: Vec<Vec<R>> = (0..strategies).map(|_| Vec::new()).collect();
    for results in by_replicate {
        for (strategy, result) in results.into_iter().enumerate() {
            match result {
                Ok(record) => by_strategy[strategy].push(record),
                Err(error) => return Some(Err(error)),
            }
        }
    }
    Some(Ok(by_strategy))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn cells(threads: usize, fail: &[Cell]) -> Result<Vec<Vec<(u32, Cell)>>, Cell> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        let never = AtomicBool::new(false);
        let one = |shared: &u32, cell: Cell| if fail.contains(&cell) { Err(cell) } else { Ok((*shared, cell)) };
        pool.install(|| grid((3, 5), |r| r * 10, one, &never, &|_| ())).expect("not cancelled")
    }

    #[test]
    fn results_come_in_order_whatever_the_threads() {
        let one = cells(1, &[]);
        assert_eq!(one, cells(4, &[]));
        let by_strategy = one.expect("no failure");
        assert_eq!(by_strategy.len(), 3);
        for (strategy, results) in by_strategy.iter().enumerate() {
            let want: Vec<_> = (0..5).map(|replicate| (replicate * 10, Cell { strategy, replicate })).collect();
            assert_eq!(results, &want);
        }
    }

    #[test]
    fn the_first_failure_is_reported_whatever_the_threads() {
        let fail = [Cell { strategy: 0, replicate: 4 }, Cell { strategy: 2, replicate: 1 }, Cell { strategy: 1, replicate: 1 }];
        for threads in [1, 4] {
            assert_eq!(cells(threads, &fail), Err(fail[2]));
        }
    }

    #[test]
    fn a_set_flag_starts_nothing_more() {
        let cancel = AtomicBool::new(false);
        let started = AtomicUsize::new(0);
        let one = |_: &(), _| {
            started.fetch_add(1, Ordering::Relaxed);
            cancel.store(true, Ordering::Relaxed);
            Ok::<(), ()>(())
        };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
        let result = pool.install(|| grid((4, 4), |_| (), one, &cancel, &|_| ()));
        assert_eq!((result, started.into_inner()), (None, 1));
    }

    #[test]
    fn progress_counts_every_run_once() {
        let seen = Mutex::new(Vec::new());
        let never = AtomicBool::new(false);
        let note = |p: Progress| seen.lock().expect("not poisoned").push((p.done, p.total));
        let result = grid((2, 3), |_| (), |_, _| Ok::<(), ()>(()), &never, &note);
        assert!(result.is_some_and(|r| r.is_ok()));
        let mut seen = seen.into_inner().expect("not poisoned");
        seen.sort_unstable();
        assert_eq!(seen, (1..=6).map(|n| (n, 6)).collect::<Vec<_>>());
    }
}
