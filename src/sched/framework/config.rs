//! A scheduler profile as kube-scheduler is configured (`KubeSchedulerConfiguration`, `pkg/scheduler/apis/config`).

use crate::base::NameId;
use crate::model::core::{InclusionPolicy, NodeSelector, NodeSelectorTerm, WhenUnsatisfiable};
use crate::model::{DeviceKind, Gates};
use crate::sched::framework::Plugin;

/// A resource that is scored. CPU, memory and ephemeral storage are no scalars.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ScoredName {
    /// `cpu`
    Cpu,
    /// `memory`
    Memory,
    /// `ephemeral-storage`
    EphemeralStorage,
    /// Any other.
    Scalar(NameId),
    /// Devices of a kind, whatever mechanism gives them: a research setting of simulations. Upstream counts extended resources
    /// only, those that classes stand for among them, and has no such name.
    Devices(DeviceKind),
}

/// `scoringStrategy` of NodeResourcesFit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Strategy {
    /// `LeastAllocated`
    LeastAllocated,
    /// `MostAllocated`
    MostAllocated,
    /// `RequestedToCapacityRatio`: points of the shape, utilization (0 to 100) and score (0 to 10), as given.
    RequestedToCapacityRatio(Vec<(i64, i64)>),
}

/// Arguments of NodeResourcesFit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FitArgs {
    /// `scoringStrategy.type`
    pub strategy: Strategy,
    /// `scoringStrategy.resources` with weights.
    pub resources: Vec<(ScoredName, i64)>,
    /// `ignoredResources`
    pub ignored_resources: Vec<NameId>,
    /// `ignoredResourceGroups`: prefixes before the slash.
    pub ignored_groups: Vec<NameId>,
}

/// A default constraint of PodTopologySpread.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DefaultConstraint {
    /// `maxSkew`
    pub max_skew: i32,
    /// `topologyKey`
    pub topology_key: NameId,
    /// `whenUnsatisfiable`
    pub when_unsatisfiable: WhenUnsatisfiable,
    /// `minDomains`; 1 where absent.
    pub min_domains: i32,
    /// `nodeAffinityPolicy`; Honor where absent.
    pub node_affinity_policy: InclusionPolicy,
    /// `nodeTaintsPolicy`; Ignore where absent.
    pub node_taints_policy: InclusionPolicy,
}

impl DefaultConstraint {
    /// A constraint with the defaults of what it does not say.
    pub fn new(max_skew: i32, topology_key: NameId, when_unsatisfiable: WhenUnsatisfiable) -> DefaultConstraint {
        let (honor, ignore) = (InclusionPolicy::Honor, InclusionPolicy::Ignore);
        DefaultConstraint {
            max_skew,
            topology_key,
            when_unsatisfiable,
            min_domains: 1,
            node_affinity_policy: honor,
            node_taints_policy: ignore,
        }
    }
}

/// Arguments of PodTopologySpread.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SpreadArgs {
    /// `defaultingType: System`
    System,
    /// `defaultingType: List` with `defaultConstraints`.
    List(Vec<DefaultConstraint>),
}

/// Arguments of InterPodAffinity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InterPodAffinityArgs {
    /// `hardPodAffinityWeight`
    pub hard_pod_affinity_weight: i32,
    /// `ignorePreferredTermsOfExistingPods`
    pub ignore_preferred_terms_of_existing_pods: bool,
}

/// `addedAffinity` of NodeAffinity.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AddedAffinity {
    /// Required.
    pub required: Option<NodeSelector>,
    /// Preferred.
    pub preferred: Vec<(i32, NodeSelectorTerm)>,
}

/// Arguments of DefaultPreemption.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PreemptionArgs {
    /// `minCandidateNodesPercentage`
    pub min_candidate_nodes_percentage: i32,
    /// `minCandidateNodesAbsolute`
    pub min_candidate_nodes_absolute: i32,
}

