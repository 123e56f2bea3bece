//! Counts, integrals and histograms of one run, fed by the handlers. It decides nothing and nothing reads it before the
//! end.

use crate::base::{AskId, DeviceId, Id, IdVec, ModelId, NodeId, ShapeId, SimTime};
use crate::model::{Arrival, Ask, DeviceAsk, DeviceKind, Inventory};
use crate::observe::LatencyRow;
use crate::observe::metrics::{LATENCIES, STAGES};
use crate::observe::steps::{Columns, StepIntegral, StepSeries, overlap};
use crate::sim::Setup;
use crate::sim::pods::{Pod, Times};
use crate::sim::refusals::ReasonSet;

/// Largest latency that a histogram holds: 400 days.
const LATENCY_MAX_NS: u64 = 400 * 24 * 3600 * 1_000_000_000;

/// Names of the asked-for series by kind.
const ASKED: [&str; 3] = ["gpu_asked_milli", "tpu_asked_milli", "nic_asked_milli"];

/// The latency that a crowded cluster records most often.
const FAILED_ATTEMPT: &str = "scheduling_attempt_unschedulable";

/// Attempts and demands that met one reason.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReasonCount {
    /// Attempts.
    pub attempts: u64,
    /// Demands.
    pub demands: u64,
}

/// Counts, integrals and histograms.
#[derive(Debug)]
pub struct Tally {
    window: (SimTime, SimTime),
    /// Models of the devices of each node, in the order of its devices: what a counted device can be.
    models_on: IdVec<NodeId, Vec<ModelId>>,
    asks: IdVec<AskId, Ask>,
    kind_of: IdVec<ModelId, DeviceKind>,
    models: Vec<ModelId>,
    /// Held and asked-for thousandths, by model.
    pub asked: IdVec<ModelId, StepIntegral>,
    /// The same by kind, over time.
    pub asked_series: [StepSeries; 3],
    /// Thousandths that run on hardware that suits them, by kind.
    pub served: [StepIntegral; 3],
    /// Thousandths x nanoseconds of that which a preemption undid, by kind.
    pub lost: [i128; 3],
    /// Waiting demands.
    pub pending: StepSeries,
    /// Running demands.
    pub running: StepSeries,
    /// Nodes with at least one pod.
    pub nodes_used: StepSeries,
    /// Most nodes used at once inside the window.
    pub nodes_used_max: i64,
    /// True for nodes that held a pod inside the window.
    pub node_was_used: IdVec<NodeId, bool>,
    pods_on: IdVec<NodeId, u32>,
    /// Where the most frequent latency is among them.
    failed_attempt: usize,
    /// Latencies in dictionary order, then stages.
    pub latency: Vec<LatencyRow>,
    /// By shape: how often each reason was met, by its number.
    pub reasons: IdVec<ShapeId, Vec<ReasonCount>>,
    /// Waits to running of demands that arrived in the window, by ask, in nanoseconds.
    pub waits: IdVec<AskId, Vec<u64>>,
    /// Demands that arrived in the window, by ask.
    pub arrived: IdVec<AskId, u64>,
    /// Demands with an alignment wish that ran, and those that got it, by ask.
    pub aligned: IdVec<AskId, (u64, u64)>,
    /// Demands that arrived.
    pub demands_arrived: u64,
    /// Demands that finished.
    pub demands_finished: u64,
    /// Demands given up.
    pub demands_failed: u64,
    /// Pods created.
    pub pods_arrived: u64,
    /// Pods bound.
    pub pods_bound: u64,
    /// Pods that failed.
    pub pods_failed: u64,
    /// Pods that had to make room.
    pub pods_preempted: u64,
}

impl Tally {
    /// Nothing counted yet.
    pub fn new(setup: &Setup<'_>) -> Tally {
        let inventory = setup.inventory;
        let window = (setup.warmup, setup.horizon);
        let columns = Columns::over(window, setup.options.columns);
        let asks = setup.workload.asks.len();
        let histogram = || hdrhistogram::Histogram::new_with_bounds(1, LATENCY_MAX_NS, 3).expect("bounds are valid");
        Tally {
            window,
            models_on: inventory.nodes.ids().map(|node| models_on(inventory, node)).collect(),
            asks: setup.workload.asks.clone(),
            kind_of: inventory.models.iter().map(|m| m.kind).collect(),
            models: inventory.devices.iter().map(|d| d.model).collect(),
            asked: IdVec::filled(StepIntegral::new(window), inventory.models.len()),
            asked_series: ASKED.map(|name| StepSeries::new(name, columns)),
            served: std::array::from_fn(|_| StepIntegral::new(window)),
            lost: [0; 3],
            pending: StepSeries::new("demands_waiting", columns),
            running: StepSeries::new("demands_running", columns),
            nodes_used: StepSeries::new("nodes_used", columns),
            nodes_used_max: 0,
            node_was_used: IdVec::filled(false, inventory.nodes.len()),
            pods_on: IdVec::filled(0, inventory.nodes.len()),
            failed_attempt: LATENCIES.iter().position(|l| l.name == FAILED_ATTEMPT).expect("in the dictionary"),
            latency: LATENCIES
                .iter()
                .chain(&STAGES)
                .map(|l| LatencyRow { name: l.name, histogram: histogram(), censored_ns: vec![] })
                .collect(),
            reasons: IdVec::filled(Vec::new(), asks),
            waits: demands_of(setup).iter().map(|demands| Vec::with_capacity(*demands)).collect(),
            arrived: IdVec::filled(0, asks),
            aligned: IdVec::filled((0, 0), asks),
            demands_arrived: 0,
            demands_finished: 0,
            demands_failed: 0,
            pods_arrived: 0,
            pods_bound: 0,
            pods_failed: 0,
            pods_preempted: 0,
        }
    }

