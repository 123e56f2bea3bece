//! The churn of clusterloader2's DRA test (`clusterloader2/testing/dra/config.yaml` in kubernetes/perf-tests,
//! `scheduler-kubelet.md` E6) on 100 nodes of 8 GPUs.

use std::collections::BTreeMap;

use drasim::alloc::Mechanism;
use drasim::base::{AskId, DemandId, Seed, SimDuration, SimTime};
use drasim::control::ControlPlane;
use drasim::control::constants::ClientLimit;
use drasim::model::{Arrival, Ask, DeviceAsk, DeviceKind, Workload};
use drasim::node::{Failures, Kubelet};
use drasim::observe::PodRow;
use drasim::sched::{CostModel, Profile};
use drasim::sim::{Options, Setup, run};

use super::experiment::gpu_cluster;
use super::page::{Row, Use};

/// Pods of the fill: 90 %.
const FILL: u32 = 720;
/// Jobs of the churn.
const JOBS: u32 = 80;
/// Pods of each.
const COMPLETIONS: u32 = 10;
/// When the churn begins: all of the fill runs.
const CHURN: u64 = 300;

/// How the pods of a job come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Pods {
    /// One after the other: `parallelism` 1, as in the file.
    InTurn,
    /// All at once, on a cluster that has room for them.
    AtOnce,
}

fn workload(pods: Pods) -> Workload {
    let gpu = DeviceAsk { kind: DeviceKind::Gpu, count: 1, share_milli: 1000, models: Vec::new(), memory_bytes_min: 0 };
    let ask =
        Ask { name: "job".to_owned(), cpu_milli: 0, memory_bytes: 0, priority: 0, devices: vec![gpu], alignments: Vec::new() };
    let mut workload = Workload { asks: vec![ask].into(), ..Workload::default() };
    let mut add = |at: SimTime, seconds: u64| {
        let row = workload.arrivals.len() as u32;
        let runs_for = SimDuration::from_secs(seconds);
        workload.arrivals.push(Arrival { at, runs_for, ask: AskId(0), row, censored: false })
    };
    let at = |start: u64, each_ms: u64, n: u32| {
        SimTime::ZERO + SimDuration::from_secs(start) + SimDuration::from_millis(each_ms * u64::from(n))
    };
    if pods == Pods::AtOnce {
        for n in 0..JOBS * COMPLETIONS {
            add(at(CHURN, 200, n / COMPLETIONS), 3600);
        }
        return workload;
    }
    for n in 0..FILL {
        add(at(0, 100, n), 3600);
    }
    let mut last: Vec<DemandId> = (0..JOBS).map(|n| add(at(CHURN, 200, n), 30)).collect();
    let mut follows = BTreeMap::new();
    for _ in 1..COMPLETIONS {
        for job in &mut last {
            let next = add(SimTime::FAR, 30);
            follows.insert(*job, next);
            *job = next;
        }
    }
    Workload { follows, ..workload }
}

/// Pods of the churn.
fn simulate(pods: Pods, control: &ControlPlane) -> Vec<PodRow> {
    let setup = Setup {
        inventory: &gpu_cluster(100, 8),
        workload: &workload(pods),
        mechanism: Mechanism::Dra,
        profile: &Profile::default(),
        control,
        kubelet: &Kubelet::kubernetes_1_37(),
        cost: &CostModel::REFERENCE,
        failures: &Failures::NONE,
        seed: Seed { root: 1, replicate: 0 },
        warmup: SimTime::ZERO,
        horizon: SimTime::ZERO + SimDuration::from_secs(3000),
        options: Options { columns: 12, ..Options::default() },
    };
    let from = SimTime::ZERO + SimDuration::from_secs(CHURN);
    let mut rows = run(&setup).expect("nothing is checked").pods;
    rows.retain(|pod| pod.created >= from);
    assert_eq!(rows.len(), (JOBS * COMPLETIONS) as usize, "all completions came");
    rows
}

fn percentiles(pods: &[PodRow], end: impl Fn(&PodRow) -> Option<SimTime>) -> [f64; 3] {
    let mut waits: Vec<f64> = pods.iter().filter_map(|pod| Some(end(pod)?.since(pod.created).as_secs_f64())).collect();
    assert_eq!(waits.len(), pods.len(), "all pods get there");
    waits.sort_by(f64::total_cmp);
    [50, 90, 99].map(|percent| waits[(waits.len() * percent).div_ceil(100) - 1])
}

const PERCENTILES: [&str; 3] = ["create_to_schedule p50, s", "create_to_schedule p90, s", "create_to_schedule p99, s"];
const STARTUP: [&str; 3] = ["pod_startup p50, s", "pod_startup p90, s", "pod_startup p99, s"];

fn compare(workload: &str, what: [&'static str; 3], real: [&[f64]; 3], simulated: [f64; 3]) -> Vec<Row> {
    let row = |at: usize| Row {
        workload: workload.to_owned(),
        what: what[at],
        real: real[at].to_vec(),
        simulated: simulated[at],
        used: Use::HeldOut,
        tolerance: Some(0.2),
    };
    (0..3).filter(|at| !real[*at].is_empty()).map(row).collect()
}

/// Default limits, read both ways, and raised ones against the gate of the test: at most 40, 60 and 80 s.
pub fn rows() -> Vec<Row> {
    let defaults = ControlPlane::kubernetes_1_37();
    let raised = ControlPlane { claim_client: ClientLimit { qps: 200, burst: 400 }, ..defaults.clone() };
    let published: [&[f64]; 3] = [&[30.2], &[54.8], &[60.9]];
    let started: [&[f64]; 3] = [&[33.4], &[59.0], &[63.5]];
    let mut rows = Vec::new();
    for (name, how) in [("default limits, completions in turn", Pods::InTurn), ("default limits, 800 pods in 16 s", Pods::AtOnce)]
    {
        let pods = simulate(how, &defaults);
        rows.extend(compare(name, PERCENTILES, published, percentiles(&pods, |pod| pod.bound)));
        rows.extend(compare(name, STARTUP, started, percentiles(&pods, |pod| pod.running)));
    }
    let pods = simulate(Pods::InTurn, &raised);
    let gate: [&[f64]; 3] = [&[0.0, 40.0], &[0.0, 60.0], &[0.0, 80.0]];
    rows.extend(compare("raised limits (200/400), completions in turn", STARTUP, gate, percentiles(&pods, |pod| pod.running)));
    rows
}
