//! Writing what was decided.

use std::sync::Arc;

use crate::base::{Names, NodeId};
use crate::model::core::Pod;
use crate::sched::dra::{Allocation, ClaimUid, Consumer, Manager, Refused, StoredClaim};
use crate::sched::framework::{Code, Rejection, Verdict};
use crate::sched::plugins::dynamic_resources::binding::has_conditions;
use crate::sched::plugins::dynamic_resources::post_filter::api_error;
use crate::sched::plugins::dynamic_resources::state::{Entry, Memory, State};

/// Most consumers of a claim (`ResourceClaimReservedForMaxSize`).
const CONSUMERS_MAX: usize = 256;

/// How often a write is tried while there is a newer version (`retry.DefaultRetry`).
const TRIES: usize = 5;

/// Most bytes of a prefix from which a name is made (`maxGeneratedNameLength`).
const PREFIX_MAX: usize = 58;

/// What suffixes of generated names are made of (`apimachinery/pkg/util/rand`).
const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// True if PreBind has something to write.
pub fn has_pre_bind(state: &State) -> bool {
    !state.memory().is_empty()
}

/// Writes allocations and reservations, one claim after the other. A refusal ends the binding.
///
/// If devices have binding conditions the pod then waits: the caller asks [`super::poll`] until it is done.
/// [`State::is_waiting`] tells.
pub fn pre_bind(manager: &mut Manager, names: &mut Names, state: &State, pod: &Pod, node: NodeId) -> Verdict {
    let state = &mut *state.memory();
    for at in 0..state.entries.len() {
        if state.entries[at].claim.is_reserved_for(pod.uid) {
            continue;
        }
        if let Err(text) = bind(manager, names, state, pod, node, at) {
            return Some(Rejection::told(Code::Error, text));
        }
    }
    if !waits(manager, state) {
        settle(manager, state);
    }
    None
}

impl State {
    /// How many writes to the API server PreBind takes if nothing comes between.
    pub fn writes_ahead(&self) -> u64 {
        let state = self.memory();
        let of = |(at, entry): (usize, &Entry)| match &entry.made {
            // A claim for extended resources is made first, and the pod's status says so last.
            Some(_) if state.special() == Some(at) => 4,
            Some(_) => 1 + u64::from(!entry.claim.has_finalizer),
            None => u64::from(state.special() != Some(at)),
        };
        state.entries.iter().enumerate().map(of).sum()
    }

    /// True if the pod, whose claims are written, waits for binding conditions of its devices.
    pub fn is_waiting(&self, manager: &Manager) -> bool {
        waits(manager, &self.memory())
    }
}

fn waits(manager: &Manager, state: &Memory) -> bool {
    manager.settings().features.binding_and_status && has_conditions(manager, state)
}

/// The end of a PreBind that went well: nothing is in flight any more.
pub(super) fn settle(manager: &mut Manager, state: &Memory) {
    for (at, entry) in state.entries.iter().enumerate() {
        let uid = if state.special() == Some(at) { state.special_uid } else { Some(entry.claim.uid) };
        if let Some(uid) = uid.filter(|_| entry.made.is_some()) {
            manager.tracker_mut().drop_pending(uid, true);
        }
    }
}

/// Writes one claim.
fn bind(manager: &mut Manager, names: &mut Names, state: &mut Memory, pod: &Pod, node: NodeId, at: usize) -> Result<(), String> {
    let is_special = state.special() == Some(at);
    let made = state.entries[at].made.clone();
    if is_special && made.is_none() && state.entries[at].claim.asked.requests.is_empty() {
        // The device plugin of the node serves the extended resources.
        return Ok(());
    }
    if is_special && state.entries[at].claim.is_in_memory() {
        state.entries[at].claim = create(manager, names, state, pod, node)?;
    }
    let claim = StoredClaim::clone(&state.entries[at].claim);
    let written = reserve_for(manager, state, pod, claim, made.as_ref())?;
    if is_special {
        record(manager, names, state, pod, node, &written)?;
    }
    state.entries[at].claim = written;
    Ok(())
}

