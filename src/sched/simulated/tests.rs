//! Placing, scoring and forgetting in small simulated clusters.

use std::sync::Arc;

use crate::alloc::Mechanism;
use crate::alloc::lower::{Lowered, lower};
use crate::base::{BitSet, ClaimId, DeviceId, NodeId, NodeTypeId, PodId, ResourceId, ShapeId};
use crate::kube;
use crate::kube::core::CoreInterning;
use crate::model::fit::tests::gpu_node;
use crate::model::ledger::WHOLE;
use crate::model::{
    Amounts, Ask, Book, Device, DeviceAsk, DeviceKind, DeviceShare, Holder, Inventory, Ledger, Node, Part, Shape, ShapeDevices,
};
use crate::sched::attempt::Outcome;
use crate::sched::fast::scheduler::Path;
use crate::sched::framework::Nominator;
use crate::sched::simulated::{Simulated, specs};
use crate::sched::{Profile, ScoredResource, Scoring};

/// Mechanisms under which the scheduler decides alone.
const DECIDING: [Mechanism; 3] = [Mechanism::DevicePluginNaive, Mechanism::DevicePlugin, Mechanism::Dra];

/// Two nodes of 4 CPUs, 16 GiB and two GPUs.
fn inventory() -> Inventory {
    let mut inventory = gpu_node(&[(0, 0), (0, 1)]);
    let devices = inventory.devices.clone();
    for device in devices.iter() {
        inventory.devices.push(Device { node: NodeId(1), ..*device });
    }
    inventory.nodes.push(Node { name: "other".to_owned(), kind: NodeTypeId(0), devices: 2..4 });
    inventory
}

fn ask(cpu_milli: i64, memory_bytes: i64, gpus: u32) -> Ask {
    let devices = DeviceAsk { kind: DeviceKind::Gpu, count: gpus, share_milli: 1000, models: vec![], memory_bytes_min: 0 };
    let devices = if gpus == 0 { Vec::new() } else { vec![devices] };
    Ask { name: "ask".to_owned(), cpu_milli, memory_bytes, priority: 0, devices, alignments: Vec::new() }
}

fn lowered(inventory: &Inventory, mechanism: Mechanism, asks: Vec<Ask>) -> Lowered {
    lower(mechanism, inventory, &asks.into())
}

