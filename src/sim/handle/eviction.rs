//! Pods that have to go because their node or a device has a taint with the effect NoExecute (`pkg/controller/tainteviction`,
//! `pkg/controller/devicetainteviction`).

use crate::base::{CallId, NodeId, PodId, SimDuration, SimTime};
use crate::control::{PodReplacement, Request};
use crate::model::{Book, Holder};
use crate::node::DeviceTaint;
use crate::sim::Event;
use crate::sim::faults::Controller;
use crate::sim::handle::demand::pod_evicted;
use crate::sim::handle::later::{Client, delay_rng, schedule, schedule_for, send};
use crate::sim::handle::outages::stop;
use crate::sim::handle::queue::stir;
use crate::sim::pods::{About, Pod, PodPhase, claim_of};
use crate::sim::world::{Call, Deletion, World};

/// The taint eviction controller sees that a node has the taint.
pub fn starts(world: &mut World<'_>, now: SimTime, node: NodeId) {
    world.faults.node_mut(node).is_evicting = true;
    for pod in world.schedulers.pods_on(node) {
        if world.schedulers.placed(pod, node).start_time.has_come() {
            evict_at(world, now + world.setup.control.lifecycle.toleration, pod);
        }
    }
}

/// It sees that the taint is gone: who has not been deleted may stay.
pub fn stops(world: &mut World<'_>, node: NodeId) {
    world.faults.node_mut(node).is_evicting = false;
    for pod in world.schedulers.pods_on(node) {
        world.faults.due.remove(&pod);
    }
}

/// Both controllers see a pod that was bound.
pub fn bound(world: &mut World<'_>, now: SimTime, pod: PodId) {
    let node = world.pods[pod].node.expect("a bound pod has a node");
    if world.faults.node(node).is_out_of_service {
        evict_at(world, now, pod);
    } else if world.faults.node(node).is_evicting {
        evict_at(world, now + world.setup.control.lifecycle.toleration, pod);
    }
    if !world.faults.devices.seen.is_empty() {
        evict_from_devices(world, now, pod);
    }
}

/// A pod is to be evicted, if its node has the taint for so long.
pub fn evict_at(world: &mut World<'_>, at: SimTime, pod: PodId) {
    world.faults.due.insert(pod, at);
    schedule(world, at, Event::EvictionDue(pod));
}

/// The time of a pod has come. Each is dealt with by a timer of its own.
pub fn due(world: &mut World<'_>, now: SimTime, pod: PodId) {
    if world.faults.due.get(&pod) == Some(&now) {
        world.faults.due.remove(&pod);
        evict(world, now, pod, Controller::TaintEviction);
    }
}

/// The device taint eviction controller looks at a pod: one that is bound and whose claim has a device with the taint is
/// evicted. No claim of a simulation tolerates it.
pub fn evict_from_devices(world: &mut World<'_>, now: SimTime, pod: PodId) {
    if world.setup.failures.rules.taint == DeviceTaint::NoExecute && has_tainted_device(world, pod) {
        if world.faults.queued.insert(pod) {
            world.faults.evictors.add(pod);
        }
        work(world, now);
    }
}

fn has_tainted_device(world: &World<'_>, pod: PodId) -> bool {
    let claimed = world.ledger.held(Book::Sched, Holder::Claim(claim_of(pod)));
    claimed.is_some_and(|part| part.devices.iter().any(|share| world.faults.devices.seen.contains(&share.device)))
}

/// Idle workers of the device taint eviction controller take what waits.
fn work(world: &mut World<'_>, now: SimTime) {
    while let Some(pod) = world.faults.evictors.take() {
        if !has_tainted_device(world, pod) || !evict(world, now, pod, Controller::DeviceTaintEviction) {
            done(world, pod);
        }
    }
}

/// A worker of the device taint eviction controller is done with a pod.
fn done(world: &mut World<'_>, pod: PodId) {
    world.faults.queued.remove(&pod);
    world.faults.evictors.done();
}

/// Begins to delete a pod: it is read, its condition DisruptionTarget is written, it is deleted. `false` if it is going or gone
/// already.
fn evict(world: &mut World<'_>, now: SimTime, pod: PodId, by: Controller) -> bool {
    let Some(about) = going_on(world, pod).map(About::of) else { return false };
    let left = &[Request::ReadPod, Request::SetCondition, Request::DeletePod];
    let call = world.calls.put(Call::Deletion(Deletion { pod, about, by, left }));
    send_next(world, now, call);
    true
}

/// The pod, unless it has ended or is being deleted.
fn going_on<'w>(world: &'w World<'_>, pod: PodId) -> Option<&'w Pod> {
    world.pods.get(pod).filter(|entry| !entry.has_ended && !entry.is_deleted)
}

fn send_next(world: &mut World<'_>, now: SimTime, call: CallId) {
    let Some(Call::Deletion(Deletion { about, by, left, .. })) = world.calls.get(call) else {
        unreachable!("a deletion is under way")
    };
    let (client, request) = (Client::Controller(*by), (*about, left[0]));
    let answered = send(world, client, now, request);
    schedule(world, answered, Event::Answered(call));
}

/// A request of a deletion is answered.
pub fn answered(world: &mut World<'_>, now: SimTime, call: CallId) {
    let Some(Call::Deletion(Deletion { pod, by, left, .. })) = world.calls.get(call) else {
        unreachable!("the dispatcher has looked")
    };
    let (pod, by) = (*pod, *by);
    *left = &left[1..];
    let is_last = left.is_empty();
    let is_there = going_on(world, pod).is_some();
    if is_there && !is_last {
        return send_next(world, now, call);
    }
    world.calls.take(call);
    if is_there {
        world.pods[pod].is_deleted = true;
        world.faults.damage.evicted += 1;
        schedule(world, now + world.setup.control.watch_hop, Event::EvictionSeen(pod));
    }
    if by == Controller::DeviceTaintEviction {
        done(world, pod);
        work(world, now);
    }
}

/// Everybody sees that a pod is being deleted. It stays until its kubelet has stopped it, which one that is down cannot.
pub fn seen(world: &mut World<'_>, now: SimTime, pod: PodId) {
    let is_there = |entry: &&Pod| !entry.has_ended && !entry.phase.is_deleted();
    let Some(entry) = world.pods.get(pod).filter(is_there).copied() else { return };
    let node = entry.node.expect("a bound pod has a node");
    let terminating = world.schedulers.terminates(pod, node, false);
    world.queue.update_pod(&world.schedulers.present(now), terminating);
    stir(world, now);
    stop(world, now, pod);
    world.pods[pod].phase = PodPhase::Evicted;
    if world.setup.control.lifecycle.replacement == PodReplacement::TerminatingOrFailed {
        pod_evicted(world, now, pod);
    }
    if !world.faults.is_down(node) {
        let grace = match entry.running.get() {
            Some(_) => world.setup.kubelet.termination.draw(&mut delay_rng(world.setup.seed, &entry, 1 << 13)),
            None => SimDuration::ZERO,
        };
        schedule_for(world, now + grace, Event::PodEnds, pod);
    }
}
