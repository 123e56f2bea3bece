//! What the plugins learn from the index about one pod.

use crate::model::core::Pod;
use crate::sched::framework::{Cx, PreFilter};
use crate::sched::plugins::{inter_pod_affinity, pod_topology_spread};
use crate::sched::terms::TermIndex;

/// What PreFilter and PreScore of InterPodAffinity and PodTopologySpread would find by walking over all pods.
#[derive(Clone, Debug)]
pub struct Asked {
    /// PreFilter of InterPodAffinity.
    pub affinity: PreFilter<inter_pod_affinity::State>,
    /// PreScore of InterPodAffinity.
    pub affinity_scores: Option<inter_pod_affinity::ScoreState>,
    /// PreFilter of PodTopologySpread.
    pub spread: PreFilter<pod_topology_spread::State>,
    /// What PreScore of PodTopologySpread needs beside the feasible nodes.
    pub spread_scores: Option<pod_topology_spread::Soft>,
}

impl TermIndex {
    /// Reads what changed, and asks all that the plugins want to know about `pod`.
    pub fn ask(&mut self, cx: &Cx<'_>, pod: &Pod) -> Asked {
        self.sync(cx);
        let (affinity, affinity_scores) = inter_pod_affinity::ask(self, cx, pod);
        let (spread, spread_scores) = pod_topology_spread::ask(self, cx, pod);
        Asked { affinity, affinity_scores, spread, spread_scores }
    }
}