    fn in_window(&self, at: SimTime) -> bool {
        self.window.0 <= at && at < self.window.1
    }

    fn record(&mut self, name: &'static str, from: SimTime, to: SimTime) {
        let row = self.latency.iter_mut().find(|row| row.name == name).expect("every latency is in the dictionary");
        row.histogram.saturating_record(to.since(from).0);
    }

    /// A demand arrived.
    pub fn demand_arrives(&mut self, now: SimTime, arrival: &Arrival) {
        self.demands_arrived += 1;
        self.pending.add(now, 1);
        self.arrived[arrival.ask] += u64::from(self.in_window(now));
    }

    /// A pod failed and its demand waits again.
    pub fn waits_again(&mut self, now: SimTime) {
        self.pending.add(now, 1);
    }

    /// A demand is given up.
    pub fn given_up(&mut self) {
        self.demands_failed += 1;
    }

    /// An attempt that began at `began` found no node. `seen` are the reasons that the demand has met before.
    pub fn attempt_failed(&mut self, now: SimTime, began: SimTime, shape: ShapeId, reasons: ReasonSet, seen: ReasonSet) {
        if !self.in_window(now) {
            return;
        }
        self.latency[self.failed_attempt].histogram.saturating_record(now.since(began).0);
        let counts = &mut self.reasons[shape];
        for number in reasons.iter() {
            if counts.len() <= number {
                counts.resize(number + 1, ReasonCount::default());
            }
            counts[number].attempts += 1;
            counts[number].demands += u64::from(!seen.contains(number));
        }
    }

    /// The devices of a pod are held from now on.
    pub fn held(&mut self, now: SimTime, ask: AskId, node: NodeId, devices: &[DeviceId]) {
        self.hold(now, ask, node, devices, 1);
    }

    /// The driver of a claim has given it devices (classic DRA), or takes them back where `sign` is -1: a part of what the ask
    /// wants, whether its pod has a node or not.
    pub fn devices_given(&mut self, now: SimTime, ask: AskId, devices: &[DeviceId], sign: i64) {
        for device in devices {
            let model = self.models[device.index()];
            let kind = self.kind_of[model];
            let entry = self.asks[ask].devices.iter().find(|entry| entry.kind == kind).expect("devices are of a kind asked for");
            let share = i64::from(entry.share_milli) * sign;
            self.asked_series[kind as usize].add(now, share);
            self.asked[model].add(now, share);
        }
    }

    /// A pod was assumed on a node.
    pub fn assumed(&mut self, now: SimTime, node: NodeId) {
        self.pending.add(now, -1);
        self.pods_on[node] += 1;
        if self.pods_on[node] == 1 {
            self.nodes_used.add(now, 1);
        }
        if now < self.window.1 {
            self.node_was_used[node] |= self.in_window(now);
            if self.in_window(now) {
                self.nodes_used_max = self.nodes_used_max.max(self.nodes_used.value());
            }
        }
    }

    /// The scheduler saw the pod go.
    pub fn pod_gone(&mut self, now: SimTime, node: NodeId) {
        // A pod that lasts into the window has used its node there.
        self.node_was_used[node] |= self.in_window(now);
        if self.in_window(now) {
            self.nodes_used_max = self.nodes_used_max.max(self.nodes_used.value());
        }
        self.pods_on[node] -= 1;
        if self.pods_on[node] == 0 {
            self.nodes_used.add(now, -1);
        }
    }

    /// The devices of a pod are free again.
    pub fn devices_gone(&mut self, now: SimTime, ask: AskId, node: NodeId, devices: &[DeviceId]) {
        self.hold(now, ask, node, devices, -1);
    }

