//! What plugins remember during one attempt (`framework.CycleState`).

use crate::model::Effort;
use crate::sched::framework::PluginSet;
use crate::sched::plugins::{dynamic_resources, inter_pod_affinity, node_affinity, pod_topology_spread};

/// State of the attempt for one pod. A preemption dry run works on a copy.
#[derive(Clone, Debug, Default)]
pub struct CycleState {
    /// Plugins whose PreFilter ran.
    pub pre_filtered: PluginSet,
    /// Plugins whose Filter is skipped, since PreFilter said so.
    pub skipped: PluginSet,
    /// Work done so far.
    pub effort: Effort,
    /// Of NodeAffinity.
    pub node_affinity: Option<node_affinity::State>,
    /// Of PodTopologySpread.
    pub pod_topology_spread: Option<pod_topology_spread::State>,
    /// Of InterPodAffinity.
    pub inter_pod_affinity: Option<inter_pod_affinity::State>,
    /// Of DynamicResources.
    pub dynamic_resources: Option<dynamic_resources::State>,
}
