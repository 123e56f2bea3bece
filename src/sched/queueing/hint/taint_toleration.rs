//! TaintToleration (`plugins/tainttoleration`).

use crate::model::core::{Node, Pod, TaintEffect};
use crate::sched::queueing::View;
use crate::sched::queueing::event::{Change, Subject};

/// The node's taints are tolerated, and were not before.
pub fn node(view: &View<'_>, pod: &Pod, subject: &Subject) -> bool {
    let Subject::Node(Change { old, new: Some(new) }) = subject else { return true };
    old.as_ref().is_none_or(|old| !is_tolerated(view, pod, old)) && is_tolerated(view, pod, new)
}

fn is_tolerated(view: &View<'_>, pod: &Pod, node: &Node) -> bool {
    let compares = view.compares_tolerations();
    let keeps_away = |effect| matches!(effect, TaintEffect::NoSchedule | TaintEffect::NoExecute);
    node.taints.iter().filter(|taint| keeps_away(taint.effect)).all(|taint| {
        let mut tolerations = pod.spec.tolerations.iter();
        tolerations.any(|toleration| toleration.tolerates(taint, view.names, compares))
    })
}
