//! Demands, and the controllers that make pods and claims for them.

use crate::base::{DemandId, PodId, SimDuration, SimTime};
use crate::control::Request;
use crate::sim::Event;
use crate::sim::faults::Controller;
use crate::sim::handle::later::{Client, schedule, send};
use crate::sim::pods::{About, DemandPhase, Pod};
use crate::sim::world::World;

/// The workload's next demand will arrive in its time, if there is one that has a time of its own.
pub fn expect(world: &mut World<'_>, demand: DemandId) {
    if let Some(arrival) = world.setup.workload.arrivals.get(demand).filter(|arrival| arrival.at != SimTime::FAR) {
        schedule(world, arrival.at, Event::DemandArrives(demand));
    }
}

/// A demand arrives in its time.
pub fn demand_arrives(world: &mut World<'_>, now: SimTime, demand: DemandId) {
    expect(world, DemandId(demand.0 + 1));
    arrive(world, now, demand);
}

/// A demand arrives, and its first pod is made.
pub fn arrive(world: &mut World<'_>, now: SimTime, demand: DemandId) {
    let arrival = &world.setup.workload.arrivals[demand];
    if arrival.at == SimTime::FAR {
        world.arrived.insert(demand, now);
    }
    world.demands[demand].phase = DemandPhase::Waiting;
    world.tally.demand_arrives(now, arrival);
    world.explainer.waits(arrival.ask, 1);
    create_pod(world, now, demand);
}

/// A Job sees that a pod of it has finished. It makes the next, if it has more completions to come, a sync later.
pub fn completed(world: &mut World<'_>, now: SimTime, demand: DemandId) {
    if let Some(next) = world.setup.workload.follows.get(&demand) {
        schedule(world, now + world.setup.control.job_sync, Event::NextCompletion(*next));
    }
}

/// A pod is made for a demand.
pub fn create_pod(world: &mut World<'_>, now: SimTime, demand: DemandId) {
    let shape = world.shape_of(demand);
    let state = &world.demands[demand];
    let pod = world.pods.push(Pod::new(demand, shape, state.failures + state.preemptions, now));
    world.tally.pods_arrived += 1;
    schedule(world, now + world.setup.control.watch_hop, Event::PodSeen(pod));
}

/// A pod is made in the place of another. Where nothing fails, the request for it takes no time.
pub fn recreate(world: &mut World<'_>, now: SimTime, demand: DemandId) {
    if world.setup.failures.is_empty() {
        return create_pod(world, now, demand);
    }
    let about = About::next(demand, world.demands[demand].failures + world.demands[demand].preemptions);
    let made = send(world, Client::Controller(Controller::Job), now, (about, Request::CreatePod));
    schedule(world, made, Event::PodMade(demand));
}

/// A pod failed, which its controller will see.
pub fn pod_failed(world: &mut World<'_>, now: SimTime, pod: PodId) {
    world.tally.pods_failed += 1;
    replace(world, now, now + world.setup.control.watch_hop, pod);
}

/// The controller of a pod sees that it is being evicted, or gone for that reason. To a Job it has failed.
pub fn pod_evicted(world: &mut World<'_>, now: SimTime, pod: PodId) {
    replace(world, now, now, pod);
}

/// The demand waits again, for a pod that its controller, which sees the failure at `seen`, makes after a back-off, or is given
/// up (A8, Job). The back-off counts from when the pod ended (`getFinishedTime`): for one that ran on a node that is not heard
/// of, from when it was written that it is not ready.
fn replace(world: &mut World<'_>, now: SimTime, seen: SimTime, pod: PodId) {
    let Pod { demand, node, running, .. } = world.pods[pod];
    let control = world.setup.control;
    let unready = node.and_then(|node| world.faults.node(node).unknown_since.get()).filter(|_| running.has_come());
    let ended = unready.map_or(seen, |since| since.min(seen));
    let state = &mut world.demands[demand];
    state.failures += 1;
    let failures = state.failures;
    if failures > control.job_backoff_limit {
        state.phase = DemandPhase::Failed;
        world.tally.given_up();
        return;
    }
    waits_again(world, now, demand);
    let backoff = control.job_backoff.saturating_mul(1 << (failures - 1).min(20)).0.min(control.job_backoff_max.0);
    schedule(world, (ended + SimDuration(backoff)).max(seen), Event::Recreate(demand));
}

/// A pod is being deleted to make room, and what it did is lost. Its demand waits again, for a pod that its controller makes
/// after the first back-off of a Job, however often this happens; as with a `podFailurePolicy` that ignores DisruptionTarget,
/// it does not count for `backoffLimit`.
pub fn pod_preempted(world: &mut World<'_>, now: SimTime, pod: PodId) {
    let demand = world.pods[pod].demand;
    world.demands[demand].preemptions += 1;
    world.tally.pods_preempted += 1;
    waits_again(world, now, demand);
    schedule(world, now + world.setup.control.job_backoff, Event::Recreate(demand));
}

/// A demand whose pod was on its way or running waits again.
pub fn waits_again(world: &mut World<'_>, now: SimTime, demand: DemandId) {
    world.demands[demand].phase = DemandPhase::Waiting;
    world.explainer.waits(world.setup.workload.arrivals[demand].ask, 1);
    world.tally.waits_again(now);
}
