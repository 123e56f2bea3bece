//! Hardware that fails and is repaired, and what that does to containers at once.
//!
//! Nobody is told here: kubelets, plugins, drivers and controllers find out in their own time.

use crate::base::time::SECOND_NS;
use crate::base::{DeviceId, Moment, NodeId, OutageId, PodId, SimTime, Stream};
use crate::model::{Book, Holder};
use crate::node::{Containers, Failures, Faulty};
use crate::sim::Event;
use crate::sim::handle::later::schedule;
use crate::sim::handle::release::{gone_later, release};
use crate::sim::handle::{kubelet, node_lifecycle};
use crate::sim::pods::{DemandPhase, PodPhase};
use crate::sim::world::World;

/// Schedules a failure; the one after it is scheduled when it comes.
pub fn schedule_next(world: &mut World<'_>, outage: OutageId) {
    if let Some(next) = world.setup.failures.outages.get(outage) {
        schedule(world, next.begins, Event::OutageBegins(outage));
    }
}

/// A node or a device fails.
pub fn begins(world: &mut World<'_>, now: SimTime, id: OutageId) {
    schedule_next(world, OutageId(id.0 + 1));
    let outage = world.setup.failures.outages[id];
    if let Some(ends) = outage.ends {
        schedule(world, ends, Event::OutageEnds(id));
    }
    change(world, now, outage.what, |world| match outage.what {
        Faulty::Node(node) => node_fails(world, now, node),
        Faulty::Device(device) => device_fails(world, now, device),
    });
}

/// It works again.
pub fn ends(world: &mut World<'_>, now: SimTime, id: OutageId) {
    let what = world.setup.failures.outages[id].what;
    change(world, now, what, |world| match what {
        Faulty::Node(node) => node_returns(world, now, node),
        Faulty::Device(device) => device_works(world, now, device),
    });
}

/// Does something that fails or repairs, and keeps count of the devices that are out of order.
fn change<'a>(world: &mut World<'a>, now: SimTime, what: Faulty, act: impl FnOnce(&mut World<'a>)) {
    let inventory = world.setup.inventory;
    let node = match what {
        Faulty::Node(node) => node,
        Faulty::Device(device) => inventory.devices[device].node,
    };
    let before = world.faults.out_on(inventory, node);
    act(world);
    let after = world.faults.out_on(inventory, node);
    for (kind, out) in world.faults.damage.out.iter_mut().enumerate() {
        out.add(now, after[kind] - before[kind]);
    }
    world.explainer.touch(node);
}

/// A machine fails: what ran on it stops, and its kubelet renews its lease no more.
fn node_fails(world: &mut World<'_>, now: SimTime, node: NodeId) {
    world.faults.damage.nodes += 1;
    let (lifecycle, seed) = (&world.setup.control.lifecycle, world.setup.seed);
    let renewed = Failures::last_beat(seed, node, lifecycle.lease_renewal, now) + world.setup.control.watch_hop;
    let unknown_at = lifecycle.unknown_at(renewed).max(now);
    let given_up_at = world.setup.failures.rules.out_of_service_after.map(|after| now + after);
    let state = world.faults.node_mut(node);
    state.is_down = true;
    state.failures += 1;
    state.unknown_at = unknown_at.into();
    state.out_of_service_at = given_up_at.map_or(Moment::NOT_YET, Moment::from);
    schedule(world, unknown_at, Event::NodeUnknown(node));
    if let Some(at) = given_up_at {
        schedule(world, at, Event::OutOfService(node));
    }
    for pod in world.schedulers.pods_on(node) {
        let entry = world.pods[pod];
        // Its kubelet has not begun with a pod that the scheduler has not seen bound, and is done with one that has ended.
        if !entry.has_ended && world.schedulers.placed(pod, node).start_time.has_come() {
            world.faults.interrupted.insert(pod, Moment::NOT_YET);
            stop(world, now, pod);
        }
    }
}

/// A machine is back, with kubelet and drivers: its containers are gone.
fn node_returns(world: &mut World<'_>, now: SimTime, node: NodeId) {
    let state = world.faults.node_mut(node);
    state.is_down = false;
    state.unknown_at = Moment::NOT_YET;
    (state.out_of_service_at, state.is_out_of_service) = (Moment::NOT_YET, false);
    for pod in world.schedulers.pods_on(node) {
        if world.faults.interrupted.contains_key(&pod) {
            resume(world, now, pod);
        }
    }
    node_lifecycle::reported(world, now, node);
    for device in world.setup.inventory.devices_of(node) {
        let devices = &world.faults.devices;
        if devices.broken.contains(&device) != devices.noticed.contains(&device) {
            noticed_later(world, now, device);
        }
    }
}

