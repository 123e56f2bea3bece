//! Demands, and the controllers that make pods and claims for them.

use crate::base::{DemandId, PodId, SimDuration, SimTime};
use crate::sim::Event;
use crate::sim::handle::later::{schedule, write};
use crate::sim::pods::{DemandPhase, Pod};
use crate::sim::world::World;

/// Writes of the claim controller for one template claim after it was created: patch the pod's status (D2).
const CLAIM_STATUS_WRITES: u32 = 1;

/// A demand arrives, and its first pod is made.
pub fn demand_arrives(world: &mut World<'_>, now: SimTime, demand: DemandId) {
    let next = DemandId(demand.0 + 1);
    if let Some(arrival) = world.setup.workload.arrivals.get(next) {
        schedule(world, arrival.at, Event::DemandArrives(next));
    }
    world.demands[demand].phase = DemandPhase::Waiting;
    world.tally.demand_arrives(now, &world.setup.workload.arrivals[demand]);
    let ask = world.setup.workload.arrivals[demand].ask;
    world.explainer.waits(ask, 1);
    create_pod(world, now, demand);
}

/// A pod is made for a demand, and a claim for the pod if it needs one.
pub fn create_pod(world: &mut World<'_>, now: SimTime, demand: DemandId) {
    let shape = world.shape_of(demand);
    let state = &world.demands[demand];
    let pod = world.pods.push(Pod::new(demand, shape, state.failures + state.preemptions, now));
    world.tally.pods_arrived += 1;
    let control = world.setup.control;
    let seen = now + control.watch_hop;
    schedule(world, seen, Event::PodSeen(pod));
    if world.lowered.shapes[shape].devices.is_claim() {
        let made = write(&mut world.claim_client, control.api_write, seen, 1);
        world.instruments.claim_made(made, made + control.watch_hop);
        let written = write(&mut world.claim_client, control.api_write, made, CLAIM_STATUS_WRITES);
        schedule(world, written + control.watch_hop, Event::ClaimReady(pod));
    }
}

/// The demand waits again, for a pod that its controller makes after a back-off, or is given up (A8, Job).
pub fn pod_failed(world: &mut World<'_>, now: SimTime, pod: PodId) {
    let demand = world.pods[pod].demand;
    let control = world.setup.control;
    let state = &mut world.demands[demand];
    state.failures += 1;
    let failures = state.failures;
    world.tally.pods_failed += 1;
    if failures > control.job_backoff_limit {
        state.phase = DemandPhase::Failed;
        world.tally.given_up();
        return;
    }
    waits_again(world, now, demand);
    let backoff = control.job_backoff.saturating_mul(1 << (failures - 1).min(20)).0.min(control.job_backoff_max.0);
    schedule(world, now + control.watch_hop + SimDuration(backoff), Event::Recreate(demand));
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
