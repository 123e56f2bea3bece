//! What comes to the scheduler's queue, and the ticks that move what waits there.

use crate::base::{PodId, SimDuration, SimTime};
use crate::sim::Event;
use crate::sim::handle::claims;
use crate::sim::handle::later::schedule;
use crate::sim::world::World;

/// kube-scheduler's tick for pods that waited for too long.
pub const LEFTOVER_TICK: SimDuration = SimDuration::from_secs(30);

/// Scheduler and resourceclaim controller see a new pod.
pub fn pod_seen(world: &mut World<'_>, now: SimTime, pod: PodId) {
    let shape = world.pods[pod].shape;
    if !world.lowered.shapes[shape].devices.is_claim() {
        world.pods.times[pod].queued = now.into();
    }
    let seen = world.schedulers.pod(pod, shape);
    world.queue.add_pod(&world.schedulers.present(now), seen);
    stir(world, now);
    if world.lowered.shapes[shape].devices.is_claim() {
        claims::make(world, now, pod);
    }
}

/// The scheduler sees the claim of a pod.
pub fn claim_seen(world: &mut World<'_>, now: SimTime, pod: PodId) {
    let shape = world.pods[pod].shape;
    world.schedulers.claim_appears(pod, shape);
    let claim = world.schedulers.claim_view(pod, false);
    world.queue.put_claim(&world.schedulers.present(now), claim);
    stir(world, now);
}

/// The scheduler sees in the status of a pod which claim it has.
pub fn claim_ready(world: &mut World<'_>, now: SimTime, pod: PodId) {
    world.pods.times[pod].queued = now.into();
    world.tally.claim_ready(now, &world.pods[pod]);
    let shape = world.pods[pod].shape;
    let seen = world.schedulers.pod_with_claim(pod, shape);
    world.queue.update_pod(&world.schedulers.present(now), seen);
    stir(world, now);
}

/// The scheduler sees another nomination in the status of a pod, if that is still pending.
pub fn nomination_seen(world: &mut World<'_>, now: SimTime, pod: PodId) {
    if world.pods.get(pod).is_none_or(|entry| entry.is_bound) {
        return;
    }
    let node = world.pods.nominated.get(&pod).map(|node| world.schedulers.node_name(*node));
    let key = world.schedulers.key(pod);
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
