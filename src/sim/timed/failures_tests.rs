//! Nodes and devices that fail, with the times at which the real controllers act.

use proptest::prelude::*;

use crate::alloc::Mechanism;
use crate::base::{AskId, Delay, DeviceId, NodeId, Seed, SimDuration, SimTime};
use crate::control::{ControlPlane, NodeLifecycle, PodReplacement};
use crate::model::{Arrival, Ask, Inventory, Workload};
use crate::node::{Containers, FailurePlan, FailureRules, Failures, Faulty, Kubelet, Outage, Rate};
use crate::observe::RunRecord;
use crate::sched::{CostModel, Profile};
use crate::sim::timed::tests::{DECIDING, ask, cluster, count, mixed_asks, workload};
use crate::sim::{Options, Setup, run};

const SEED: Seed = Seed { root: 1, replicate: 0 };

const fn secs(n: u64) -> SimTime {
    SimTime(n * 1_000_000_000)
}

fn outage(what: Faulty, begins: u64, ends: Option<u64>) -> Outage {
    Outage { what, begins: secs(begins), ends: ends.map(secs) }
}

/// Rules with which plugin and driver know at once.
const AT_ONCE: FailureRules = FailureRules { detection: Delay::ZERO, ..FailureRules::DEFAULT };

fn failures(outages: Vec<Outage>, rules: FailureRules) -> Failures {
    Failures { outages: outages.into(), rules }
}

/// Demands for so many GPUs each that arrive at the start and run for two hours.
fn long_jobs(n: u32, gpus: u32) -> Workload {
    let mut workload = Workload { asks: vec![ask("job", gpus, 1000, 0, 1)].into(), ..Workload::default() };
    for row in 0..n {
        let runs_for = SimDuration::from_secs(7200);
        workload.arrivals.push(Arrival { at: secs(u64::from(row)), runs_for, ask: AskId(0), row, censored: false });
    }
    workload
}

/// An hour without latencies, with every invariant checked. Rule delays are those of Kubernetes.
fn simulate(inventory: &Inventory, workload: &Workload, mechanism: Mechanism, failures: &Failures) -> RunRecord {
    simulate_with(inventory, workload, mechanism, failures, &ControlPlane::ideal(), &Kubelet::ideal())
}

fn simulate_with(
    inventory: &Inventory,
    workload: &Workload,
    mechanism: Mechanism,
    failures: &Failures,
    control: &ControlPlane,
    kubelet: &Kubelet,
) -> RunRecord {
    let setup = Setup {
        inventory,
        workload,
        mechanism,
        profile: &Profile::default(),
        control,
        kubelet,
        failures,
        cost: &CostModel::FREE,
        seed: SEED,
        warmup: SimTime::ZERO,
        horizon: secs(3600),
        options: Options { check: true, columns: 12, ..Options::default() },
    };
    run(&setup).unwrap_or_else(|stopped| panic!("{mechanism:?}: {stopped:#?}"))
}

/// When the node lifecycle controller makes a node Unknown that fails at `failed`, if nothing takes time.
fn unknown_at(node: NodeId, failed: SimTime) -> SimTime {
    let lifecycle = NodeLifecycle::kubernetes_1_37();
    let at = lifecycle.unknown_at(Failures::last_beat(SEED, node, lifecycle.lease_renewal, failed));
    assert!((40.0..=55.0).contains(&at.since(failed).as_secs_f64()), "50 s after a renewal of the last 10 s was seen, {at:?}");
    at
}

/// Creation of the pods of a demand, with their nodes.
fn pods_of(record: &RunRecord, demand: u32) -> Vec<(SimTime, Option<u32>)> {
    record.pods.iter().filter(|pod| pod.demand == demand).map(|pod| (pod.created, pod.node)).collect()
}

#[test]
fn pods_are_evicted_from_a_node_that_stays_away() {
    let inventory = cluster(2, 0);
    for mechanism in DECIDING {
        let failures = failures(vec![outage(Faulty::Node(NodeId(0)), 1000, None)], AT_ONCE);
        let record = simulate(&inventory, &long_jobs(1, 2), mechanism, &failures);
        let evicted = unknown_at(NodeId(0), secs(1000)) + SimDuration::from_secs(300);
        assert_eq!(pods_of(&record, 0), [(secs(0), Some(0)), (evicted, Some(1))], "{mechanism:?}");
        let phases: Vec<_> = record.pods.iter().map(|pod| (pod.phase, pod.finished)).collect();
        assert_eq!(phases, [("failed", None), ("running", None)], "the first is Terminating until its node is back");
        let counts = ["node_failures", "pods_interrupted", "pods_evicted", "pods_failed"].map(|name| count(&record, name));
        assert_eq!(counts, [1, 1, 1, 0]);
        let requests: Vec<_> = ["GET leases", "PATCH nodes", "DELETE pods", "POST pods"]
            .iter()
            .map(|name| record.api_requests.get(name).copied().unwrap_or(0))
            .collect();
        assert_eq!(requests, [1, 2, 1, 1], "two taints, one eviction, one new pod");
    }
}

