//! DynamicResources under classic DRA (`plugins/dynamicresources/dynamicresources.go` of 1.29): what [`crate::alloc::classic`]
//! decides, in the words of the framework.

use crate::alloc::classic::{Attempt, Verdict};
use crate::base::NodeId;
use crate::sched::framework::{Code, PreFilter, Rejection};

/// Refuses pods with a claim that is being given up.
pub fn pre_filter(own: &Attempt) -> PreFilter<()> {
    match own.pre_filter() {
        Some(text) => PreFilter::Reject(Rejection::unresolvable(text)),
        None => PreFilter::Go(()),
    }
}

/// Refuses nodes where claims are not available, or that drivers have refused.
pub fn filter(own: &Attempt, node: NodeId) -> Option<Rejection> {
    match own.filter(node) {
        Verdict::Fits => None,
        Verdict::Unavailable => Some(Rejection::unschedulable("resourceclaim not available on the node")),
        Verdict::Unsuitable => Some(Rejection::unschedulable("resourceclaim cannot be allocated for the node (unsuitable)")),
    }
}

/// Gives up a claim that stands in the way.
pub fn post_filter(own: &mut Attempt) -> Rejection {
    match own.post_filter() {
        true => Rejection::unschedulable("deallocation of ResourceClaim completed"),
        false => Rejection { code: Code::Unschedulable, reasons: vec![] },
    }
}

/// The pod can go to the node, or waits for drivers. Upstream has a status of its own for that (`Pending`); here the attempt
/// says so ([`Attempt::is_pending`]).
pub fn reserve(own: &mut Attempt, node: NodeId) -> Option<Rejection> {
    own.reserve(node).map(Rejection::unschedulable)
}
