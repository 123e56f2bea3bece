//! The scheduler's loop: the queue, one attempt after the other, and what a failed one leaves.

use crate::base::{DeviceId, Moment, NodeId, PodId, SimDuration, SimTime};
use crate::model::{Book, Holder, Part};
use crate::node::claimed_part;
use crate::observe::EventKind;
use crate::sched::attempt::Nominating;
use crate::sched::queueing::{Failure, QueuedPod};
use crate::sim::Event;
use crate::sim::handle::binding::assume;
use crate::sim::handle::demand::write;
use crate::sim::handle::dispatch::schedule;
use crate::sim::handle::preemption::preempt;
use crate::sim::pods::{DemandPhase, Pod, PodPhase, claim_of};
use crate::sim::schedulers::{Decided, Refusal};
use crate::sim::world::{Cycle, World};

/// kube-scheduler's tick for pods that waited for too long.
pub const LEFTOVER_TICK: SimDuration = SimDuration::from_secs(30);

/// The scheduler sees a new pod.
pub fn pod_seen(world: &mut World<'_>, now: SimTime, pod: PodId) {
    let shape = world.pods[pod].shape;
    if !world.lowered.shapes[shape].devices.is_claim() {
        world.pods.times[pod].queued = now.into();
    }
    let seen = world.schedulers.pod(pod, shape);
    world.queue.add_pod(&world.schedulers.present(now), seen);
    stir(world, now);
}

/// The scheduler sees the claim of a pod, and in the pod's status that it is the pod's.
pub fn claim_ready(world: &mut World<'_>, now: SimTime, pod: PodId) {
    world.pods.times[pod].queued = now.into();
    world.tally.claim_ready(now, &world.pods[pod]);
    let shape = world.pods[pod].shape;
    world.schedulers.claim_appears(pod, shape);
    let (claim, seen) = (world.schedulers.claim_view(pod, shape, false), world.schedulers.pod_with_claim(pod, shape));
    let at = world.schedulers.present(now);
    world.queue.put_claim(&at, claim);
    world.queue.update_pod(&at, seen);
    stir(world, now);
}

/// The scheduler sees another nomination in the status of a pod, if that is still pending.
pub fn nomination_seen(world: &mut World<'_>, now: SimTime, pod: PodId) {
    let Some(entry) = world.pods.get(pod).filter(|entry| !entry.is_bound) else { return };
    let node = world.pods.nominated.get(&pod).map(|node| world.schedulers.node_name(*node));
    let key = world.schedulers.key(pod, entry.shape);
    if let Some(seen) = world.queue.informers.nominated(key, node) {
        world.queue.update_pod(&world.schedulers.present(now), seen);
        stir(world, now);
    }
}

/// Something happened that may have woken pods.
pub fn stir(world: &mut World<'_>, now: SimTime) {
    world.effort.queue_scans += std::mem::take(&mut world.queue.queue.scans);
    if !world.scheduler_busy && world.queue.queue.can_pop() {
        world.scheduler_busy = true;
        schedule(world, now, Event::SchedulerFree);
    }
    flush_later(world, now);
}

/// The scheduler pops the next pod, if there is one, and tries to place it.
pub fn scheduler_free(world: &mut World<'_>, now: SimTime) {
    world.scheduler_busy = false;
    let Some(queued) = world.queue.queue.pop(now) else {
        return flush_later(world, now);
    };
    let pod = queued.id();
    let entry = &mut world.pods[pod];
    entry.attempts += 1;
    let shape = entry.shape;
    let times = &mut world.pods.times[pod];
    times.attempted.first(now);
    times.placed = now.into();
    let (decided, effort, wrong) = world.schedulers.schedule(&queued.pod, shape, &world.queue.queue.nominator);
    world.broken.extend(wrong.map(|text| format!("{now:?}: {text}")));
    world.effort += effort;
    let ends = now + world.setup.cost.price(&effort);
    if let Decided::Placed { node, devices } = &decided {
        hold(world, now, pod, *node, devices);
    }
    world.cycle = Some(Cycle { queued, decided });
    world.scheduler_busy = true;
    schedule(world, ends, Event::CycleEnds(pod));
}

