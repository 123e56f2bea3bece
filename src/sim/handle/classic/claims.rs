//! Claims of classic DRA: made and given back by the resourceclaim controller, one piece of work for each claim, and held one by
//! one while no pod has them.

use crate::base::{PodId, SimTime};
use crate::control::Request;
use crate::model::{Book, Holder};
use crate::node::claimed_part;
use crate::sim::handle::claims;
use crate::sim::handle::classic::told::{Object, tell};
use crate::sim::handle::release::let_go;
use crate::sim::negotiations::{Negotiation, negotiating, negotiation};
use crate::sim::pods::{About, claim_of};
use crate::sim::world::{ClaimWork, World};

/// Claims that a pod can have here.
const CLAIMS_MAX: usize = crate::alloc::classic::context::CLAIMS_MAX;

/// What makes the claims of a pod: one after the other, then its status says which it has.
const MAKE: [Request; CLAIMS_MAX + 1] = {
    let mut requests = [Request::CreateClaim; CLAIMS_MAX + 1];
    requests[CLAIMS_MAX] = Request::ListClaims;
    requests
};

/// The requests that make the claims of a pod, about which a negotiation begins.
pub fn make(world: &mut World<'_>, pod: PodId) -> &'static [Request] {
    let shape = world.pods[pod].shape;
    let all = negotiating(world);
    let claims = all.devices.claims(shape);
    all.pods.insert(pod, Negotiation::new(claims));
    &MAKE[CLAIMS_MAX - claims..]
}

/// A pod has its node, and its claims are one from now on.
pub fn unite(world: &mut World<'_>, pod: PodId) {
    for claim in 0..negotiation(world, pod).given.len() {
        world.ledger.release(Book::Sched, Holder::Negotiated(pod, claim as u8));
    }
}

/// The pod is done: the controller asks drivers for each of its claims to take the devices back, and deletes it.
pub fn give_back(world: &mut World<'_>, now: SimTime, pod: PodId) {
    let node = world.ledger.release(Book::Sched, Holder::Claim(claim_of(pod))).node;
    let about = About::of(&world.pods[pod]);
    for (at, devices) in (0..).zip(negotiation(world, pod).given.clone()) {
        world.ledger.grant(Book::Sched, Holder::Negotiated(pod, at), claimed_part(node, &devices));
        let about = About { occasion: about.occasion.wrapping_add(u16::from(at)), ..about };
        let left = &[Request::Deallocate, Request::DeleteClaim];
        world.claim_workers.add(ClaimWork { pod, claim: at, about, since: now, left });
        world.instruments.claim_work_added();
    }
    claims::work(world, now);
}

/// The controller has written that nobody uses a claim any more and its driver is to take the devices back, or it has deleted
/// the claim, which stays until the driver takes its finalizer away. `false` if it is not negotiated.
pub fn written(world: &mut World<'_>, now: SimTime, work: (PodId, u8), done: Request) -> bool {
    let (pod, claim) = work;
    if world.negotiations.is_none() {
        return false;
    }
    let stored = &mut negotiation(world, pod).stored.claims[usize::from(claim)];
    match done {
        Request::Deallocate => {
            (stored.is_reserved, stored.deallocation_requested) = (false, true);
            tell(world, now, pod, Object::ClaimStatus(claim));
        }
        Request::DeleteClaim => {
            stored.is_deleting = true;
            let is_gone = stored.is_gone();
            gone(world, now, is_gone);
            tell(world, now, pod, Object::Claim(claim));
        }
        _ => return false,
    }
    true
}

/// The API server forgets a claim, if that is so.
pub fn gone(world: &mut World<'_>, now: SimTime, is_gone: bool) {
    if is_gone {
        world.instruments.claim_deleted(now + world.setup.control.watch_hop);
    }
}

/// Everybody sees that no claim of a pod is left, if that is so: nothing is negotiated any more.
pub fn all_gone(world: &mut World<'_>, now: SimTime, pod: PodId) {
    if negotiation(world, pod).seen.claims.iter().all(|claim| claim.is_gone()) {
        negotiating(world).pods.remove(&pod);
        let key = world.schedulers.key(pod);
        world.queue.delete_claim(&world.schedulers.present(now), key);
        let_go(world, pod);
    }
}
