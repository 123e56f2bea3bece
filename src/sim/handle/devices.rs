//! How the news of a failed device spreads: from its plugin by the kubelet's node status (spec A3), or from its driver by a
//! taint in a ResourceSlice (KEP-5055).

use std::collections::BTreeSet;

use crate::base::{DeviceId, SimTime};
use crate::control::Request;
use crate::node::{DeviceTaint, Failures};
use crate::sim::Event;
use crate::sim::handle::eviction;
use crate::sim::handle::later::{Client, schedule, send};
use crate::sim::handle::queue::stir;
use crate::sim::pods::About;
use crate::sim::world::World;

/// Plugin or driver notice that a device is not what it was. The kubelet gives an unhealthy one to nobody from now on; others
/// hear of it when the node's status is written next, or at once by a slice. If the node is down, they notice when it is back.
pub fn noticed(world: &mut World<'_>, now: SimTime, device: DeviceId) {
    let node = world.setup.inventory.devices[device].node;
    let devices = &mut world.faults.devices;
    let is_broken = devices.broken.contains(&device);
    let is_news = is_broken != devices.noticed.contains(&device);
    if !is_news || world.faults.is_down(node) {
        return;
    }
    mark(&mut world.faults.devices.noticed, device, is_broken);
    let about = About::node(node, (device.0 - world.setup.inventory.nodes[node].devices.start) as u16);
    let written = match world.setup.mechanism.uses_claims() {
        true => send(world, Client::Kubelet, now, (about, Request::WriteSlice)),
        false => {
            let period = world.setup.control.lifecycle.status_update;
            let at = Failures::next_beat(world.setup.seed, node, period, now);
            send(world, Client::Kubelet, at, (about, Request::ReportNode))
        }
    };
    schedule(world, written + world.setup.control.watch_hop, Event::DeviceSeen(device));
}

fn mark(set: &mut BTreeSet<DeviceId>, device: DeviceId, is_in: bool) {
    match is_in {
        true => set.insert(device),
        false => set.remove(&device),
    };
}

/// Scheduler and controllers see what plugin or driver say of a device.
pub fn seen(world: &mut World<'_>, now: SimTime, device: DeviceId) {
    let is_broken = world.faults.devices.noticed.contains(&device);
    mark(&mut world.faults.devices.seen, device, is_broken);
    match world.setup.mechanism.uses_claims() {
        true => slice_seen(world, now, device, is_broken),
        false => status_seen(world, now, device),
    }
    world.explainer.touch(world.setup.inventory.devices[device].node);
    stir(world, now);
}

/// A slice says that a device has a taint, or has it no longer.
fn slice_seen(world: &mut World<'_>, now: SimTime, device: DeviceId, is_broken: bool) {
    if world.setup.failures.rules.taint == DeviceTaint::None {
        return;
    }
    world.schedulers.taint_device(device, is_broken);
    world.queue.put_slice(&world.schedulers.present(now), false);
    if is_broken {
        for pod in world.schedulers.pods_on(world.setup.inventory.devices[device].node) {
            if world.pods[pod].is_bound {
                eviction::evict_from_devices(world, now, pod);
            }
        }
    }
}

/// A node says how many devices of the resource are healthy: that many are allocatable, whoever has the others.
fn status_seen(world: &mut World<'_>, now: SimTime, device: DeviceId) {
    let inventory = world.setup.inventory;
    let resource_of = |device: DeviceId| inventory.models[inventory.devices[device].model].resource;
    let (node, resource) = (inventory.devices[device].node, resource_of(device));
    let healthy = |other: &DeviceId| resource_of(*other) == resource && !world.faults.devices.seen.contains(other);
    let count = inventory.devices_of(node).filter(healthy).count() as i64;
    let (old, new) = world.schedulers.offers(node, &inventory.resources[resource], count);
    world.queue.update_node(&world.schedulers.present(now), old, new);
}
