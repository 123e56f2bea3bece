//! NodeAffinity: `requiredDuringSchedulingIgnoredDuringExecution`, one term whose requirements must all hold.

use crate::base::NodeId;
use crate::model::Shape;
use crate::sched::filter::{FilterCx, Lacks};

/// Rejects nodes whose labels do not satisfy the pod's affinity (B5.3).
pub(super) fn filter(cx: &FilterCx<'_>, shape: &Shape, node: NodeId) -> Lacks {
    let labels = &cx.inventory.type_of(node).labels;
    match shape.affinity.iter().all(|requirement| requirement.holds(labels)) {
        true => Lacks::default(),
        false => Lacks::AFFINITY,
    }
}
