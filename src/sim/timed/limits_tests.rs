//! What client-side limits make of a burst of pods (spec section 8, checks 6 and 7), against runs of a real control plane.

use crate::alloc::Mechanism;
use crate::base::{AskId, Delay, Seed, SimDuration, SimTime};
use crate::control::constants::ClientLimit;
use crate::control::{ApiServer, ControlPlane};
use crate::model::{Arrival, Workload};
use crate::node::{Failures, Kubelet};
use crate::observe::{PodRow, RunRecord};
use crate::sched::{CostModel, Profile};
use crate::sim::timed::Stopped;
use crate::sim::timed::tests::{ask, cluster};
use crate::sim::{Options, Setup, run};

const HOUR: SimDuration = SimDuration::from_secs(3600);

/// Pods of the burst, as in `kube-1.37-local.json`.
const PODS: u32 = 300;

/// A default control plane whose API server always takes two milliseconds, as the measured one did about.
fn control() -> ControlPlane {
    ControlPlane { api: ApiServer::equal(Delay::millis(2, 2)), ..ControlPlane::kubernetes_1_37() }
}

/// A run of an hour, with every invariant checked.
pub(super) fn simulate(
    nodes: usize,
    workload: &Workload,
    mechanism: Mechanism,
    control: &ControlPlane,
    kubelet: &Kubelet,
) -> RunRecord {
    let setup = Setup {
        inventory: &cluster(nodes, 0),
        workload,
        mechanism,
        profile: &Profile::default(),
        control,
        kubelet,
        failures: &Failures::NONE,
        cost: &CostModel::FREE,
        seed: Seed { root: 1, replicate: 0 },
        warmup: SimTime::ZERO,
        horizon: SimTime::ZERO + HOUR,
        options: Options { check: true, columns: 12, ..Options::default() },
    };
    run(&setup).unwrap_or_else(|stopped| panic!("{stopped:#?}"))
}

/// Demands for so many GPUs each, at these seconds, that run for so many.
fn workload(gpus: u32, arrivals: impl IntoIterator<Item = (u64, u64)>) -> Workload {
    let mut workload = Workload { asks: vec![ask("one", gpus, 1000, 0, 1)].into(), ..Workload::default() };
    for (row, (at, runs_for)) in (0..).zip(arrivals) {
        let at = SimTime::ZERO + SimDuration::from_secs(at);
        let runs_for = SimDuration::from_secs(runs_for);
        workload.arrivals.push(Arrival { at, runs_for, ask: AskId(0), row, censored: false });
    }
    workload
}

/// All pods of the burst come at once, to nodes with room for all.
fn burst(gpus: u32, control: &ControlPlane) -> RunRecord {
    let workload = workload(gpus, (0..PODS).map(|_| (0, 7200)));
    simulate(80, &workload, Mechanism::Dra, control, &Kubelet::ideal())
}

/// Seconds at which pods were bound, ascending.
fn bound(record: &RunRecord) -> Vec<f64> {
    let mut bound: Vec<f64> =
        record.pods.iter().filter_map(|pod| pod.bound).map(|at| at.since(SimTime::ZERO).as_secs_f64()).collect();
    bound.sort_by(f64::total_cmp);
    assert_eq!(bound.len(), PODS as usize, "all pods are bound");
    bound
}

#[test]
fn plain_pods_are_bound_at_the_scheduler_clients_rate() {
    let bound = bound(&burst(0, &control()));
    assert!(bound[99] < 0.1, "the burst of the bucket goes at once: {}", bound[99]);
    let rate = 150.0 / (bound[299] - bound[149]);
    assert!((rate - 50.0).abs() < 0.5, "{rate} a second");
}

#[test]
fn claims_cost_the_scheduler_four_writes_a_pod() {
    let unlimited = ClientLimit { qps: 0, burst: 0 };
    let bound = bound(&burst(1, &ControlPlane { claim_client: unlimited, ..control() }));
    // 1200 writes, of which 100 go at once; 23 to 29 s were measured, with a scheduler that takes its time besides.
    let last = bound[299];
    assert!((22.0..23.0).contains(&last), "the last is bound after {last} s");
    // All cycles stand in one line, each with its next write behind the others: most of the pods are bound near the end.
    let by_half = bound.iter().filter(|at| **at < last / 2.0).count();
    assert!(by_half < 100, "{by_half} pods are bound in the first half");
}

