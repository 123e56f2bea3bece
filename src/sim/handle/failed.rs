//! What a failed attempt leaves, wherever it failed.

use crate::base::{Moment, PodId, SimTime};
use crate::control::Request;
use crate::observe::EventKind;
use crate::sched::attempt::Nominating;
use crate::sched::queueing::Failure;
use crate::sim::Event;
use crate::sim::handle::later::{Client, schedule, send_about};
use crate::sim::pods::Pod;
use crate::sim::schedulers::Refusal;
use crate::sim::world::World;

/// How the queue takes a refusal.
pub fn failure_of(refusal: &Refusal) -> Failure {
    match (refusal.is_error, refusal.plugins.union(refusal.pending).is_empty()) {
        (true, _) => Failure::Error,
        (false, true) => Failure::NoNodes,
        (false, false) => Failure::Rejected { unschedulable: refusal.plugins, pending: refusal.pending },
    }
}

/// Says why an attempt failed, in an event and in the pod's status, which is patched if anything of it changes. When that is
/// done.
pub fn tell(world: &mut World<'_>, now: SimTime, pod: PodId, refusal: Refusal) -> SimTime {
    world.log.note(now, EventKind::FailedScheduling, pod.0, || refusal.message.clone());
    let is_renominated = match refusal.nominating {
        Nominating::Keep => false,
        Nominating::Clear => world.pods.nominated.remove(&pod).is_some(),
        Nominating::Set(node) => world.pods.nominated.insert(pod, node) != Some(node),
    };
    let Pod { demand, shape, .. } = world.pods[pod];
    let placed = std::mem::replace(&mut world.pods.times[pod].placed, Moment::NOT_YET);
    let began = placed.get().expect("an attempt has a beginning");
    world.instruments.failed(now.since(began), refusal.is_error);
    let (reasons, is_news) = world.refusals.note(pod, refusal);
    let state = &mut world.demands[demand];
    world.tally.attempt_failed(now, began, shape, reasons, state.reasons);
    state.reasons = state.reasons.union(reasons);
    if !is_news && !is_renominated {
        return now;
    }
    world.effort.api_writes += 1;
    let written = send_about(world, Client::Scheduler, now, (pod, Request::SetCondition));
    if is_renominated {
        schedule(world, written + world.setup.control.watch_hop, Event::NominationSeen(pod));
    }
    written
}
