//! NodeDeclaredFeatures (`plugins/nodedeclaredfeatures`).

use crate::model::core::Pod;
use crate::sched::queueing::View;
use crate::sched::queueing::event::{Change, Subject};

/// The node is new, or declares other features.
pub fn node(_view: &View<'_>, _pod: &Pod, subject: &Subject) -> bool {
    let Subject::Node(Change { old: Some(old), new: Some(new) }) = subject else { return true };
    old.declared_features != new.declared_features
}

/// The pod needs other features.
pub fn target_pod(_view: &View<'_>, _pod: &Pod, subject: &Subject) -> bool {
    let Subject::Pod(Change { old: Some(old), new: Some(new) }) = subject else { return true };
    old.spec.required_features != new.spec.required_features
}
