//! Whole timed runs on small random clusters: invariants, conservation, determinism, fairness.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::alloc::Mechanism;
use crate::base::{AskId, Quantity, Seed, SimDuration, SimTime, Stream};
use crate::control::ControlPlane;
use crate::model::*;
use crate::node::{Failures, Kubelet};
use crate::observe::{MetricValue, RunRecord};
use crate::sched::{CostModel, Profile};
use crate::sim::{Options, Setup, run};

const WARMUP: SimTime = SimTime(600 * 1_000_000_000);

/// Mechanisms under which the scheduler decides alone; negotiations in a crowded cluster take many more events, and have tests of
/// their own.
pub(super) const DECIDING: [Mechanism; 3] = [Mechanism::DevicePluginNaive, Mechanism::DevicePlugin, Mechanism::Dra];

const MODELS: [(&str, i64); 2] = [("BIG", 80), ("SMALL", 16)];

/// `big` and `small` nodes of four GPUs each, 32 CPUs.
pub(super) fn cluster(big: usize, small: usize) -> Inventory {
    let mut b = InventoryBuilder::default();
    let resource = b.resource("nvidia.com/gpu");
    let kinds = MODELS.map(|(name, gib)| {
        let model = b.model(Model {
            name: name.to_owned(),
            kind: DeviceKind::Gpu,
            memory_bytes: gib << 30,
            resource,
            class: "gpu.nvidia.com".to_owned(),
        });
        let device = |i: u16| DeviceSpec {
            model,
            profile: DeviceProfile {
                driver: "gpu.nvidia.com".to_owned(),
                attributes: BTreeMap::from([
                    ("gpu.nvidia.com/productName".to_owned(), AttrValue::String(name.to_owned())),
                    ("gpu.nvidia.com/type".to_owned(), AttrValue::String("gpu".to_owned())),
                    ("resource.kubernetes.io/pcieRoot".to_owned(), AttrValue::String(format!("pci{}", i / 2))),
                ]),
                capacity: BTreeMap::from([("gpu.nvidia.com/memory".to_owned(), Quantity::from_units(gib << 30))]),
                allow_multiple_allocations: false,
            },
            link: Link { numa: i / 2, pcie_root: i / 2, domain: u16::MAX },
        };
        let labels = vec![
            ("nvidia.com/gpu.memory".to_owned(), (gib << 10).to_string()),
            ("nvidia.com/gpu.product".to_owned(), name.to_owned()),
        ];
        b.node_type(NodeTypeSpec {
            node_type: NodeType {
                name: name.to_lowercase(),
                cpu_milli: 32_000,
                memory_bytes: 256 << 30,
                pods_max: 110,
                numa_nodes: 2,
                labels,
                evidence: String::new(),
            },
            devices: (0..4).map(device).collect(),
        })
    });
    for i in 0..big {
        b.node(format!("big-{i}"), kinds[0]);
    }
    for i in 0..small {
        b.node(format!("small-{i}"), kinds[1]);
    }
    b.finish()
}

pub(super) fn ask(name: &str, count: u32, share_milli: u32, memory_gib: i64, cpu: i64) -> Ask {
    let devices = match count {
        0 => vec![],
        _ => vec![DeviceAsk { kind: DeviceKind::Gpu, count, share_milli, models: vec![], memory_bytes_min: memory_gib << 30 }],
    };
    Ask { name: name.to_owned(), cpu_milli: cpu * 1000, memory_bytes: cpu << 30, priority: 0, devices, alignments: vec![] }
}

/// `n` demands over about an hour, each a few minutes long.
pub(super) fn workload(n: u32, seed: u64, asks: Vec<Ask>) -> Workload {
    let mut workload = Workload { asks: asks.into(), ..Workload::default() };
    for row in 0..n {
        let mut rng = Seed { root: seed, replicate: 0 }.stream(Stream::Arrivals, row, 0);
        workload.arrivals.push(Arrival {
            at: SimTime(rng.below(3600 * 1_000_000_000)),
            runs_for: SimDuration(1 + rng.below(600 * 1_000_000_000)),
            ask: AskId(rng.below(workload.asks.len() as u64) as u32),
            row,
            censored: false,
        });
    }
    workload.sort();
    workload
}

fn simulate(inventory: &Inventory, workload: &Workload, mechanism: Mechanism, ideal: bool, check: bool) -> RunRecord {
    let options = Options { check, columns: 12, ..Options::default() };
    simulate_with(inventory, workload, mechanism, ideal, WARMUP, options)
}

