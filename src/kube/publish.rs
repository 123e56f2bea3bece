//! What drivers and kubelets publish about a node of the inventory.

use std::collections::BTreeMap;

use crate::base::{DeviceId, NodeId};
use crate::kube::node::NodeStatus;
use crate::kube::slice::{Device, DeviceAttribute, DeviceCapacity, ResourcePool, ResourceSliceSpec};
use crate::kube::{Amount, Node, ObjectMeta, ResourceSlice};
use crate::model::publish::{NodeSlice, node_slices};
use crate::model::{AttrValue, DeviceProfile, Inventory};

/// The slices of one node, as objects.
pub fn slices(inventory: &Inventory, node: NodeId) -> Vec<ResourceSlice> {
    let name = &inventory.nodes[node].name;
    let object = |slice: NodeSlice<'_>| {
        let spec = ResourceSliceSpec {
            driver: slice.driver.to_owned(),
            pool: ResourcePool { name: name.clone(), generation: 1, resource_slice_count: slice.slice_count as i64 },
            node_name: Some(name.clone()),
            devices: slice.devices.into_iter().map(|(name, id)| device(inventory, name, id)).collect(),
            ..ResourceSliceSpec::default()
        };
        ResourceSlice::new(slice.name, spec)
    };
    node_slices(inventory, node).into_iter().map(object).collect()
}

fn profile(inventory: &Inventory, device: DeviceId) -> &DeviceProfile {
    &inventory.profiles[inventory.devices[device].profile]
}

fn device(inventory: &Inventory, name: String, id: DeviceId) -> Device {
    let profile = profile(inventory, id);
    let short = |name: &String| {
        let own = name.strip_prefix(&profile.driver).and_then(|rest| rest.strip_prefix('/'));
        own.filter(|id| !id.contains('/')).unwrap_or(name).to_owned()
    };
    Device {
        name,
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
