//! One replay of the FGD study (openb default, seed 42: 10,866 pods, 1,213 nodes) by policy, with and without reading.

#[path = "../tests/it/openb.rs"]
mod openb;

use divan::{Bencher, black_box};
use drasim::alloc::policy::POLICIES;
use drasim::observe::RunRecord;
use drasim::sim::sequence::run;

use openb::Study;

fn main() {
    divan::main();
}

fn replay(study: &Study, policy: &str) -> RunRecord {
    study.replay(0, &study.workload(0), policy, false, run).expect("a valid order")
}

#[divan::bench(args = POLICIES.iter().map(|entry| entry.name), sample_count = 20)]
fn one_run(bencher: Bencher<'_, '_>, policy: &str) {
    if let Some(traces) = openb::traces() {
        let study = openb::study(&traces, "default");
        bencher.bench(|| black_box(replay(&study, policy)));
    }
}

#[divan::bench(sample_count = 20)]
fn reading_and_fgd(bencher: Bencher<'_, '_>) {
    if let Some(traces) = openb::traces() {
        bencher.bench(|| black_box(replay(&openb::study(&traces, "default"), "fgd")));
    }
}
