//! The table of families. Names, kinds, labels and buckets are upstream's; `tests/it/metrics.rs` holds them against the
//! specification.

use crate::observe::prometheus::{Bounds, Family, Kind};

const SCHEDULER: &str = "pkg/scheduler/metrics/metrics.go";
const KUBELET: &str = "pkg/kubelet/metrics/metrics.go";
const CLAIMS: &str = "pkg/controller/resourceclaim/metrics/metrics.go";
const CLAIM_CREATION: &str = "staging/src/k8s.io/dynamic-resource-allocation/resourceclaim/metrics/metrics.go";

const WORKQUEUE: &str = "staging/src/k8s.io/component-base/metrics/prometheus/workqueue/metrics.go";

/// `ExponentialBuckets(10e-9, 10, 10)`, as Go multiplies them.
const TENFOLD: Bounds = Bounds::Exponential { first: 10e-9, factor: 10.0, count: 10 };

const fn doubling(first: f64, count: usize) -> Bounds {
    Bounds::Exponential { first, factor: 2.0, count }
}

const fn family(
    name: &'static str,
    kind: Kind,
    labels: &'static [&'static str],
    source: &'static str,
    help: &'static str,
) -> Family {
    Family { name, kind, help, labels, source }
}

/// Start-up of pods, in seconds.
const STARTUP: Bounds = Bounds::Listed(&[
    0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 20.0, 30.0, 45.0, 60.0, 120.0, 180.0, 240.0, 300.0, 360.0, 480.0, 600.0, 900.0,
    1200.0, 1800.0, 2700.0, 3600.0,
]);

/// `ExponentialBucketsRange(.1, 40, 15)`: the i-th is 0.1 * 400^(i/14), to the last bit as Go's `math.Pow` gives it.
const DRIVERS: Bounds = Bounds::Listed(&[
    0.1,
    0.1534127404634391,
    0.23535468936502524,
    0.36106407876409946,
    0.5539182980610752,
    0.849781240983936,
    1.303672689737678,
    1.9999999999999993,
    3.0682548092687805,
    4.7070937873005025,
    7.221281575281985,
    11.078365961221499,
    16.995624819678714,
    26.07345379475354,
    39.99999999999997,
]);

