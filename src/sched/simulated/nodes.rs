//! Nodes of an inventory as the scheduler reads them.

use std::sync::Arc;

use crate::base::{Id, IdVec, Names, NodeId, NodeTypeId, ResourceId};
use crate::model::core::{Labels, Node, Resources};
use crate::model::{Inventory, NodeType};

/// All nodes: ready, without taints, images and declared features. Those of a type share their labels. `with_plugins`: device
/// plugins run on them.
pub fn nodes(inventory: &Inventory, with_plugins: bool, names: &mut Names) -> Vec<Arc<Node>> {
    let mut labels_of = |node_type: &NodeType| {
        let pairs = node_type.labels.iter().map(|(key, value)| (names.intern(key), names.intern(value)));
        Labels::new(pairs)
    };
    let labels: IdVec<NodeTypeId, Labels> = inventory.node_types.iter().map(&mut labels_of).collect();
    let mut node = |id| Arc::new(node(inventory, id, with_plugins, labels[inventory.nodes[id].kind].clone(), names));
    inventory.nodes.ids().map(&mut node).collect()
}

fn node(inventory: &Inventory, id: NodeId, with_plugins: bool, labels: Labels, names: &mut Names) -> Node {
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
        labels,
        annotations: Labels::default(),
        unschedulable: false,
        taints: Vec::new(),
        allocatable,
        images: Vec::new(),
        conditions: Vec::new(),
        declared_features: Vec::new(),
    }
}
