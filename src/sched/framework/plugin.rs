//! The plugins of kube-scheduler v1.37, in the order in which the default profile runs them.

use std::fmt;

/// A plugin. The order of the variants is the order of the default profile (spec B2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Plugin {
    /// Holds pods back that have `spec.schedulingGates`.
    SchedulingGates,
    /// Order of the active queue.
    PrioritySort,
    /// `spec.nodeName`
    NodeName,
    /// `spec.unschedulable` of nodes.
    NodeUnschedulable,
    /// Taints and tolerations.
    TaintToleration,
    /// Node selectors and node affinity.
    NodeAffinity,
    /// Host ports.
    NodePorts,
    /// Room for what is requested.
    NodeResourcesFit,
    /// Volumes that only one pod may use.
    VolumeRestrictions,
    /// How many volumes a node takes.
    NodeVolumeLimits,
    /// Volumes that are bound to nodes.
    VolumeBinding,
    /// Volumes that are bound to zones.
    VolumeZone,
    /// Topology spread constraints.
    PodTopologySpread,
    /// Affinity between pods.
    InterPodAffinity,
    /// ResourceClaims.
    DynamicResources,
    /// Makes room by evicting pods of lower priority.
    DefaultPreemption,
    /// Balance between resources.
    NodeResourcesBalancedAllocation,
    /// Images that are there already.
    ImageLocality,
    /// Writes the binding.
    DefaultBinder,
    /// Features that the kubelet declares.
    NodeDeclaredFeatures,
    /// Pod groups (gate GenericWorkload).
    GangScheduling,
}

impl Plugin {
    /// All plugins, in the order of the default profile.
    pub const ALL: [Plugin; 21] = [
        Plugin::SchedulingGates,
        Plugin::PrioritySort,
        Plugin::NodeName,
        Plugin::NodeUnschedulable,
        Plugin::TaintToleration,
        Plugin::NodeAffinity,
        Plugin::NodePorts,
        Plugin::NodeResourcesFit,
        Plugin::VolumeRestrictions,
        Plugin::NodeVolumeLimits,
        Plugin::VolumeBinding,
        Plugin::VolumeZone,
        Plugin::PodTopologySpread,
        Plugin::InterPodAffinity,
        Plugin::DynamicResources,
        Plugin::DefaultPreemption,
        Plugin::NodeResourcesBalancedAllocation,
        Plugin::ImageLocality,
        Plugin::DefaultBinder,
        Plugin::NodeDeclaredFeatures,
        Plugin::GangScheduling,
    ];

    /// The name in a KubeSchedulerConfiguration.
    pub const fn name(self) -> &'static str {
        match self {
            Plugin::SchedulingGates => "SchedulingGates",
            Plugin::PrioritySort => "PrioritySort",
            Plugin::NodeName => "NodeName",
            Plugin::NodeUnschedulable => "NodeUnschedulable",
            Plugin::TaintToleration => "TaintToleration",
            Plugin::NodeAffinity => "NodeAffinity",
            Plugin::NodePorts => "NodePorts",
            Plugin::NodeResourcesFit => "NodeResourcesFit",
            Plugin::VolumeRestrictions => "VolumeRestrictions",
            Plugin::NodeVolumeLimits => "NodeVolumeLimits",
            Plugin::VolumeBinding => "VolumeBinding",
            Plugin::VolumeZone => "VolumeZone",
            Plugin::PodTopologySpread => "PodTopologySpread",
            Plugin::InterPodAffinity => "InterPodAffinity",
            Plugin::DynamicResources => "DynamicResources",
            Plugin::DefaultPreemption => "DefaultPreemption",
            Plugin::NodeResourcesBalancedAllocation => "NodeResourcesBalancedAllocation",
            Plugin::ImageLocality => "ImageLocality",
            Plugin::DefaultBinder => "DefaultBinder",
            Plugin::NodeDeclaredFeatures => "NodeDeclaredFeatures",
            Plugin::GangScheduling => "GangScheduling",
        }
    }

    /// The plugin with this name.
    pub fn named(name: &str) -> Option<Plugin> {
        Plugin::ALL.into_iter().find(|plugin| plugin.name() == name)
    }
}

impl fmt::Display for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of plugins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct PluginSet(u32);

impl PluginSet {
    /// None.
    pub const EMPTY: PluginSet = PluginSet(0);

    /// One plugin.
    pub const fn of(plugin: Plugin) -> PluginSet {
        PluginSet(1 << plugin as u8)
    }

    /// Adds a plugin.
    pub fn insert(&mut self, plugin: Plugin) {
        self.0 |= PluginSet::of(plugin).0;
    }

    /// True if it is one of them.
    pub fn contains(self, plugin: Plugin) -> bool {
        self.0 & PluginSet::of(plugin).0 != 0
    }

    /// All that are in either.
    pub fn union(self, other: PluginSet) -> PluginSet {
        PluginSet(self.0 | other.0)
    }

    /// True if they have one in common.
    pub fn meets(self, other: PluginSet) -> bool {
        self.0 & other.0 != 0
    }

    /// True if there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The plugins, in the order of the default profile.
    pub fn iter(self) -> impl Iterator<Item = Plugin> {
        Plugin::ALL.into_iter().filter(move |plugin| self.contains(*plugin))
    }

    /// Their names, sorted, as upstream prints sets.
    pub fn names(self) -> Vec<&'static str> {
        let mut names: Vec<&str> = self.iter().map(Plugin::name).collect();
        names.sort_unstable();
        names
    }
}

impl FromIterator<Plugin> for PluginSet {
    fn from_iter<I: IntoIterator<Item = Plugin>>(plugins: I) -> PluginSet {
        plugins.into_iter().fold(PluginSet::EMPTY, |set, plugin| set.union(PluginSet::of(plugin)))
    }
}
