//! `[control_plane]`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scenario::units::Duration;

/// Latencies and rates of the control plane: a profile, and overrides of single constants. Timed runs only.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ControlPlane {
    /// "kubernetes-1.37": the default constants of that release. "ideal": zero latency, no rate limits; only rule delays
    /// (back-off) stay. Default: "kubernetes-1.37"; "ideal" for a sequence replay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// What requests to the API server take.
    pub api: Api,
    /// From a write to the moment a watcher has seen it. Default: "5ms".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watch_hop: Option<Duration>,
    /// kube-scheduler's client. Default: qps 50, burst 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheduler_client: Option<ClientLimit>,
    /// The resourceclaim controller's client. Default: qps 20, burst 30.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim_client: Option<ClientLimit>,
    /// Workers of the resourceclaim controller. Default: 50.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000))]
    pub claim_workers: Option<u32>,
    /// From what a Job sees of its pods to the sync in which it makes the next. Default: "1s".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_sync: Option<Duration>,
    /// First delay of a Job before it replaces a failed pod; doubles with each failure. Default: "10s".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_backoff: Option<Duration>,
    /// Longest such delay. Default: "10m".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_backoff_max: Option<Duration>,
    /// Failures after which the demand is given up. Default: 6.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_backoff_limit: Option<u32>,
    /// What controllers do about nodes and devices that fail.
    pub node_lifecycle: NodeLifecycle,
    /// How scheduler and drivers negotiate; for the strategy `classic-dra` alone.
    #[serde(skip_serializing_if = "is_default")]
    pub classic: Classic,
    /// Delays of the kubelet.
    pub kubelet: Kubelet,
    /// Prices of scheduling work.
    pub cost: Cost,
}

/// What requests to the idle API server take, by verb, from the client's token to the answer.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Api {
    /// `GET`. Default: p50 "5ms", p99 "60ms".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub get: Option<Delay>,
    /// `POST`. Default: p50 "5ms", p99 "60ms".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post: Option<Delay>,
    /// `PUT`. Default: p50 "5ms", p99 "60ms".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub put: Option<Delay>,
    /// `PATCH`, server-side apply included. Default: p50 "5ms", p99 "60ms".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch: Option<Delay>,
    /// `DELETE`. Default: p50 "5ms", p99 "60ms".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete: Option<Delay>,
}

/// A client-side rate limit: `burst` requests at once, then `qps` a second.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("required" = ["qps", "burst"]))]
pub struct ClientLimit {
    /// Requests a second; 0 is no limit.
    pub qps: u32,
    /// Requests that may go at once.
    pub burst: u32,
}

/// A delay: lognormal through its median and 99th percentile; equal values are a constant.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("required" = ["p50", "p99"]))]
pub struct Delay {
    /// Median.
    pub p50: Option<Duration>,
    /// 99th percentile, at least the median.
    pub p99: Option<Duration>,
}

/// What controllers do about nodes and devices that fail. Without `[failures]` none of it has an effect.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NodeLifecycle {
    /// How often nodes are looked at (`--node-monitor-period`). Default: "5s".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monitor_period: Option<Duration>,
    /// How long a node may be silent before its `Ready` is Unknown (`--node-monitor-grace-period`). Default: "50s".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_period: Option<Duration>,
    /// How often a kubelet renews its lease: a quarter of `nodeLeaseDurationSeconds`. Default: "10s".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease_renewal: Option<Duration>,
    /// How often a kubelet looks whether its node's status has changed (`nodeStatusUpdateFrequency`). Default: "10s".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_update: Option<Duration>,
    /// How long pods tolerate an unreachable node (`--default-unreachable-toleration-seconds`). Default: "5m".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub toleration: Option<Duration>,
    /// Time between two nodes from which pods are evicted: 1 / `--node-eviction-rate`. Default: "10s".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eviction_interval: Option<Duration>,
    /// The same while many nodes are not ready: 1 / `--secondary-node-eviction-rate`. Default: "100s".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secondary_eviction_interval: Option<Duration>,
    /// Clusters of up to so many nodes evict nobody meanwhile (`--large-cluster-size-threshold`). Default: 50.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub large_cluster: Option<u32>,
    /// Percent of nodes that are many, if they are at least three (`--unhealthy-zone-threshold`). Default: 55.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub unhealthy_percent: Option<u32>,
    /// Workers of the device taint eviction controller (`--concurrent-device-taint-eviction-syncs`). Default: 8.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000))]
    pub device_taint_workers: Option<u32>,
    /// When a Job replaces a pod that is being deleted (`podReplacementPolicy`): as soon as it sees that, or when it has ended.
    /// Default: "TerminatingOrFailed".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod_replacement: Option<Replacement>,
    /// How often PodGC sweeps. Default: "20s".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod_gc_period: Option<Duration>,
    /// The client of each of these controllers and of the Job controller. Default: qps 20, burst 30.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientLimit>,
}

