//! The result of lowering all asks of a workload for one mechanism.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::alloc::Mechanism;
use crate::alloc::dra::{Cluster, Features, Selectors, Variant};
use crate::alloc::lower::{LostTerm, device_plugin, dra};
use crate::base::{AskId, ClassId, IdVec, NodeTypeId, ShapeId};
use crate::model::dra::{DeviceClass, Node};
use crate::model::publish::publish;
use crate::model::{Ask, Inventory, NodeType, Shape, ShapeDevices};
use crate::select::Program;

/// All asks of a workload, lowered for one mechanism.
#[derive(Debug)]
pub struct Lowered {
    /// Shapes, one per ask, in ask order.
    pub shapes: IdVec<ShapeId, Shape>,
    /// What the allocator sees, if some shape has a claim.
    pub cluster: Option<Cluster>,
    /// What the mechanism could not say.
    pub lost: Vec<LostTerm>,
}

impl Lowered {
    /// The shape of `ask`. Shapes are in ask order.
    pub fn shape_of(&self, ask: AskId) -> ShapeId {
        ShapeId(ask.0)
    }
}

/// Lowers every ask for `mechanism`.
pub fn lower(mechanism: Mechanism, inventory: &Inventory, asks: &IdVec<AskId, Ask>) -> Lowered {
    let mut lost = Vec::new();
    match mechanism {
        Mechanism::DevicePluginNaive => {
            Lowered { shapes: device_plugin::lower(inventory, asks, true, &mut lost), cluster: None, lost }
        }
        Mechanism::DevicePlugin => {
            Lowered { shapes: device_plugin::lower(inventory, asks, false, &mut lost), cluster: None, lost }
        }
        Mechanism::Dra | Mechanism::ClassicDra => {
            let (shapes, classes, texts) = dra::lower(inventory, asks, mechanism.negotiates(), &mut lost);
            let selectors = texts.iter().map(|text| Program::compile(text)).collect();
            let cluster = cluster(inventory, &shapes, (classes, selectors));
            Lowered { shapes, cluster: Some(cluster), lost }
        }
    }
}

/// The inventory as its drivers publish it, to a scheduler with default gates.
fn cluster(inventory: &Inventory, shapes: &IdVec<ShapeId, Shape>, objects: (IdVec<ClassId, DeviceClass>, Selectors)) -> Cluster {
    let rules = (Features::KUBERNETES_1_37, Variant::of(&Features::KUBERNETES_1_37));
    let labels = |node_type: &NodeType| Arc::new(node_type.labels.iter().cloned().collect());
    let labels: IdVec<NodeTypeId, Arc<BTreeMap<String, String>>> = inventory.node_types.iter().map(labels).collect();
    let node = |id| {
        let node = &inventory.nodes[id];
        Node { name: node.name.clone(), labels: labels[node.kind].clone(), declared_features: Vec::new() }
    };
    let claims = shapes.iter().filter_map(|shape| match &shape.devices {
        ShapeDevices::Claim(claim) => Some(claim),
        _ => None,
    });
    Cluster::new(rules, publish(inventory), objects, inventory.nodes.ids().map(node).collect(), claims)
}
