//! The resourceclaim controller of kube-controller-manager (spec D2): claims are made for pods, and given back when pods are
//! done. A worker sends the requests for a claim one after the other; all workers share one client.

use crate::base::{CallId, PodId, SimTime};
use crate::control::Request;
use crate::sim::Event;
use crate::sim::handle::classic;
use crate::sim::handle::later::{Client, schedule, send};
use crate::sim::pods::About;
use crate::sim::world::{Call, ClaimWork, World};

/// The controller sees a pod that needs a claim.
pub fn make(world: &mut World<'_>, now: SimTime, pod: PodId) {
    let left = match world.negotiations {
        Some(_) => classic::claims::make(world, pod),
        None => &[Request::CreateClaim, Request::ListClaims],
    };
    add(world, now, pod, left);
}

/// The controller sees that the pod of a claim is done. Devices are free after the first request; the pod is still there, so it
/// is for the controller to delete the claim.
pub fn give_back(world: &mut World<'_>, now: SimTime, pod: PodId) {
    add(world, now, pod, &[Request::Deallocate, Request::DropFinalizer, Request::DeleteClaim]);
}

fn add(world: &mut World<'_>, now: SimTime, pod: PodId, left: &'static [Request]) {
    let about = About::of(&world.pods[pod]);
    world.claim_workers.add(ClaimWork { pod, claim: 0, about, left });
    work(world, now);
}

/// Idle workers take what waits.
pub fn work(world: &mut World<'_>, now: SimTime) {
    while let Some(work) = world.claim_workers.take() {
        let call = world.calls.put(Call::Claim(work));
        send_next(world, now, call);
    }
}

fn send_next(world: &mut World<'_>, now: SimTime, call: CallId) {
    let Some(Call::Claim(ClaimWork { about, left, .. })) = world.calls.get(call) else { unreachable!("a worker is at work") };
    let request = (*about, left[0]);
    let answered = send(world, Client::Claims, now, request);
    schedule(world, answered, Event::Answered(call));
}

/// A request of a worker is answered.
pub fn answered(world: &mut World<'_>, now: SimTime, call: CallId) {
    let Some(Call::Claim(ClaimWork { pod, claim, left, .. })) = world.calls.get(call) else {
        unreachable!("the dispatcher has looked")
    };
    let (pod, claim, done) = (*pod, *claim, left[0]);
    *left = &left[1..];
    let is_last = left.is_empty();
    let seen = now + world.setup.control.watch_hop;
    match done {
        _ if classic::claims::written(world, now, (pod, claim), done) => {}
        Request::CreateClaim => {
            world.instruments.claim_made(now, seen);
            schedule(world, seen, Event::ClaimSeen(pod));
        }
        Request::ListClaims => schedule(world, seen, Event::ClaimReady(pod)),
        Request::Deallocate => {
            world.instruments.claim_deallocated(seen);
            schedule(world, seen, Event::ClaimGone(pod));
        }
        Request::DeleteClaim => world.instruments.claim_deleted(seen),
        // That a claim without allocation loses its finalizer helps nobody.
        _ => {}
    }
    if is_last {
        world.calls.take(call);
        world.claim_workers.done();
        work(world, now);
    } else {
        send_next(world, now, call);
    }
}
