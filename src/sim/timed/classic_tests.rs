//! Negotiations in whole runs: how many attempts they take, and that nothing is lost in them (spec section 8, check 8).

use proptest::prelude::*;

use crate::alloc::Mechanism;
use crate::base::{AskId, Delay, ModelId, Seed, SimDuration, SimTime};
use crate::control::constants::ClientLimit;
use crate::control::{ApiServer, Classic, ControlPlane};
use crate::model::*;
use crate::node::{Failures, Kubelet};
use crate::observe::RunRecord;
use crate::sched::{CostModel, Profile};
use crate::sim::timed::tests::{ask, cluster, count, mixed_asks, workload as workload_of};
use crate::sim::{Options, Setup, run};

static KUBELET: Kubelet = Kubelet::ideal();

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
    let setup = setup(inventory, workload, control, profile, seconds);
    run(&setup).unwrap_or_else(|stopped| panic!("{stopped:#?}"))
}

/// A run of so many seconds, with every invariant checked.
static NOTHING_FAILS: Failures = Failures::NONE;

fn setup<'a>(
    inventory: &'a Inventory,
    workload: &'a Workload,
    control: &'a ControlPlane,
    profile: &'a Profile,
    seconds: u64,
) -> Setup<'a> {
    Setup {
        inventory,
        workload,
        mechanism: Mechanism::ClassicDra,
        profile,
        control,
        kubelet: &KUBELET,
        cost: &CostModel::FREE,
        failures: &NOTHING_FAILS,
        seed: Seed { root: 1, replicate: 0 },
        warmup: SimTime::ZERO,
        horizon: SimTime::ZERO + SimDuration::from_secs(seconds),
        options: Options { check: true, columns: 12, ..Options::default() },
    }
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

/// 100 nodes with 20 devices of each of two drivers.
fn published_cluster() -> Inventory {
    let mut b = InventoryBuilder::default();
    let kinds = [(DeviceKind::Gpu, "gpu"), (DeviceKind::Nic, "nic")].map(|(kind, name)| {
        let resource = b.resource(&format!("example.com/{name}"));
        let class = format!("{name}.example.com");
        (b.model(Model { name: name.to_owned(), kind, memory_bytes: 1 << 30, resource, class: class.clone() }), class)
    });
    let device = |at: usize| {
        let (model, driver) = &kinds[at / 20];
        let (attributes, capacity) = Default::default();
        let profile = DeviceProfile { driver: driver.clone(), attributes, capacity, allow_multiple_allocations: false };
        DeviceSpec { model: *model, profile, link: Link { numa: 0, pcie_root: u16::MAX, domain: u16::MAX } }
    };
    let node_type = NodeType {
        name: "perf".to_owned(),
        cpu_milli: 1_000_000,
        memory_bytes: 1 << 40,
        pods_max: 110,
        numa_nodes: 1,
        labels: vec![],
        evidence: String::new(),
    };
    let kind = b.node_type(NodeTypeSpec { node_type, devices: (0..40).map(device).collect() });
    for at in 0..100 {
        b.node(format!("node-{at}"), kind);
    }
    b.finish()
}

/// Pods a second, of 300 that come at once, with clients that may send 5000 requests a second.
fn published(kinds: &[DeviceKind]) -> f64 {
    let mut ask = claims(&vec![1; kinds.len()]);
    ask.devices.iter_mut().zip(kinds).for_each(|(entry, kind)| entry.kind = *kind);
    let fast = ClientLimit { qps: 5000, burst: 5000 };
    let classic = Classic { client: fast, ..Classic::kubernetes_1_30() };
    let control = ControlPlane { scheduler_client: fast, claim_client: fast, classic, ..ControlPlane::kubernetes_1_37() };
    let (inventory, workload, profile) = (published_cluster(), workload(ask, (0..300).map(|_| (0, 7200))), Profile::default());
    let setup = Setup {
        cost: &CostModel::REFERENCE,
        options: Options { columns: 12, ..Options::default() },
        ..setup(&inventory, &workload, &control, &profile, 120)
    };
    let record = run(&setup).expect("nothing is checked");
    let bound = record.pods.iter().map(|pod| pod.bound.expect("all pods are bound").since(SimTime::ZERO).as_secs_f64());
    300.0 / bound.fold(0.0, f64::max)
}

/// `scheduler-kubelet.md` E5: 11 to 26 pods/s with one claim, 8 to 18 with four claims of two drivers, on the hosts of 2023 and
/// with their API server. Held out: no constant was chosen for it.
#[test]
fn published_speeds() {
    use DeviceKind::{Gpu, Nic};
    let (one, four) = (published(&[Gpu]), published(&[Gpu, Gpu, Nic, Nic]));
    eprintln!("{one:.1} pods/s with one claim, {four:.1} with four claims of two drivers");
    assert!(one > four && four > 1.0 && one < 60.0, "{one} {four}");
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    /// In a crowded cluster, with pods of several priorities and claims that are given up: every invariant holds at every event,
    /// both paths of the scheduler agree, the parts of capacity add up to the whole, and nothing depends on the check.
    #[test]
    fn invariants_hold_in_negotiations(
        (big, small) in (1usize..3, 0usize..2),
        (n, seed) in (10u32..30, 0u64..1000),
        ideal: bool,
        priorities in proptest::array::uniform7(0i32..2),
    ) {
        let inventory = cluster(big, small);
        let asks = mixed_asks().into_iter().chain([claims(&[1, 2])]).zip(priorities);
        let mut workload = workload_of(n, seed, asks.map(|(ask, priority)| Ask { priority, ..ask }).collect());
        // An hour's demands in five minutes.
        workload.arrivals.iter_mut().for_each(|arrival| arrival.at = SimTime(arrival.at.0 / 12));
        let (control, profile) = (if ideal { ControlPlane::ideal() } else { control() }, Profile::default());
        let setup = setup(&inventory, &workload, &control, &profile, 300);
        let record = run(&setup).unwrap_or_else(|stopped| panic!("{stopped:#?}"));
        for row in &record.capacity {
            let parts = row.asked + row.unasked + row.free.iter().sum::<u128>();
            // Halves of a device-nanosecond are cut off where an ask is a fraction.
            prop_assert!(parts.abs_diff(u128::from(row.devices) * 300_000_000_000) <= 1, "{row:?}");
        }
        let ended = ["running", "finished", "pending", "failed"].map(|what| count(&record, &format!("demands_{what}")));
        prop_assert_eq!(ended.iter().sum::<u64>(), u64::from(n));
        let unchecked = Setup { options: Options { check: false, columns: 12, keep_pods: false, ..setup.options }, ..setup.clone() };
        prop_assert_eq!(run(&unchecked).expect("nothing is checked").digest, record.digest);
    }
}