/// Writes allocation and reservation. If there is a newer version, it is read and tried again.
fn reserve_for(
    manager: &mut Manager,
    state: &mut Memory,
    pod: &Pod,
    mut claim: StoredClaim,
    made: Option<&Arc<Allocation>>,
) -> Result<Arc<StoredClaim>, String> {
    let full = claim.full_name();
    let name = claim.asked.name.clone();
    for attempt in 0..TRIES {
        if attempt > 0 {
            let Some(newer) = manager.tracker().get(claim.key()) else {
                return Err(format!("get updated claim {full} after conflict: {}", api_error(Refused::NotFound, &name)));
            };
            claim = StoredClaim::clone(newer);
        }
        if claim.is_deleting {
            return Err(format!("claim {full} got deleted in the meantime"));
        }
        if let Some(made) = made {
            if claim.allocation.is_some() {
                return Err(format!("claim {full} got allocated elsewhere in the meantime"));
            }
            if !claim.has_finalizer {
                claim.has_finalizer = true;
                state.work.api_writes += 1;
                match manager.tracker_mut().write(claim.clone()) {
                    Ok(written) => claim = StoredClaim::clone(&written),
                    Err(Refused::Conflict) => continue,
                    Err(refused) => return Err(format!("add finalizer to claim {full}: {}", api_error(refused, &name))),
                }
            }
            claim.allocation = Some(made.clone());
        }
        add_consumer(manager, pod, &mut claim)?;
        let doing = if made.is_some() { "add allocation and reservation" } else { "add reservation" };
        if claim.reserved_for.len() > CONSUMERS_MAX {
            let count = claim.reserved_for.len();
            let why = format!("status.reservedFor: Too many: {count}: must have at most {CONSUMERS_MAX} items");
            return Err(format!("{doing} to claim {full}: ResourceClaim.resource.k8s.io {name:?} is invalid: {why}"));
        }
        state.work.api_writes += 1;
        match manager.tracker_mut().write(claim.clone()) {
            Ok(written) => return Ok(written),
            Err(Refused::Conflict) => {}
            Err(refused) => return Err(format!("{doing} to claim {full}: {}", api_error(refused, &name))),
        }
    }
    Err(api_error(Refused::Conflict, &name))
}

/// Reserves the claim for the pod. With binding conditions the time of its allocation is noted, whoever made it.
fn add_consumer(manager: &Manager, pod: &Pod, claim: &mut StoredClaim) -> Result<(), String> {
    if let Some(known) = manager.known() {
        let consumer = Consumer { api_group: known.empty, resource: known.pods, name: pod.name, uid: pod.uid };
        claim.reserved_for = claim.reserved_for.iter().copied().chain([consumer]).collect();
    }
    if !manager.settings().features.binding_and_status {
        return Ok(());
    }
    let Some(allocation) = &mut claim.allocation else {
        return Err(format!("claim {} got deallocated elsewhere in the meantime", claim.full_name()));
    };
    if !allocation.since.has_come() {
        Arc::make_mut(allocation).since = manager.now().floor_second().into();
    }
    Ok(())
}

/// Creates the claim for extended resources as the node needs it. Upstream draws the end of its name; here they are numbered.
fn create(
    manager: &mut Manager,
    names: &mut Names,
    state: &mut Memory,
    pod: &Pod,
    node: NodeId,
) -> Result<Arc<StoredClaim>, String> {
    let asked = state.nodes.get(&node).and_then(|found| found.asked.special.clone());
    let Some(asked) = asked else {
        let node = &manager.node(node).name;
        return Err(format!("extended resource claim not found for node {node}"));
    };
    let number = manager.next_number();
    let prefix = format!("{}-extended-resources-", names.text(pod.name));
    let prefix = &prefix[..prefix.len().min(PREFIX_MAX)];
    let name = format!("{prefix}{}", suffix(number));
    let uid = format!("{}-extended-resources-{number}", names.text(pod.uid));
    let mut asked = asked.as_ref().clone();
    asked.name.clone_from(&name);
    state.work.api_writes += 1;
    Ok(manager.tracker_mut().store(StoredClaim {
        is_extended: true,
        ..StoredClaim::made_by(
            (pod.name, pod.uid),
            (pod.spec.namespace, names.intern(&name)),
            ClaimUid::Stored(names.intern(&uid)),
            Arc::new(asked),
        )
    }))
}

fn suffix(number: u64) -> String {
    let digit = |place: u32| ALPHABET[(number / 27u64.pow(place) % 27) as usize] as char;
    (0..5).rev().map(digit).collect()
}

/// Notes in the pod's status which claim serves its extended resources.
fn record(
    manager: &mut Manager,
    names: &Names,
    state: &mut Memory,
    pod: &Pod,
    node: NodeId,
    claim: &StoredClaim,
) -> Result<(), String> {
    let mappings = state.nodes.get(&node).map(|found| found.asked.mappings.clone()).unwrap_or_default();
    if mappings.is_empty() {
        let pod = format!("{}/{}", names.text(pod.spec.namespace), names.text(pod.name));
        return Err(format!("nil or empty request mappings, no update of pod {pod} ExtendedResourceClaimStatus"));
    }
    state.work.api_writes += 1;
    manager.set_extended_status(pod.uid, claim.name, mappings);
    Ok(())
}
