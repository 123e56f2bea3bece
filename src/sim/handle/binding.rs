//! The binding cycle, which runs beside the scheduler's loop: the claim is written, then the binding (spec B7).
//!
//! Each request is sent when the one before it is answered, so that cycles which run at the same time take turns at the
//! scheduler's client.

use crate::base::{CallId, DeviceId, Moment, NodeId, PodId, SimTime};
use crate::control::Request;
use crate::model::{Book, Holder};
use crate::observe::EventKind;
use crate::observe::events::pod_name;
use crate::sched::framework::Rejection;
use crate::sched::queueing::{Nominating, QueuedPod};
use crate::sim::Event;
use crate::sim::handle::classic;
use crate::sim::handle::closed::is_of_loop;
use crate::sim::handle::demand::waits_again;
use crate::sim::handle::failed::{failure_of, tell};
use crate::sim::handle::later::{Client, schedule, send_about};
use crate::sim::handle::queue::stir;
use crate::sim::handle::release::release;
use crate::sim::instruments::Point;
use crate::sim::negotiations::negotiates;
use crate::sim::pods::{PodPhase, claim_of};
use crate::sim::world::{Call, OnTheWay, World};

/// The pod is supposed on its node. Nothing holds it in Permit, so its binding cycle goes on at once.
pub fn assume(world: &mut World<'_>, now: SimTime, queued: QueuedPod, node: NodeId, devices: Vec<DeviceId>) {
    let pod = queued.id();
    world.pods.times[pod].assumed = now.into();
    world.queue.assume(world.schedulers.placed(pod, node));
    world.queue.queue.done(pod);
    let shape = world.pods[pod].shape;
    // Under classic DRA claims are written before, by drivers and in Reserve.
    let has_claim = world.lowered.shapes[shape].devices.is_claim() && !negotiates(world, shape);
    let left = requests(has_claim, world.schedulers.claim_writes(pod));
    let call = world.calls.put(Call::Binding(OnTheWay { queued, node, devices, left, since: now }));
    if has_claim {
        world.in_pre_bind.insert(pod, call);
    }
    send_next(world, now, call);
}

/// What a binding cycle sends: a pod without claim is bound; for a claim the status says where the pod goes before anything is
/// written for it (KEP-5278), then PreBind makes so many writes.
fn requests(has_claim: bool, writes: u32) -> &'static [Request] {
    const ALL: [Request; 4] = [Request::Nominate, Request::AddFinalizer, Request::Allocate, Request::Bind];
    match (has_claim, writes) {
        (false, _) => &ALL[3..],
        (true, 2) => &ALL,
        // A claim that was allocated before has its finalizer.
        (true, _) => &[Request::Nominate, Request::Allocate, Request::Bind],
    }
}

fn send_next(world: &mut World<'_>, now: SimTime, call: CallId) {
    let Some(Call::Binding(OnTheWay { queued, left, .. })) = world.calls.get(call) else {
        unreachable!("who sends is on the way")
    };
    let (pod, request) = (queued.id(), left[0]);
    world.effort.api_writes += 1;
    let answered = send_about(world, Client::Scheduler, now, (pod, request));
    schedule(world, answered, Event::Answered(call));
}

/// A request of the binding cycle is answered.
pub fn answered(world: &mut World<'_>, now: SimTime, call: CallId) {
    let Some(Call::Binding(OnTheWay { queued, left, since, .. })) = world.calls.get(call) else {
        unreachable!("the dispatcher has looked")
    };
    let pod = queued.id();
    let done = left[0];
    *left = &left[1..];
    let took = now.since(*since);
    // PreBind begins with the finalizer, which stays in the middle of it.
    if done != Request::AddFinalizer {
        *since = now;
    }
    if done == Request::Allocate {
        match world.schedulers.write_claims(pod) {
            Err(rejection) => return give_up(world, now, pod, rejection),
            Ok(()) => drop(world.in_pre_bind.remove(&pod)),
        }
        world.pods.times[pod].allocated = now.into();
        world.instruments.ran(Point::PreBind, took);
        world.instruments.claim_allocated(now + world.setup.control.watch_hop);
    }
    match done {
        Request::Bind => {
            world.instruments.ran(Point::Bind, took);
            bound(world, now, call);
        }
        _ => send_next(world, now, call),
    }
}

