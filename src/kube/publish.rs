//! What drivers and kubelets publish about a node of the inventory.

use std::collections::BTreeMap;

use crate::base::{DeviceId, NodeId};
use crate::kube::node::NodeStatus;
use crate::kube::slice::{DEVICES_MAX, Device, DeviceAttribute, DeviceCapacity, ResourcePool, ResourceSliceSpec};
use crate::kube::{Amount, Node, ObjectMeta, ResourceSlice};
use crate::model::{AttrValue, DeviceProfile, Inventory};

/// The slices of one node: one pool for each driver, named like the node, in the allocator's order. Devices are named by
/// kind and position among the driver's devices, such as `gpu-0`.
pub fn slices(inventory: &Inventory, node: NodeId) -> Vec<ResourceSlice> {
    let devices: Vec<DeviceId> = inventory.devices_of(node).collect();
    let name = &inventory.nodes[node].name;
    let mut slices = Vec::new();
    // Devices of one driver are neighbours, because the allocator's order begins with the driver.
    for of_driver in devices.chunk_by(|a, b| profile(inventory, *a).driver == profile(inventory, *b).driver) {
        let driver = &profile(inventory, of_driver[0]).driver;
        let count = of_driver.len().div_ceil(DEVICES_MAX);
        for (n, part) in of_driver.chunks(DEVICES_MAX).enumerate() {
            let published = part.iter().enumerate().map(|(at, id)| device(inventory, *id, n * DEVICES_MAX + at));
            let spec = ResourceSliceSpec {
                driver: driver.clone(),
                pool: ResourcePool { name: name.clone(), generation: 1, resource_slice_count: count as i64 },
                node_name: Some(name.clone()),
                devices: published.collect(),
                ..ResourceSliceSpec::default()
            };
            // Slices of a pool are tried in order of their names, so the number has leading zeros.
            slices.push(ResourceSlice::new(format!("{name}-{driver}-{n:04}"), spec));
        }
    }
    slices
}

/// The name of a device in its pool: kind and position among the devices of its driver on its node.
pub fn device_name(inventory: &Inventory, device: DeviceId) -> String {
    let driver = &profile(inventory, device).driver;
    let before = inventory.devices_of(inventory.devices[device].node).take_while(|d| *d != device);
    let position = before.filter(|d| profile(inventory, *d).driver == *driver).count();
    format!("{}-{position}", inventory.kind_of(device).name())
}

fn profile(inventory: &Inventory, device: DeviceId) -> &DeviceProfile {
    &inventory.profiles[inventory.devices[device].profile]
}

fn device(inventory: &Inventory, id: DeviceId, position: usize) -> Device {
    let profile = profile(inventory, id);
    let short = |name: &String| {
        let own = name.strip_prefix(&profile.driver).and_then(|rest| rest.strip_prefix('/'));
        own.filter(|id| !id.contains('/')).unwrap_or(name).to_owned()
    };
    Device {
        name: format!("{}-{position}", inventory.kind_of(id).name()),
        attributes: profile.attributes.iter().map(|(name, value)| (short(name), attribute(value))).collect(),
        capacity: (profile.capacity.iter())
            .map(|(name, value)| (short(name), DeviceCapacity { value: Amount::from(value), ..DeviceCapacity::default() }))
            .collect(),
        allow_multiple_allocations: profile.allow_multiple_allocations.then_some(true),
        ..Device::default()
    }
}

fn attribute(value: &AttrValue) -> DeviceAttribute {
    let nothing = DeviceAttribute::default();
    match value.clone() {
        AttrValue::Int(n) => DeviceAttribute { int: Some(n), ..nothing },
        AttrValue::Bool(b) => DeviceAttribute { bool: Some(b), ..nothing },
        AttrValue::String(text) => DeviceAttribute { string: Some(text), ..nothing },
        AttrValue::Version(text) => DeviceAttribute { version: Some(text), ..nothing },
        _ => nothing,
    }
}

/// The Node object: labels of its type, and what pods may request, extended resources included. The model knows no
/// reservations, so capacity is the same.
pub fn node(inventory: &Inventory, id: NodeId) -> Node {
    let (name, kind) = (&inventory.nodes[id].name, inventory.type_of(id));
    let mut metadata = ObjectMeta::named(name.clone());
    metadata.labels = kind.labels.iter().cloned().collect();
    metadata.labels.insert("kubernetes.io/hostname".to_owned(), name.clone());
    let mut allocatable = BTreeMap::from([
        ("cpu".to_owned(), Amount::cpu_milli(kind.cpu_milli)),
        ("memory".to_owned(), Amount::bytes(kind.memory_bytes)),
        ("pods".to_owned(), Amount::count(i64::from(kind.pods_max))),
    ]);
    for (resource, count) in inventory.resources.iter().zip(inventory.extended_capacity(id)) {
        if count > 0 {
            allocatable.insert(resource.clone(), Amount::count(count));
        }
    }
    let mut node = Node::new(metadata);
    node.status = NodeStatus { capacity: allocatable.clone(), allocatable, ..NodeStatus::default() };
    node
}
