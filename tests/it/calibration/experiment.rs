//! A workload of scheduler_perf or of the recorded control plane, simulated.

use std::collections::BTreeMap;

use drasim::alloc::Mechanism;
use drasim::base::{AskId, DemandId, Quantity, Seed, SimDuration, SimTime};
use drasim::control::ControlPlane;
use drasim::model::{
    Alignment, Arrival, Ask, AttrValue, ClosedLoop, DeviceAsk, DeviceKind, DeviceProfile, DeviceSpec, Effort, Inventory,
    InventoryBuilder, Link, LinkLevel, Model, NodeType, NodeTypeSpec, Workload,
};
use drasim::node::{Failures, Kubelet};
use drasim::sched::{CostModel, Profile};
use drasim::sim::{Options, Setup, run};

/// When the measured pods come: what was there before has long been bound.
const START: SimTime = SimTime(400 * 1_000_000_000);
/// Longer than any run.
const EVER: SimDuration = SimDuration::from_secs(1_000_000);
/// More pods than a loop makes in its time.
const LOOP_PODS: u32 = 8_000;

/// What a pod asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wanted {
    /// CPU and memory.
    Plain,
    /// One of the node's allocatable `example.com/gpu`.
    Count,
    /// A template claim of so many requests for one device each.
    Claim {
        requests: u32,
        /// A CEL selector beside that of the class.
        selector: bool,
        /// All devices on one PCI root.
        matched: bool,
    },
}

impl Wanted {
    /// One device of the class.
    pub const ONE: Wanted = Wanted::Claim { requests: 1, selector: false, matched: false };
}

/// How the measured pods come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Load {
    /// All at once.
    Burst { pods: u32 },
    /// One loop replaces each pod that it sees bound.
    Steady { in_flight: u32, seconds: u64 },
}

/// A workload on a cluster.
#[derive(Clone, Copy, Debug)]
pub struct Experiment {
    pub nodes: usize,
    pub devices: u32,
    pub wanted: Wanted,
    /// Pods of the same kind that are there before.
    pub initial: u32,
    pub load: Load,
}

/// What came of the measured pods.
pub struct Outcome {
    /// Work of the measured window.
    pub effort: Effort,
    /// Requests of the measured window.
    pub requests: BTreeMap<&'static str, u64>,
    /// When the pods of the window were bound, in seconds since its start.
    pub bound: Vec<f64>,
}

impl Outcome {
    /// Pods bound in the window.
    pub fn pods(&self) -> f64 {
        self.bound.len() as f64
    }

    /// Pods a second, from the start of the window to the last of them, or over all of its `seconds`.
    pub fn rate(&self, load: Load) -> f64 {
        match load {
            Load::Burst { .. } => self.pods() / self.bound.last().copied().unwrap_or(1.0),
            Load::Steady { seconds, .. } => self.pods() / seconds as f64,
        }
    }
}

/// The constants that an experiment runs under.
pub struct Constants {
    pub control: ControlPlane,
    pub kubelet: Kubelet,
    pub cost: CostModel,
}

impl Experiment {
    /// Runs it up to the measured window, and to its end: the difference is the window's.
    pub fn simulate(&self, constants: &Constants) -> Outcome {
        let (inventory, workload) = (gpu_cluster(self.nodes, self.devices as u16), self.workload());
        let until = match self.load {
            Load::Burst { .. } => START + SimDuration::from_secs(1_000),
            Load::Steady { seconds, .. } => START + SimDuration::from_secs(seconds),
        };
        let mechanism = if self.wanted == Wanted::Count { Mechanism::DevicePlugin } else { Mechanism::Dra };
        let to = |horizon| {
            let setup = Setup {
                inventory: &inventory,
                workload: &workload,
                mechanism,
                profile: &Profile::default(),
                control: &constants.control,
                kubelet: &constants.kubelet,
                cost: &constants.cost,
                failures: &Failures::NONE,
                seed: Seed { root: 1, replicate: 0 },
                warmup: SimTime::ZERO,
                horizon,
                options: Options { columns: 12, ..Options::default() },
            };
            run(&setup).expect("nothing is checked")
        };
        let (before, record) = (to(START), to(until));
        let mut requests = record.api_requests.clone();
        for (name, count) in &before.api_requests {
            *requests.get_mut(name).expect("counts do not shrink") -= count;
        }
        let in_window = |at: &SimTime| *at >= START && *at < until;
        let mut bound: Vec<f64> = record.pods.iter().filter_map(|pod| pod.bound).filter(in_window).map(since_start).collect();
        bound.sort_by(f64::total_cmp);
        Outcome { effort: less(&record.effort, &before.effort), requests, bound }
    }