/// The binding is written; with it the API server clears the nomination.
fn bound(world: &mut World<'_>, now: SimTime, call: CallId) {
    let Some(Call::Binding(OnTheWay { queued, node, .. })) = world.calls.take(call) else {
        unreachable!("a binding that is being written is not given up")
    };
    let pod = queued.id();
    for holder in [Holder::Pod(pod), Holder::Claim(claim_of(pod))] {
        if let Some(part) = world.ledger.held(Book::Sched, holder) {
            world.ledger.grant(Book::Api, holder, part);
        }
    }
    world.pods[pod].is_bound = true;
    world.pods.times[pod].bound = now.into();
    world.pods.nominated.remove(&pod);
    let name = &world.setup.inventory.nodes[node].name;
    world.log.note(now, EventKind::Scheduled, pod.0, || format!("Successfully assigned {} to {name}", pod_name(pod.0)).into());
    world.tally.bound(now, &world.pods.times[pod]);
    let began = world.pods.times[pod].placed.get().expect("an attempt has a beginning");
    world.instruments.bound(now, began, &queued);
    let seen = if is_of_loop(world, world.pods[pod].demand) { Event::LoopSees(pod) } else { Event::KubeletAdmits(pod) };
    schedule(world, now + world.setup.control.watch_hop, seen);
    if negotiates(world, world.pods[pod].shape) {
        classic::scheduler::bound(world, now, pod);
    }
}

/// The scheduler sees the pod on its node, and that its claim is written.
pub fn bound_seen(world: &mut World<'_>, now: SimTime, pod: PodId) {
    let (shape, node) = (world.pods[pod].shape, world.pods[pod].node.expect("a bound pod has a node"));
    let seen = world.schedulers.starts(pod, node, now);
    let at = world.schedulers.present(now);
    if world.lowered.shapes[shape].devices.is_claim() && !negotiates(world, shape) {
        world.queue.put_claim(&at, world.schedulers.claim_view(pod, true));
    }
    world.queue.update_pod(&at, seen);
    stir(world, now);
}

/// A binding cycle ends in PreBind. What was kept for the pod is free again, and the pod comes back to the queue.
pub fn give_up(world: &mut World<'_>, now: SimTime, pod: PodId, rejection: Rejection) {
    let call = world.in_pre_bind.remove(&pod).expect("the pod is in PreBind");
    let Some(Call::Binding(OnTheWay { queued, node, devices, .. })) = world.calls.take(call) else {
        unreachable!("a pod in PreBind is on its way")
    };
    let assumed = world.schedulers.placed(pod, node).clone();
    let refusal = world.schedulers.give_up(pod, rejection);
    take_back(world, now, pod, node, &devices);
    world.queue.bind_failed(&world.schedulers.present(now), queued, &assumed, failure_of(&refusal), Nominating::Clear);
    tell(world, now, pod, refusal);
    stir(world, now);
}

/// The books after a pod was supposed on a node in vain.
fn take_back(world: &mut World<'_>, now: SimTime, pod: PodId, node: NodeId, devices: &[DeviceId]) {
    release(world, Book::Sched, pod);
    world.pods.times[pod].assumed = Moment::NOT_YET;
    let entry = &mut world.pods[pod];
    (entry.node, entry.phase) = (None, PodPhase::Pending);
    let demand = entry.demand;
    waits_again(world, now, demand);
    let ask = world.setup.workload.arrivals[demand].ask;
    world.tally.devices_gone(now, ask, node, devices);
    world.tally.pod_gone(now, node);
}
