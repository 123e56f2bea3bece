//! The record of one run of one strategy: plain data, no clock, no host, no path inside.

use std::collections::BTreeMap;

use crate::base::{Finding, SimDuration, SimTime};
use crate::model::{DeviceKind, Effort};
use crate::observe::events::EventLog;
use crate::observe::prometheus::Scrape;

/// What a run of one strategy and one replicate leaves behind.
#[derive(Clone, Debug, Default)]
pub struct RunRecord {
    /// Strategy name as the scenario gives it.
    pub strategy: String,
    /// Replicate number, from 0.
    pub replicate: u32,
    /// Digest over every popped event and every grant, 16 hexadecimal digits.
    pub digest: String,
    /// The measured window.
    pub window: (SimTime, SimTime),
    /// Every metric of the dictionary that this run has, by name.
    pub metrics: BTreeMap<&'static str, MetricValue>,
    /// Latencies, in display order.
    pub latency: Vec<LatencyRow>,
    /// Work counted as upstream would have done it.
    pub effort: Effort,
    /// Requests to the API server by scheduler, resourceclaim controller and kubelets, by verb and resource; empty for a sequence
    /// replay.
    pub api_requests: BTreeMap<&'static str, u64>,
    /// Where the device time of the window went, one row per (kind, model), kinds in display order, models by name.
    pub capacity: Vec<Capacity>,
    /// What happened over time. Empty series for a sequence replay.
    pub timeline: Timeline,
    /// Share of devices held, per node and time column.
    pub heat: Heat,
    /// Why demands did not fit, most frequent first.
    pub reasons: Vec<Reason>,
    /// What the mechanism could not say, by ask.
    pub lost: Vec<LostRow>,
    /// One row per ask, in ask order.
    pub shapes: Vec<ShapeRow>,
    /// Allocation curve of a sequence replay: 131 points; empty otherwise.
    pub curve: Vec<CurvePoint>,
    /// Placements of a sequence replay, in order; empty otherwise.
    pub placements: Vec<Placement>,
    /// One row per pod of the window, by arrival; empty for a sequence replay.
    pub pods: Vec<PodRow>,
    /// What kube-scheduler recorded about pods.
    pub events: EventLog,
    /// What the components of Kubernetes would expose to Prometheus at the horizon, counted over the whole run.
    pub scrape: Scrape,
    /// Things that qualify the results of this run.
    pub findings: Vec<Finding>,
}

/// A metric's value, exact where the metric is a count.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum MetricValue {
    /// A count.
    Count(u64),
    /// A ratio or a mean.
    Ratio(f64),
}

impl MetricValue {
    /// The value as a float.
    pub fn as_f64(self) -> f64 {
        match self {
            MetricValue::Count(n) => n as f64,
            MetricValue::Ratio(x) => x,
        }
    }
}

/// One latency histogram. Values above the censoring point are unknown, not missing.
#[derive(Clone, Debug)]
pub struct LatencyRow {
    /// Name from the dictionary, such as `demand_to_running`.
    pub name: &'static str,
    /// Recorded values in nanoseconds, 3 significant digits.
    pub histogram: hdrhistogram::Histogram<u64>,
    /// Samples that had not ended at the horizon: lower bounds, in nanoseconds, ascending. They are part of every
    /// percentile's rank but not of `histogram`.
    pub censored_ns: Vec<u64>,
}

/// Why a free device was free.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Cause {
    /// Nothing was waiting.
    Idle,
    /// A waiting demand could have used it now: scheduler lag, back-off.
    Queued,
    /// Stranded: hardware would do, the mechanism cannot say so.
    Mechanism,
    /// Stranded: another model is wanted.
    Model,
    /// Stranded: more device memory is wanted.
    DeviceMemory,
    /// Stranded: too few free devices together on one node.
    Fragment,
    /// Stranded: the free devices are not close enough.
    Topology,
    /// Stranded: too little CPU beside it.
    Cpu,
    /// Stranded: too little host memory (or no pod slot) beside it.
    Memory,
    /// Stranded: no single relaxation would help.
    Combined,
}

impl Cause {
    /// All causes in display order.
    pub const ALL: [Cause; 10] = [
        Cause::Idle,
        Cause::Queued,
        Cause::Mechanism,
        Cause::Model,
        Cause::DeviceMemory,
        Cause::Fragment,
        Cause::Topology,
        Cause::Cpu,
        Cause::Memory,
        Cause::Combined,
    ];

    /// Snake-case name, as in metric keys.
    pub const fn name(self) -> &'static str {
        match self {
            Cause::Idle => "idle",
            Cause::Queued => "queued",
            Cause::Mechanism => "mechanism",
            Cause::Model => "model",
            Cause::DeviceMemory => "device_memory",
            Cause::Fragment => "fragment",
            Cause::Topology => "topology",
            Cause::Cpu => "cpu",
            Cause::Memory => "memory",
            Cause::Combined => "combined",
        }
    }

    /// True for the causes that make a device stranded.
    pub const fn is_stranded(self) -> bool {
        !matches!(self, Cause::Idle | Cause::Queued)
    }
}

