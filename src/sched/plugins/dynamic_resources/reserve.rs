//! Keeping devices in memory until they are written.

use std::sync::Arc;

use crate::alloc::dra::Variant;
use crate::base::{Moment, NodeId};
use crate::model::core::Pod;
use crate::model::dra::{AllocationResult, Device};
use crate::sched::dra::{Allocation, Given, Held, Manager, Reach, Rest, Share, StoredClaim};
use crate::sched::framework::{Code, Rejection, Verdict};
use crate::sched::plugins::dynamic_resources::post_filter::delete;
use crate::sched::plugins::dynamic_resources::state::State;

/// Keeps the devices of `node` for the pod, in memory.
pub fn reserve(manager: &mut Manager, state: &State, node: NodeId) -> Verdict {
    let state = &mut *state.memory();
    let to_allocate = state.to_allocate();
    if to_allocate.is_empty() {
        return None;
    }
    let refuse = |text: String| Some(Rejection::told(Code::Error, text));
    let needs_user_claims = to_allocate.iter().any(|at| state.special() != Some(*at));
    let Some(found) = state.nodes.get(&node).filter(|found| !found.results.is_empty()).cloned() else {
        // The device plugin of the node serves the extended resources.
        let text = "claim allocation not found for node";
        return if needs_user_claims { refuse(text.to_owned()) } else { None };
    };
    let (have, want) = (found.results.len(), to_allocate.len());
    if have != want {
        return refuse(format!("internal error, have {have} allocations, {want} claims to allocate, want {want} claims"));
    }
    for (at, result) in to_allocate.into_iter().zip(&found.results) {
        let allocation = Arc::new(allocation(manager, node, result));
        let entry = &mut state.entries[at];
        entry.made = Some(allocation.clone());
        if !manager.tracker_mut().signal(&entry.claim, &allocation) {
            let claim = &entry.claim;
            let text = format!(
                "internal error, couldn't signal allocation for claim {}: look up assumed claim {}, UID={:?}: could not find \
                 ResourceClaim {:?}",
                claim.asked.name,
                claim.full_name(),
                claim.uid,
                claim.full_name()
            );
            return refuse(text);
        }
    }
    None
}

/// What the allocator decided on a node, as it is stored. Shares get their ids here.
fn allocation(manager: &mut Manager, node: NodeId, result: &AllocationResult) -> Allocation {
    let shares: Vec<Option<String>> =
        result.results.iter().map(|found| found.is_share.then(|| share_id(manager.next_number()))).collect();
    let (settings, published) = (manager.settings(), manager.published());
    let held = result.results.iter().zip(shares).map(|(found, share)| Held {
        key: published.devices[found.device].key,
        given: Some(Given { leaf: found.leaf, device: found.device }),
        is_admin: found.admin_access,
        share: Share::new(share, found.consumed.clone()),
    });
    let mut devices = result.results.iter().map(|found| &published.devices[found.device]);
    let skips = |device: &Device| !published.slices[device.slice].skip_node_operations.is_empty();
    let has_conditions = |device: &Device| {
        let conditions = published.traits[device.traits].binding_conditions.as_ref();
        conditions.is_some_and(|list| !list.is_empty())
    };
    let config = &result.config;
    Allocation {
        held: held.collect(),
        reach: Reach::new(result.node_selector.as_ref(), (node, &manager.node(node).name)),
        since: Moment::NOT_YET,
        skips_operations: settings.variant == Variant::Experimental && devices.clone().any(skips),
        has_conditions: settings.features.binding_and_status && devices.any(has_conditions),
        rest: (!config.is_empty()).then(|| Box::new(Rest { config: config.clone(), ..Rest::default() })),
    }
}

/// Upstream draws a UUID; here shares are numbered in the same form.
fn share_id(number: u64) -> String {
    format!("{:08x}-{:04x}-4000-8000-000000000000", number >> 16, number & 0xffff)
}

/// Undoes [`reserve`], and takes back reservations that were written.
pub fn unreserve(manager: &mut Manager, state: &State, pod: &Pod) {
    let state = &mut *state.memory();
    for at in 0..state.user_claims {
        let claim = state.entries[at].claim.clone();
        manager.tracker_mut().drop_pending(claim.uid, false);
        if claim.allocation.is_some() && claim.is_reserved_for(pod.uid) {
            state.work.api_writes += 1;
            manager.tracker_mut().patch(claim.key(), |claim: &mut StoredClaim| {
                let others = claim.reserved_for.iter().filter(|consumer| consumer.uid != pod.uid);
                claim.reserved_for = others.copied().collect();
            });
        }
    }
    let Some(special) = state.special().map(|at| state.entries[at].claim.clone()) else { return };
    if let Some(uid) = state.special_uid {
        manager.tracker_mut().drop_pending(uid, false);
    }
    if !special.is_in_memory() {
        delete(manager, state, &special);
    }
}
