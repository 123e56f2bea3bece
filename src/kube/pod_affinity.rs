//! What pods want to be near to or away from, and how they want to be spread (core/v1).

use crate::kube::label_selector::LabelSelector;
use crate::kube::node_selector::{NodeSelector, NodeSelectorTerm};
use crate::kube::object::{object, open_enum};

object! {
    /// What a pod wants to be near or away from.
    pub struct Affinity {
        /// Nodes.
        node_affinity: Option<NodeAffinity> = "nodeAffinity",
        /// Pods to be near to.
        pod_affinity: Option<PodAffinity> = "podAffinity",
        /// Pods to be away from.
        pod_anti_affinity: Option<PodAffinity> = "podAntiAffinity",
    }
}

object! {
    /// Nodes that a pod needs or likes.
    pub struct NodeAffinity {
        /// Its node must match.
        required: Option<NodeSelector> = "requiredDuringSchedulingIgnoredDuringExecution",
        /// Its node had better match.
        preferred: Vec<PreferredSchedulingTerm> = "preferredDuringSchedulingIgnoredDuringExecution",
    }
}

object! {
    /// Nodes that a pod likes.
    pub struct PreferredSchedulingTerm {
        /// How much, 1 to 100.
        weight: i32 = "weight" always,
        /// Which.
        preference: NodeSelectorTerm = "preference" always,
    }
}

object! {
    /// Pods that a pod needs or likes near it, or away from it (`PodAffinity`, `PodAntiAffinity`).
    pub struct PodAffinity {
        /// All must hold.
        required: Vec<PodAffinityTerm> = "requiredDuringSchedulingIgnoredDuringExecution",
        /// What had better hold.
        preferred: Vec<WeightedPodAffinityTerm> = "preferredDuringSchedulingIgnoredDuringExecution",
    }
}

object! {
    /// Pods, and how near is near.
    pub struct PodAffinityTerm {
        /// Which pods; none where absent.
        label_selector: Option<LabelSelector> = "labelSelector",
        /// Namespaces of these pods.
        namespaces: Vec<String> = "namespaces",
        /// Node label whose value is the same where pods are near.
        topology_key: String = "topologyKey" always,
        /// More namespaces, by their labels.
        namespace_selector: Option<LabelSelector> = "namespaceSelector",
        /// Labels whose values of the incoming pod were merged into the selector.
        match_label_keys: Vec<String> = "matchLabelKeys",
        /// Labels whose values of the incoming pod were excluded in the selector.
        mismatch_label_keys: Vec<String> = "mismatchLabelKeys",
    }
}

object! {
    /// A term that had better hold.
    pub struct WeightedPodAffinityTerm {
        /// How much, 1 to 100.
        weight: i32 = "weight" always,
        /// Which.
        pod_affinity_term: PodAffinityTerm = "podAffinityTerm" always,
    }
}

object! {
    /// How pods are spread over the values of a node label.
    pub struct TopologySpreadConstraint {
        /// How much fuller a value may be than the emptiest.
        max_skew: i32 = "maxSkew" always,
        /// The node label.
        topology_key: String = "topologyKey" always,
        /// What is done where it cannot be kept.
        when_unsatisfiable: UnsatisfiableAction = "whenUnsatisfiable" always,
        /// Pods that count; none where absent.
        label_selector: Option<LabelSelector> = "labelSelector",
        /// Below this number of values the emptiest counts as empty; 1 unless set.
        min_domains: Option<i32> = "minDomains",
        /// Whether nodes that the pod's node selector excludes count; `Honor` (they do not) unless set.
        node_affinity_policy: Option<NodeInclusionPolicy> = "nodeAffinityPolicy",
        /// Whether nodes with taints that the pod does not tolerate count; `Ignore` (they do) unless set.
        node_taints_policy: Option<NodeInclusionPolicy> = "nodeTaintsPolicy",
        /// Labels whose values of the pod are merged into the selector.
        match_label_keys: Vec<String> = "matchLabelKeys",
    }
}

open_enum! {
    /// What is done where a constraint cannot be kept.
    pub enum UnsatisfiableAction {
        /// The pod is not scheduled.
        DoNotSchedule = "DoNotSchedule",
        /// It is scheduled where it does least harm.
        ScheduleAnyway = "ScheduleAnyway",
    }
}

open_enum! {
    /// Whether nodes count that the pod cannot go to.
    pub enum NodeInclusionPolicy {
        /// They do not.
        Honor = "Honor",
        /// They do.
        Ignore = "Ignore",
    }
}
