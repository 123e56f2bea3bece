//! Cluster events (`kube-scheduler/framework/types.go`, `framework/events.go`).

use std::ops::BitOr;
use std::sync::Arc;

use crate::model::core::{Node, Pod};
use crate::sched::queueing::{ClaimView, ClassView};

/// What an event happened to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Resource {
    /// A pod that has a node.
    AssignedPod,
    /// A pod without node, other than the one that is asked about.
    UnscheduledPod,
    /// The pod that is asked about.
    TargetPod,
    /// A node.
    Node,
    /// A ResourceClaim.
    ResourceClaim,
    /// A ResourceSlice.
    ResourceSlice,
    /// A DeviceClass.
    DeviceClass,
    /// Anything: every pod is moved.
    WildCard,
}

/// One or several kinds of change. The order of the bits is upstream's, since [`ClusterEvent::matches`] compares numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Action(u32);

impl Action {
    /// An object is new.
    pub const ADD: Action = Action(1);
    /// It is gone.
    pub const DELETE: Action = Action(1 << 1);
    /// A node's allocatable resources changed.
    pub const NODE_ALLOCATABLE: Action = Action(1 << 2);
    /// A node's labels changed.
    pub const NODE_LABEL: Action = Action(1 << 3);
    /// A node's taints changed, or it is not unschedulable any more.
    pub const NODE_TAINT: Action = Action(1 << 4);
    /// A node's conditions changed.
    pub const NODE_CONDITION: Action = Action(1 << 5);
    /// A node's annotations changed.
    pub const NODE_ANNOTATION: Action = Action(1 << 6);
    /// A node's declared features changed.
    pub const NODE_DECLARED_FEATURE: Action = Action(1 << 7);
    /// A node's preemption policy changed.
    pub const NODE_PREEMPTION_POLICY: Action = Action(1 << 8);
    /// A pod's labels changed.
    pub const POD_LABEL: Action = Action(1 << 9);
    /// A pod requests less of something.
    pub const POD_SCALE_DOWN: Action = Action(1 << 10);
    /// A pod requests more of something.
    pub const POD_SCALE_UP: Action = Action(1 << 11);
    /// A pod's tolerations changed.
    pub const POD_TOLERATION: Action = Action(1 << 12);
    /// The last scheduling gate of a pod is gone.
    pub const POD_GATES_ELIMINATED: Action = Action(1 << 13);
    /// The claims that were made for a pod changed.
    pub const POD_GENERATED_CLAIM: Action = Action(1 << 14);
    /// All of them.
    pub const ALL: Action = Action((1 << 15) - 1);
    /// An update that is none of the others, or any of them.
    pub const UPDATE: Action = Action(Action::ALL.0 & !(Action::ADD.0 | Action::DELETE.0));

    const fn name(self) -> &'static str {
        match self {
            Action::ADD => "Add",
            Action::DELETE => "Delete",
            Action::NODE_ALLOCATABLE => "UpdateNodeAllocatable",
            Action::NODE_LABEL => "UpdateNodeLabel",
            Action::NODE_TAINT => "UpdateNodeTaint",
            Action::NODE_CONDITION => "UpdateNodeCondition",
            Action::NODE_ANNOTATION => "UpdateNodeAnnotation",
            Action::NODE_DECLARED_FEATURE => "UpdateNodeDeclaredFeature",
            Action::NODE_PREEMPTION_POLICY => "UpdateNodePreemptionPolicy",
            Action::POD_LABEL => "UpdatePodLabel",
            Action::POD_SCALE_DOWN => "UpdatePodScaleDown",
            Action::POD_SCALE_UP => "UpdatePodScaleUp",
            Action::POD_TOLERATION => "UpdatePodToleration",
            Action::POD_GATES_ELIMINATED => "UpdatePodSchedulingGatesEliminated",
            Action::POD_GENERATED_CLAIM => "UpdatePodGeneratedResourceClaim",
            Action::ALL => "All",
            Action::UPDATE => "Update",
            _ => "",
        }
    }

    /// Either.
    pub const fn or(self, other: Action) -> Action {
        Action(self.0 | other.0)
    }
}

impl BitOr for Action {
    type Output = Action;
    fn bitor(self, other: Action) -> Action {
        self.or(other)
    }
}

/// Something that happened in the cluster.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClusterEvent {
    /// To what.
    pub resource: Resource,
    /// How it changed.
    pub action: Action,
    /// The label, where it is not made of the two.
    custom: Option<&'static str>,
}

