//! Nodes of an inventory as the scheduler reads them.

use crate::base::{Id, Names, NodeId, ResourceId};
use crate::model::Inventory;
use crate::model::core::{Labels, Node, Resources};

/// A node: ready, without taints, images and declared features. `with_plugins`: device plugins run on it.
pub fn node(inventory: &Inventory, id: NodeId, with_plugins: bool, names: &mut Names) -> Node {
    let node_type = inventory.type_of(id);
    let mut allocatable = Resources {
        milli_cpu: node_type.cpu_milli,
        memory: node_type.memory_bytes,
        pods: i64::from(node_type.pods_max),
        ..Resources::default()
    };
    for device in inventory.devices_of(id) {
        allocatable.devices[inventory.kind_of(device) as usize] += 1;
    }
    if with_plugins {
        let counts = inventory.extended_capacity(id).into_iter().enumerate().filter(|(_, count)| *count > 0);
        for (resource, count) in counts {
            allocatable.add_scalar(names.intern(&inventory.resources[ResourceId::from_index(resource)]), count);
        }
    }
    Node {
        name: names.intern(&inventory.nodes[id].name),
        labels: Labels::new(node_type.labels.iter().map(|(key, value)| (names.intern(key), names.intern(value)))),
        annotations: Labels::default(),
        unschedulable: false,
        taints: Vec::new(),
        allocatable,
        images: Vec::new(),
        conditions: Vec::new(),
        declared_features: Vec::new(),
    }
}
