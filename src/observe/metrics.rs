//! The one dictionary of metric names: meaning, unit, formula, reading. Reports, gates and documentation read it.

use std::collections::BTreeMap;

use crate::observe::record::MetricValue;

/// Values by metric name.
pub type MetricValueMap = BTreeMap<&'static str, MetricValue>;

/// The unit of a metric.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// A number of things.
    Count,
    /// A ratio; shown in percent where it is a share of one.
    Ratio,
    /// A plain factor.
    Factor,
}

/// Which direction is better, where one is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// Neither; the metric describes.
    Neither,
}

/// One metric.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Metric {
    /// Key in `summary.json`.
    pub name: &'static str,
    /// Row title in tables.
    pub title: &'static str,
    /// Unit.
    pub unit: Unit,
    /// Which direction is better.
    pub better: Better,
    /// How it is computed.
    pub formula: &'static str,
    /// How to read it.
    pub reading: &'static str,
}

/// One latency.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Latency {
    /// Key in `summary.json`.
    pub name: &'static str,
    /// Row title in tables.
    pub title: &'static str,
    /// From where to where it is measured.
    pub reading: &'static str,
}

/// Looks a metric up by name.
pub fn metric(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|m| m.name == name)
}

const fn count(name: &'static str, title: &'static str, better: Better, formula: &'static str, reading: &'static str) -> Metric {
    Metric { name, title, unit: Unit::Count, better, formula, reading }
}

const fn ratio(name: &'static str, title: &'static str, better: Better, formula: &'static str, reading: &'static str) -> Metric {
    Metric { name, title, unit: Unit::Ratio, better, formula, reading }
}