impl ClusterEvent {
    /// A pod that has a node is new to the scheduler.
    pub const ASSIGNED_POD_ADD: ClusterEvent = ClusterEvent::new(Resource::AssignedPod, Action::ADD);
    /// A pod that had a node, or was assumed on one, or was nominated to one, is gone from it.
    pub const ASSIGNED_POD_DELETE: ClusterEvent = ClusterEvent::new(Resource::AssignedPod, Action::DELETE);
    /// A pod waited in the pool for too long.
    pub const UNSCHEDULABLE_TIMEOUT: ClusterEvent = ClusterEvent::wildcard("UnschedulableTimeout");
    /// A plugin wants a pod to be tried.
    pub const FORCE_ACTIVATE: ClusterEvent = ClusterEvent::wildcard("ForceActivate");

    /// An event.
    pub const fn new(resource: Resource, action: Action) -> ClusterEvent {
        ClusterEvent { resource, action, custom: None }
    }

    const fn wildcard(label: &'static str) -> ClusterEvent {
        ClusterEvent { resource: Resource::WildCard, action: Action::ALL, custom: Some(label) }
    }

    /// True if it concerns everything.
    pub fn is_wildcard(self) -> bool {
        self.resource == Resource::WildCard && self.action == Action::ALL
    }

    /// True if a plugin that registered `resource` with `actions` is asked about this event: it is one of the actions, or as
    /// specific as all of them together. The wildcard matches nothing that is registered.
    pub fn matches(self, resource: Resource, actions: Action) -> bool {
        resource == self.resource && actions.0 & self.action.0 != 0 && self.action <= actions
    }

    /// The name in metrics, such as `NodeUpdateNodeTaint`.
    pub fn label(self) -> String {
        let resource = match self.resource {
            Resource::AssignedPod => "AssignedPod",
            Resource::UnscheduledPod => "UnscheduledPod",
            Resource::TargetPod => "TargetPod",
            Resource::Node => "Node",
            Resource::ResourceClaim => "resource.k8s.io/ResourceClaim",
            Resource::ResourceSlice => "resource.k8s.io/ResourceSlice",
            Resource::DeviceClass => "resource.k8s.io/DeviceClass",
            Resource::WildCard => "*",
        };
        self.custom.map_or_else(|| format!("{resource}{}", self.action.name()), str::to_owned)
    }
}

/// An object before and after an event. Absent before: it is new; absent after: it is gone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change<T> {
    /// Before.
    pub old: Option<Arc<T>>,
    /// After.
    pub new: Option<Arc<T>>,
}

impl<T> Change<T> {
    /// It is new.
    pub fn added(new: Arc<T>) -> Change<T> {
        Change { old: None, new: Some(new) }
    }

    /// It is another.
    pub fn updated(old: Arc<T>, new: Arc<T>) -> Change<T> {
        Change { old: Some(old), new: Some(new) }
    }

    /// It is gone.
    pub fn deleted(old: Arc<T>) -> Change<T> {
        Change { old: Some(old), new: None }
    }
}

/// The object that an event is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Subject {
    /// None is known.
    Unknown,
    /// A pod.
    Pod(Change<Pod>),
    /// A node.
    Node(Change<Node>),
    /// A claim.
    Claim(Change<ClaimView>),
    /// A class.
    Class(Change<ClassView>),
    /// A slice; no hint looks at it.
    Slice,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specific_events_match_general_registrations_only() {
        let check = |event: Action, registered: Action, want: bool| {
            let event = ClusterEvent::new(Resource::Node, event);
            assert_eq!(event.matches(Resource::Node, registered), want, "{event:?} {registered:?}");
            assert!(!event.matches(Resource::TargetPod, registered));
        };
        check(Action::NODE_LABEL, Action::ADD | Action::NODE_LABEL, true);
        check(Action::NODE_LABEL, Action::UPDATE, true);
        check(Action::NODE_TAINT, Action::ADD | Action::NODE_LABEL, false);
        check(Action::UPDATE, Action::NODE_LABEL, false);
        check(Action::UPDATE, Action::ADD | Action::UPDATE, true);
        assert!(!ClusterEvent::FORCE_ACTIVATE.matches(Resource::Node, Action::ALL));
    }

    #[test]
    fn labels_are_upstreams() {
        let check = |event: ClusterEvent, label: &str| assert_eq!(event.label(), label);
        check(ClusterEvent::ASSIGNED_POD_ADD, "AssignedPodAdd");
        check(ClusterEvent::new(Resource::TargetPod, Action::UPDATE), "TargetPodUpdate");
        check(ClusterEvent::new(Resource::DeviceClass, Action::UPDATE), "resource.k8s.io/DeviceClassUpdate");
        check(ClusterEvent::UNSCHEDULABLE_TIMEOUT, "UnschedulableTimeout");
    }
}