    /// Asked-for thousandths of what is held; a counted device is of a model that was asked for, where the node has one.
    fn hold(&mut self, now: SimTime, ask: AskId, node: NodeId, devices: &[DeviceId], sign: i64) {
        for i in 0..self.asks[ask].devices.len() {
            let entry = self.asks[ask].devices[i].clone();
            let share = i64::from(entry.share_milli) * sign;
            self.asked_series[entry.kind as usize].add(now, share * i64::from(entry.count));
            if devices.is_empty() {
                if let Some(model) = self.counted_as(node, &entry) {
                    self.asked[model].add(now, share * i64::from(entry.count));
                }
                continue;
            }
            for &device in devices {
                let model = self.models[device.index()];
                if self.kind_of[model] == entry.kind {
                    self.asked[model].add(now, share);
                }
            }
        }
    }

    /// The model that a counted device of this entry is taken for.
    fn counted_as(&self, node: NodeId, entry: &DeviceAsk) -> Option<ModelId> {
        let of_kind = || self.models_on[node].iter().copied().filter(|&m| self.kind_of[m] == entry.kind);
        of_kind().find(|m| entry.models.contains(m)).or_else(|| of_kind().next())
    }

    /// The binding of a pod is written.
    pub fn bound(&mut self, now: SimTime, times: &Times) {
        self.pods_bound += 1;
        if !self.in_window(now) {
            return;
        }
        let (Some(queued), Some(placed), Some(assumed)) = (times.queued.get(), times.placed.get(), times.assumed.get()) else {
            return;
        };
        self.record("queue_wait", queued, placed);
        self.record("scheduling_attempt", placed, now);
        self.record("pod_scheduling_sli", queued, now);
        self.record("bind", assumed, now);
    }

    /// Containers run on hardware that suits them. `first`: for the first time for their demand, with when that arrived and
    /// whether its devices are as close as it asked.
    pub fn runs(&mut self, now: SimTime, times: &Times, (id, ask): (AskId, &Ask), first: Option<(SimTime, bool)>) {
        self.serve(now, ask, 1);
        if let Some((arrived, aligned)) = first.filter(|(arrived, _)| self.in_window(*arrived)) {
            self.record("demand_to_running", arrived, now);
            self.waits[id].push(now.since(arrived).0);
            if !ask.alignments.is_empty() {
                self.aligned[id].0 += 1;
                self.aligned[id].1 += u64::from(aligned);
            }
        }
        if self.in_window(now) {
            if let Some(bound) = times.bound.get() {
                self.record("pod_startup", bound, now);
            }
            if let (Some(admitted), Some(prepared)) = (times.admitted.get(), times.prepared.get())
                && prepared > admitted
            {
                self.record("prepare", admitted, prepared);
            }
        }
    }

    /// The same pod, stage by stage since it was created.
    pub fn ran_through(&mut self, now: SimTime, created: SimTime, times: &Times) {
        if !self.in_window(now) {
            return;
        }
        let mut from = created;
        for (at, end) in times.ends_of_stages(now).into_iter().enumerate() {
            let Some(end) = end.get() else { continue };
            self.latency[LATENCIES.len() + at].histogram.saturating_record(end.since(from).0);
            from = from.max(end);
        }
    }

    /// The claims of a pod became visible to the scheduler.
    pub fn claim_ready(&mut self, now: SimTime, pod: &Pod) {
        if self.in_window(now) {
            self.record("claim_ready", pod.created, now);
        }
    }

    /// Containers that ran on suitable hardware ended.
    pub fn finished(&mut self, now: SimTime, ask: &Ask) {
        self.demands_finished += 1;
        self.serve(now, ask, -1);
    }

    /// A pod that was bound is taken away before it runs, and that is the end of its demand.
    pub fn taken_away(&mut self) {
        self.demands_finished += 1;
    }

    /// Containers that ran on suitable hardware since `ran_from` have to stop or failed with it, and what they did is lost.
    pub fn undone(&mut self, now: SimTime, ran_from: SimTime, ask: &Ask) {
        self.serve(now, ask, -1);
        let ran = i128::from(overlap(self.window, (ran_from, now)).0);
        for kind in DeviceKind::ALL {
            self.lost[kind as usize] += i128::from(ask.milli_of(kind)) * ran;
        }
    }

    fn serve(&mut self, now: SimTime, ask: &Ask, sign: i64) {
        self.running.add(now, sign);
        for kind in DeviceKind::ALL {
            self.served[kind as usize].add(now, ask.milli_of(kind) as i64 * sign);
        }
    }
}

/// How many demands there are of each ask.
fn demands_of(setup: &Setup<'_>) -> IdVec<AskId, usize> {
    let mut demands = IdVec::filled(0, setup.workload.asks.len());
    setup.workload.arrivals.iter().for_each(|arrival| demands[arrival.ask] += 1);
    demands
}

fn models_on(inventory: &Inventory, node: NodeId) -> Vec<ModelId> {
    let mut models: Vec<ModelId> = Vec::new();
    for device in inventory.devices_of(node) {
        let model = inventory.devices[device].model;
        if !models.contains(&model) {
            models.push(model);
        }
    }
    models
}