#[test]
fn what_ran_on_a_node_that_comes_back_has_failed() {
    let inventory = cluster(1, 0);
    let check = |returns: u64, recreated: u64| {
        for mechanism in DECIDING {
            let failures = failures(vec![outage(Faulty::Node(NodeId(0)), 1000, Some(returns))], AT_ONCE);
            let record = simulate(&inventory, &long_jobs(1, 2), mechanism, &failures);
            let ran: Vec<_> = record.pods.iter().map(|pod| (pod.created, pod.running, pod.finished)).collect();
            let (old, new) = (secs(0), secs(recreated));
            let want = [(old, Some(old), Some(secs(returns))), (new, Some(new), None)];
            assert_eq!(ran, want, "{mechanism:?}: back at {returns} s");
            assert_eq!(["pods_evicted", "pods_failed"].map(|name| count(&record, name)), [0, 1]);
        }
    };
    // Nobody has noticed: the first back-off of a Job.
    check(1020, 1030);
    // The pod was not ready for longer than that already when it was seen to have failed.
    check(1200, 1200);
}

#[test]
fn pods_wait_for_a_node_that_is_back() {
    let inventory = cluster(2, 0);
    // Four jobs hold all GPUs of both nodes, so that those of the first have to wait for it.
    let failures = failures(vec![outage(Faulty::Node(NodeId(0)), 1000, Some(2000))], AT_ONCE);
    for mechanism in DECIDING {
        let record = simulate(&inventory, &long_jobs(4, 2), mechanism, &failures);
        let evicted = unknown_at(NodeId(0), secs(1000)) + SimDuration::from_secs(300);
        let created = record.pods.iter().map(|pod| pod.created).filter(|at| *at > secs(1000));
        assert_eq!(created.collect::<Vec<_>>(), [evicted; 2], "{mechanism:?}");
        let running: Vec<_> = record.pods.iter().filter_map(|pod| pod.running).filter(|at| *at > secs(1000)).collect();
        assert_eq!(running, [secs(2000); 2], "{mechanism:?}: woken when the taint is gone");
        assert_eq!(["demands_running", "demands_pending"].map(|name| count(&record, name)), [4, 0]);
    }
}

#[test]
fn a_failed_device_is_given_to_nobody() {
    let inventory = cluster(1, 0);
    let failures = failures(vec![outage(Faulty::Device(DeviceId(0)), 1000, Some(2000))], AT_ONCE);
    for mechanism in DECIDING {
        // Four GPUs are taken one by one; the failed one comes back.
        let record = simulate(&inventory, &long_jobs(4, 1), mechanism, &failures);
        let ended: Vec<_> = record.pods.iter().filter_map(|pod| pod.finished).collect();
        assert!(ended.contains(&secs(1000)), "{mechanism:?}: containers crash at once, {ended:?}");
        let running: Vec<_> = record.pods.iter().filter_map(|pod| pod.running).filter(|at| *at > secs(1000)).collect();
        let seen = if mechanism.uses_claims() { 2000..2001 } else { 2000..2011 };
        assert_eq!(running.len(), 1, "{mechanism:?}");
        assert!(seen.contains(&(running[0].0 / 1_000_000_000)), "{mechanism:?}: {running:?}");
        let counts = ["device_failures", "pods_interrupted", "pods_evicted"].map(|name| count(&record, name));
        assert_eq!(counts, [1, 1, 0], "{mechanism:?}");
        let out = record.metrics["gpu_out_of_order_ratio"].as_f64();
        assert!((out - 1000.0 / (4.0 * 3600.0)).abs() < 1e-9, "{mechanism:?}: {out}");
    }
}

#[test]
fn only_dra_evicts_pods_that_hang_on_a_device() {
    let inventory = cluster(2, 0);
    let rules = FailureRules { containers: Containers::Hang, ..AT_ONCE };
    let failures = failures((0..4).map(|n| outage(Faulty::Device(DeviceId(n)), 1000, Some(3000))).collect(), rules);
    let check = |mechanism, replacement, want: &[u64]| {
        let control = ControlPlane::ideal();
        let control = ControlPlane { lifecycle: NodeLifecycle { replacement, ..control.lifecycle }, ..control };
        let kubelet = Kubelet { termination: Delay::millis(30_000, 30_000), ..Kubelet::ideal() };
        let record = simulate_with(&inventory, &long_jobs(1, 4), mechanism, &failures, &control, &kubelet);
        let created: Vec<_> = pods_of(&record, 0).into_iter().map(|(at, _)| at).collect();
        assert_eq!(created, want.iter().map(|at| secs(*at)).collect::<Vec<_>>(), "{mechanism:?}, {replacement:?}");
        let ended = if mechanism.uses_claims() { 1030 } else { 3000 };
        assert_eq!(record.pods[0].finished, Some(secs(ended)), "{mechanism:?}: after its grace period, or with the repair");
    };
    // The back-off of a Job follows, from the deletion or from the end of the pod.
    check(Mechanism::Dra, PodReplacement::TerminatingOrFailed, &[0, 1010]);
    check(Mechanism::Dra, PodReplacement::Failed, &[0, 1040]);
    for mechanism in [Mechanism::DevicePlugin, Mechanism::DevicePluginNaive] {
        check(mechanism, PodReplacement::TerminatingOrFailed, &[0, 3010]);
    }
}

