//! At which extension points plugins work (the interfaces that they implement in `framework/plugins`).

use crate::kube::configuration::Point;
use crate::sched::framework::Plugin;

/// Plugins of v1.37 that drasim has not.
pub const NOT_SUPPORTED: &[&str] = &["DeferredPodScheduling", "PodGroupPodsCount", "TopologyPlacementGenerator"];

/// The points of a plugin.
pub fn points(plugin: Plugin) -> &'static [Point] {
    use Point::*;
    match plugin {
        Plugin::SchedulingGates => &[PreEnqueue],
        Plugin::PrioritySort => &[QueueSort],
        Plugin::NodeName
        | Plugin::NodeUnschedulable
        | Plugin::NodePorts
        | Plugin::VolumeRestrictions
        | Plugin::NodeVolumeLimits
        | Plugin::VolumeZone
        | Plugin::NodeDeclaredFeatures => &[PreFilter, Filter],
        Plugin::TaintToleration | Plugin::NodeAffinity | Plugin::PodTopologySpread | Plugin::InterPodAffinity => {
            &[PreFilter, Filter, PreScore, Score]
        }
        Plugin::NodeResourcesFit => &[PreFilter, Filter, PreScore, Score, PlacementScore],
        Plugin::VolumeBinding => &[PreFilter, Filter, Reserve, PreBind, PreScore, Score],
        Plugin::DynamicResources => &[PreEnqueue, PreFilter, Filter, PostFilter, PodGroupPostFilter, Score, Reserve, PreBind],
        Plugin::DefaultPreemption => &[PreEnqueue, PostFilter],
        Plugin::NodeResourcesBalancedAllocation => &[PreScore, Score],
        Plugin::ImageLocality => &[Score],
        Plugin::DefaultBinder => &[Bind],
        Plugin::GangScheduling => &[PreEnqueue, Permit],
    }
}

/// True if no pod here has what the plugin looks at: volumes.
pub fn is_idle(plugin: Plugin) -> bool {
    use Plugin::{NodeVolumeLimits, VolumeBinding, VolumeRestrictions, VolumeZone};
    matches!(plugin, VolumeRestrictions | NodeVolumeLimits | VolumeBinding | VolumeZone)
}
