//! Negotiations in whole runs: how many attempts they take, and that nothing is lost in them (spec section 8, check 8).

use crate::alloc::Mechanism;
use crate::base::{AskId, Delay, ModelId, Seed, SimDuration, SimTime};
use crate::control::{ApiServer, Classic, ControlPlane};
use crate::model::{Arrival, Ask, DeviceAsk, DeviceKind, Inventory, Workload};
use crate::node::Kubelet;
use crate::observe::RunRecord;
use crate::sched::{CostModel, Profile};
use crate::sim::timed::tests::{ask, cluster, count};
use crate::sim::{Options, Setup, run};

/// A run of an hour, with every invariant checked.
fn simulate(inventory: &Inventory, workload: &Workload, control: &ControlPlane, profile: &Profile) -> RunRecord {
    simulate_for(3600, inventory, workload, control, profile)
}

/// The same, of so many seconds.
fn simulate_for(
    seconds: u64,
    inventory: &Inventory,
    workload: &Workload,
    control: &ControlPlane,
    profile: &Profile,
) -> RunRecord {
    let setup = Setup {
        inventory,
        workload,
        mechanism: Mechanism::ClassicDra,
        profile,
        control,
        kubelet: &Kubelet::ideal(),
        cost: &CostModel::FREE,
        seed: Seed { root: 1, replicate: 0 },
        warmup: SimTime::ZERO,
        horizon: SimTime::ZERO + SimDuration::from_secs(seconds),
        options: Options { check: true, columns: 12, ..Options::default() },
    };
    run(&setup).unwrap_or_else(|violation| panic!("{}", violation.broken.join("\n")))
}

/// A control plane whose API server always takes two milliseconds.
fn control() -> ControlPlane {
    ControlPlane { api: ApiServer::equal(Delay::millis(2, 2)), ..ControlPlane::kubernetes_1_37() }
}

/// An ask with a claim for so many GPUs each.
fn claims(counts: &[u32]) -> Ask {
    let gpus =
        |count: &u32| DeviceAsk { kind: DeviceKind::Gpu, count: *count, share_milli: 1000, models: vec![], memory_bytes_min: 0 };
    Ask { devices: counts.iter().map(gpus).collect(), ..ask("claims", 0, 1000, 0, 1) }
}

/// Demands of this ask at these seconds, for so many seconds.
fn workload(ask: Ask, arrivals: impl IntoIterator<Item = (u64, u64)>) -> Workload {
    let mut workload = Workload { asks: vec![ask].into(), ..Workload::default() };
    for (row, (at, runs_for)) in (0..).zip(arrivals) {
        let at = SimTime::ZERO + SimDuration::from_secs(at);
        let runs_for = SimDuration::from_secs(runs_for);
        workload.arrivals.push(Arrival { at, runs_for, ask: AskId(0), row, censored: false });
    }
    workload
}

/// Attempts of each pod, all of which run to their end.
fn attempts(record: &RunRecord) -> Vec<u32> {
    assert!(record.pods.iter().all(|pod| pod.phase == "finished"), "{:?}", record.pods);
    record.pods.iter().map(|pod| pod.attempts).collect()
}

#[test]
fn a_single_claim_needs_two_attempts() {
    let workload = workload(claims(&[1]), [(0, 60), (100, 60)]);
    for control in [ControlPlane::ideal(), control()] {
        let record = simulate(&cluster(3, 0), &workload, &control, &Profile::default());
        assert_eq!(attempts(&record), [2, 2], "{}", control.profile);
    }
}

#[test]
fn two_claims_need_three_attempts() {
    let workload = workload(claims(&[1, 2]), [(0, 60), (100, 60)]);
    let record = simulate(&cluster(3, 0), &workload, &ControlPlane::ideal(), &Profile::default());
    assert_eq!(attempts(&record), [3, 3]);
    // Where writes take time, the scheduler sees the first claim allocated before the second, and tries in vain.
    let record = simulate(&cluster(3, 0), &workload, &control(), &Profile::default());
    assert_eq!(attempts(&record), [4, 4]);
}

#[test]
fn a_single_claim_takes_the_requests_that_the_specification_lists() {
    let workload = workload(claims(&[1]), [(0, 60)]);
    let record = simulate(&cluster(3, 0), &workload, &control(), &Profile::default());
    let requests: Vec<(&str, u64)> = record.api_requests.iter().map(|(name, count)| (*name, *count)).collect();
    let want = [
        ("APPLY pods/status", 1),
        ("DELETE podschedulingcontexts", 1),
        ("DELETE resourceclaims", 1),
        // The context is created and answered, which makes the driver look at it twice; once it finds a claim that waits.
        ("GET claimparameters", 1),
        ("GET pods", 2),
        ("GET resourceclaims", 1),
        // That the pod waits; that it runs, that it is done.
        ("PATCH pods/status", 3),
        ("POST pods/binding", 1),
        ("POST podschedulingcontexts", 1),
        ("POST resourceclaims", 1),
        ("PUT podschedulingcontexts/status", 1),
        // The finalizer comes and goes.
        ("PUT resourceclaims", 2),
        // The allocation is written, nobody uses it any more, it is cleared.
        ("PUT resourceclaims/status", 3),
    ];
    assert_eq!(requests, want);
}

/// All nodes but the last have GPUs of another model than the pod wants, of which the scheduler knows nothing. What has become
/// of the pod after ten seconds, and its attempts.
fn looks_for_the_last_node(nodes: usize) -> (&'static str, u32) {
    let mut ask = claims(&[1]);
    ask.devices[0].models = vec![ModelId(1)];
    let all = Profile { percentage_of_nodes_to_score: 100, ..Profile::default() };
    let record = simulate_for(10, &cluster(nodes - 1, 1), &workload(ask, [(0, 60)]), &control(), &all);
    (record.pods[0].phase, record.pods[0].attempts)
}

#[test]
fn of_two_hundred_feasible_nodes_only_128_are_judged() {
    // All nodes are judged at once, and the one that is left is selected.
    assert_eq!(looks_for_the_last_node(100), ("running", 3));
    // What a driver says about one sample takes the place of what it said about the last one, so the scheduler tries the same
    // nodes over and over.
    let (phase, attempts) = looks_for_the_last_node(200);
    assert!(phase == "pending" && attempts > 50, "{phase} after {attempts} attempts");
}

#[test]
fn what_cannot_be_given_together_is_given_up() {
    // Each node has four GPUs. Two claims that fill a node are allocated together or not at all, as one driver knows both.
    let full = workload(claims(&[2, 2]), (0..6).map(|_| (0, 600)));
    let record = simulate(&cluster(3, 0), &full, &control(), &Profile::default());
    assert!(record.pods.iter().all(|pod| pod.phase == "finished"));
    assert_eq!((count(&record, "demands_finished"), count(&record, "demands_pending")), (6, 0));
}

#[test]
fn a_negotiation_about_full_nodes_does_not_stop_the_clock() {
    let workload = workload(claims(&[4]), (0..6).map(|_| (0, 7200)));
    let control = ControlPlane { classic: Classic { nodes_max: 2, ..Classic::ideal() }, ..ControlPlane::ideal() };
    let record = simulate(&cluster(4, 0), &workload, &control, &Profile::default());
    assert_eq!((count(&record, "demands_running"), count(&record, "demands_pending")), (4, 2));
}
