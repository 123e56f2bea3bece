//! A closed loop: who makes the next pod when one is bound ([`ClosedLoop`](crate::model::ClosedLoop)). No kubelet takes part.

use std::collections::VecDeque;

use crate::base::{CallId, DemandId, Id, PodId, SimTime};
use crate::control::Request;
use crate::model::Book;
use crate::sim::Event;
use crate::sim::handle::binding::bound_seen;
use crate::sim::handle::demand::arrive;
use crate::sim::handle::later::{Client, schedule, send};
use crate::sim::handle::release::release;
use crate::sim::pods::{About, DemandPhase, PodPhase};
use crate::sim::world::{Call, World};

/// What the loop does in a turn.
const TURN: &[Request] = &[Request::DeletePod, Request::CreatePod];

/// Where a closed loop is.
#[derive(Debug, Default)]
pub struct Loop {
    /// Demands that have come.
    made: u32,
    /// Pods that were seen bound and wait for their turn.
    seen: VecDeque<PodId>,
    /// A turn is under way.
    is_busy: bool,
}

/// A turn of the loop.
#[derive(Debug)]
pub struct Turn {
    /// The pod that is deleted.
    pod: PodId,
    /// The same, for the requests.
    about: About,
    /// Requests that are to be answered, the one that was sent last first.
    left: &'static [Request],
}

/// The loop will begin in its time, if there is one.
pub fn expect(world: &mut World<'_>) {
    if let Some(closed) = world.setup.workload.closed {
        schedule(world, closed.start, Event::LoopBegins);
    }
}

/// True if the loop made the demand.
pub fn is_of_loop(world: &World<'_>, demand: DemandId) -> bool {
    world.setup.workload.closed.is_some_and(|closed| demand >= closed.first)
}

/// The first pods are made.
pub fn begin(world: &mut World<'_>, now: SimTime) {
    let first = world.setup.workload.closed.map_or(0, |closed| closed.in_flight);
    (0..first).for_each(|_| make_next(world, now));
}

fn make_next(world: &mut World<'_>, now: SimTime) {
    let Some(closed) = world.setup.workload.closed else { return };
    let next = DemandId(closed.first.0 + world.closed.made);
    if next.index() < world.demands.len() {
        world.closed.made += 1;
        arrive(world, now, next);
    }
}

/// Scheduler and loop see a pod bound.
pub fn see(world: &mut World<'_>, now: SimTime, pod: PodId) {
    bound_seen(world, now, pod);
    world.closed.seen.push_back(pod);
    turn(world, now);
}

/// The next turn begins, if none is under way and a pod waits for it.
fn turn(world: &mut World<'_>, now: SimTime) {
    if world.closed.is_busy {
        return;
    }
    let Some(pod) = world.closed.seen.pop_front() else { return };
    world.closed.is_busy = true;
    let call = world.calls.put(Call::Loop(Turn { pod, about: About::of(&world.pods[pod]), left: TURN }));
    send_next(world, now, call);
}

fn send_next(world: &mut World<'_>, now: SimTime, call: CallId) {
    let Some(Call::Loop(Turn { about, left, .. })) = world.calls.get(call) else { unreachable!("the loop is at its turn") };
    let request = (*about, left[0]);
    let answered = send(world, Client::Loop, now, request);
    schedule(world, answered, Event::Answered(call));
}

/// A request of the loop is answered.
pub fn answered(world: &mut World<'_>, now: SimTime, call: CallId) {
    let Some(Call::Loop(Turn { pod, left, .. })) = world.calls.get(call) else { unreachable!("the dispatcher has looked") };
    let pod = *pod;
    *left = &left[1..];
    if left.is_empty() {
        world.calls.take(call);
        world.closed.is_busy = false;
        make_next(world, now);
        turn(world, now);
    } else {
        delete(world, now, pod);
        send_next(world, now, call);
    }
}

/// A bound pod is gone at once: its grace period is zero, and no kubelet has it.
fn delete(world: &mut World<'_>, now: SimTime, pod: PodId) {
    world.pods.end(pod, now);
    let entry = &mut world.pods[pod];
    (entry.phase, entry.is_deleted) = (PodPhase::Finished, true);
    let demand = entry.demand;
    world.demands[demand].phase = DemandPhase::Finished;
    world.tally.taken_away();
    release(world, Book::Api, pod);
    schedule(world, now + world.setup.control.watch_hop, Event::PodGone(pod));
}