#[test]
fn the_claim_controllers_client_is_the_narrowest() {
    let bound = bound(&burst(1, &control()));
    // 600 writes at 20 a second, of which 30 go at once. Measured: 10.1 to 10.4 pods a second.
    let last = bound[299];
    assert!((28.5..29.0).contains(&last), "the last is bound after {last} s");
    let rate = 200.0 / (bound[289] - bound[89]);
    assert!((rate - 10.0).abs() < 0.5, "{rate} a second");
}

#[test]
fn five_workers_take_turns_in_front_of_the_bucket() {
    // scheduler_perf runs the controller with five workers; then a claim is listed a quarter of a second after it was made.
    let record = burst(1, &ControlPlane { claim_workers: 5, ..control() });
    let ready: Vec<f64> =
        record.pods.iter().filter_map(|pod| pod.queued).map(|at| at.since(SimTime::ZERO).as_secs_f64()).collect();
    let mut gaps: Vec<f64> = ready.windows(2).map(|pair| pair[1] - pair[0]).skip(50).collect();
    gaps.sort_by(f64::total_cmp);
    assert!(gaps[gaps.len() / 2] <= 0.26, "claims come a few at a time: {}", gaps[gaps.len() / 2]);
    assert!((28.0..29.0).contains(&ready.iter().copied().fold(0.0, f64::max)));
}

#[test]
fn devices_come_back_in_the_order_of_the_controllers() {
    let kubelet = Kubelet { unprepare: Delay::millis(1000, 1000), ..Kubelet::ideal() };
    let control = ControlPlane { claim_client: ClientLimit { qps: 0, burst: 0 }, ..control() };
    // The second pod waits for the devices of the first.
    let workload = workload(4, [(0, 60), (30, 60)]);
    let check = |mechanism, want: &[u64]| {
        let record = simulate(1, &workload, mechanism, &control, &kubelet);
        let times =
            |pod: &PodRow| (pod.running.expect("it runs"), pod.finished.expect("it ends"), pod.placed.expect("it has a node"));
        let ((running, stopped, _), (_, _, placed)) = (times(&record.pods[0]), times(&record.pods[1]));
        assert_eq!(stopped.since(running), SimDuration::from_secs(60), "{mechanism:?}");
        let want = SimDuration::from_millis(want.iter().sum());
        assert_eq!(placed.since(stopped), want, "{mechanism:?}: from the end of the containers to the next attempt");
    };
    // Unprepare, terminal status, watch; the controller's write, watch.
    check(Mechanism::Dra, &[1000, 2, 5, 2, 5]);
    // Terminal status, watch.
    check(Mechanism::DevicePlugin, &[2, 5]);
}

#[test]
fn a_run_stops_when_its_events_are_used_up() {
    let workload = workload(4, [(0, 60), (0, 60), (0, 60)]);
    let (inventory, profile, control, kubelet) = (cluster(1, 0), Profile::default(), control(), Kubelet::ideal());
    let failures = Failures::NONE;
    let setup = |event_budget| Setup {
        inventory: &inventory,
        workload: &workload,
        mechanism: Mechanism::Dra,
        profile: &profile,
        control: &control,
        kubelet: &kubelet,
        cost: &CostModel::FREE,
        failures: &failures,
        seed: Seed { root: 1, replicate: 0 },
        warmup: SimTime::ZERO,
        horizon: SimTime::ZERO + HOUR,
        options: Options { event_budget, columns: 12, ..Options::default() },
    };
    let Err(Stopped::Rejected(findings)) = run(&setup(30)) else { panic!("it goes on") };
    let [finding] = &findings.0[..] else { panic!("{findings:?}") };
    let told = "30 events were handled under dra by ";
    assert!(finding.code == "E0606" && finding.text.starts_with(told), "{finding:?}");
    // One pod has the devices, another waits.
    assert!(finding.text.contains("the first pod that waits is pod-1, after "), "{}", finding.text);
    assert!(finding.text.contains("cannot allocate all claims"), "{}", finding.text);
    run(&setup(100_000)).expect("it has enough");
}
