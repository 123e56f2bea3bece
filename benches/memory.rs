//! Memory: what a node, a live pod and a finished one take in a run.
//!
//! `cargo bench --bench memory`. Everything that a run allocates is counted, the scheduler's indices and the books included;
//! the workload itself is not, nor are the rows of `pods.csv`. With DRA a live pod comes with a claim, an object of its own
//! with an allocation, which is what the row has more than the one above.

use drasim::alloc::Mechanism;
use drasim::base::{AskId, Seed, SimDuration, SimTime};
use drasim::control::ControlPlane;
use drasim::model::{Arrival, Ask, DeviceAsk, DeviceKind, Inventory, InventoryBuilder, Workload};
use drasim::node::{Failures, Kubelet};
use drasim::observe::EventsKept;
use drasim::sched::{CostModel, Profile};
use drasim::sim::{Options, Setup, run};
use drasim::synth::preset_named;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const HOUR: SimDuration = SimDuration::from_secs(3600);

fn cluster(nodes: u32) -> Inventory {
    let mut builder = InventoryBuilder::default();
    let spec = preset_named("l40s-8").expect("a shipped preset").spec(&mut builder);
    let kind = builder.node_type(spec);
    for i in 0..nodes {
        builder.node(format!("node-{i:05}"), kind);
    }
    builder.finish()
}

/// Pods that ask for so many GPUs, one every ten milliseconds.
fn workload(pods: u32, gpus: u32, runs_for: SimDuration) -> Workload {
    let gpu = DeviceAsk { kind: DeviceKind::Gpu, count: gpus, share_milli: 1000, models: vec![], memory_bytes_min: 0 };
    let devices = if gpus == 0 { Vec::new() } else { vec![gpu] };
    let ask =
        Ask { name: "ask".to_owned(), cpu_milli: 1000, memory_bytes: 1 << 30, priority: 0, devices, alignments: Vec::new() };
    let mut workload = Workload { asks: vec![ask].into(), ..Workload::default() };
    for row in 0..pods {
        let at = SimTime(u64::from(row) * 10_000_000);
        workload.arrivals.push(Arrival { at, runs_for, ask: AskId(0), row, censored: false });
    }
    workload
}

/// The most bytes that a run takes at once.
fn most(inventory: &Inventory, workload: &Workload, mechanism: Mechanism) -> i64 {
    let (profile, control, kubelet) = (Profile::default(), ControlPlane::ideal(), Kubelet::ideal());
    let setup = Setup {
        inventory,
        workload,
        mechanism,
        profile: &profile,
        control: &control,
        kubelet: &kubelet,
        failures: &Failures::NONE,
        cost: &CostModel::FREE,
        seed: Seed { root: 1, replicate: 0 },
        warmup: SimTime(0),
        horizon: SimTime(HOUR.0),
        options: Options { keep_pods: false, events: EventsKept::None, columns: 1, ..Options::default() },
    };
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    run(&setup).expect("nothing is checked here");
    (MEMORY.peak_usage() - before) as i64
}

fn main() {
    println!("{:<24}{:>10}{:>12}{:>14}", "bytes for one", "node", "live pod", "finished pod");
    for (name, mechanism, gpus) in [
        ("plain", Mechanism::DevicePlugin, 0),
        ("one GPU, device plugin", Mechanism::DevicePlugin, 1),
        ("one GPU, DRA", Mechanism::Dra, 1),
    ] {
        let (few, many) = (cluster(2_000), cluster(4_000));
        let none = workload(1, gpus, HOUR);
        let node = (most(&many, &none, mechanism) - most(&few, &none, mechanism)) / 2_000;
        let live = |pods| most(&few, &workload(pods, gpus, HOUR), mechanism);
        let live = (live(12_000) - live(4_000)) / 8_000;
        let finished = |pods| most(&few, &workload(pods, gpus, SimDuration::from_secs(10)), mechanism);
        let finished = (finished(120_000) - finished(40_000)) / 80_000;
        println!("{name:<24}{node:>10}{live:>12}{finished:>14}");
    }
}