/// Every metric, in display order. All time integrals are exact and run over the window (`run.warmup` to `run.horizon`).
pub const METRICS: &[Metric] = &[
    ratio(
        "demand_served_ratio",
        "demand served",
        Better::Higher,
        "asked-for device time that ran / asked-for device time the workload would have run unqueued, over the window; what a preemption undid does not count",
        "how much of what users asked for they got; leads the scoreboard; work that waited through the warm-up can lift it above 100 %",
    ),
    ratio(
        "gpu_demand_served_ratio",
        "GPU demand served",
        Better::Higher,
        "as demand_served_ratio, GPUs alone",
        "demand_served_ratio counts GPUs and TPUs by number of devices; NICs count where there is no accelerator",
    ),
    ratio("tpu_demand_served_ratio", "TPU demand served", Better::Higher, "as demand_served_ratio, TPU chips alone", ""),
    ratio("nic_demand_served_ratio", "NIC demand served", Better::Higher, "as demand_served_ratio, NICs alone", ""),
    Metric {
        name: "held_per_asked",
        title: "device time held per asked",
        unit: Unit::Factor,
        better: Better::Lower,
        formula: "device time held / device time asked for by the holders",
        reading: "waste by coarse units: 1.00 holds exactly what was asked for",
    },
    ratio(
        "gpu_allocated_ratio",
        "GPUs held",
        Better::Neither,
        "GPU time held / GPU time of the cluster",
        "neither better nor worse: a waster holds more",
    ),
    ratio("tpu_allocated_ratio", "TPUs held", Better::Neither, "TPU time held / TPU time of the cluster", ""),
    ratio("nic_allocated_ratio", "NICs held", Better::Neither, "NIC time held / NIC time of the cluster", ""),
    ratio("tpu_stranded_ratio", "TPUs stranded while others waited", Better::Lower, "as gpu_stranded_ratio, for TPU chips", ""),
    ratio("nic_stranded_ratio", "NICs stranded while others waited", Better::Lower, "as gpu_stranded_ratio, for NICs", ""),
    ratio(
        "gpu_stranded_ratio",
        "GPUs stranded while others waited",
        Better::Lower,
        "GPU time free although a demand waited that could not use it / GPU time of the cluster",
        "capacity paid for that the waiting demands could not reach; the causes below add up to it",
    ),
    ratio(
        "gpu_stranded_mechanism_ratio",
        "stranded: mechanism",
        Better::Lower,
        "as gpu_stranded_ratio",
        "the hardware would do; the mechanism cannot say so",
    ),
    ratio("gpu_stranded_model_ratio", "stranded: model", Better::Lower, "as gpu_stranded_ratio", "another GPU model is wanted"),
    ratio(
        "gpu_stranded_device_memory_ratio",
        "stranded: device memory",
        Better::Lower,
        "as gpu_stranded_ratio",
        "more device memory is wanted",
    ),
    ratio(
        "gpu_stranded_fragment_ratio",
        "stranded: fragment",
        Better::Lower,
        "as gpu_stranded_ratio",
        "too few free devices together on one node",
    ),
    ratio(
        "gpu_stranded_topology_ratio",
        "stranded: topology",
        Better::Lower,
        "as gpu_stranded_ratio",
        "the free devices are not close enough to each other",
    ),
    ratio("gpu_stranded_cpu_ratio", "stranded: CPU", Better::Lower, "as gpu_stranded_ratio", "too little CPU beside the device"),
    ratio(
        "gpu_stranded_memory_ratio",
        "stranded: memory",
        Better::Lower,
        "as gpu_stranded_ratio",
        "too little host memory or no pod slot beside the device",
    ),
    ratio(
        "gpu_stranded_combined_ratio",
        "stranded: combined",
        Better::Lower,
        "as gpu_stranded_ratio",
        "no single relaxation would help",
    ),
    ratio(
        "gpu_queued_ratio",
        "free and usable while others waited",
        Better::Lower,
        "GPU time free although a waiting demand could use it now / GPU time of the cluster",
        "scheduler lag and back-off",
    ),
    ratio(
        "gpu_idle_ratio",
        "idle",
        Better::Neither,
        "GPU time free while nothing waited / GPU time of the cluster",
        "spare capacity",
    ),
    ratio(
        "frag_ratio",
        "fragmentation (FGD)",
        Better::Lower,
        "expected GPU share that a random demand of the workload cannot use, in the FGD paper's sense / GPUs of the cluster, at the end of a sequence replay",
        "for packing research (Weng et al., USENIX ATC 2023)",
    ),
    ratio(
        "alloc_ratio",
        "GPUs allocated",
        Better::Higher,
        "GPU share allocated / GPUs of the cluster, at the end of a sequence replay",
        "what a policy packs when more is offered than fits",
    ),
    ratio(
        "aligned_ratio",
        "aligned as asked",
        Better::Higher,
        "demands that ran with the alignment they asked for, judged by the hardware's links / demands with an alignment that ran",
        "absent if no demand asks for alignment",
    ),
    count(
        "nodes_used",
        "nodes used at peak",
        Better::Neither,
        "most nodes that held a pod at one time in the window",
        "consolidation",
    ),
    count(
        "nodes_empty",
        "nodes always empty",
        Better::Neither,
        "nodes that never held a pod in the window",
        "nodes that were not needed",
    ),
    count(
        "demands_arrived",
        "demands arrived",
        Better::Neither,
        "demands that arrived before the horizon, warm-up included",
        "the same for every strategy",
    ),
    count(
        "demands_running",
        "demands running",
        Better::Neither,
        "demands running at the horizon, those of the warm-up included",
        "",
    ),
    count(
        "demands_finished",
        "demands finished",
        Better::Higher,
        "demands that finished before the horizon, those of the warm-up included",
        "",
    ),
    count(
        "demands_pending",
        "demands waiting",
        Better::Lower,
        "demands neither running nor finished nor given up at the horizon, those of the warm-up included",
        "",
    ),
    count(
        "demands_failed",
        "demands given up",
        Better::Lower,
        "demands whose controller stopped recreating pods (backoffLimit); in a sequence replay, pods that fitted nowhere",
        "",
    ),
    count(
        "demands_unplaceable",
        "demands that no node can hold",
        Better::Neither,
        "demands that would fit no node even if the cluster were empty, by the neutral judge",
        "stay pending under every strategy",
    ),
    count("pods_arrived", "pods created", Better::Neither, "pods created, recreations included", ""),
    count("pods_bound", "pods bound", Better::Neither, "pods bound to a node", ""),
    count(
        "pods_failed",
        "pods failed",
        Better::Lower,
        "pods that the kubelet refused or whose containers failed: on hardware that does not suit them, or with their node or device",
        "",
    ),
    count(
        "pods_preempted",
        "pods preempted",
        Better::Lower,
        "bound pods deleted to make room for pods of higher priority; their demands wait again, and what they did is lost",
        "",
    ),
    count(
        "pods_interrupted",
        "pods whose work a failure stopped",
        Better::Neither,
        "pods whose containers stopped when their node or a device failed; what they did is lost",
        "absent, as all about failures, where nothing fails",
    ),
    count(
        "pods_evicted",
        "pods evicted",
        Better::Neither,
        "bound pods deleted because their node or a device of theirs has a taint; their demands wait again",
        "",
    ),
    count(
        "node_failures",
        "node failures",
        Better::Neither,
        "nodes that failed before the horizon",
        "the same for every strategy",
    ),
    count(
        "device_failures",
        "device failures",
        Better::Neither,
        "devices that failed before the horizon, their node being up or not",
        "the same for every strategy",
    ),
    ratio(
        "gpu_out_of_order_ratio",
        "GPUs out of order",
        Better::Neither,
        "GPU time out of order, or on a node that is down / GPU time of the cluster",
        "the same for every strategy; counts held and free GPUs alike",
    ),
    ratio("tpu_out_of_order_ratio", "TPUs out of order", Better::Neither, "as gpu_out_of_order_ratio, for TPU chips", ""),
    ratio("nic_out_of_order_ratio", "NICs out of order", Better::Neither, "as gpu_out_of_order_ratio, for NICs", ""),
    count(
        "allocator_steps",
        "allocator steps",
        Better::Neither,
        "recursive steps of the structured allocator, as upstream's search would take them",
        "what DRA costs the scheduler; none under device plugins",
    ),
];

