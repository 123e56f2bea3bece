//! NodeAffinity (`plugins/nodeaffinity`).

use crate::model::core::{Node, Pod};
use crate::sched::queueing::View;
use crate::sched::queueing::event::{Change, Subject};

/// The node matches, and did not before.
pub fn node(view: &View<'_>, pod: &Pod, subject: &Subject) -> bool {
    let Subject::Node(Change { old, new: Some(new) }) = subject else { return true };
    let added = view.config.added_affinity.required.as_ref();
    added.is_none_or(|selector| selector.matches(new, view.names))
        && matches(view, pod, new)
        && old.as_ref().is_none_or(|old| !matches(view, pod, old))
}

fn matches(view: &View<'_>, pod: &Pod, node: &Node) -> bool {
    node.labels.contain(&pod.spec.node_selector)
        && pod.spec.node_affinity.as_ref().is_none_or(|selector| selector.matches(node, view.names))
}
