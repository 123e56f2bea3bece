//! Giving up one allocation that stands in the way.

use crate::model::core::Pod;
use crate::sched::dra::{Manager, Refused, StoredClaim};
use crate::sched::framework::{Code, Rejection};
use crate::sched::plugins::dynamic_resources::state::{Memory, State};

/// No node fits: gives up one allocation that stands in the way. The refusal tells what was done; without reasons, nothing
/// was. Of several claims upstream takes any; here it is the first.
pub fn post_filter(manager: &mut Manager, state: &State, pod: &Pod) -> Rejection {
    let state = &mut *state.memory();
    if let Some(claim) = to_give_up(state, pod) {
        let freed = StoredClaim { reserved_for: Box::default(), allocation: None, devices: Box::default(), ..claim };
        let name = freed.asked.name.clone();
        state.work.api_writes += 1;
        return match manager.tracker_mut().write(freed) {
            Ok(_) => Rejection::unschedulable("deallocation of ResourceClaim completed"),
            Err(refused) => Rejection::told(Code::Error, api_error(refused, &name)),
        };
    }
    let special = state.special().map(|at| state.entries[at].claim.clone());
    if let Some(claim) = special.filter(|claim| !claim.is_in_memory()) {
        delete(manager, state, &claim);
        return Rejection::unschedulable("deletion of ResourceClaim completed");
    }
    Rejection { code: Code::Unschedulable, reasons: Vec::new() }
}

/// The first claim that was unavailable and that nobody else uses.
fn to_give_up(state: &Memory, pod: &Pod) -> Option<StoredClaim> {
    for at in &state.unavailable {
        let claim = &state.entries[*at].claim;
        if state.special() == Some(*at) {
            // One that is stored is deleted instead.
            if claim.is_in_memory() {
                continue;
            }
            return None;
        }
        let is_alone = match &*claim.reserved_for {
            [] => true,
            [only] => only.uid == pod.uid,
            _ => false,
        };
        if is_alone {
            return Some(StoredClaim::clone(claim));
        }
    }
    None
}

/// Deletes a claim: the finalizer first. Whether it is still there does not matter.
pub(super) fn delete(manager: &mut Manager, state: &mut Memory, claim: &StoredClaim) {
    state.work.api_writes += 2;
    let is_same = manager.tracker().get(claim.key()).is_some_and(|stored| stored.uid == claim.uid);
    if is_same {
        manager.tracker_mut().remove(claim.key());
    }
}

/// The API server's words.
pub(super) fn api_error(refused: Refused, name: &str) -> String {
    match refused {
        Refused::NotFound => format!("resourceclaims.resource.k8s.io {name:?} not found"),
        Refused::Conflict => format!(
            "Operation cannot be fulfilled on resourceclaims.resource.k8s.io {name:?}: the object has been modified; please \
             apply your changes to the latest version and try again"
        ),
    }
}
