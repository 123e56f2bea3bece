//! Looking the pod's claims up, and refusing pods for which no node can do.

use std::sync::Arc;

use crate::base::NameId;
use crate::model::core::Pod;
use crate::model::dra::{Asked, Claim, Leaf, Request};
use crate::sched::dra::{ClaimUid, Manager, StoredClaim, is_dra_extended};
use crate::sched::framework::{Code, Cx, PreFilter, Rejection, Verdict};
use crate::sched::plugins::dynamic_resources::pod_claims::pod_claims;
use crate::sched::plugins::dynamic_resources::state::{Entry, Memory, State};

/// Looks the pod's claims up. A pod without claims is none of the plugin's business.
pub fn pre_filter(cx: &Cx<'_>, pod: &Pod) -> PreFilter<State> {
    let manager = cx.dra;
    if !manager.settings().is_enabled {
        return PreFilter::Skip;
    }
    let claims = match pod_claims(manager, cx.names, pod) {
        Ok(claims) => claims,
        Err(text) => return reject(Code::UnschedulableAndUnresolvable, text),
    };
    let mut state = Memory { user_claims: claims.len(), ..Memory::default() };
    let special = special_claim(cx, pod, &mut state);
    state.special_uid = special.as_ref().map(|claim| claim.uid);
    let entry = |claim: Arc<StoredClaim>| Entry { initial: claim.allocation.clone(), claim, made: None };
    state.entries = claims.into_iter().chain(special).map(entry).collect();
    if state.is_empty() {
        return PreFilter::Skip;
    }
    for (at, Entry { claim, .. }) in state.entries.iter().enumerate() {
        if let Some(rejection) = check(manager, claim, state.special() == Some(at)) {
            return PreFilter::Reject(rejection);
        }
    }
    state.has_allocator = state.entries.iter().any(|entry| entry.claim.allocation.is_none());
    if state.has_allocator {
        state.work.slices_listed = manager.published().slices.len() as u64;
    }
    PreFilter::Go(State::new(state))
}

fn reject(code: Code, text: String) -> PreFilter<State> {
    PreFilter::Reject(Rejection::told(code, text))
}

/// The claim for the pod's extended resources, if a class stands for one of them: what an earlier attempt has left, or one
/// in memory without requests.
fn special_claim(cx: &Cx<'_>, pod: &Pod, state: &mut Memory) -> Option<Arc<StoredClaim>> {
    let manager = cx.dra;
    let scalars = pod.spec.requests.total.scalars.iter().filter(|(_, amount)| *amount != 0);
    let requested: Vec<(NameId, i64)> = scalars.copied().collect();
    // A class can be given a name for which none can stand.
    let is_backed = |(name, _): &(NameId, i64)| manager.backs(*name) && is_dra_extended(cx.names.text(*name));
    if !requested.iter().any(is_backed) {
        return None;
    }
    state.resources = requested.into_iter().filter(|(name, _)| is_dra_extended(cx.names.text(*name))).collect();
    // The order decides which refusal is told first; upstream's is that of a map.
    state.resources.sort_by_key(|(name, _)| cx.names.text(*name));
    manager.tracker().extended_of((pod.name, pod.uid)).cloned().or_else(|| in_memory(cx, pod))
}

/// A claim without requests, which lives in memory until it is written.
fn in_memory(cx: &Cx<'_>, pod: &Pod) -> Option<Arc<StoredClaim>> {
    let name = cx.dra.known()?.special;
    let text = |name| cx.names.text(name).to_owned();
    let asked = Claim { namespace: text(pod.spec.namespace), name: text(name), ..Claim::default() };
    Some(Arc::new(StoredClaim {
        is_extended: true,
        ..StoredClaim::made_by((pod.name, pod.uid), (pod.spec.namespace, name), ClaimUid::InMemory(pod.uid), Arc::new(asked))
    }))
}

/// Whether a claim stands in the way of the whole attempt.
fn check(manager: &Manager, claim: &StoredClaim, is_special: bool) -> Verdict {
    let refuse = |text: String| Some(Rejection::told(Code::UnschedulableAndUnresolvable, text));
    if let Some(allocation) = &claim.allocation {
        return allocation.reach.parse().err().map(|text| Rejection::told(Code::Error, text));
    }
    if manager.tracker().pending(claim.uid).is_some() {
        return refuse(format!("resource claim {} is in the process of being allocated", claim.full_name()));
    }
    if is_special {
        return None;
    }
    claim.asked.requests.iter().find_map(|request| check_request(manager, claim, request))
}

fn check_request(manager: &Manager, claim: &StoredClaim, request: &Request) -> Verdict {
    let refuse = |why: &str| {
        let text = format!("resource claim {}, request {}: {why}", claim.full_name(), request.name);
        Some(Rejection::told(Code::UnschedulableAndUnresolvable, text))
    };
    match &request.asked {
        Asked::Exactly(leaf) => check_class(manager, leaf, &request.name),
        Asked::FirstAvailable(_) if !manager.settings().features.prioritized_list => {
            refuse("has subrequests, but the DRAPrioritizedList feature is disabled")
        }
        Asked::FirstAvailable(leaves) => {
            leaves.iter().find_map(|leaf| check_class(manager, leaf, &format!("{}/{}", request.name, leaf.name)))
        }
        Asked::Nothing => refuse("unknown request type"),
    }
}

fn check_class(manager: &Manager, leaf: &Leaf, request: &str) -> Verdict {
    let class = &leaf.class.name;
    if class.is_empty() {
        return Some(Rejection::told(Code::Error, format!("request {request}: unsupported request type")));
    }
    let text = || format!("request {request}: device class {class} does not exist");
    manager.class_named(class).is_none().then(|| Rejection::told(Code::UnschedulableAndUnresolvable, text()))
}
