//! `[workload]`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scenario::units::{Bytes, Cpu, Duration};

/// What arrives: a synthetic mix at a load, or the rows of a trace.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Workload {
    /// "synthetic" or "openb". Default: "openb" if `pods` is given, else "synthetic".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// A shipped mix. Synthetic only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mix: Option<String>,
    /// An own mix instead of a shipped one. Synthetic only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entry: Vec<Entry>,
    /// What the load of an own mix is measured in. Own mix only. Default: "gpu" if an entry asks for GPUs, else "tpu", "nic"
    /// or "cpu".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    /// How the demands of an own mix arrive. Own mix only. Default: "daily".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rhythm: Option<Rhythm>,
    /// Offered device time / device time of the cluster. Synthetic only. Default: 0.9.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<f64>,
    /// An openb pod list (plain, `.gz` or `.zst`). Paths as in `cluster.nodes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pods: Option<String>,
    /// "timed": with the trace's own arrivals and durations. "sequence": each pod is tried once, never retried, and nothing
    /// ends. Trace only. Default: "sequence" if a strategy is a packing policy, else "timed".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay: Option<Replay>,
    /// Where in the trace to start. Timed replay only. Default: "0s".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Duration>,
    /// Divides the times between arrivals. Timed replay only. Default: 1.0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speedup: Option<f64>,
    /// A file of submission orders (TSV: seed, row indices, node ranks). Sequence replay only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orders: Option<String>,
    /// Which order: a seed of the file, or the seed of an own order. Sequence replay only. Default: `run.seed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 9223372036854775807i64))]
    pub order_seed: Option<u64>,
    /// GPUs asked for / GPUs of the cluster, reached by cloning or dropping pods. Sequence replay without `orders` only.
    /// Default: 1.3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tune: Option<f64>,
}

/// Where a workload is from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Source {
    /// Drawn from a mix.
    Synthetic,
    /// Rows of Alibaba's openb trace.
    Openb,
}

/// How a trace is replayed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Replay {
    /// With its own arrival times and durations.
    Timed,
    /// One pod after the other; each is tried once, nothing ends.
    Sequence,
}

/// One entry of an own mix.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("required" = ["name", "cpu", "memory", "duration"]))]
pub struct Entry {
    /// Name, unique in the mix.
    pub name: String,
    /// Share of arrivals, relative to the other entries. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub weight: Option<u32>,
    /// CPU request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Cpu>,
    /// Memory request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Bytes>,
    /// `spec.priority`. Pods that fit nowhere may evict pods of lower priority, which start over. Default: 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
    /// Devices, one table per kind.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub device: Vec<Device>,
    /// Devices that must be close to each other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub align: Vec<Align>,
    /// How long it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<Lasts>,
    /// How often it runs, one pod after the other, as a Job of `parallelism` 1; each for a time of its own, and the next when the
    /// one before has finished. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000))]
    pub completions: Option<u32>,
}

/// How long demands of an entry run: lognormal through two percentiles, between two bounds.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("required" = ["p50", "p99"]))]
pub struct Lasts {
    /// Median, before the bounds are applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p50: Option<Duration>,
    /// 99th percentile, above the median.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p99: Option<Duration>,
    /// Shortest; shorter draws are drawn again. Default: "1s".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<Duration>,
    /// Longest; longer draws are drawn again. Default: "7d".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<Duration>,
}

/// What a load is measured in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Basis {
    /// GPU time.
    Gpu,
    /// TPU time.
    Tpu,
    /// NIC time.
    Nic,
    /// CPU time.
    Cpu,
}

/// How the rate of arrivals changes; the mean follows from the load.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Rhythm {
    /// A plain Poisson process.
    Steady,
    /// The hours of a day, as in the Helios traces.
    Daily,
    /// The hours of a day and the days of a week, as in the Helios traces.
    Weekly,
    /// As weekly, and in batches.
    Bursty,
}

/// Devices of one kind that an entry asks for, all on one node.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("required" = ["kind"]))]
pub struct Device {
    /// "gpu", "tpu" or "nic".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// How many. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1024))]
    pub count: Option<u32>,
    /// Share of one device, above 0 and at most 1; less than 1 only with count 1. Default: 1.0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// Accepted models. Default: any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    /// Least device memory. Default: any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_min: Option<Bytes>,
}

/// A kind of device.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Kind {
    /// Graphics processors and other general accelerators.
    Gpu,
    /// TPU chips.
    Tpu,
    /// Network interfaces.
    Nic,
}

/// A wish that some devices of an entry share a link, a PCIe root or a NUMA node.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("required" = ["level"]))]
pub struct Align {
    /// What is shared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// Which of the entry's `device` tables, counted from 0. Default: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub devices: Option<Vec<u32>>,
}

/// How close devices are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Level {
    /// NVLink, Infinity Fabric, ICI or the like.
    Link,
    /// One PCIe root. Between GPUs and NICs: each GPU has a NIC on its own root.
    PcieRoot,
    /// One NUMA node.
    Numa,
}
