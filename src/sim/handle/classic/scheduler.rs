//! kube-scheduler's part: an attempt looks at what is negotiated, and its writes block the scheduling cycle (1.29).

use std::sync::Arc;

use crate::alloc::classic::{Attempt, Context, Spec, Write};
use crate::base::{PodId, ShapeId, SimDuration, SimTime, Stream};
use crate::control::Request;
use crate::model::Effort;
use crate::sched::queueing::QueuedPod;
use crate::sim::Event;
use crate::sim::handle::classic::told::{Object, send_negotiated, tell};
use crate::sim::handle::cycle::conclude;
use crate::sim::handle::later::{Client, schedule};
use crate::sim::handle::queue::stir;
use crate::sim::negotiations::{Negotiation, negotiating, negotiation};
use crate::sim::schedulers::Decided;
use crate::sim::world::{Call, World};

/// Attempts for one pod at one instant, after which it waits for as long as kube-scheduler's back-off. Where writes take time
/// there is never a second one; where they take none, a negotiation about full nodes would go on for ever.
const ATTEMPTS_AT_ONCE: u32 = 8;

/// One attempt: what was decided, what that took, what is to be written, and what is wrong with it.
pub fn attempt(
    world: &mut World<'_>,
    now: SimTime,
    queued: &QueuedPod,
    shape: ShapeId,
) -> (Decided, Effort, Vec<Write>, Option<String>) {
    let pod = queued.id();
    let entry = world.pods[pod];
    let rng = world.setup.seed.stream(Stream::Negotiation, entry.demand.0, (entry.attempt << 10 | entry.attempts) as u16);
    let nodes_max = world.setup.control.classic.nodes_max as usize;
    let talk = negotiation(world, pod);
    let at_once = if talk.attempts.0 == now { talk.attempts.1 + 1 } else { 1 };
    talk.attempts = (now, at_once);
    let attempt = Attempt::new(Arc::new(talk.seen.clone()), nodes_max, rng);
    let (mut decided, effort, writes, wrong) =
        world.schedulers.negotiate(&queued.pod, shape, &world.queue.queue.nominator, &attempt);
    if let Decided::Placed { devices, .. } = &mut decided {
        *devices = negotiation(world, pod).given.concat();
    }
    (decided, effort, writes, wrong)
}

/// Sends the next write of the cycle in progress, which waits for the answer.
pub fn send_next(world: &mut World<'_>, now: SimTime) {
    let cycle = world.cycle.as_ref().expect("a cycle is in progress");
    let (pod, write) = (cycle.queued.id(), cycle.writes[0].clone());
    let request = match write {
        Write::Publish(_) => publishing(negotiation(world, pod)),
        Write::Reserve(_) | Write::GiveUp(_) => Request::ReserveClaim,
        Write::Unreserve(_) => Request::UnreserveClaim,
    };
    world.effort.api_writes += 1;
    let mut answered = send_negotiated(world, Client::Scheduler, now, (pod, request));
    if request == Request::UpdateContext && is_behind(negotiation(world, pod)) {
        // Somebody else wrote in between: the update fails, and is applied by force.
        world.effort.api_writes += 1;
        answered = send_negotiated(world, Client::Scheduler, answered, (pod, Request::ApplyContext));
    }
    let call = world.calls.put(Call::Cycle);
    schedule(world, answered, Event::Answered(call));
}

fn publishing(talk: &Negotiation) -> Request {
    if talk.seen.context.is_none() && talk.stored.context.is_none() { Request::CreateContext } else { Request::UpdateContext }
}

/// True if the scheduler has not seen the newest version of the context.
fn is_behind(talk: &Negotiation) -> bool {
    let version = |context: &Option<Context>| context.as_ref().map(|context| context.version);
    version(&talk.seen.context) != version(&talk.stored.context)
}

/// A write of the cycle in progress is answered.
pub fn answered(world: &mut World<'_>, now: SimTime) {
    let cycle = world.cycle.as_mut().expect("a cycle is in progress");
    let (pod, write) = (cycle.queued.id(), cycle.writes.remove(0));
    let is_last = cycle.writes.is_empty();
    enter(world, now, pod, write);
    if is_last {
        let cycle = world.cycle.take().expect("it is still in progress");
        conclude(world, now, cycle);
    } else {
        send_next(world, now);
    }
}

/// The API server has what was written.
fn enter(world: &mut World<'_>, now: SimTime, pod: PodId, write: Write) {
    let talk = negotiation(world, pod);
    let claim = match write {
        Write::Publish(spec) => {
            publish(talk, spec);
            return tell(world, now, pod, Object::Context);
        }
        Write::Reserve(claim) => {
            talk.stored.claims[usize::from(claim)].is_reserved = true;
            claim
        }
        Write::Unreserve(claim) => {
            talk.stored.claims[usize::from(claim)].is_reserved = false;
            claim
        }
        Write::GiveUp(claim) => {
            let given_up = &mut talk.stored.claims[usize::from(claim)];
            (given_up.is_reserved, given_up.deallocation_requested) = (false, true);
            claim
        }
    };
    talk.seen.claims[usize::from(claim)] = talk.stored.claims[usize::from(claim)];
    tell(world, now, pod, Object::ClaimStatus(claim));
}

fn publish(talk: &mut Negotiation, spec: Spec) {
    match &mut talk.stored.context {
        Some(context) => (context.version, context.spec) = (context.version + 1, spec),
        none => *none = Some(Context::new(talk.given.len(), spec)),
    }
}

/// Something happened that is worth another attempt for a pod, unless it has a node already.
pub fn wake(world: &mut World<'_>, now: SimTime, pod: PodId) {
    if world.pods[pod].node.is_some() {
        return;
    }
    let talk = world.negotiations.as_mut().and_then(|all| all.pods.get_mut(&pod)).expect("somebody was told of it");
    if talk.attempts.0 == now && talk.attempts.1 >= ATTEMPTS_AT_ONCE {
        let (first, max) = (world.setup.profile.backoff_initial, world.setup.profile.backoff_max);
        let pause = first.saturating_mul(1 << talk.pauses.min(20)).min(max).max(SimDuration::from_secs(1));
        talk.pauses += 1;
        let call = world.calls.put(Call::Told(pod, Object::Nothing));
        return schedule(world, now + pause, Event::Told(call));
    }
    talk.changes += 1;
    let changes = talk.changes;
    let view = world.schedulers.negotiation_view(pod, changes);
    world.queue.put_claim(&world.schedulers.present(now), view);
    stir(world, now);
}

/// PostBind: a pod is bound, and its context is of no use any more.
pub fn bound(world: &mut World<'_>, now: SimTime, pod: PodId) {
    if negotiation(world, pod).stored.context.is_some() {
        world.effort.api_writes += 1;
        let answered = send_negotiated(world, Client::Scheduler, now, (pod, Request::DeleteContext));
        let call = world.calls.put(Call::Farewell(pod));
        schedule(world, answered, Event::Answered(call));
    }
}

/// The context of a pod is deleted.
pub fn deleted(world: &mut World<'_>, now: SimTime, pod: PodId) {
    if let Some(talk) = negotiating(world).pods.get_mut(&pod) {
        talk.stored.context = None;
        tell(world, now, pod, Object::Context);
    }
}
