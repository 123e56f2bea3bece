//! Which plugin wants to be asked about which events (`EventsToRegister` of each plugin), in the order of the profile.

use crate::model::core::Pod;
use crate::sched::framework::Plugin;
use crate::sched::queueing::hint::{
    dynamic_resources, inter_pod_affinity, node_affinity, node_declared_features, node_ports, node_resources_fit,
    node_unschedulable, pod_topology_spread, taint_toleration,
};
use crate::sched::queueing::{Action, ClusterEvent, Resource, Subject, View};

/// Whether an event may help a pod that the plugin rejected.
pub type HintFn = fn(&View<'_>, &Pod, &Subject) -> bool;

/// How a plugin answers.
#[derive(Clone, Copy, Debug)]
pub enum Hint {
    /// Yes.
    Always,
    /// No; it is registered for another reason.
    Never,
    /// It depends on the pod's specification and the event, so the answer is the same for pods of one specification.
    Spec(HintFn),
    /// It depends on the pod itself.
    Pod(HintFn),
}

/// A registration.
#[derive(Clone, Copy, Debug)]
pub struct Registered {
    /// Whose.
    pub plugin: Plugin,
    /// Of what.
    pub resource: Resource,
    /// Which changes.
    pub actions: Action,
    /// The answer.
    pub hint: Hint,
}

impl Registered {
    /// True if the plugin is asked about this event.
    pub fn wants(&self, event: ClusterEvent) -> bool {
        event.matches(self.resource, self.actions)
    }
}

const fn on(plugin: Plugin, resource: Resource, actions: Action, hint: Hint) -> Registered {
    Registered { plugin, resource, actions, hint }
}

const ADD: Action = Action::ADD;
const DELETE: Action = Action::DELETE;

/// All registrations of the default plugins. The volume plugins see no volumes here, and so no pod that held one.
pub const REGISTERED: &[Registered] = &[
    on(Plugin::SchedulingGates, Resource::TargetPod, Action::POD_GATES_ELIMINATED, Hint::Always),
    on(Plugin::NodeName, Resource::Node, ADD, Hint::Always),
    on(Plugin::NodeUnschedulable, Resource::Node, ADD.or(Action::NODE_TAINT), Hint::Spec(node_unschedulable::node)),
    on(Plugin::NodeUnschedulable, Resource::TargetPod, Action::POD_TOLERATION, Hint::Spec(node_unschedulable::target_pod)),
    on(Plugin::TaintToleration, Resource::Node, ADD.or(Action::NODE_TAINT), Hint::Spec(taint_toleration::node)),
    on(Plugin::TaintToleration, Resource::TargetPod, Action::POD_TOLERATION, Hint::Always),
    on(Plugin::NodeAffinity, Resource::Node, ADD.or(Action::NODE_LABEL), Hint::Spec(node_affinity::node)),
    on(Plugin::NodePorts, Resource::AssignedPod, DELETE, Hint::Spec(node_ports::assigned_pod)),
    on(Plugin::NodePorts, Resource::Node, ADD, Hint::Always),
    on(Plugin::NodeResourcesFit, Resource::AssignedPod, DELETE, Hint::Spec(node_resources_fit::assigned_pod_delete)),
    on(Plugin::NodeResourcesFit, Resource::Node, ADD.or(Action::NODE_ALLOCATABLE), Hint::Spec(node_resources_fit::node)),
    on(Plugin::NodeResourcesFit, Resource::DeviceClass, ADD.or(Action::UPDATE), Hint::Spec(node_resources_fit::class)),
    on(Plugin::NodeResourcesFit, Resource::AssignedPod, Action::POD_SCALE_DOWN, Hint::Spec(node_resources_fit::scale_down)),
    on(Plugin::NodeResourcesFit, Resource::TargetPod, Action::POD_SCALE_DOWN, Hint::Always),
    on(Plugin::VolumeRestrictions, Resource::AssignedPod, DELETE, Hint::Never),
    on(Plugin::VolumeRestrictions, Resource::Node, ADD, Hint::Always),
    on(Plugin::NodeVolumeLimits, Resource::AssignedPod, DELETE, Hint::Never),
    on(Plugin::VolumeBinding, Resource::Node, ADD.or(Action::NODE_LABEL), Hint::Always),
    on(Plugin::VolumeZone, Resource::Node, ADD.or(Action::NODE_LABEL), Hint::Always),
    on(
        Plugin::PodTopologySpread,
        Resource::AssignedPod,
        ADD.or(Action::POD_LABEL).or(DELETE),
        Hint::Spec(pod_topology_spread::assigned_pod),
    ),
    on(
        Plugin::PodTopologySpread,
        Resource::TargetPod,
        Action::POD_TOLERATION.or(Action::POD_LABEL),
        Hint::Spec(pod_topology_spread::target_pod),
    ),
    on(
        Plugin::PodTopologySpread,
        Resource::Node,
        ADD.or(DELETE).or(Action::NODE_LABEL).or(Action::NODE_TAINT),
        Hint::Spec(pod_topology_spread::node),
    ),
    on(
        Plugin::InterPodAffinity,
        Resource::AssignedPod,
        ADD.or(Action::POD_LABEL).or(DELETE),
        Hint::Spec(inter_pod_affinity::assigned_pod),
    ),
    on(Plugin::InterPodAffinity, Resource::TargetPod, Action::POD_LABEL, Hint::Always),
    on(Plugin::InterPodAffinity, Resource::Node, ADD.or(Action::NODE_LABEL), Hint::Spec(inter_pod_affinity::node)),
    on(Plugin::DynamicResources, Resource::Node, ADD.or(Action::NODE_LABEL).or(Action::NODE_ALLOCATABLE), Hint::Always),
    on(Plugin::DynamicResources, Resource::ResourceClaim, ADD.or(Action::UPDATE).or(DELETE), Hint::Pod(dynamic_resources::claim)),
    on(Plugin::DynamicResources, Resource::TargetPod, Action::POD_GENERATED_CLAIM, Hint::Pod(dynamic_resources::target_pod)),
    on(Plugin::DynamicResources, Resource::DeviceClass, ADD.or(Action::UPDATE), Hint::Always),
    on(Plugin::DynamicResources, Resource::ResourceSlice, ADD.or(Action::UPDATE), Hint::Always),
    on(Plugin::DefaultPreemption, Resource::AssignedPod, DELETE, Hint::Never),
    on(
        Plugin::NodeDeclaredFeatures,
        Resource::Node,
        ADD.or(Action::NODE_DECLARED_FEATURE),
        Hint::Spec(node_declared_features::node),
    ),
    on(Plugin::NodeDeclaredFeatures, Resource::TargetPod, Action::UPDATE, Hint::Spec(node_declared_features::target_pod)),
];

/// The registrations for this event.
pub fn wanted(event: ClusterEvent) -> impl Iterator<Item = &'static Registered> {
    REGISTERED.iter().filter(move |registered| registered.wants(event))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_asks_about_some_events() {
        let check = |resource, action, want| {
            let event = ClusterEvent::new(resource, action);
            assert_eq!(wanted(event).next().is_some(), want, "{}", event.label());
        };
        check(Resource::AssignedPod, Action::POD_SCALE_UP, false);
        check(Resource::AssignedPod, Action::UPDATE, false);
        check(Resource::Node, Action::NODE_CONDITION, false);
        check(Resource::Node, Action::NODE_ANNOTATION, false);
        check(Resource::Node, DELETE, true);
        check(Resource::ResourceSlice, DELETE, false);
        check(Resource::TargetPod, Action::UPDATE, true);
    }
}
