//! One replay of the FGD study (openb default, seed 42: 10,866 pods, 1,213 nodes) by policy, with and without reading.

#[path = "../tests/it/openb.rs"]
mod openb;

use std::path::Path;

use divan::{Bencher, black_box};
use drasim::alloc::policy::{POLICIES, find};
use drasim::base::Seed;
use drasim::model::Inventory;
use drasim::observe::RunRecord;
use drasim::sim::sequence::{Sequence, run};

use openb::{Order, PodList};

fn main() {
    divan::main();
}

fn read(traces: &Path) -> (Inventory, PodList, Order) {
    let inventory = openb::nodes(traces);
    let list = openb::pods(traces, "default", &inventory);
    let order = openb::orders(traces, "default").into_iter().find(|order| order.seed == 42).expect("seed 42");
    (inventory, list, order)
}

fn replay((inventory, list, order): &(Inventory, PodList, Order), policy: &str) -> RunRecord {
    let policy = (find(policy).expect("a policy").build)(toml::Table::new()).expect("no options");
    let workload = list.in_order(&order.rows);
    let (typical, rank) = (&list.typical, order.rank.as_slice());
    let seed = Seed { root: order.seed, replicate: 0 };
    run(&Sequence { inventory, workload: &workload, typical, rank, policy: policy.as_ref(), seed, check: false })
        .expect("a valid order")
}

#[divan::bench(args = POLICIES.iter().map(|entry| entry.name), sample_count = 20)]
fn one_run(bencher: Bencher<'_, '_>, policy: &str) {
    if let Some(traces) = openb::traces() {
        let inputs = read(&traces);
        bencher.bench(|| black_box(replay(&inputs, policy)));
    }
}

#[divan::bench(sample_count = 20)]
fn reading_and_fgd(bencher: Bencher<'_, '_>) {
    if let Some(traces) = openb::traces() {
        bencher.bench(|| black_box(replay(&read(&traces), "fgd")));
    }
}
