//! Arguments of plugins as they are written (`kube-scheduler/config/v1` `types_pluginargs.go`).

use serde_json::Value;

use crate::kube::object::{At, Field, Notes, object};
use crate::kube::pod_affinity::{NodeAffinity, TopologySpreadConstraint};
use crate::kube::tree::Node;

/// Declares [`PluginArgs`] and how it is read.
macro_rules! plugin_args {
    ($( $(#[$meta:meta])* $plugin:ident($type:ty) = $name:literal, )*) => {
        /// Arguments of one plugin.
        #[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize)]
        #[serde(untagged)]
        pub enum PluginArgs {
            /// There are none.
            #[default]
            Absent,
            $( $(#[$meta])* $plugin(Box<$type>), )*
            /// Of a plugin that takes none, or is not upstream's.
            Other(Value),
        }

        impl PluginArgs {
            /// Names of the plugins that take arguments.
            pub const PLUGINS: &[&str] = &[$($name),*];

            /// Reads the arguments of the plugin with this name.
            pub fn of(plugin: &str, node: &Node<'_>, at: &At<'_>, notes: &mut Notes) -> PluginArgs {
                match plugin {
                    $( $name => PluginArgs::$plugin(Box::new(Field::read(node, at, notes))), )*
                    _ => PluginArgs::Other(Value::read(node, at, notes)),
                }
            }

            /// The version and kind that they say they are of; empty where they do not say.
            pub fn stated(&self) -> (&str, &str) {
                match self {
                    $( PluginArgs::$plugin(args) => (&args.api_version, &args.kind), )*
                    PluginArgs::Absent | PluginArgs::Other(_) => ("", ""),
                }
            }
        }
    };
}

plugin_args! {
    /// Of DefaultPreemption.
    DefaultPreemption(DefaultPreemptionArgs) = "DefaultPreemption",
    /// Of DynamicResources.
    DynamicResources(DynamicResourcesArgs) = "DynamicResources",
    /// Of InterPodAffinity.
    InterPodAffinity(InterPodAffinityArgs) = "InterPodAffinity",
    /// Of NodeAffinity.
    NodeAffinity(NodeAffinityArgs) = "NodeAffinity",
    /// Of NodeResourcesBalancedAllocation.
    BalancedAllocation(BalancedAllocationArgs) = "NodeResourcesBalancedAllocation",
    /// Of NodeResourcesFit.
    Fit(FitArgs) = "NodeResourcesFit",
    /// Of PodTopologySpread.
    PodTopologySpread(PodTopologySpreadArgs) = "PodTopologySpread",
    /// Of VolumeBinding.
    VolumeBinding(VolumeBindingArgs) = "VolumeBinding",
}

object! {
    /// Arguments of DefaultPreemption.
    pub struct DefaultPreemptionArgs {
        /// The version of the configuration, or empty.
        api_version: String = "apiVersion",
        /// `DefaultPreemptionArgs`, or empty.
        kind: String = "kind",
        /// Candidates that are enough, in percent of the nodes; 10 unless set.
        min_candidate_nodes_percentage: Option<i32> = "minCandidateNodesPercentage",
        /// The same in nodes; 100 unless set. The greater number counts.
        min_candidate_nodes_absolute: Option<i32> = "minCandidateNodesAbsolute",
    }
}

object! {
    /// Arguments of DynamicResources.
    pub struct DynamicResourcesArgs {
        /// The version of the configuration, or empty.
        api_version: String = "apiVersion",
        /// `DynamicResourcesArgs`, or empty.
        kind: String = "kind",
        /// How long the allocator may take for a node; 10s unless set, 0s for ever.
        filter_timeout: Option<String> = "filterTimeout",
        /// How long binding conditions are waited for; 600s unless set.
        binding_timeout: Option<String> = "bindingTimeout",
    }
}

object! {
    /// Arguments of InterPodAffinity.
    pub struct InterPodAffinityArgs {
        /// The version of the configuration, or empty.
        api_version: String = "apiVersion",
        /// `InterPodAffinityArgs`, or empty.
        kind: String = "kind",
        /// Weight in scores of the required affinity of existing pods, 0 to 100; 1 unless set.
        hard_pod_affinity_weight: Option<i32> = "hardPodAffinityWeight",
        /// Skips scoring for pods without preferred terms of their own.
        ignore_preferred_terms_of_existing_pods: bool = "ignorePreferredTermsOfExistingPods",
    }
}

object! {
    /// Arguments of NodeAffinity.
    pub struct NodeAffinityArgs {
        /// The version of the configuration, or empty.
        api_version: String = "apiVersion",
        /// `NodeAffinityArgs`, or empty.
        kind: String = "kind",
        /// Node affinity that every pod of the profile has besides its own.
        added_affinity: Option<NodeAffinity> = "addedAffinity",
    }
}

object! {
    /// Arguments of NodeResourcesBalancedAllocation.
    pub struct BalancedAllocationArgs {
        /// The version of the configuration, or empty.
        api_version: String = "apiVersion",
        /// `NodeResourcesBalancedAllocationArgs`, or empty.
        kind: String = "kind",
        /// Resources in balance; CPU and memory if there are none.
        resources: Vec<ResourceSpec> = "resources",
    }
}

object! {
    /// Arguments of NodeResourcesFit.
    pub struct FitArgs {
        /// The version of the configuration, or empty.
        api_version: String = "apiVersion",
        /// `NodeResourcesFitArgs`, or empty.
        kind: String = "kind",
        /// Extended resources that an extender looks after.
        ignored_resources: Vec<String> = "ignoredResources",
        /// The same by what is before the slash.
        ignored_resource_groups: Vec<String> = "ignoredResourceGroups",
        /// How nodes are scored; `LeastAllocated` unless set.
        scoring_strategy: Option<ScoringStrategy> = "scoringStrategy",
    }
}

object! {
    /// How nodes are scored by their resources.
    pub struct ScoringStrategy {
        /// `LeastAllocated`, `MostAllocated` or `RequestedToCapacityRatio`.
        r#type: String = "type",
        /// Which resources count; CPU and memory if there are none.
        resources: Vec<ResourceSpec> = "resources",
        /// For the type of that name.
        requested_to_capacity_ratio: Option<RequestedToCapacityRatio> = "requestedToCapacityRatio",
    }
}

object! {
    /// Points by utilization.
    pub struct RequestedToCapacityRatio {
        /// The corners of a broken line, by ascending utilization.
        shape: Vec<ShapePoint> = "shape",
    }
}

object! {
    /// A corner of a broken line.
    pub struct ShapePoint {
        /// Percent, 0 to 100.
        utilization: i32 = "utilization" always,
        /// Points, 0 to 10.
        score: i32 = "score" always,
    }
}

object! {
    /// A resource with a weight.
    pub struct ResourceSpec {
        /// Resource.
        name: String = "name" always,
        /// 1 to 100; 1 if 0 or absent.
        weight: i64 = "weight",
    }
}

object! {
    /// Arguments of PodTopologySpread.
    pub struct PodTopologySpreadArgs {
        /// The version of the configuration, or empty.
        api_version: String = "apiVersion",
        /// `PodTopologySpreadArgs`, or empty.
        kind: String = "kind",
        /// Constraints of pods that have none.
        default_constraints: Vec<TopologySpreadConstraint> = "defaultConstraints",
        /// `System` (unless set) or `List`.
        defaulting_type: String = "defaultingType",
    }
}

object! {
    /// Arguments of VolumeBinding.
    pub struct VolumeBindingArgs {
        /// The version of the configuration, or empty.
        api_version: String = "apiVersion",
        /// `VolumeBindingArgs`, or empty.
        kind: String = "kind",
        /// How long volumes are waited for, in seconds; 600 unless set.
        bind_timeout_seconds: Option<i64> = "bindTimeoutSeconds",
        /// Points by utilization of storage.
        shape: Vec<ShapePoint> = "shape",
    }
}