/// Makes sure that a tick comes when the first back-off ends.
pub fn flush_later(world: &mut World<'_>, now: SimTime) {
    if world.flush_pending {
        return;
    }
    if let Some(at) = world.queue.queue.next_flush() {
        world.flush_pending = true;
        schedule(world, at.max(now), Event::BackoffFlush);
    }
}

/// The tick of every second.
pub fn backoff_flush(world: &mut World<'_>, now: SimTime) {
    world.flush_pending = false;
    let at = world.schedulers.present(now);
    world.queue.queue.flush_backoff(&at.view(&world.queue.informers));
    stir(world, now);
}

/// The tick of every half minute.
pub fn leftover_flush(world: &mut World<'_>, now: SimTime) {
    let at = world.schedulers.present(now);
    world.queue.queue.flush_leftover(&at.view(&world.queue.informers));
    schedule(world, now + LEFTOVER_TICK, Event::LeftoverFlush);
    stir(world, now);
}

/// The scheduling cycle is over.
pub fn cycle_ends(world: &mut World<'_>, now: SimTime, cycle: Cycle) {
    let free_at = match cycle.decided {
        Decided::Placed { node, devices } => {
            assume(world, now, cycle.queued, node, devices);
            return schedule(world, now, Event::SchedulerFree);
        }
        Decided::Refused(refusal) => reject(world, now, cycle.queued, refusal),
    };
    if free_at > now {
        schedule(world, free_at, Event::SchedulerFree);
    } else {
        // A rejection without a write leaves nothing else to happen at this instant: everything of an earlier phase has
        // been handled, so the scheduler goes straight on. Most attempts in a crowded cluster end so.
        scheduler_free(world, now);
    }
}

/// An attempt failed before the pod was supposed anywhere. When the loop goes on.
fn reject(world: &mut World<'_>, now: SimTime, queued: QueuedPod, refusal: Refusal) -> SimTime {
    let pod = queued.id();
    if let Some(preemption) = &refusal.preemption {
        preempt(world, now, pod, preemption);
    }
    let (failure, nominating) = (failure_of(&refusal), refusal.nominating);
    let nominated = world.schedulers.nominating(nominating);
    world.queue.fail(&world.schedulers.present(now), queued, failure, nominated);
    let free_at = tell(world, now, pod, refusal);
    stir(world, now);
    free_at
}

/// How the queue takes a refusal.
pub fn failure_of(refusal: &Refusal) -> Failure {
    match (refusal.is_error, refusal.plugins.is_empty()) {
        (true, _) => Failure::Error,
        (false, true) => Failure::NoNodes,
        (false, false) => Failure::Rejected { unschedulable: refusal.plugins, pending: Default::default() },
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
    let (reasons, is_news) = world.refusals.note(pod, refusal);
    let state = &mut world.demands[demand];
    world.tally.attempt_failed(now, began, shape, reasons, state.reasons);
    state.reasons = state.reasons.union(reasons);
    if !is_news && !is_renominated {
        return now;
    }
    world.effort.api_writes += 1;
    let written = write(&mut world.scheduler_client, world.setup.control.api_write, now, 1);
    if is_renominated {
        schedule(world, written + world.setup.control.watch_hop, Event::NominationSeen(pod));
    }
    written
}

/// What an attempt took is held from the moment of the decision, as the scheduler's own books have it; nobody else looks at
/// them before the cycle ends.
fn hold(world: &mut World<'_>, now: SimTime, pod: PodId, node: NodeId, devices: &[DeviceId]) {
    let (demand, shape) = (world.pods[pod].demand, world.pods[pod].shape);
    world.digest.word(u64::from(pod.0) << 32 | u64::from(node.0));
    devices.iter().for_each(|d| world.digest.word(u64::from(d.0)));
    world.ledger.grant(Book::Sched, Holder::Pod(pod), Part::new(node, world.counted[shape].clone()));
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
