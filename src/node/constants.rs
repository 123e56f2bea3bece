//! Every delay of the kubelet, with its default and source.

use crate::base::{Delay, SimDuration};

/// Constants of the kubelet (`scheduler-kubelet.md` D4 to D6).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kubelet {
    /// Admission, with the device plugins' `Allocate` where the pod has extended resources.
    pub admission: Delay,
    /// Cgroups and volumes.
    pub volumes: Delay,
    /// `NodePrepareResources` of the DRA drivers; only pods with claims.
    pub prepare: Delay,
    /// `NodeUnprepareResources`; only pods with claims.
    pub unprepare: Delay,
    /// Sandbox and CNI.
    pub sandbox: Delay,
    /// Container start, images present.
    pub start: Delay,
    /// How long containers take to stop when their pod is deleted. The default is all of the grace period that Kubernetes
    /// gives by default (`terminationGracePeriodSeconds`), as for processes that do not heed SIGTERM.
    pub termination: Delay,
    /// How long containers run before they fail on hardware that does not suit them (too little device memory, another
    /// model): such a pod fails and its controller recreates it. An assumption of drasim's, not a Kubernetes constant.
    pub mismatch_fails_after: SimDuration,
}

impl Kubelet {
    /// Zero delays.
    pub const fn ideal() -> Kubelet {
        Kubelet {
            admission: Delay::ZERO,
            volumes: Delay::ZERO,
            prepare: Delay::ZERO,
            unprepare: Delay::ZERO,
            sandbox: Delay::ZERO,
            start: Delay::ZERO,
            termination: Delay::ZERO,
            mismatch_fails_after: SimDuration::from_secs(30),
        }
    }

    /// Suggested distributions of the specification, fitted to published pod start-up times.
    pub const fn kubernetes_1_37() -> Kubelet {
        Kubelet {
            admission: Delay::millis(5, 30),
            volumes: Delay::millis(100, 500),
            prepare: Delay::millis(30, 100),
            unprepare: Delay::millis(30, 100),
            sandbox: Delay::millis(300, 2000),
            start: Delay::millis(150, 800),
            termination: Delay::millis(30_000, 30_000),
            mismatch_fails_after: SimDuration::from_secs(30),
        }
    }
}
