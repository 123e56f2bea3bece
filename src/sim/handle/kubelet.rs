//! The kubelet: admission, preparation, and the life of containers.

use crate::base::{DeviceId, Moment, PodId, SimDuration, SimTime, Stream};
use crate::control::{PodReplacement, Request};
use crate::model::fit::{is_aligned, suits};
use crate::model::{Book, Holder};
use crate::node::admit;
use crate::sim::Event;
use crate::sim::handle::binding::bound_seen;
use crate::sim::handle::demand::{pod_evicted, pod_failed, pod_preempted};
use crate::sim::handle::eviction;
use crate::sim::handle::later::{Client, delay_rng, schedule_for, send_about};
use crate::sim::handle::outages;
use crate::sim::handle::release::{gone_later, release};
use crate::sim::pods::{DemandPhase, PodPhase, claim_of};
use crate::sim::world::World;

/// Scheduler, controllers and kubelet see a bound pod; the kubelet admits or refuses it. One that is down will do so when it is
/// back.
pub fn kubelet_admits(world: &mut World<'_>, now: SimTime, pod: PodId) {
    bound_seen(world, now, pod);
    eviction::bound(world, now, pod);
    if world.pods[pod].node.is_some_and(|node| world.faults.is_down(node)) {
        world.faults.interrupted.insert(pod, Moment::NOT_YET);
        return;
    }
    admits(world, now, pod);
}

/// The kubelet admits or refuses a pod.
pub fn admits(world: &mut World<'_>, now: SimTime, pod: PodId) {
    let entry = world.pods[pod];
    if entry.is_deleted {
        return never_runs(world, now, pod, PodPhase::Preempted);
    }
    let counted = world.ledger.held(Book::Api, Holder::Pod(pod)).expect("a bound pod has its part");
    let mut pick_rng = world.setup.seed.stream(Stream::KubeletPick, entry.demand.0, entry.attempt as u16);
    match admit(world.setup.inventory, &world.ledger, &counted, &world.faults.devices.noticed, &mut pick_rng) {
        Err(_) => {
            world.instruments.admission_refused();
            never_runs(world, now, pod, PodPhase::UnexpectedAdmission)
        }
        Ok(part) => {
            part.devices.iter().for_each(|s| world.digest.word(u64::from(s.device.0)));
            world.ledger.grant(Book::Node, Holder::Pod(pod), part);
            if let Some(part) = world.ledger.held(Book::Api, Holder::Claim(claim_of(pod))) {
                world.ledger.grant(Book::Node, Holder::Claim(claim_of(pod)), part);
            }
            world.explainer.touch(counted.node);
            let (admitted, prepared, called) = prepares(world, now, pod);
            let devices = claimed_by(world, Book::Node, pod);
            world.instruments.prepared(prepared, (prepared.since(admitted), called), devices.as_deref());
        }
    }
}

/// The kubelet begins with a pod that has its part of the node. When it will have admitted it, and prepared its devices, and how
/// long drivers take for that.
pub fn prepares(world: &mut World<'_>, now: SimTime, pod: PodId) -> (SimTime, SimTime, SimDuration) {
    let kubelet = world.setup.kubelet;
    let mut rng = delay_rng(world.setup.seed, &world.pods[pod], 0);
    let admitted = now + kubelet.admission.draw(&mut rng);
    let prepare = kubelet.prepare.draw(&mut rng);
    let volumes = kubelet.volumes.draw(&mut rng);
    world.pods.times[pod].admitted = admitted.into();
    let prepared = match world.ledger.holds(Book::Node, Holder::Claim(claim_of(pod))) {
        // The claim is read anew, and only then given to the driver.
        true => send_about(world, Client::Kubelet, admitted, (pod, Request::ReadClaim)) + prepare,
        false => admitted,
    };
    world.pods.times[pod].prepared = prepared.into();
    schedule_for(world, prepared + volumes, Event::DevicesPrepared, pod);
    (admitted, prepared, prepare)
}

/// The pod has its devices and volumes; its containers are started.
pub fn devices_prepared(world: &mut World<'_>, now: SimTime, pod: PodId) {
    if has_lost_its_meaning(world, now, pod) {
        return;
    }
    let kubelet = world.setup.kubelet;
    let mut rng = delay_rng(world.setup.seed, &world.pods[pod], 1 << 15);
    let started = now + kubelet.sandbox.draw(&mut rng) + kubelet.start.draw(&mut rng);
    schedule_for(world, started, Event::PodRuns, pod);
}