/// Every latency, in display order.
pub const LATENCIES: &[Latency] = &[
    Latency {
        name: "demand_to_running",
        title: "arrival to running",
        reading: "first arrival of a demand to its containers running, across rejections and recreations",
    },
    Latency {
        name: "queue_wait",
        title: "waiting in the queue",
        reading: "first entry into the active queue to the start of the attempt that succeeded",
    },
    Latency {
        name: "scheduling_attempt",
        title: "successful attempt",
        reading: "one scheduling attempt that bound the pod: cycle and binding",
    },
    Latency {
        name: "scheduling_attempt_unschedulable",
        title: "failed attempt",
        reading: "one scheduling attempt that found no node",
    },
    Latency {
        name: "pod_scheduling_sli",
        title: "scheduling SLI",
        reading: "first entry into the active queue to bound, as scheduler_pod_scheduling_sli_duration_seconds",
    },
    Latency {
        name: "claim_ready",
        title: "claim creation",
        reading: "pod created to its generated claims visible to the scheduler; only pods with claims",
    },
    Latency { name: "bind", title: "binding cycle", reading: "assumed to bound, API writes included" },
    Latency {
        name: "prepare",
        title: "device preparation",
        reading: "admitted to devices prepared (NodePrepareResources) or allocated by the plugin",
    },
    Latency { name: "pod_startup", title: "start-up on the node", reading: "bound to containers running" },
];

const fn stage(name: &'static str, title: &'static str, reading: &'static str) -> Latency {
    Latency { name, title, reading }
}

/// What follows what between the creation of a pod and its containers running, in that order. Each stage begins where the one
/// before it ended; a pod that lacks its end lacks the stage.
pub const STAGES: [Latency; 9] = [
    stage("stage_claim", "claim created", "created to its claim created by the resourceclaim controller; only pods with claims"),
    stage(
        "stage_seen",
        "seen by the scheduler",
        "to its first entry into the queue: the watch, and its claim listed in its status",
    ),
    stage("stage_queue", "queued", "to the first scheduling attempt"),
    stage("stage_room", "waiting for room", "to the start of the attempt that succeeded"),
    stage("stage_allocate", "allocated", "to its allocation written, the scheduling cycle included; only pods with claims"),
    stage("stage_bind", "bound", "to its binding written; without claims, the scheduling cycle included"),
    stage("stage_admit", "admitted", "to its admission by the kubelet"),
    stage("stage_prepare", "prepared", "to its devices prepared; only pods with claims"),
    stage("stage_start", "running", "to its containers running: volumes, sandbox and start"),
];
