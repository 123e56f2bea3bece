//! PodTopologySpread (`plugins/podtopologyspread/plugin.go`).

use crate::model::core::{InclusionPolicy, Labels, Node, Pod, SpreadConstraint, WhenUnsatisfiable};
use crate::sched::queueing::View;
use crate::sched::queueing::event::{Change, Subject};

/// Constraints that can reject the pod. Defaults of the profile are of no account to the queue: the built-in ones reject
/// nothing.
fn constraints(pod: &Pod) -> impl Iterator<Item = &SpreadConstraint> {
    pod.spec.spread.iter().filter(|constraint| constraint.when_unsatisfiable == WhenUnsatisfiable::DoNotSchedule)
}

/// A pod of the same namespace that a constraint counts came or went, or changed so that one counts it now or does not.
pub fn assigned_pod(view: &View<'_>, pod: &Pod, subject: &Subject) -> bool {
    let Subject::Pod(Change { old, new }) = subject else { return true };
    let counts = |other: &Pod| {
        let is_somewhere = other.node_name.is_some() || other.nominated_node_name.is_some();
        is_somewhere && other.spec.namespace == pod.spec.namespace
    };
    if [old, new].into_iter().flatten().any(|other| !counts(other)) {
        return false;
    }
    match (old, new) {
        (Some(old), Some(new)) => labels_matter(view, pod, &old.spec.labels, &new.spec.labels),
        (Some(one), None) | (None, Some(one)) => {
            constraints(pod).any(|constraint| constraint.selector.matches(&one.spec.labels, view.names))
        }
        (None, None) => true,
    }
}

/// The pod has other tolerations and a constraint minds taints, or labels that a constraint judges otherwise.
pub fn target_pod(view: &View<'_>, pod: &Pod, subject: &Subject) -> bool {
    let Subject::Pod(Change { old: Some(old), new: Some(new) }) = subject else { return true };
    let minds_taints = || constraints(pod).any(|constraint| constraint.node_taints_policy == InclusionPolicy::Honor);
    new.spec.tolerations != old.spec.tolerations && minds_taints() || labels_matter(view, pod, &old.spec.labels, &new.spec.labels)
}

/// A node with all topology keys came or went, or got or lost them, or has other domains or taints.
pub fn node(_view: &View<'_>, pod: &Pod, subject: &Subject) -> bool {
    let Subject::Node(Change { old, new }) = subject else { return true };
    let has_keys = |node: &Node| constraints(pod).all(|constraint| node.labels.get(constraint.topology_key).is_some());
    match (old, new) {
        (Some(old), Some(new)) => {
            let moved = || constraints(pod).any(|c| old.labels.get(c.topology_key) != new.labels.get(c.topology_key));
            has_keys(old) != has_keys(new) || has_keys(new) && (moved() || old.taints != new.taints)
        }
        (Some(node), None) | (None, Some(node)) => has_keys(node),
        (None, None) => true,
    }
}

fn labels_matter(view: &View<'_>, pod: &Pod, old: &Labels, new: &Labels) -> bool {
    let judged = |labels, constraint: &SpreadConstraint| constraint.selector.matches(labels, view.names);
    old != new && constraints(pod).any(|constraint| judged(old, constraint) != judged(new, constraint))
}