#[test]
fn pod_gc_collects_what_a_node_out_of_service_cannot_end() {
    let inventory = cluster(2, 0);
    let rules = FailureRules { out_of_service_after: Some(SimDuration::from_secs(121)), ..AT_ONCE };
    let failures = failures(vec![outage(Faulty::Node(NodeId(0)), 1000, None)], rules);
    for mechanism in DECIDING {
        let record = simulate(&inventory, &long_jobs(1, 2), mechanism, &failures);
        assert_eq!(pods_of(&record, 0), [(secs(0), Some(0)), (secs(1121), Some(1))], "{mechanism:?}: nobody tolerates that");
        assert_eq!(record.pods[0].finished, Some(secs(1140)), "{mechanism:?}: with the next sweep");
    }
}

#[test]
fn nodes_are_evicted_one_after_the_other() {
    let inventory = cluster(9, 0);
    let down = (0..3).map(|node| outage(Faulty::Node(NodeId(node)), 1000, None)).collect();
    let record = simulate(&inventory, &long_jobs(9, 4), Mechanism::Dra, &failures(down, AT_ONCE));
    let mut evicted: Vec<SimTime> = record.pods.iter().map(|pod| pod.created).filter(|at| *at > secs(1000)).collect();
    evicted.sort_unstable();
    let gaps: Vec<f64> = evicted.windows(2).map(|pair| pair[1].since(pair[0]).as_secs_f64()).collect();
    assert!(gaps.len() == 2 && gaps.iter().all(|gap| *gap >= 10.0), "{gaps:?}");
}

/// Nodes and devices that fail every quarter of an hour or so.
fn unreliable(containers: Containers, out_of_service_after: Option<SimDuration>) -> FailurePlan {
    let rate = |between, repair| Rate { between: SimDuration::from_secs(between), repair: Delay::millis(repair, 20 * repair) };
    let rules = FailureRules { containers, out_of_service_after, ..FailureRules::DEFAULT };
    FailurePlan { nodes: Some(rate(1500, 40_000)), devices: Some(rate(3000, 60_000)), rules, listed: Vec::new() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Every invariant holds at every event whatever fails, both paths agree, the parts of capacity add up to the whole, and
    /// every demand is somewhere.
    #[test]
    fn invariants_hold_whatever_fails(
        (big, small) in (1usize..4, 0usize..3),
        (n, seed) in (20u32..120, 0u64..1000),
        ideal: bool,
        hang: bool,
        gives_up: bool,
        replaces_late: bool,
        priorities in proptest::array::uniform6(0i32..3),
    ) {
        let inventory = cluster(big, small);
        let asks = mixed_asks().into_iter().zip(priorities).map(|(ask, priority)| Ask { priority, ..ask }).collect();
        let workload = workload(n, seed, asks);
        let containers = if hang { Containers::Hang } else { Containers::Crash };
        let plan = unreliable(containers, gives_up.then(|| SimDuration::from_secs(120)));
        let failures = plan.draw(&inventory, Seed { root: seed, replicate: 0 }, secs(3600));
        let (mut control, kubelet) = match ideal {
            true => (ControlPlane::ideal(), Kubelet::ideal()),
            false => (ControlPlane::kubernetes_1_37(), Kubelet::kubernetes_1_37()),
        };
        control.lifecycle.toleration = SimDuration::from_secs(60);
        control.lifecycle.replacement =
            if replaces_late { PodReplacement::Failed } else { PodReplacement::TerminatingOrFailed };
        for mechanism in DECIDING {
            let record = simulate_with(&inventory, &workload, mechanism, &failures, &control, &kubelet);
            let span = u128::from(record.window.1.since(record.window.0).0);
            for row in &record.capacity {
                let parts = row.asked + row.unasked + row.free.iter().sum::<u128>() + row.out;
                prop_assert!(parts.abs_diff(u128::from(row.devices) * span) <= 1, "{row:?}");
            }
            let ended = count(&record, "demands_running") + count(&record, "demands_finished")
                + count(&record, "demands_pending") + count(&record, "demands_failed");
            prop_assert_eq!(ended, u64::from(n));
            let outages = count(&record, "node_failures") + count(&record, "device_failures");
            prop_assert_eq!(outages, failures.outages.len() as u64, "the same under every strategy");
        }
    }
}