/// `podReplacementPolicy` of a Job.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, JsonSchema)]
pub enum Replacement {
    /// As soon as the deletion is seen.
    TerminatingOrFailed,
    /// When the pod has ended.
    Failed,
}

/// True if nothing is written.
fn is_default(classic: &Classic) -> bool {
    *classic == Classic::default()
}

/// How scheduler and drivers negotiate under classic DRA, the design of 2019 (KEP-3063).
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Classic {
    /// Most nodes in a list of a PodSchedulingContext. Default: 128, which the API had fixed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100_000))]
    pub nodes_max: Option<u32>,
    /// Workers of a driver's controller. Default: 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000))]
    pub workers: Option<u32>,
    /// The client of each driver. Default: qps 50, burst 100, as Kubernetes' test driver had; drivers of vendors mostly had 5
    /// and 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientLimit>,
    /// What a driver computes to judge all nodes of one context. An assumption. Default: "1ms".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judging: Option<Duration>,
    /// How many times a driver reads the parameters of a claim when it looks at a context. Default: 1; 0 for claims without.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 100))]
    pub parameter_reads: Option<u32>,
    /// After which time a driver looks at a context again. Default: "30s".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recheck: Option<Duration>,
    /// First delay before a driver tries again what failed; doubles with each failure. Default: "5ms".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<Duration>,
    /// Longest such delay. Default: "1000s".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_max: Option<Duration>,
    /// All that a driver tries again, together. Default: qps 10, burst 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_limit: Option<ClientLimit>,
}

/// Delays of the kubelet.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Kubelet {
    /// Admission, with the device plugins' `Allocate`. Default: p50 "5ms", p99 "30ms".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admission: Option<Delay>,
    /// Cgroups and volumes. Default: p50 "100ms", p99 "500ms".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volumes: Option<Delay>,
    /// `NodePrepareResources` of DRA drivers; pods with claims only. Default: p50 "30ms", p99 "100ms".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prepare: Option<Delay>,
    /// `NodeUnprepareResources`; pods with claims only. Default: p50 "30ms", p99 "100ms".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unprepare: Option<Delay>,
    /// Sandbox and CNI. Default: p50 "300ms", p99 "2s".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<Delay>,
    /// Container start, images present. Default: p50 "150ms", p99 "800ms".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Delay>,
    /// How long containers take to stop when their pod is deleted to make room. Default: p50 "30s", p99 "30s", the default
    /// `terminationGracePeriodSeconds`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub termination: Option<Delay>,
    /// How long containers run before they fail on hardware that does not suit them. An assumption, not a Kubernetes
    /// constant. Default: "30s".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mismatch_fails_after: Option<Duration>,
}

/// Prices of scheduling work, in time of one core: a calibration, and overrides of single operations. All are "0s" under the
/// profile "ideal".
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cost {
    /// Where prices start from: "reference" (published figures of developers' machines), "local" (a control plane measured on
    /// two cores), or a TOML file with all keys of this table but this one. Default: "reference".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration: Option<String>,
    /// Fixed part of a cycle. Default: "292us".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cycle: Option<Duration>,
    /// What PreFilter does for a pod with claims, slices left out. Default: "103us".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<Duration>,
    /// One ResourceSlice handed to a new allocator. Default: "1.21us".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slice: Option<Duration>,
    /// One node through Filter, claims left out. Default: "2.05us".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_filter: Option<Duration>,
    /// One node through Score. Default: "1.58us".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_score: Option<Duration>,
    /// One allocator call. Default: "14.5us".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocator_call: Option<Duration>,
    /// One step of the allocator's search. Default: "1.2us".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocator_step: Option<Duration>,
    /// One device looked at. Default: "600ns".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_tried: Option<Duration>,
    /// One CEL expression evaluated. Default: "7.9us".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cel: Option<Duration>,
    /// One CEL expression compiled. Default: "76.5us".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cel_compilation: Option<Duration>,
    /// Cores of the scheduler, which its 16 workers share. Default: 4; 1 with the calibration "local" and under the profile
    /// "ideal".
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1024))]
    pub cores: Option<u32>,
}