/// A kubelet that has started finds a pod of its node. Containers that ran are not started again, as jobs have the restart
/// policy Never; others are started as if nothing had been.
fn resume(world: &mut World<'_>, now: SimTime, pod: PodId) {
    let is_admitted = world.ledger.holds(Book::Node, Holder::Pod(pod));
    match (world.pods[pod].phase, is_admitted) {
        (PodPhase::Starting, true) => drop(kubelet::prepares(world, now, pod)),
        (PodPhase::Starting, false) => {
            world.faults.interrupted.remove(&pod);
            kubelet::admits(world, now, pod);
        }
        (_, true) => kubelet::end(world, now, pod),
        (_, false) => {
            world.faults.interrupted.remove(&pod);
            world.pods.end(pod, now);
            release(world, Book::Api, pod);
            gone_later(world, now, pod);
        }
    }
}

/// The containers of a pod do no work any more; nobody has said so yet.
pub fn stop(world: &mut World<'_>, now: SimTime, pod: PodId) {
    let entry = &mut world.pods[pod];
    if entry.phase != PodPhase::Running {
        return;
    }
    entry.phase = PodPhase::Stopped;
    let (demand, ran_from) = (entry.demand, entry.running.get().unwrap_or(now));
    world.demands[demand].phase = DemandPhase::Stopped;
    world.faults.damage.interrupted += 1;
    let ask = world.setup.workload.arrivals[demand].ask;
    world.tally.undone(now, ran_from, &world.setup.workload.asks[ask]);
}

/// A device fails, and with it the work of the pod that has it.
fn device_fails(world: &mut World<'_>, now: SimTime, device: DeviceId) {
    world.faults.damage.devices += 1;
    world.faults.devices.broken.insert(device);
    let node = world.setup.inventory.devices[device].node;
    if world.faults.is_down(node) {
        return;
    }
    if let Some(pod) = user_of(world, node, device).filter(|pod| world.pods[*pod].phase == PodPhase::Running) {
        stop(world, now, pod);
        after_stop(world, now, pod);
    }
    noticed_later(world, now, device);
}

/// What containers do when a device of theirs has failed.
fn after_stop(world: &mut World<'_>, now: SimTime, pod: PodId) {
    match world.setup.failures.rules.containers {
        Containers::Crash => kubelet::end(world, now, pod),
        Containers::Hang => drop(world.faults.interrupted.insert(pod, Moment::NOT_YET)),
    }
}

/// Containers start on a device that has failed since it was given to them.
pub fn starts_in_vain(world: &mut World<'_>, now: SimTime, pod: PodId) {
    let entry = &mut world.pods[pod];
    entry.phase = PodPhase::Stopped;
    world.demands[entry.demand].phase = DemandPhase::Stopped;
    world.faults.damage.interrupted += 1;
    after_stop(world, now, pod);
}

/// A device is repaired, which ends containers that hang on it.
fn device_works(world: &mut World<'_>, now: SimTime, device: DeviceId) {
    world.faults.devices.broken.remove(&device);
    let node = world.setup.inventory.devices[device].node;
    if world.faults.is_down(node) {
        return;
    }
    if let Some(pod) = user_of(world, node, device).filter(|pod| world.pods[*pod].phase == PodPhase::Stopped) {
        kubelet::end(world, now, pod);
    }
    noticed_later(world, now, device);
}

/// The pod that has a device on its node, if any.
fn user_of(world: &World<'_>, node: NodeId, device: DeviceId) -> Option<PodId> {
    let pods = world.schedulers.pods_on(node);
    pods.into_iter().find(|pod| kubelet::devices_of(world, *pod).contains(&device))
}

/// Plugin or driver will notice that a device is not what it was.
fn noticed_later(world: &mut World<'_>, now: SimTime, device: DeviceId) {
    let detection = world.setup.failures.rules.detection;
    // The instant is the same under every strategy, so its seconds tell one change of the device from the next.
    let occasion = 1 << 15 | (now.0 / SECOND_NS) as u16;
    let after = detection.draw_lazily(|| world.setup.seed.stream(Stream::Faults, device.0, occasion));
    schedule(world, now + after, Event::DeviceNoticed(device));
}
