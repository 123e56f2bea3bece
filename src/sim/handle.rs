//! One handler per event. Handlers ask `sched` and `node` for decisions and are the only ones who change the ledger.
//!
//! No scheduling decision is taken here: a branch may look at a decision, a phase or the queue, never at resources.

use crate::base::{DemandId, DeviceId, NodeId, PodId, Seed, SimDuration, SimRng, SimTime, Stream};
use crate::engine::EventQueue;
use crate::model::fit::{is_aligned, suits};
use crate::model::{Book, Holder};
use crate::node::{admit, claimed_part, counted_part};
use crate::observe::EventKind;
use crate::observe::events::pod_name;
use crate::sched::{Failure, Rejectors};
use crate::sim::Event;
use crate::sim::pods::{DemandPhase, Pod, PodPhase, claim_of};
use crate::sim::schedulers::{Decided, Refusal};
use crate::sim::world::{Call, World};

const BACKOFF_TICK: SimDuration = SimDuration::from_secs(1);
const LEFTOVER_TICK: SimDuration = SimDuration::from_secs(30);

/// Writes of the claim controller for one template claim: create the claim, patch the pod's status (D2).
const CLAIM_CREATE_WRITES: u32 = 2;
/// Writes of the claim controller when a pod is done: deallocate, drop the finalizer, delete (D2). The devices are free
/// for the scheduler after the first.
const CLAIM_CLEANUP_WRITES: u32 = 2;

/// Adds an event at its own phase.
pub fn schedule(world: &mut World<'_>, at: SimTime, event: Event) {
    world.events.schedule(at, event.phase() as u8, event);
}

/// The events that start a run.
pub fn start(world: &mut World<'_>) {
    if let Some(first) = world.setup.workload.arrivals.get(DemandId(0)) {
        schedule(world, first.at, Event::DemandArrives(DemandId(0)));
    }
    schedule(world, SimTime::ZERO + LEFTOVER_TICK, Event::LeftoverFlush);
    schedule(world, world.setup.horizon, Event::Stop);
}

/// Handles one event. Returns false when the run is over.
pub fn handle(world: &mut World<'_>, now: SimTime, event: Event) -> bool {
    match event {
        Event::DemandArrives(demand) => demand_arrives(world, now, demand),
        Event::ClaimReady(pod) => {
            world.tally.claim_ready(now, &world.pods[pod]);
            world.schedulers.claim_appears(pod, world.pods[pod].shape);
            pod_seen(world, now, pod);
        }
        Event::PodSeen(pod) => pod_seen(world, now, pod),
        Event::SchedulerFree => scheduler_free(world, now),
        Event::CycleEnds(pod) => {
            let call = world.cycle.take().expect("a cycle is in progress");
            assert_eq!(call.pod, pod, "the cycle in progress is of another pod");
            cycle_ends(world, now, call);
        }
        Event::BindEnds(call) => {
            let call = world.calls.take(call);
            bind_ends(world, now, call);
        }
        Event::KubeletAdmits(pod) => kubelet_admits(world, now, pod),
        Event::DevicesPrepared(pod) => devices_prepared(world, now, pod),
        Event::PodRuns(pod) => pod_runs(world, now, pod),
        Event::PodEnds(pod) => pod_ends(world, now, pod),
        Event::PodGone(pod) => pod_gone(world, now, pod),
        Event::ClaimGone(pod) => claim_gone(world, now, pod),
        Event::Recreate(demand) => create_pod(world, now, demand),
        Event::BackoffFlush => backoff_flush(world, now),
        Event::LeftoverFlush => leftover_flush(world, now),
        Event::Stop => return false,
    }
    true
}

