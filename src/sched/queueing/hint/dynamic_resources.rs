//! DynamicResources (`plugins/dynamicresources/dynamicresources.go`).

use crate::model::core::Pod;
use crate::sched::queueing::event::{Change, Subject};
use crate::sched::queueing::listers::{ClaimView, claims_of};
use crate::sched::queueing::{Resource, View};

/// Whom a change of a claim can help.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// Nobody.
    Nobody,
    /// Pods that use it.
    Users,
    /// Every pod whose own claims are there.
    Everybody,
    /// Every pod, whatever its claims are.
    Unconditional,
}

/// Whom a change of a claim can help. An allocation that is given up helps all.
pub fn reach(change: &Change<ClaimView>) -> Reach {
    match (&change.old, &change.new) {
        (_, None) if change.old.as_ref().is_some_and(|old| old.is_allocated) => Reach::Unconditional,
        (_, None) => Reach::Nobody,
        (Some(old), Some(new)) if old.is_allocated && !new.is_allocated => Reach::Everybody,
        (Some(old), Some(new)) if old.status == new.status => Reach::Nobody,
        (_, Some(_)) => Reach::Users,
    }
}

/// The claim is the pod's, and new or with another status; or an allocation was given up.
pub fn claim(view: &View<'_>, pod: &Pod, subject: &Subject) -> bool {
    let Subject::Claim(change) = subject else { return true };
    let own = || claims_of(view.listers, pod);
    match (reach(change), &change.new) {
        (Reach::Unconditional, _) => true,
        (Reach::Nobody, _) => false,
        (Reach::Users, Some(new)) => own().is_some_and(|claims| claims.iter().any(|claim| claim.uid == new.uid)),
        (Reach::Everybody | Reach::Users, _) => own().is_some(),
    }
}

/// All claims of the pod are there now.
pub fn target_pod(view: &View<'_>, _pod: &Pod, subject: &Subject) -> bool {
    let Subject::Pod(Change { new: Some(new), .. }) = subject else { return true };
    claims_of(view.listers, new).is_some()
}

/// True if only pods that use the claim have to be looked at (`preQueueingHint`): no allocation was given up.
pub fn concerns_users_only(resource: Resource, change: &Change<ClaimView>) -> bool {
    resource == Resource::ResourceClaim && !matches!(reach(change), Reach::Everybody | Reach::Unconditional)
}
