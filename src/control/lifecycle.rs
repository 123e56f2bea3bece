//! What happens to nodes that are not heard of any more, and to pods of nodes and devices with taints: the constants and the
//! timing of the controllers (`pkg/controller/nodelifecycle`, `tainteviction`, `devicetainteviction`, `podgc`).

use crate::base::{SimDuration, SimTime};
use crate::control::constants::ClientLimit;

/// How often the pass runs that adds NoExecute taints (`NodeEvictionPeriod` in `nodelifecycle/scheduler`).
pub const TAINTING_PERIOD: SimDuration = SimDuration::from_millis(100);

/// When a Job replaces a pod that is being deleted, and counts it as failed (`podReplacementPolicy` of batch/v1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PodReplacement {
    /// As soon as it sees the deletion: the default of Jobs without a `podFailurePolicy`.
    TerminatingOrFailed,
    /// When the pod has ended, which takes the kubelet of its node.
    Failed,
}

/// Constants of the controllers that deal with failures, with the flags of kube-controller-manager v1.37 and their defaults.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NodeLifecycle {
    /// How often nodes are looked at (`--node-monitor-period`, 5 s).
    pub monitor_period: SimDuration,
    /// How long a node may be silent before its `Ready` is Unknown (`--node-monitor-grace-period`, 50 s).
    pub grace_period: SimDuration,
    /// How often a kubelet renews its lease: a quarter of `nodeLeaseDurationSeconds` (10 s).
    pub lease_renewal: SimDuration,
    /// How often a kubelet looks whether its node's status has changed (`nodeStatusUpdateFrequency`, 10 s).
    pub status_update: SimDuration,
    /// How long pods tolerate that their node is unreachable (`--default-unreachable-toleration-seconds` of the API server,
    /// 300 s).
    pub toleration: SimDuration,
    /// Time between two nodes that get a NoExecute taint (`--node-eviction-rate`, 0.1 a second).
    pub eviction_interval: SimDuration,
    /// The same while many nodes are not ready (`--secondary-node-eviction-rate`, 0.01 a second).
    pub secondary_eviction_interval: SimDuration,
    /// Clusters of up to so many nodes evict nobody meanwhile (`--large-cluster-size-threshold`, 50).
    pub large_cluster: u32,
    /// Percent of nodes that are many, if they are at least three (`--unhealthy-zone-threshold`, 0.55).
    pub unhealthy_percent: u32,
    /// Workers of the device taint eviction controller (`--concurrent-device-taint-eviction-syncs`, 8).
    pub device_taint_workers: u32,
    /// When a Job replaces a pod that is being deleted (`podReplacementPolicy`).
    pub replacement: PodReplacement,
    /// How often PodGC sweeps (`gcCheckPeriod`, 20 s).
    pub pod_gc_period: SimDuration,
    /// The client of each of these controllers and of the Job controller (`--kube-api-qps`, `--kube-api-burst`, 20 and 30).
    pub client: ClientLimit,
}

impl NodeLifecycle {
    /// The defaults of Kubernetes 1.37.
    pub const fn kubernetes_1_37() -> NodeLifecycle {
        NodeLifecycle {
            monitor_period: SimDuration::from_secs(5),
            grace_period: SimDuration::from_secs(50),
            lease_renewal: SimDuration::from_secs(10),
            status_update: SimDuration::from_secs(10),
            toleration: SimDuration::from_secs(300),
            eviction_interval: SimDuration::from_secs(10),
            secondary_eviction_interval: SimDuration::from_secs(100),
            large_cluster: 50,
            unhealthy_percent: 55,
            device_taint_workers: 8,
            replacement: PodReplacement::TerminatingOrFailed,
            pod_gc_period: SimDuration::from_secs(20),
            client: ClientLimit { qps: 20, burst: 30 },
        }
    }

    /// The same without limits of clients.
    pub const fn ideal() -> NodeLifecycle {
        NodeLifecycle { client: ClientLimit { qps: 0, burst: 0 }, ..NodeLifecycle::kubernetes_1_37() }
    }

    /// When the controller makes a node Unknown whose lease was seen renewed at `renewed` for the last time. It counts from the
    /// pass that saw the renewal, by its own clock; the pass that many periods later comes late enough, since each is begun
    /// that long after the end of the one before.
    pub fn unknown_at(&self, renewed: SimTime) -> SimTime {
        let probed = next_pass(renewed, self.monitor_period);
        next_pass(probed + self.grace_period, self.monitor_period)
    }

    /// Time between two nodes that get a NoExecute taint while so many of them are not ready; `None` while none gets it: in a
    /// small cluster of which much is down, and where all of it is. The whole cluster is one zone.
    pub fn interval(&self, nodes: usize, not_ready: usize) -> Option<SimDuration> {
        let is_disrupted = not_ready > 2 && not_ready * 100 >= nodes * self.unhealthy_percent as usize;
        match (not_ready >= nodes, is_disrupted) {
            (true, _) => None,
            (false, false) => Some(self.eviction_interval),
            (false, true) => (nodes > self.large_cluster as usize).then_some(self.secondary_eviction_interval),
        }
    }
}

/// The first pass of something that runs once in a `period`, at `at` or after it.
pub fn next_pass(at: SimTime, period: SimDuration) -> SimTime {
    let period = period.0.max(1);
    SimTime(at.0.div_ceil(period).saturating_mul(period))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::SECOND_NS;

    #[test]
    fn a_silent_node_is_unknown_after_its_grace_period() {
        let check = |renewed_ms: u64, want_s: u64| {
            let at = NodeLifecycle::kubernetes_1_37().unknown_at(SimTime(renewed_ms * 1_000_000));
            assert_eq!(at, SimTime(want_s * SECOND_NS), "renewed after {renewed_ms} ms");
        };
        check(0, 50);
        check(1, 55);
        check(93_005, 145);
        check(95_000, 145);
        check(95_001, 150);
    }

    #[test]
    fn nobody_is_evicted_where_the_control_plane_may_be_what_is_cut_off() {
        let check = |nodes, not_ready, want: Option<u64>| {
            let interval = NodeLifecycle::kubernetes_1_37().interval(nodes, not_ready);
            assert_eq!(interval, want.map(SimDuration::from_secs), "{not_ready} of {nodes}");
        };
        check(1000, 1, Some(10));
        check(1000, 549, Some(10));
        check(1000, 550, Some(100));
        check(1000, 1000, None);
        check(50, 28, None);
        check(51, 29, Some(100));
        check(3, 2, Some(10));
        check(2, 2, None);
    }
}