/// One profile and what belongs to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Configuration {
    /// Feature gates.
    pub gates: Gates,
    /// `percentageOfNodesToScore`; 0 for upstream's adaptive rule.
    pub percentage_of_nodes_to_score: i32,
    /// Plugins that are asked before a pod comes into the active queue, in order.
    pub pre_enqueues: Vec<Plugin>,
    /// Plugins whose filters run, in order.
    pub filters: Vec<Plugin>,
    /// Plugins that score, in order, with their weights.
    pub scores: Vec<(Plugin, i64)>,
    /// Plugins whose PostFilter runs, in order.
    pub post_filters: Vec<Plugin>,
    /// Arguments of NodeResourcesFit.
    pub fit: FitArgs,
    /// `resources` of NodeResourcesBalancedAllocation; weights are of no account.
    pub balanced: Vec<(ScoredName, i64)>,
    /// Arguments of PodTopologySpread.
    pub spread: SpreadArgs,
    /// Arguments of InterPodAffinity.
    pub inter_pod_affinity: InterPodAffinityArgs,
    /// Arguments of NodeAffinity.
    pub added_affinity: AddedAffinity,
    /// Arguments of DefaultPreemption.
    pub preemption: PreemptionArgs,
    /// `filter_step_budget`: steps of the DRA allocator for one node that stand for its filter time-out; `None` for none.
    pub filter_step_budget: Option<u64>,
}

impl Default for Configuration {
    /// The default profile of v1.37 with default gates, without a step budget.
    fn default() -> Configuration {
        use Plugin::*;
        let cpu_and_memory = vec![(ScoredName::Cpu, 1), (ScoredName::Memory, 1)];
        Configuration {
            gates: Gates::default(),
            percentage_of_nodes_to_score: 0,
            pre_enqueues: vec![SchedulingGates, DynamicResources, DefaultPreemption],
            filters: vec![
                NodeName,
                NodeUnschedulable,
                TaintToleration,
                NodeAffinity,
                NodePorts,
                NodeResourcesFit,
                PodTopologySpread,
                InterPodAffinity,
                DynamicResources,
                NodeDeclaredFeatures,
            ],
            scores: vec![
                (TaintToleration, 3),
                (NodeAffinity, 2),
                (NodeResourcesFit, 1),
                (VolumeBinding, 1),
                (PodTopologySpread, 2),
                (InterPodAffinity, 2),
                (DynamicResources, 2),
                (NodeResourcesBalancedAllocation, 1),
                (ImageLocality, 1),
            ],
            post_filters: vec![DynamicResources, DefaultPreemption],
            fit: FitArgs {
                strategy: Strategy::LeastAllocated,
                resources: cpu_and_memory.clone(),
                ignored_resources: Vec::new(),
                ignored_groups: Vec::new(),
            },
            balanced: cpu_and_memory,
            spread: SpreadArgs::System,
            inter_pod_affinity: InterPodAffinityArgs {
                hard_pod_affinity_weight: 1,
                ignore_preferred_terms_of_existing_pods: false,
            },
            added_affinity: AddedAffinity::default(),
            preemption: PreemptionArgs { min_candidate_nodes_percentage: 10, min_candidate_nodes_absolute: 100 },
            filter_step_budget: None,
        }
    }
}

impl Configuration {
    /// How many feasible nodes end the search among `n` nodes (`numFeasibleNodesToFind`, spec B5.1).
    pub fn want(&self, n: usize) -> usize {
        const MIN_NODES: usize = 100;
        let percentage = self.percentage_of_nodes_to_score as usize;
        if n < MIN_NODES || percentage >= 100 {
            return n;
        }
        let percent = if percentage == 0 { 50usize.saturating_sub(n / 125).max(5) } else { percentage };
        (n * percent / 100).max(MIN_NODES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn want_is_upstreams_table() {
        let table = [
            (50, 50),
            (100, 100),
            (250, 120),
            (500, 230),
            (1000, 420),
            (2000, 680),
            (3000, 780),
            (5000, 500),
            (5625, 281),
            (10000, 500),
            (15000, 750),
        ];
        for (n, want) in table {
            assert_eq!(Configuration::default().want(n), want, "{n} nodes");
        }
    }
}
