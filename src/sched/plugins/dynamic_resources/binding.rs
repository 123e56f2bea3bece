//! Binding conditions of devices (KEP-5007): whether what a claim was given is ready.

use std::sync::Arc;

use crate::sched::dra::{DeviceCondition, Manager, StoredClaim};
use crate::sched::framework::{Code, Rejection};
use crate::sched::plugins::dynamic_resources::pre_bind::settle;
use crate::sched::plugins::dynamic_resources::state::{Entry, Memory, State};

/// What a look at the claims of a pod that waits for its devices says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Poll {
    /// All are ready; the pod is bound.
    Ready,
    /// Not yet.
    Waiting,
    /// The binding ends.
    Refused(Rejection),
}

/// Whether devices of a claim are ready.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Readiness {
    Ready,
    NotYet,
    /// A failure condition holds.
    Failed(String),
}

/// True if an allocation is to be given up: it failed, or it has waited for too long.
pub(super) fn is_given_up(manager: &Manager, claim: &StoredClaim) -> bool {
    if !manager.settings().features.binding_and_status {
        return false;
    }
    match readiness(manager, claim) {
        Readiness::Ready => false,
        Readiness::NotYet => is_timed_out(manager, claim),
        Readiness::Failed(_) => true,
    }
}

/// Results are looked at in order; the first that is not ready ends the look.
fn readiness(manager: &Manager, claim: &StoredClaim) -> Readiness {
    let Some(allocation) = &claim.allocation else { return Readiness::NotYet };
    if !allocation.has_conditions {
        return Readiness::Ready;
    }
    for (result, held) in manager.written(&claim.asked, allocation).devices.results.iter().zip(&allocation.held) {
        let wanted = result.binding_conditions.as_deref().unwrap_or_default();
        if wanted.is_empty() {
            continue;
        }
        let Some(status) = claim.devices.iter().find(|status| status.key == held.key) else { return Readiness::NotYet };
        let find = |kind: &String| status.conditions.iter().find(|condition| condition.kind == *kind);
        let failures = result.binding_failure_conditions.as_deref().unwrap_or_default();
        let failed = |condition: &&DeviceCondition| condition.is_true;
        if let Some(failure) = failures.iter().filter_map(find).find(failed) {
            let text = format!("claim={}, reason={}, message={:?}", claim.asked.name, failure.reason, failure.message);
            return Readiness::Failed(format!("device binding failed: {text}"));
        }
        if !wanted.iter().all(|kind| find(kind).is_some_and(|condition| condition.is_true)) {
            return Readiness::NotYet;
        }
    }
    Readiness::Ready
}

fn is_timed_out(manager: &Manager, claim: &StoredClaim) -> bool {
    let Some(allocation) = &claim.allocation else { return false };
    let timeout = manager.settings().binding_timeout;
    allocation.since.get().is_some_and(|since| allocation.has_conditions && since + timeout < manager.now())
}

/// True if the pod, whose claims are written, waits until its devices are ready.
pub(super) fn has_conditions(manager: &Manager, state: &Memory) -> bool {
    let given = state.entries.iter().filter_map(|Entry { claim, .. }| Some((claim, claim.allocation.as_ref()?)));
    let mut asked_for = given.filter(|(_, allocation)| allocation.has_conditions);
    asked_for.any(|(claim, allocation)| {
        let written = manager.written(&claim.asked, allocation).devices.results;
        written.iter().any(|result| result.binding_conditions.as_ref().is_some_and(|list| !list.is_empty()))
    })
}

/// Looks at the claims of a pod that waits after PreBind: at once, then every 5 s until `bindingTimeout`, when the caller
/// ends the binding itself (`device binding timeout: context deadline exceeded`).
pub fn poll(manager: &mut Manager, state: &State) -> Poll {
    let state = &mut *state.memory();
    let refuse = |text: String| Poll::Refused(Rejection::told(Code::Error, text));
    for entry in &mut state.entries {
        let key = entry.claim.key();
        let Some(claim) = manager.tracker().get(key) else {
            return refuse(format!("could not find ResourceClaim {:?}", entry.claim.full_name()));
        };
        entry.claim = Arc::clone(claim);
        match readiness(manager, &entry.claim) {
            Readiness::Ready => {}
            Readiness::Failed(text) => return refuse(text),
            Readiness::NotYet if is_timed_out(manager, &entry.claim) => {
                return refuse(format!("device binding timeout: claim={}", entry.claim.asked.name));
            }
            Readiness::NotYet => return Poll::Waiting,
        }
    }
    settle(manager, state);
    Poll::Ready
}