    fn ask(&self) -> Ask {
        let (requests, selector, matched) = match self.wanted {
            Wanted::Plain => (0, false, false),
            Wanted::Count => (1, false, false),
            Wanted::Claim { requests, selector, matched } => (requests, selector, matched),
        };
        let memory_bytes_min = i64::from(selector) << 20;
        let device = DeviceAsk { kind: DeviceKind::Gpu, count: 1, share_milli: 1000, models: Vec::new(), memory_bytes_min };
        let alignment = Alignment { level: LinkLevel::PcieRoot, entries: (0..requests).collect() };
        // The pods of both sources: 0.1 CPU, 500 Mi.
        Ask {
            name: "pod".to_owned(),
            cpu_milli: 100,
            memory_bytes: 500 << 20,
            priority: 0,
            devices: vec![device; requests as usize],
            alignments: if matched { vec![alignment] } else { Vec::new() },
        }
    }

    fn workload(&self) -> Workload {
        let mut workload = Workload { asks: vec![self.ask()].into(), ..Workload::default() };
        let mut add = |at: SimTime, count: u32| {
            for _ in 0..count {
                let row = workload.arrivals.len() as u32;
                workload.arrivals.push(Arrival { at, runs_for: EVER, ask: AskId(0), row, censored: true });
            }
        };
        add(SimTime::ZERO, self.initial);
        match self.load {
            Load::Burst { pods } => add(START, pods),
            Load::Steady { .. } => add(SimTime::FAR, LOOP_PODS),
        }
        if let Load::Steady { in_flight, .. } = self.load {
            workload.closed = Some(ClosedLoop { start: START, in_flight, first: DemandId(self.initial) });
        }
        workload
    }
}

/// Nodes of 4 CPUs, 32 GiB and so many devices, as in both sources.
pub fn gpu_cluster(nodes: usize, devices: u16) -> Inventory {
    let mut b = InventoryBuilder::default();
    let resource = b.resource("example.com/gpu");
    let model = b.model(Model {
        name: "GPU".to_owned(),
        kind: DeviceKind::Gpu,
        memory_bytes: 1 << 30,
        resource,
        class: "test-class".to_owned(),
    });
    let device = |i: u16| DeviceSpec {
        model,
        profile: DeviceProfile {
            driver: "test-driver.cdi.k8s.io".to_owned(),
            attributes: BTreeMap::from([(
                "resource.kubernetes.io/pcieRoot".to_owned(),
                AttrValue::String(format!("pci{}", i % 2)),
            )]),
            capacity: BTreeMap::from([("test-driver.cdi.k8s.io/memory".to_owned(), Quantity::from_units(1 << 30))]),
            allow_multiple_allocations: false,
        },
        link: Link { numa: 0, pcie_root: i % 2, domain: u16::MAX },
    };
    let kind = b.node_type(NodeTypeSpec {
        node_type: NodeType {
            name: "node".to_owned(),
            cpu_milli: 4_000,
            memory_bytes: 32 << 30,
            pods_max: 110,
            numa_nodes: 1,
            labels: Vec::new(),
            evidence: String::new(),
        },
        devices: (0..devices).map(device).collect(),
    });
    for i in 0..nodes {
        b.node(format!("node-{i}"), kind);
    }
    b.finish()
}

fn since_start(at: SimTime) -> f64 {
    at.since(START).as_secs_f64()
}

/// The counters that have a price, without those of before.
fn less(all: &Effort, before: &Effort) -> Effort {
    Effort {
        attempts: all.attempts - before.attempts,
        nodes_filtered: all.nodes_filtered - before.nodes_filtered,
        nodes_scored: all.nodes_scored - before.nodes_scored,
        allocator_calls: all.allocator_calls - before.allocator_calls,
        allocator_steps: all.allocator_steps - before.allocator_steps,
        devices_tried: all.devices_tried - before.devices_tried,
        cel_evaluations: all.cel_evaluations - before.cel_evaluations,
        slices_listed: all.slices_listed - before.slices_listed,
        cel_compilations: all.cel_compilations - before.cel_compilations,
        ..Effort::default()
    }
}