/// Containers run.
pub fn pod_runs(world: &mut World<'_>, now: SimTime, pod: PodId) {
    if has_lost_its_meaning(world, now, pod) {
        return;
    }
    let reported = send_about(world, Client::Kubelet, now, (pod, Request::ReportPod));
    let entry = &mut world.pods[pod];
    entry.running = now.into();
    entry.phase = PodPhase::Running;
    world.instruments.started(entry.created, reported + world.setup.control.watch_hop);
    let arrival = &world.setup.workload.arrivals[entry.demand];
    let ask = &world.setup.workload.asks[arrival.ask];
    let devices = devices_of(world, pod);
    if devices.iter().any(|device| world.faults.devices.broken.contains(device)) {
        return outages::starts_in_vain(world, now, pod);
    }
    let suits = suits(world.setup.inventory, ask, &devices);
    let runs_for = if suits {
        let demand = world.pods[pod].demand;
        world.demands[demand].phase = DemandPhase::Running;
        let is_first = !world.demands[demand].first_ran.has_come();
        world.demands[demand].first_ran.first(now);
        let aligned = is_aligned(world.setup.inventory, ask, &devices);
        world.tally.ran_through(now, world.pods[pod].created, &world.pods.times[pod]);
        let first = is_first.then(|| (world.arrived(demand), aligned));
        world.tally.runs(now, &world.pods.times[pod], (arrival.ask, ask), first);
        arrival.runs_for
    } else {
        world.pods[pod].phase = PodPhase::Mismatch;
        world.setup.kubelet.mismatch_fails_after
    };
    schedule_for(world, now + runs_for, Event::PodEnds, pod);
    if !world.setup.options.keep_pods {
        world.pods.times.remove(pod);
    }
}

/// The devices that a pod has on its node, by its own part and its claim's.
pub fn devices_of(world: &World<'_>, pod: PodId) -> Vec<DeviceId> {
    [Holder::Pod(pod), Holder::Claim(claim_of(pod))]
        .iter()
        .filter_map(|&holder| world.ledger.held(Book::Node, holder))
        .flat_map(|part| part.devices.iter().map(|s| s.device).collect::<Vec<_>>())
        .collect()
}

/// Containers have ended, by themselves or because they were stopped, whichever comes first.
pub fn pod_ends(world: &mut World<'_>, now: SimTime, pod: PodId) {
    let is_there = world.pods.get(pod).is_some_and(|entry| !entry.has_ended);
    if is_there && world.faults.is_meant(pod, now) {
        end(world, now, pod);
    }
}

/// The kubelet notes that the containers of a pod have ended, and unprepares its devices.
pub fn end(world: &mut World<'_>, now: SimTime, pod: PodId) {
    world.faults.interrupted.remove(&pod);
    world.pods.end(pod, now);
    let entry = &mut world.pods[pod];
    let demand = entry.demand;
    match entry.phase {
        PodPhase::Running => {
            entry.phase = PodPhase::Finished;
            world.demands[demand].phase = DemandPhase::Finished;
            world.tally.finished(now, &world.setup.workload.asks[world.setup.workload.arrivals[demand].ask]);
        }
        PodPhase::Evicted if world.setup.control.lifecycle.replacement == PodReplacement::Failed => pod_evicted(world, now, pod),
        // Its demand has another pod already.
        PodPhase::Preempted | PodPhase::Evicted => {}
        _ => pod_failed(world, now, pod),
    }
    for book in [Book::Node, Book::Api] {
        release(world, book, pod);
    }
    let unprepared = gone_later(world, now, pod);
    unprepares(world, now, pod, unprepared);
}

/// The kubelet unprepares the claim of a pod that it had admitted, by `until`; as it does that when all else has ended, also
/// its preparation is over by then.
fn unprepares(world: &mut World<'_>, now: SimTime, pod: PodId, until: SimTime) {
    let prepared = world.pods.times.get(pod).and_then(|times| times.prepared.get()).unwrap_or(now);
    let devices = claimed_by(world, Book::Sched, pod);
    world.instruments.unprepared(until.max(prepared), until.since(now), devices.as_deref());
}

/// The devices of a pod's claim, in a book that still has it; `None` for pods without one.
fn claimed_by(world: &World<'_>, book: Book, pod: PodId) -> Option<Vec<DeviceId>> {
    let part = world.ledger.held(book, Holder::Claim(claim_of(pod)))?;
    Some(part.devices.iter().map(|share| share.device).collect())
}

/// The pod ends in this phase before its containers run; its demand waits for another.
fn never_runs(world: &mut World<'_>, now: SimTime, pod: PodId, phase: PodPhase) {
    world.pods[pod].phase = phase;
    world.pods.end(pod, now);
    match phase {
        PodPhase::Preempted => pod_preempted(world, now, pod),
        _ => pod_failed(world, now, pod),
    }
    release(world, Book::Api, pod);
    gone_later(world, now, pod);
}

/// True for an event about a pod that was deleted before its containers ran, or interrupted.
fn has_lost_its_meaning(world: &World<'_>, now: SimTime, pod: PodId) -> bool {
    world.pods.get(pod).is_none_or(|entry| entry.phase.is_deleted()) || !world.faults.is_meant(pod, now)
}
