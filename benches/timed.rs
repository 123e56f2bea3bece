//! Whole timed runs: events, decisions and metrics of a simulated day.
//!
//! `cargo bench --bench timed`

use divan::Bencher;
use divan::counter::ItemsCount;
use drasim::alloc::Mechanism;
use drasim::base::{AskId, Findings, Seed, SimDuration, SimTime};
use drasim::control::ControlPlane;
use drasim::control::constants::ClientLimit;
use drasim::model::{Arrival, Ask, DeviceAsk, DeviceKind, Inventory, InventoryBuilder, Workload};
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

/// Nodes of eight GPUs that pods with a claim live on.
const NODES: u32 = 5_000;

/// Pods of one GPU that run for ten minutes and fill half of the cluster.
fn lives(pods: u32) -> Workload {
    let gpu = DeviceAsk { kind: DeviceKind::Gpu, count: 1, share_milli: 1000, models: Vec::new(), memory_bytes_min: 0 };
    let ask = Ask {
        name: "life".to_owned(),
        cpu_milli: 1000,
        memory_bytes: 4 << 30,
        priority: 0,
        devices: vec![gpu],
        alignments: Vec::new(),
    };
    let runs_for = SimDuration::from_secs(600);
    let each = SimDuration(2 * runs_for.0 / (8 * u64::from(NODES)));
    let mut workload = Workload { asks: vec![ask].into(), ..Workload::default() };
    for row in 0..pods {
        let at = SimTime::ZERO + each.saturating_mul(u64::from(row));
        workload.arrivals.push(Arrival { at, runs_for, ask: AskId(0), row, censored: false });
    }
    workload
}

/// Claims from creation to deletion: a pod has about 30 events. Clients have no limits, so that no pod waits for long.
#[divan::bench(args = [200_000, 1_000_000], sample_count = 1, sample_size = 1)]
fn whole_lives(bencher: Bencher, pods: u32) {
    let mut builder = InventoryBuilder::default();
    let spec = preset_named("l40s-8").expect("a shipped preset").spec(&mut builder);
    let kind = builder.node_type(spec);
    for i in 0..NODES {
        builder.node(format!("node-{i:04}"), kind);
    }
    let (inventory, workload) = (builder.finish(), lives(pods));
    let last = workload.arrivals.iter().map(|arrival| arrival.at).max().unwrap_or_default();
    let unlimited = ClientLimit { qps: 0, burst: 0 };
    let control = ControlPlane { scheduler_client: unlimited, claim_client: unlimited, ..ControlPlane::kubernetes_1_37() };
    let setup = Setup {
        inventory: &inventory,
        workload: &workload,
        mechanism: Mechanism::Dra,
        profile: &Profile::default(),
        control: &control,
        kubelet: &Kubelet::kubernetes_1_37(),
        // A cycle of the real scheduler would take longer than the time between two pods.
        cost: &CostModel::FREE,
        failures: &Failures::NONE,
        seed: SEED,
        warmup: SimTime::ZERO,
        horizon: last + SimDuration::from_secs(1200),
        options: Options { keep_pods: false, ..Options::default() },
    };
    bencher.counter(ItemsCount::new(pods)).bench_local(|| {
        let record = run(&setup).expect("nothing is checked here");
        assert_eq!(record.metrics["demands_finished"].as_f64(), f64::from(pods));
        record.digest
    });
}