pub(super) fn simulate_with(
    inventory: &Inventory,
    workload: &Workload,
    mechanism: Mechanism,
    ideal: bool,
    warmup: SimTime,
    options: Options,
) -> RunRecord {
    let (control, kubelet, cost) = match ideal {
        true => (ControlPlane::ideal(), Kubelet::ideal(), CostModel::FREE),
        false => (ControlPlane::kubernetes_1_37(), Kubelet::kubernetes_1_37(), CostModel::REFERENCE),
    };
    let profile = Profile::default();
    let setup = Setup {
        inventory,
        workload,
        mechanism,
        profile: &profile,
        control: &control,
        kubelet: &kubelet,
        failures: &Failures::NONE,
        cost: &cost,
        seed: Seed { root: 1, replicate: 0 },
        warmup,
        horizon: SimTime(3600 * 1_000_000_000),
        options,
    };
    run(&setup).unwrap_or_else(|stopped| panic!("{mechanism:?}: {stopped:#?}"))
}

pub(super) fn count(record: &RunRecord, name: &str) -> u64 {
    match record.metrics[name] {
        MetricValue::Count(n) => n,
        MetricValue::Ratio(x) => panic!("{name} is a ratio: {x}"),
    }
}

pub(super) fn mixed_asks() -> Vec<Ask> {
    vec![
        ask("one", 1, 1000, 0, 4),
        ask("pair", 2, 1000, 0, 8),
        ask("four", 4, 1000, 0, 16),
        ask("half", 1, 500, 0, 2),
        ask("large", 1, 1000, 40, 4),
        ask("cpu", 0, 1000, 0, 6),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Every invariant holds at every event, both paths agree, and the parts of capacity add up to the whole.
    #[test]
    fn invariants_hold(
        (big, small) in (1usize..3, 0usize..3),
        (n, seed) in (20u32..160, 0u64..1000),
        ideal: bool,
        priorities in proptest::array::uniform6(0i32..3),
    ) {
        let inventory = cluster(big, small);
        let asks = mixed_asks().into_iter().zip(priorities).map(|(ask, priority)| Ask { priority, ..ask }).collect();
        let workload = workload(n, seed, asks);
        for mechanism in DECIDING {
            let record = simulate(&inventory, &workload, mechanism, ideal, true);
            let span = u128::from(record.window.1.since(record.window.0).0);
            for row in &record.capacity {
                let parts = row.asked + row.unasked + row.free.iter().sum::<u128>();
                // Halves of a device-nanosecond are cut off where an ask is a fraction.
                prop_assert!(parts.abs_diff(u128::from(row.devices) * span) <= 1, "{row:?}");
            }
            let ended = count(&record, "demands_running") + count(&record, "demands_finished")
                + count(&record, "demands_pending") + count(&record, "demands_failed");
            prop_assert_eq!(ended, u64::from(n));
        }
    }

    /// The baseline is fair: where nothing is lost in lowering and scoring is equal, device plugins and DRA put every pod
    /// on the same node at the same time under `ideal`. Pods without devices are left out: when one ends, upstream retries
    /// what NodeResourcesFit rejected and not what DynamicResources rejected, so waiting pods may change places.
    #[test]
    fn plain_asks_are_placed_alike(big in 1usize..4, n in 20u32..200, seed in 0u64..1000) {
        let inventory = cluster(big, 0);
        let workload = workload(n, seed, vec![ask("one", 1, 1000, 0, 4), ask("pair", 2, 1000, 0, 8)]);
        let place = |mechanism| {
            let record = simulate(&inventory, &workload, mechanism, true, false);
            record.pods.iter().map(|p| (p.demand, p.node, p.running)).collect::<Vec<_>>()
        };
        prop_assert_eq!(place(Mechanism::DevicePlugin), place(Mechanism::Dra));
    }
}

#[test]
fn equal_setups_give_equal_records() {
    let (inventory, workload) = (cluster(2, 2), workload(200, 7, mixed_asks()));
    for mechanism in DECIDING {
        let once = simulate(&inventory, &workload, mechanism, false, false);
        let twice = simulate(&inventory, &workload, mechanism, false, true);
        assert_eq!(once.digest, twice.digest, "checking changes nothing");
        assert_eq!(once.pods, twice.pods);
    }
}

#[test]
fn what_is_kept_changes_nothing() {
    let inventory = cluster(2, 1);
    for seed in 0..20 {
        let asks = (0..).zip(mixed_asks()).map(|(at, ask)| Ask { priority: (at * 7 + seed as i32) % 3, ..ask }).collect();
        let workload = workload(150, seed, asks);
        for mechanism in DECIDING {
            for ideal in [false, true] {
                let digest = |keep_pods| {
                    let options = Options { keep_pods, columns: 12, ..Options::default() };
                    simulate_with(&inventory, &workload, mechanism, ideal, WARMUP, options).digest
                };
                assert_eq!(digest(true), digest(false), "{mechanism:?}, seed {seed}, ideal: {ideal}");
            }
        }
    }
}

#[test]
fn a_demand_for_memory_is_wasted_on_small_gpus_only_by_the_naive_plugin() {
    let inventory = cluster(1, 3);
    let workload = workload(40, 3, vec![ask("large", 1, 1000, 40, 1)]);
    let failed = |mechanism| count(&simulate(&inventory, &workload, mechanism, false, true), "pods_failed");
    assert!(failed(Mechanism::DevicePluginNaive) > 0);
    assert_eq!((failed(Mechanism::DevicePlugin), failed(Mechanism::Dra)), (0, 0));
}

#[test]
fn overload_is_explained() {
    let inventory = cluster(1, 1);
    let workload = workload(300, 5, vec![ask("large", 1, 1000, 40, 1), ask("huge", 1, 1000, 80, 1)]);
    let record = simulate(&inventory, &workload, Mechanism::Dra, false, true);
    assert!(count(&record, "demands_pending") > 0);
    let stranded = record.metrics["gpu_stranded_device_memory_ratio"].as_f64();
    assert_eq!(record.metrics["gpu_stranded_ratio"].as_f64(), stranded, "the small GPUs and nothing else");
    assert!(stranded > 0.4 && stranded <= 0.5, "{stranded}");
    assert!(record.reasons.iter().any(|r| r.text == "cannot allocate all claims" && r.count >= r.demands && r.demands > 0));
    let censored = record.latency.iter().find(|l| l.name == "demand_to_running").map(|l| l.censored_ns.len());
    assert!(censored > Some(0));
}

/// A node of 32 CPUs is full of `low` when `high` comes, which needs as much as one of them has.
fn crowded(low: Ask, high: Ask) -> Workload {
    let mut workload = Workload { asks: vec![low, Ask { priority: 7, ..high }].into(), ..Workload::default() };
    let long = SimDuration::from_secs(7200);
    for row in 0..5 {
        let (at, runs_for) = if row < 4 { (row, long) } else { (1200, SimDuration::from_secs(600)) };
        let at = SimTime::ZERO + SimDuration::from_secs(u64::from(at));
        workload.arrivals.push(Arrival { at, runs_for, ask: AskId(row / 4), row, censored: false });
    }
    workload
}

#[test]
fn a_pod_of_higher_priority_makes_room_for_itself() {
    let inventory = cluster(1, 0);
    let check = |mechanism, ideal: bool, gpus, want: u64| {
        let workload = crowded(ask("low", gpus, 1000, 0, 8), ask("high", 0, 1000, 0, 8));
        let record = simulate(&inventory, &workload, mechanism, ideal, true);
        assert_eq!(count(&record, "pods_preempted"), want, "{mechanism:?}");
        assert_eq!((count(&record, "demands_finished"), count(&record, "pods_failed")), (want, 0), "{mechanism:?}");
        assert_eq!((count(&record, "demands_running"), count(&record, "demands_pending")), (4, 0), "the victim runs again");
        let notes: Vec<&str> = record.events.rows().iter().map(|row| &*row.note).collect();
        assert!(notes.contains(&"Preempted by pod pod-4 on node big-0"), "{notes:?}");
        // The latest of equals has to go, and the other one waits until its containers have stopped.
        let victims: Vec<u32> = record.pods.iter().filter(|pod| pod.reason == "Preempted").map(|pod| pod.demand).collect();
        assert_eq!(victims, [] as [u32; 0], "pods of the warm-up are not among the rows");
        let high = record.pods.iter().find(|pod| pod.demand == 4).and_then(|pod| pod.running).expect("it runs");
        let waited = high.since(SimTime(1200 * 1_000_000_000)).as_secs_f64();
        assert!(if ideal { waited == 0.0 } else { waited > 30.0 && waited < 40.0 }, "{mechanism:?}: {waited} s");
    };
    for mechanism in Mechanism::ALL {
        for ideal in [false, true] {
            check(mechanism, ideal, 1, 1);
        }
    }
}

#[test]
fn only_counted_devices_are_made_room_for() {
    let inventory = cluster(1, 0);
    let preempted = |mechanism| {
        let workload = crowded(ask("low", 1, 1000, 0, 1), ask("high", 1, 1000, 0, 1));
        count(&simulate(&inventory, &workload, mechanism, false, true), "pods_preempted")
    };
    assert_eq!((preempted(Mechanism::DevicePlugin), preempted(Mechanism::Dra)), (1, 0), "spec B8: upstream evicts for no claim");
}
