//! Every delay and rate of the control plane, with its default and source.

use crate::base::{Delay, SimDuration};
use crate::control::Classic;
use crate::control::api::ApiServer;
use crate::control::lifecycle::NodeLifecycle;

/// A client-side rate limit: `burst` requests at once, then `qps` a second.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClientLimit {
    /// Requests a second; 0 means no limit.
    pub qps: u32,
    /// Requests that may go at once.
    pub burst: u32,
}

/// Constants of the control plane. `results/calibration.md` compares what comes of them with real control planes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ControlPlane {
    /// `ideal` or `kubernetes-1.37`: which defaults the fields started from.
    pub profile: &'static str,
    /// The API server, idle (`scheduler-kubelet.md` D6: 5 ms and 60 ms for writes).
    pub api: ApiServer,
    /// From a write to the moment a watcher has seen it (D6).
    pub watch_hop: SimDuration,
    /// kube-scheduler's client (B2: 50/100).
    pub scheduler_client: ClientLimit,
    /// The resourceclaim controller's client (D2: 20/30).
    pub claim_client: ClientLimit,
    /// Workers of the resourceclaim controller (D2: 50, `--concurrent-resource-claim-syncs`).
    pub claim_workers: u32,
    /// From what a Job sees of its pods to the sync in which it makes the next (`syncJobBatchPeriod` in
    /// `pkg/controller/job/job_controller.go`: 1 s).
    pub job_sync: SimDuration,
    /// First delay of a Job before it replaces a failed pod; doubles with each failure (A8: 10 s).
    pub job_backoff: SimDuration,
    /// Longest such delay (A8: 10 min).
    pub job_backoff_max: SimDuration,
    /// Failures after which the demand is given up (A8: 6).
    pub job_backoff_limit: u32,
    /// Controllers that deal with failed nodes and devices; they have nothing to do where nothing fails.
    pub lifecycle: NodeLifecycle,
    /// Classic DRA: drivers and their negotiation with the scheduler.
    pub classic: Classic,
}

impl ControlPlane {
    /// Zero latency and no limits: pure packing research. Rule delays (back-off, controllers) stay, so that a refused and
    /// recreated pod cannot loop within one instant.
    pub const fn ideal() -> ControlPlane {
        ControlPlane {
            profile: "ideal",
            api: ApiServer::equal(Delay::ZERO),
            watch_hop: SimDuration::ZERO,
            scheduler_client: ClientLimit { qps: 0, burst: 0 },
            claim_client: ClientLimit { qps: 0, burst: 0 },
            claim_workers: 50,
            job_sync: SimDuration::from_secs(1),
            job_backoff: SimDuration::from_secs(10),
            job_backoff_max: SimDuration::from_secs(600),
            job_backoff_limit: 6,
            lifecycle: NodeLifecycle::ideal(),
            classic: Classic::ideal(),
        }
    }

    /// The profile of this name.
    pub fn named(profile: &str) -> ControlPlane {
        if profile == "ideal" { ControlPlane::ideal() } else { ControlPlane::kubernetes_1_37() }
    }

    /// Kubernetes 1.37 with default client limits.
    pub const fn kubernetes_1_37() -> ControlPlane {
        ControlPlane {
            profile: "kubernetes-1.37",
            api: ApiServer::equal(Delay::millis(5, 60)),
            watch_hop: SimDuration::from_millis(5),
            scheduler_client: ClientLimit { qps: 50, burst: 100 },
            claim_client: ClientLimit { qps: 20, burst: 30 },
            lifecycle: NodeLifecycle::kubernetes_1_37(),
            classic: Classic::kubernetes_1_30(),
            ..ControlPlane::ideal()
        }
    }
}