fn demand_arrives(world: &mut World<'_>, now: SimTime, demand: DemandId) {
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

fn create_pod(world: &mut World<'_>, now: SimTime, demand: DemandId) {
    let shape = world.shape_of(demand);
    let pod = world.pods.push(Pod::new(demand, shape, world.demands[demand].failures, now));
    world.tally.pods_arrived += 1;
    let control = world.setup.control;
    let seen = now + control.watch_hop;
    if !world.lowered.shapes[shape].devices.is_claim() {
        schedule(world, seen, Event::PodSeen(pod));
        return;
    }
    let written = write(&mut world.claim_client, control.api_write, seen, CLAIM_CREATE_WRITES);
    schedule(world, written + control.watch_hop, Event::ClaimReady(pod));
}

/// `writes` API writes one after the other through a client; returns when the last has been answered.
fn write(client: &mut crate::control::TokenBucket, api_write: SimDuration, from: SimTime, writes: u32) -> SimTime {
    (0..writes).fold(from, |at, _| client.take(at) + api_write)
}

fn pod_seen(world: &mut World<'_>, now: SimTime, pod: PodId) {
    world.pods[pod].queued = Some(now);
    let priority = world.lowered.shapes[world.pods[pod].shape].priority;
    world.queue.add(pod, priority, now);
    kick(world, now);
}

/// Lets the scheduler look at its queue if it is not at work already.
fn kick(world: &mut World<'_>, now: SimTime) {
    if !world.scheduler_busy && !world.queue.is_idle() {
        world.scheduler_busy = true;
        schedule(world, now, Event::SchedulerFree);
    }
}

fn scheduler_free(world: &mut World<'_>, now: SimTime) {
    world.scheduler_busy = false;
    let Some(pod) = world.queue.pop() else {
        return flush_later(world, now);
    };
    let shape = world.pods[pod].shape;
    let entry = &mut world.pods[pod];
    entry.attempts += 1;
    entry.attempted.get_or_insert(now);
    entry.placed = Some(now);
    let (decided, effort, wrong) = world.schedulers.decide(pod, shape);
    world.broken.extend(wrong.map(|text| format!("{now:?}: {text}")));
    world.effort += effort;
    let ends = now + world.setup.cost.price(&effort);
    if let Decided::Placed { node, devices, .. } = &decided {
        hold(world, now, pod, *node, devices);
    }
    world.cycle = Some(Call { pod, decided });
    world.scheduler_busy = true;
    schedule(world, ends, Event::CycleEnds(pod));
}

/// Makes sure that a tick comes when the first back-off ends.
fn flush_later(world: &mut World<'_>, now: SimTime) {
    if world.flush_pending {
        return;
    }
    if let Some(at) = world.queue.next_backoff_flush() {
        world.flush_pending = true;
        schedule(world, at.max(now), Event::BackoffFlush);
    }
}

fn backoff_flush(world: &mut World<'_>, now: SimTime) {
    world.flush_pending = false;
    world.queue.flush_backoff(now);
    kick(world, now);
    flush_later(world, now + BACKOFF_TICK);
}

fn leftover_flush(world: &mut World<'_>, now: SimTime) {
    world.queue.flush_leftover(now);
    schedule(world, now + LEFTOVER_TICK, Event::LeftoverFlush);
    kick(world, now);
    flush_later(world, now);
}

fn cycle_ends(world: &mut World<'_>, now: SimTime, call: Call) {
    let free_at = match call.decided {
        Decided::Placed { node, devices, claim_writes } => {
            let call = Call { pod: call.pod, decided: Decided::Placed { node, devices, claim_writes } };
            assume(world, now, call, claim_writes);
            return schedule(world, now, Event::SchedulerFree);
        }
        Decided::Refused(refusal) => reject(world, now, call.pod, refusal),
    };
    if free_at > now {
        schedule(world, free_at, Event::SchedulerFree);
    } else {
        // A rejection without a write leaves nothing else to happen at this instant: everything of an earlier phase has
        // been handled, so the scheduler goes straight on. Most attempts in a crowded cluster end so.
        scheduler_free(world, now);
    }
}

/// The pod goes back to the queue; its status is patched if its condition changed, which keeps the scheduler busy (B7).
fn reject(world: &mut World<'_>, now: SimTime, pod: PodId, refusal: Refusal) -> SimTime {
    // Plugins that reject wait for events; where none did, as without any node, the pod is retried after a delay.
    let failure = if refusal.is_error || refusal.plugins.is_empty() { Failure::Error } else { Failure::Rejected };
    let rejectors = Rejectors::of(refusal.plugins);
    world.log.note(now, EventKind::FailedScheduling, pod.0, || refusal.message.as_str().into());
    let (reasons, is_news) = world.refusals.note(pod, refusal);
    let entry = &mut world.pods[pod];
    let (demand, shape) = (entry.demand, entry.shape);
    let began = entry.placed.take().expect("an attempt has a beginning");
    let state = &mut world.demands[demand];
    world.tally.attempt_failed(now, began, shape, reasons, state.reasons);
    state.reasons = state.reasons.union(reasons);
    world.queue.fail(pod, failure, rejectors, now);
    flush_later(world, now);
    if !is_news {
        return now;
    }
    world.effort.api_writes += 1;
    write(&mut world.scheduler_client, world.setup.control.api_write, now, 1)
}

/// What an attempt took is held from the moment of the decision, as the scheduler's own books have it; nobody else looks at
/// them before the cycle ends.
fn hold(world: &mut World<'_>, now: SimTime, pod: PodId, node: NodeId, devices: &[DeviceId]) {
    let (demand, shape) = (world.pods[pod].demand, world.pods[pod].shape);
    world.digest.word(u64::from(pod.0) << 32 | u64::from(node.0));
    devices.iter().for_each(|d| world.digest.word(u64::from(d.0)));
    world.ledger.grant(Book::Sched, Holder::Pod(pod), counted_part(&world.lowered.shapes[shape], node));
    if world.lowered.shapes[shape].devices.is_claim() {
        world.ledger.grant(Book::Sched, Holder::Claim(claim_of(pod)), claimed_part(node, devices));
    }
    let entry = &mut world.pods[pod];
    entry.node = Some(node);
    entry.phase = PodPhase::Starting;
    world.refusals.forget(pod);
    world.demands[demand].phase = DemandPhase::Starting;
    let ask = world.setup.workload.arrivals[demand].ask;
    world.explainer.waits(ask, -1);
    world.explainer.touch(node);
    world.tally.assumed(now, ask, node, devices);
}

fn assume(world: &mut World<'_>, now: SimTime, call: Call, claim_writes: u32) {
    let pod = call.pod;
    world.queue.done(pod);
    world.pods[pod].assumed = Some(now);
    // nominatedNodeName where PreBind has something to write, and the binding itself (D3); the claim's are counted already.
    let own_writes = if world.lowered.shapes[world.pods[pod].shape].devices.is_claim() { 2 } else { 1 };
    world.effort.api_writes += u64::from(own_writes);
    let bound = write(&mut world.scheduler_client, world.setup.control.api_write, now, claim_writes + own_writes);
    let call = world.calls.put(call);
    schedule(world, bound, Event::BindEnds(call));
}

fn bind_ends(world: &mut World<'_>, now: SimTime, call: Call) {
    let Decided::Placed { node, devices, .. } = &call.decided else { unreachable!("only placements are bound") };
    let (pod, node) = (call.pod, *node);
    let shape = &world.lowered.shapes[world.pods[pod].shape];
    world.ledger.grant(Book::Api, Holder::Pod(pod), counted_part(shape, node));
    if shape.devices.is_claim() {
        world.ledger.grant(Book::Api, Holder::Claim(claim_of(pod)), claimed_part(node, devices));
    }
    world.pods[pod].bound = Some(now);
    let name = &world.setup.inventory.nodes[node].name;
    world.log.note(now, EventKind::Scheduled, pod.0, || format!("Successfully assigned {} to {name}", pod_name(pod.0)).into());
    world.tally.bound(now, &world.pods[pod]);
    schedule(world, now + world.setup.control.watch_hop, Event::KubeletAdmits(pod));
}

/// The pod's own stream for delays; one per pod, so that strategies meet the same ones for the same demand and try.
fn delay_rng(seed: Seed, pod: &Pod) -> SimRng {
    seed.stream(Stream::NodeDelay, pod.demand.0, pod.attempt as u16)
}

fn kubelet_admits(world: &mut World<'_>, now: SimTime, pod: PodId) {
    let entry = world.pods[pod];
    let node = entry.node.expect("a bound pod has a node");
    let shape = &world.lowered.shapes[entry.shape];
    let mut pick_rng = world.setup.seed.stream(Stream::KubeletPick, entry.demand.0, entry.attempt as u16);
    match admit(world.setup.inventory, &world.ledger, shape, node, &mut pick_rng) {
        Err(_) => pod_refused(world, now, pod),
        Ok(part) => {
            part.devices.iter().for_each(|s| world.digest.word(u64::from(s.device.0)));
            world.ledger.grant(Book::Node, Holder::Pod(pod), part);
            let claimed = world.ledger.held(Book::Api, Holder::Claim(claim_of(pod))).cloned();
            let has_claim = claimed.is_some();
            if let Some(part) = claimed {
                world.ledger.grant(Book::Node, Holder::Claim(claim_of(pod)), part);
            }
            world.explainer.touch(node);
            let kubelet = world.setup.kubelet;
            let mut rng = delay_rng(world.setup.seed, &entry);
            let admitted = now + kubelet.admission.draw(&mut rng);
            let prepare = kubelet.prepare.draw(&mut rng);
            let volumes = kubelet.volumes.draw(&mut rng);
            world.pods[pod].admitted = Some(admitted);
            let prepared = admitted + if has_claim { prepare } else { SimDuration::ZERO };
            world.pods[pod].prepared = Some(prepared);
            schedule(world, prepared + volumes, Event::DevicesPrepared(pod));
        }
    }
}

fn devices_prepared(world: &mut World<'_>, now: SimTime, pod: PodId) {
    let kubelet = world.setup.kubelet;
    let mut rng = world.setup.seed.stream(Stream::NodeDelay, world.pods[pod].demand.0, 1 << 15 | world.pods[pod].attempt as u16);
    let started = now + kubelet.sandbox.draw(&mut rng) + kubelet.start.draw(&mut rng);
    schedule(world, started, Event::PodRuns(pod));
}

fn pod_runs(world: &mut World<'_>, now: SimTime, pod: PodId) {
    let entry = &mut world.pods[pod];
    entry.running = Some(now);
    entry.phase = PodPhase::Running;
    let arrival = &world.setup.workload.arrivals[entry.demand];
    let ask = &world.setup.workload.asks[arrival.ask];
    let devices = devices_of(world, pod);
    let suits = suits(world.setup.inventory, ask, &devices);
    let runs_for = if suits {
        let demand = world.pods[pod].demand;
        world.demands[demand].phase = DemandPhase::Running;
        world.demands[demand].first_ran.get_or_insert(now);
        let aligned = is_aligned(world.setup.inventory, ask, &devices);
        world.tally.runs(now, &world.pods[pod], arrival, ask, aligned);
        arrival.runs_for
    } else {
        world.pods[pod].phase = PodPhase::Mismatch;
        world.setup.kubelet.mismatch_fails_after
    };
    schedule(world, now + runs_for, Event::PodEnds(pod));
}

/// The devices that a pod has on its node, by its own part and its claim's.
pub fn devices_of(world: &World<'_>, pod: PodId) -> Vec<DeviceId> {
    [Holder::Pod(pod), Holder::Claim(claim_of(pod))]
        .iter()
        .filter_map(|&holder| world.ledger.held(Book::Node, holder))
        .flat_map(|part| part.devices.iter().map(|s| s.device))
        .collect()
}

fn pod_ends(world: &mut World<'_>, now: SimTime, pod: PodId) {
    let entry = &mut world.pods[pod];
    entry.finished = Some(now);
    let demand = entry.demand;
    if entry.phase == PodPhase::Running {
        entry.phase = PodPhase::Finished;
        world.demands[demand].phase = DemandPhase::Finished;
        world.tally.finished(now, &world.setup.workload.asks[world.setup.workload.arrivals[demand].ask]);
    } else {
        pod_failed(world, now, pod);
    }
    for book in [Book::Node, Book::Api] {
        release(world, book, pod);
    }
    gone_later(world, now, pod);
}

/// The kubelet turned the pod away. It never runs; the API server learns of it, and the workload controller replaces it.
fn pod_refused(world: &mut World<'_>, now: SimTime, pod: PodId) {
    world.pods[pod].phase = PodPhase::UnexpectedAdmission;
    world.pods[pod].finished = Some(now);
    pod_failed(world, now, pod);
    release(world, Book::Api, pod);
    gone_later(world, now, pod);
}

/// The demand waits again, for a pod that its controller makes after a back-off, or is given up (A8, Job).
fn pod_failed(world: &mut World<'_>, now: SimTime, pod: PodId) {
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
    state.phase = DemandPhase::Waiting;
    let ask = world.setup.workload.arrivals[demand].ask;
    world.explainer.waits(ask, 1);
    world.tally.waits_again(now);
    let backoff = control.job_backoff.saturating_mul(1 << (failures - 1).min(20)).0.min(control.job_backoff_max.0);
    schedule(world, now + control.watch_hop + SimDuration(backoff), Event::Recreate(demand));
}

fn release(world: &mut World<'_>, book: Book, pod: PodId) {
    for holder in [Holder::Pod(pod), Holder::Claim(claim_of(pod))] {
        if world.ledger.held(book, holder).is_some() {
            let part = world.ledger.release(book, holder);
            world.explainer.touch(part.node);
        }
    }
}

/// When the scheduler will see that the pod is gone, and that its claim is deallocated.
fn gone_later(world: &mut World<'_>, now: SimTime, pod: PodId) {
    let (control, kubelet) = (world.setup.control, world.setup.kubelet);
    let has_claim = world.ledger.held(Book::Sched, Holder::Claim(claim_of(pod))).is_some();
    let mut rng = world.setup.seed.stream(Stream::NodeDelay, world.pods[pod].demand.0, 1 << 14 | world.pods[pod].attempt as u16);
    let unprepare = kubelet.unprepare.draw(&mut rng);
    let reported = now + if has_claim { unprepare } else { SimDuration::ZERO } + control.api_write;
    schedule(world, reported + control.watch_hop, Event::PodGone(pod));
    if has_claim {
        let deallocated = write(&mut world.claim_client, control.api_write, reported + control.watch_hop, 1);
        write(&mut world.claim_client, control.api_write, deallocated, CLAIM_CLEANUP_WRITES);
        schedule(world, deallocated + control.watch_hop, Event::ClaimGone(pod));
    }
}

fn pod_gone(world: &mut World<'_>, now: SimTime, pod: PodId) {
    let part = world.ledger.release(Book::Sched, Holder::Pod(pod));
    let Pod { demand, shape, .. } = world.pods[pod];
    world.schedulers.pod_goes(pod, shape, part.node);
    let ask = world.setup.workload.arrivals[demand].ask;
    world.explainer.touch(part.node);
    if !world.lowered.shapes[shape].devices.is_claim() {
        world.tally.devices_gone(now, ask, part.node, &[]);
    }
    world.tally.pod_gone(now, part.node);
    wake(world, now, Rejectors::NODE_RESOURCES_FIT);
}

fn claim_gone(world: &mut World<'_>, now: SimTime, pod: PodId) {
    let part = world.ledger.release(Book::Sched, Holder::Claim(claim_of(pod)));
    world.schedulers.claim_goes(pod, world.pods[pod].shape);
    let ask = world.setup.workload.arrivals[world.pods[pod].demand].ask;
    world.explainer.touch(part.node);
    let devices: Vec<_> = part.devices.iter().map(|s| s.device).collect();
    world.tally.devices_gone(now, ask, part.node, &devices);
    wake(world, now, Rejectors::DYNAMIC_RESOURCES);
}

/// Something went away: the plugins that this helps wake what they rejected (B4.7).
fn wake(world: &mut World<'_>, now: SimTime, helped: Rejectors) {
    world.effort.queue_scans += world.queue.wake(helped, now);
    kick(world, now);
    flush_later(world, now);
}