/// Where the time of the devices of one model went, in device-nanoseconds over the window. The parts add up to
/// `devices * window`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Capacity {
    /// GPU, TPU or NIC.
    pub kind: DeviceKind,
    /// Model name.
    pub model: String,
    /// How many devices.
    pub devices: u64,
    /// Held and asked for (a demand of half a device that holds one whole counts half here).
    pub asked: u128,
    /// Held but not asked for.
    pub unasked: u128,
    /// Free, by cause, in the order of [`Cause::ALL`].
    pub free: [u128; Cause::ALL.len()],
    /// Held by nobody, and out of order or on a node that is down.
    pub out: u128,
}

/// What happened over time, reduced to columns of equal width by exact minimum, maximum and integral.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Timeline {
    /// Start of the first column.
    pub start: SimTime,
    /// Width of a column.
    pub step: SimDuration,
    /// The series, in display order.
    pub series: Vec<Series>,
}

/// One quantity over time. Values are integers in the unit that the name ends in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Series {
    /// Such as `gpu_held_milli`, `demands_waiting`, `gpu_stranded_milli`, `gpu_offered_milli`.
    pub name: &'static str,
    /// Smallest value in each column.
    pub min: Vec<i64>,
    /// Largest value in each column.
    pub max: Vec<i64>,
    /// Integral over each column, in unit x nanoseconds.
    pub integral: Vec<i128>,
}

/// Share of devices held: nodes x columns, the mean over the column in thousandths; 0 for nodes without devices.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Heat {
    /// Start of the first column.
    pub start: SimTime,
    /// Width of a column.
    pub step: SimDuration,
    /// Node names with their type, grouped by type, sorted by name. Nodes without devices are absent.
    pub nodes: Vec<(String, String)>,
    /// Row-major: node, then column.
    pub held_milli: Vec<u16>,
}

/// A reason why demands did not fit, grouped as kube-scheduler words it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reason {
    /// The text.
    pub text: String,
    /// Attempts that ended so.
    pub count: u64,
    /// Demands concerned.
    pub demands: u64,
    /// Name of one demand, with its ask.
    pub example: String,
}

/// A term of an ask that the mechanism cannot express.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LostRow {
    /// Name of the ask.
    pub ask: String,
    /// The term, in words.
    pub term: String,
    /// Demands of that ask that arrived in the window.
    pub demands: u64,
}

/// One ask over the window.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ShapeRow {
    /// Name of the ask.
    pub ask: String,
    /// What it asks for, in words.
    pub wants: String,
    /// Demands that arrived in the window.
    pub arrived: u64,
    /// Of those, demands that got to run before the horizon.
    pub ran: u64,
    /// Waits from arrival to running in nanoseconds: (p50, p99); `None` where too few ran.
    pub wait_ns: (Option<u64>, Option<u64>),
    /// Demands with an alignment wish that ran, and how many of them got it.
    pub aligned: (u64, u64),
}

/// A point of the allocation curve of a sequence replay, as published: percent of the cluster, two decimals.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CurvePoint {
    /// Requested GPUs so far, in percent of the cluster.
    pub arrived_pct: u32,
    /// Allocated GPUs, in percent of the cluster, rounded to two decimals.
    pub alloc_pct: f64,
    /// Fragmented GPUs (FGD), in percent of the cluster, rounded to two decimals.
    pub frag_pct: f64,
}

/// One pod of a sequence replay.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Placement {
    /// Position in the order, from 0.
    pub pos: u32,
    /// 0-based data row of the pod list.
    pub row: u32,
    /// Node name, or `None` if it was not placed.
    pub node: Option<String>,
    /// Indices of the GPUs on the node; empty for a CPU-only pod or an unplaced one.
    pub gpus: Vec<u32>,
}

/// All stage times of one pod; a demand that was tried several times has several rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PodRow {
    /// Number of the demand in the workload.
    pub demand: u32,
    /// Source row of the demand.
    pub row: u32,
    /// Name of the ask.
    pub ask: u32,
    /// Which try, from 0.
    pub attempt: u32,
    /// Node name index in the inventory, or `None` if it was never bound.
    pub node: Option<u32>,
    /// How it ended: `running`, `finished`, `failed`, `pending`.
    pub phase: &'static str,
    /// Why it failed, or the last reason why it did not fit; empty otherwise.
    pub reason: String,
    /// It was created. What follows is `None` where it did not get.
    pub created: SimTime,
    /// Its claim was created; only of pods with claims.
    pub claim_created: Option<SimTime>,
    /// The scheduler had it in its queue: of pods with claims, when it saw them listed.
    pub queued: Option<SimTime>,
    /// First scheduling attempt began.
    pub attempted: Option<SimTime>,
    /// The attempt that succeeded began.
    pub placed: Option<SimTime>,
    /// Its allocation written; only of pods with claims.
    pub allocated: Option<SimTime>,
    /// Binding written.
    pub bound: Option<SimTime>,
    /// Kubelet admitted it.
    pub admitted: Option<SimTime>,
    /// Devices prepared.
    pub prepared: Option<SimTime>,
    /// Containers running.
    pub running: Option<SimTime>,
    /// Containers ended.
    pub finished: Option<SimTime>,
    /// Scheduling attempts.
    pub attempts: u32,
}
