//! NodeUnschedulable (`plugins/nodeunschedulable`).

use crate::model::core::{Pod, Taint, TaintEffect};
use crate::sched::queueing::View;
use crate::sched::queueing::event::{Change, Subject};

/// A node is new and open for pods, or was opened.
pub fn node(_view: &View<'_>, _pod: &Pod, subject: &Subject) -> bool {
    let Subject::Node(Change { old, new: Some(new) }) = subject else { return true };
    !new.unschedulable && old.as_ref().is_none_or(|old| old.unschedulable)
}

/// The pod tolerates closed nodes now.
pub fn target_pod(view: &View<'_>, _pod: &Pod, subject: &Subject) -> bool {
    let Subject::Pod(Change { new: Some(new), .. }) = subject else { return true };
    let taint = Taint { key: view.known.unschedulable_taint, value: view.known.empty, effect: TaintEffect::NoSchedule };
    new.spec.tolerations.iter().any(|toleration| toleration.tolerates(&taint, view.names, view.compares_tolerations()))
}
