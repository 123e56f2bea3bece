//! Whole timed runs: events, decisions and metrics of a simulated day.
//!
//! `cargo bench --bench timed`

use divan::Bencher;
use drasim::alloc::Mechanism;
use drasim::base::{Findings, Seed, SimDuration, SimTime};
use drasim::control::ControlPlane;
use drasim::model::{Inventory, InventoryBuilder, Workload};
use drasim::node::{Failures, Kubelet};
use drasim::sched::{CostModel, Profile};
use drasim::sim::{Options, Setup, run};
use drasim::synth::{Offer, generate, mix_named, preset_named};

const DAY: SimDuration = SimDuration::from_secs(24 * 3600);
const SEED: Seed = Seed { root: 1, replicate: 0 };

fn main() {
    divan::main();
}

/// `times` the quickstart's mix of nodes.
fn cluster(times: u32) -> Inventory {
    let mut builder = InventoryBuilder::default();
    for (name, count) in [("dgx-h100", 16), ("dgx-a100-80", 16), ("l40s-8", 12), ("t4-4", 12), ("cpu-64", 8)] {
        let preset = preset_named(name).expect("a shipped preset");
        let spec = preset.spec(&mut builder);
        let kind = builder.node_type(spec);
        for i in 0..count * times {
            builder.node(format!("{name}-{i:04}"), kind);
        }
    }
    builder.finish()
}

fn workload(inventory: &Inventory, load: f64) -> Workload {
    let mix = mix_named("quickstart").expect("a shipped mix").mix();
    let mut findings = Findings::default();
    generate(&mix, Offer { load, span: SimDuration(2 * DAY.0), seed: SEED }, inventory, &mut findings)
}

fn simulate(inventory: &Inventory, workload: &Workload, mechanism: Mechanism) -> String {
    let (profile, control, kubelet) = (Profile::default(), ControlPlane::kubernetes_1_37(), Kubelet::kubernetes_1_37());
    let setup = Setup {
        inventory,
        workload,
        mechanism,
        profile: &profile,
        control: &control,
        kubelet: &kubelet,
        failures: &Failures::NONE,
        cost: &CostModel::REFERENCE,
        seed: SEED,
        warmup: SimTime(DAY.0),
        horizon: SimTime(2 * DAY.0),
        options: Options::default(),
    };
    run(&setup).expect("nothing is checked here").digest
}

/// The quickstart's size at several loads.
#[divan::bench(args = [0.6, 0.9, 1.2], consts = [0, 1, 2], sample_count = 5)]
fn quickstart<const MECHANISM: usize>(bencher: Bencher, load: f64) {
    let inventory = cluster(1);
    let workload = workload(&inventory, load);
    bencher.bench_local(|| simulate(&inventory, &workload, Mechanism::ALL[MECHANISM]));
}

/// Ten times the nodes and demands.
#[divan::bench(consts = [1, 2], sample_count = 1)]
fn tenfold<const MECHANISM: usize>(bencher: Bencher) {
    let inventory = cluster(10);
    let workload = workload(&inventory, 0.9);
    bencher.bench_local(|| simulate(&inventory, &workload, Mechanism::ALL[MECHANISM]));
}