#[test]
fn a_shape_is_a_pod_with_one_container() {
    let inventory = inventory();
    let check = |asked: Ask, requests: &str| {
        let shapes = lowered(&inventory, Mechanism::DevicePlugin, vec![asked]).shapes;
        let mut core = CoreInterning::default();
        let text = format!(r#"{{"containers":[{{"name":"main","resources":{{"requests":{requests}}}}}],"priority":0}}"#);
        let want = core.pod_spec(&kube::Pod::new("default", "pod", serde_json::from_str(&text).expect(&text)));
        let mut found = specs::spec(&inventory, (ShapeId(0), &shapes[ShapeId(0)]), &mut core.names);
        found.requests.total.devices = [0; 3];
        found.requests.scored.devices = [0; 3];
        // Images and signatures are nothing that shapes have.
        (found.images, found.signature) = (want.images.clone(), want.signature);
        assert_eq!(found, want, "{requests}");
    };
    check(ask(2000, 1 << 30, 2), r#"{"cpu":"2","memory":"1Gi","nvidia.com/gpu":"2"}"#);
    check(ask(1500, 0, 0), r#"{"cpu":"1500m"}"#);
    check(ask(0, 7, 1), r#"{"memory":"7","nvidia.com/gpu":"1"}"#);
}

/// Places a pod whose claim is there, and writes what it gets.
fn decide(scheduler: &mut Simulated, pod: PodId, shape: ShapeId) -> Outcome {
    let waiting = Arc::new(scheduler.with_claim(scheduler.pod(pod, shape)));
    let decision = scheduler.schedule(&waiting, shape, &Nominator::default());
    scheduler.write_claims(pod).expect("nobody else writes");
    decision.outcome
}

#[test]
fn devices_are_scored_alike_for_all_mechanisms() {
    let check = |scoring, want: [u32; 2]| {
        for mechanism in DECIDING {
            let inventory = inventory();
            let mut lowered = lowered(&inventory, mechanism, vec![ask(100, 1 << 20, 1)]);
            let resources = vec![(ScoredResource::Devices(DeviceKind::Gpu), 1)];
            let profile = Profile { scoring, resources, balanced_weight: 0, ..Profile::default() };
            let mut scheduler = Simulated::new(&inventory, &mut lowered, &profile, Path::Fast);
            for (pod, node) in want.into_iter().enumerate() {
                let pod = PodId(pod as u32);
                scheduler.claim_appears(pod, ShapeId(0));
                let outcome = decide(&mut scheduler, pod, ShapeId(0));
                assert_eq!(outcome, Outcome::Scheduled(NodeId(node)), "{mechanism:?} {scoring:?} {pod:?}");
            }
        }
    };
    check(Scoring::MostAllocated, [0, 0]);
    check(Scoring::LeastAllocated, [0, 1]);
}

#[test]
fn what_ends_leaves_nothing_behind() {
    let inventory = inventory();
    let none = BitSet::new(inventory.devices.len());
    for mechanism in DECIDING {
        let asks = vec![ask(1000, 1 << 30, 1), ask(1000, 1 << 30, 2), ask(500, 0, 0)];
        let mut lowered = lowered(&inventory, mechanism, asks);
        let mut scheduler = Simulated::new(&inventory, &mut lowered, &Profile::default(), Path::Fast);
        let mut ledger = Ledger::new(&inventory);
        let before = sizes(&scheduler);
        for pod in (0..60).map(PodId) {
            let shape = ShapeId(pod.0 % 3);
            let has_claim = lowered.shapes[shape].devices.is_claim();
            scheduler.claim_appears(pod, shape);
            let Outcome::Scheduled(node) = decide(&mut scheduler, pod, shape) else { panic!("{mechanism:?}: {pod:?} fits") };
            let devices = scheduler.devices_of(pod);
            ledger.grant(Book::Sched, Holder::Pod(pod), Part::new(node, counted(&lowered.shapes[shape])));
            ledger.grant(Book::Sched, Holder::Claim(ClaimId(pod.0)), claimed_part(node, &devices));
            assert_eq!(scheduler.differences(&inventory, &ledger, &none), Vec::<String>::new(), "{mechanism:?} {pod:?}");
            scheduler.pod_goes(pod, node);
            ledger.release(Book::Sched, Holder::Pod(pod));
            assert_eq!(scheduler.fits(ShapeId(1), node), !has_claim, "{mechanism:?}: its claim is still there");
            if has_claim {
                scheduler.claim_goes(pod);
            }
            ledger.release(Book::Sched, Holder::Claim(ClaimId(pod.0)));
            assert_eq!(scheduler.differences(&inventory, &ledger, &none), Vec::<String>::new(), "{mechanism:?} {pod:?}");
        }
        assert_eq!(sizes(&scheduler), before, "{mechanism:?}");
    }
}

fn counted(shape: &Shape) -> Amounts {
    let extended = match &shape.devices {
        ShapeDevices::Extended(list) => list.clone(),
        _ => Vec::new(),
    };
    Amounts { pods: 1, cpu_milli: shape.cpu_milli, memory_bytes: shape.memory_bytes, extended }
}

fn claimed_part(node: NodeId, devices: &[DeviceId]) -> Part {
    Part::of_devices(node, devices.iter().map(|&device| DeviceShare { device, milli: WHOLE }))
}

/// Texts, claims, devices that are held.
fn sizes(scheduler: &Simulated) -> (usize, usize, usize) {
    let exact = &scheduler.scheduler.exact;
    let tracker = exact.dra.tracker();
    (exact.names.len(), tracker.iter().count(), tracker.allocated().dedicated.len())
}

#[test]
fn what_is_out_of_order_is_given_to_nobody() {
    let inventory = inventory();
    let resource = &inventory.resources[ResourceId(0)];
    for (mechanism, path) in Mechanism::ALL.into_iter().flat_map(|m| [(m, Path::Fast), (m, Path::Exact)]) {
        let mut lowered = lowered(&inventory, mechanism, vec![ask(100, 1 << 20, 1)]);
        let mut scheduler = Simulated::new(&inventory, &mut lowered, &Profile::default(), path);
        let place = |scheduler: &mut Simulated, pod: u32| {
            scheduler.claim_appears(PodId(pod), ShapeId(0));
            match decide(scheduler, PodId(pod), ShapeId(0)) {
                Outcome::Scheduled(node) => Some((node.0, scheduler.devices_of(PodId(pod)).first().map(|device| device.0))),
                _ => None,
            }
        };
        let names = |node: u32, device: u32| Some((node, mechanism.uses_claims().then_some(device)));
        scheduler.unreachable(NodeId(0), true);
        assert_eq!(place(&mut scheduler, 0), names(1, 2), "{mechanism:?} {path:?}");
        // The first device of the other node fails while a pod has it, and that pod goes.
        scheduler.taint_device(DeviceId(2), true);
        scheduler.offers(NodeId(1), resource, 1);
        scheduler.pod_goes(PodId(0), NodeId(1));
        if mechanism.uses_claims() {
            scheduler.claim_goes(PodId(0));
        }
        assert_eq!(place(&mut scheduler, 1), names(1, 3), "{mechanism:?} {path:?}");
        assert_eq!(place(&mut scheduler, 2), None, "{mechanism:?} {path:?}");
        scheduler.taint_device(DeviceId(2), false);
        let (before, after) = scheduler.offers(NodeId(1), resource, 2);
        assert_ne!(before.allocatable, after.allocatable);
        assert_eq!(place(&mut scheduler, 3), names(1, 2), "{mechanism:?} {path:?}");
        assert_eq!(place(&mut scheduler, 4), None, "{mechanism:?} {path:?}");
        scheduler.unreachable(NodeId(0), false);
        assert_eq!(place(&mut scheduler, 5), names(0, 0), "{mechanism:?} {path:?}");
    }
}
