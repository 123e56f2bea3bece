//! The resourceclaim controller of kube-controller-manager (spec D2): claims are made for pods, and given back when pods are
//! done. A worker sends the requests for a claim one after the other; all workers share one client.

use crate::base::{CallId, PodId, SimTime};
use crate::control::Request;
use crate::sim::Event;
use crate::sim::handle::classic;
use crate::sim::handle::closed::is_of_loop;
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

/// The controller sees that the pod of a claim is done or gone. Devices are free after the first request. While the pod is still
/// there, as a kubelet reports its end before it goes, it is for the controller to delete the claim; where no kubelet had it, for
/// the garbage collector, which goes its own way.
pub fn give_back(world: &mut World<'_>, now: SimTime, pod: PodId) {
    const ALL: &[Request] = &[Request::Deallocate, Request::DropFinalizer, Request::DeleteClaim];
    if !is_of_loop(world, world.pods[pod].demand) {
        return add(world, now, pod, ALL);
    }
    let about = About::of(&world.pods[pod]);
    let read = send(world, Client::Collector, now, (about, Request::ReadClaim));
    send(world, Client::Collector, read, (about, Request::DeleteClaim));
    add(world, now, pod, &ALL[..2]);
}

fn add(world: &mut World<'_>, now: SimTime, pod: PodId, left: &'static [Request]) {
    let about = About::of(&world.pods[pod]);
    world.claim_workers.add(ClaimWork { pod, claim: 0, about, since: now, left });
    world.instruments.claim_work_added();
    work(world, now);
}

/// Idle workers take what waits.
pub fn work(world: &mut World<'_>, now: SimTime) {
    while let Some(mut work) = world.claim_workers.take() {
        world.instruments.claim_work_taken(now.since(std::mem::replace(&mut work.since, now)));
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
    let Some(Call::Claim(ClaimWork { pod, claim, since, left, .. })) = world.calls.get(call) else {
        unreachable!("the dispatcher has looked")
    };
    let (pod, claim, done, since) = (*pod, *claim, left[0], *since);
    *left = &left[1..];
    let is_last = left.is_empty();
    let seen = now + world.setup.control.watch_hop;
    match done {
        _ if classic::claims::written(world, now, (pod, claim), done) => {}
        Request::CreateClaim => {
            world.instruments.claim_made(now, seen);
            if let Some(times) = world.pods.times.get_mut(pod) {
                times.claim_created = now.into();
            }
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
        world.instruments.claim_work_done(now.since(since));
        work(world, now);
    } else {
        send_next(world, now, call);
    }
}
