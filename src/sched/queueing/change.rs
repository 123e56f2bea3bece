//! Updates of pods and nodes as cluster events (`framework/events.go`).

use crate::model::core::{Node, Pod, Resources};
use crate::sched::queueing::{Action, ClusterEvent, Resource};

/// The events of a pod's update, in upstream's order; a general update if it is none of the specific ones. `is_target`: the
/// pod that changed is the one that is asked about.
pub fn pod_events(old: &Pod, new: &Pod, is_target: bool) -> Vec<ClusterEvent> {
    let resource = match (new.node_name, is_target) {
        (Some(_), _) => Resource::AssignedPod,
        (None, true) => Resource::TargetPod,
        (None, false) => Resource::UnscheduledPod,
    };
    let (before, after) = (&old.spec, &new.spec);
    let changes = [
        (after.labels != before.labels, Action::POD_LABEL),
        (is_less(&after.requests.total, &before.requests.total), Action::POD_SCALE_DOWN),
        (is_less(&before.requests.total, &after.requests.total), Action::POD_SCALE_UP),
        (after.gates.is_empty() && !before.gates.is_empty(), Action::POD_GATES_ELIMINATED),
        (after.tolerations.len() != before.tolerations.len(), Action::POD_TOLERATION),
        (new.made_claims != old.made_claims || new.extended_claim != old.extended_claim, Action::POD_GENERATED_CLAIM),
    ];
    let specific: Vec<ClusterEvent> = events(resource, &changes);
    if specific.is_empty() { vec![ClusterEvent::new(resource, Action::UPDATE)] } else { specific }
}

/// The events of a node's update, in upstream's order; perhaps none.
pub fn node_events(old: &Node, new: &Node) -> Vec<ClusterEvent> {
    let conditions = |node: &Node| {
        let mut conditions = node.conditions.clone();
        conditions.sort_unstable();
        conditions
    };
    let changes = [
        (old.unschedulable && !new.unschedulable, Action::NODE_TAINT),
        (old.allocatable != new.allocatable, Action::NODE_ALLOCATABLE),
        (old.labels != new.labels, Action::NODE_LABEL),
        (old.taints != new.taints, Action::NODE_TAINT),
        (conditions(old) != conditions(new), Action::NODE_CONDITION),
        (old.annotations != new.annotations, Action::NODE_ANNOTATION),
        (old.declared_features != new.declared_features, Action::NODE_DECLARED_FEATURE),
    ];
    events(Resource::Node, &changes)
}

fn events(resource: Resource, changes: &[(bool, Action)]) -> Vec<ClusterEvent> {
    changes.iter().filter(|(changed, _)| *changed).map(|(_, action)| ClusterEvent::new(resource, *action)).collect()
}

/// True if `a` asks for less of something than `b`.
fn is_less(a: &Resources, b: &Resources) -> bool {
    a.milli_cpu < b.milli_cpu
        || a.memory < b.memory
        || a.ephemeral_storage < b.ephemeral_storage
        || b.scalars.iter().any(|(name, amount)| !a.has_scalar(*name) || a.scalar(*name) < *amount)
}