/// Every family that a timed run fills, in the order in which it is written.
pub const FAMILIES: &[Family] = &[
    family(
        "scheduler_schedule_attempts_total",
        Kind::Counter,
        &["result", "profile"],
        SCHEDULER,
        "Attempts to schedule a pod that have ended: bound (scheduled), rejected by plugins (unschedulable), or failed (error).",
    ),
    family(
        "scheduler_scheduling_attempt_duration_seconds",
        Kind::Durations(doubling(0.001, 15)),
        &["result", "profile"],
        SCHEDULER,
        "From the start of an attempt to its end, its binding cycle included.",
    ),
    family(
        "scheduler_scheduling_algorithm_duration_seconds",
        Kind::Durations(doubling(0.001, 15)),
        &[],
        SCHEDULER,
        "Choosing a node: one scheduling cycle without its binding, as the cost model prices it.",
    ),
    family(
        "scheduler_pod_scheduling_sli_duration_seconds",
        Kind::Durations(doubling(0.01, 20)),
        &["attempts"],
        SCHEDULER,
        "From a pod's first entry into the active queue to its binding, over all of its attempts.",
    ),
    family(
        "scheduler_pod_scheduling_attempts",
        Kind::Sizes(doubling(1.0, 5)),
        &[],
        SCHEDULER,
        "Attempts that it took to bind a pod.",
    ),
    family(
        "scheduler_pod_scheduled_after_flush_total",
        Kind::Counter,
        &[],
        SCHEDULER,
        "Pods bound in the attempt that followed a move out of the unschedulable pods for having waited there too long.",
    ),
    family(
        "scheduler_pending_pods",
        Kind::Gauge,
        &["queue"],
        SCHEDULER,
        "Pods that wait, by queue; gated pods do not count as unschedulable, pods being scheduled do not count at all.",
    ),
    family(
        "scheduler_queued_entities",
        Kind::Gauge,
        &["queue", "type"],
        SCHEDULER,
        "What waits, by queue: single pods, as there are no pod groups.",
    ),
    family(
        "scheduler_unschedulable_pods",
        Kind::Gauge,
        &["plugin", "profile"],
        SCHEDULER,
        "Waiting pods that a plugin rejected or gates; a pod counts for each of them.",
    ),
    family(
        "scheduler_framework_extension_point_duration_seconds",
        Kind::Durations(doubling(0.0001, 12)),
        &["extension_point", "status", "profile"],
        SCHEDULER,
        "All plugins of an extension point: PreFilter, Filter and Score as the cost model prices them, of attempts that came to \
         Filter; PreBind and Bind as their requests took. The others take no time here.",
    ),
    family(
        "scheduler_plugin_evaluation_total",
        Kind::Counter,
        &["plugin", "extension_point", "profile"],
        SCHEDULER,
        "Calls of a plugin for one node, dry runs of preemption included. Filter and Score only.",
    ),
    family(
        "scheduler_preemption_attempts_total",
        Kind::Counter,
        &[],
        SCHEDULER,
        "How often DefaultPreemption was asked to make room, whether it could or not.",
    ),
    family(
        "scheduler_preemption_victims",
        Kind::Sizes(doubling(1.0, 7)),
        &[],
        SCHEDULER,
        "Pods chosen to make room for one pod.",
    ),
    family(
        "scheduler_preemption_goroutines_execution_total",
        Kind::Counter,
        &["result"],
        SCHEDULER,
        "Evictions for one pod that have run to their end beside the scheduling cycle.",
    ),
    family(
        "scheduler_preemption_goroutines_duration_seconds",
        Kind::Durations(doubling(0.01, 20)),
        &["result"],
        SCHEDULER,
        "From the choice of victims to the deletion of the last one. Deprecated since 1.37.",
    ),
    family("scheduler_goroutines", Kind::Gauge, &["operation"], SCHEDULER, "Binding cycles under way."),
    family(
        "scheduler_cache_size",
        Kind::Gauge,
        &["type"],
        SCHEDULER,
        "Nodes, pods on nodes, and those of the pods that are not seen there yet, in the scheduler's cache.",
    ),
    family(
        "dynamic_resource_allocation_resourceclaim_creates_total",
        Kind::Counter,
        &["status", "admin_access", "owner_api_group", "owner_api_kind"],
        CLAIM_CREATION,
        "ResourceClaims that the controller made from templates.",
    ),
    family(
        "workqueue_adds_total",
        Kind::Counter,
        &["name"],
        WORKQUEUE,
        "Keys added to the queue of the resourceclaim controller.",
    ),
    family("workqueue_depth", Kind::Gauge, &["name"], WORKQUEUE, "Keys that wait for a worker of the resourceclaim controller."),
    family(
        "workqueue_queue_duration_seconds",
        Kind::Durations(TENFOLD),
        &["name"],
        WORKQUEUE,
        "How long keys waited for a worker of the resourceclaim controller.",
    ),
    family(
        "workqueue_work_duration_seconds",
        Kind::Durations(TENFOLD),
        &["name"],
        WORKQUEUE,
        "How long workers of the resourceclaim controller were busy with a key, the wait for their client's bucket included.",
    ),
    family(
        "dynamic_resource_allocation_resource_claims",
        Kind::Gauge,
        &["allocated", "admin_access", "source"],
        CLAIMS,
        "ResourceClaims that kube-controller-manager sees.",
    ),
    family(
        "dra_operations_duration_seconds",
        Kind::Durations(DRIVERS),
        &["operation_name", "is_error"],
        KUBELET,
        "Preparing or unpreparing all claims of a pod, over all kubelets. Pods without claims count too, at no time.",
    ),
    family(
        "dra_grpc_operations_duration_seconds",
        Kind::Durations(DRIVERS),
        &["driver_name", "method_name", "grpc_status_code"],
        KUBELET,
        "Calls of DRA drivers, over all kubelets.",
    ),
    family(
        "dra_resource_claims_in_use",
        Kind::Gauge,
        &["driver_name"],
        KUBELET,
        "Prepared ResourceClaims over all kubelets, by driver, and regardless of it (<any>).",
    ),
    family("kubelet_admission_rejections_total", Kind::Counter, &["reason"], KUBELET, "Pods that a kubelet refused to admit."),
    family(
        "kubelet_pod_start_sli_duration_seconds",
        Kind::Durations(STARTUP),
        &[],
        KUBELET,
        "From a pod's creation, to the second, to its kubelet seeing it reported as running; pulls of images take no time here.",
    ),
    family(
        "kubelet_pod_start_total_duration_seconds",
        Kind::Durations(STARTUP),
        &[],
        KUBELET,
        "The same with pulls of images, which are not simulated, so that both are equal.",
    ),
];
