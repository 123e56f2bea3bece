//! Device plugins: a count of an extended resource, and node affinity on the labels of feature discovery.
//!
//! A pod names one resource, so "any GPU" in a cluster of several vendors becomes the vendor with the most devices that
//! would do. A fraction becomes a whole device. Alignment cannot be said at all: the kubelet picks the devices.
//! Source: `scheduler-kubelet.md` A1, labels as NVIDIA's gpu-feature-discovery and GKE set them.

use std::collections::BTreeMap;

use crate::alloc::lower::LostTerm;
use crate::alloc::lower::models::{accepted_models, model_counts};
use crate::base::{AskId, IdVec, ModelId, ResourceId, ShapeId};
use crate::model::{Ask, DeviceAsk, Inventory, NodeRequirement, Shape, ShapeDevices};

/// Labels that tell a node's model and device memory (in MiB), by extended resource.
const LABELS: &[(&str, &str, Option<&str>)] = &[
    ("nvidia.com/gpu", "nvidia.com/gpu.product", Some("nvidia.com/gpu.memory")),
    ("amd.com/gpu", "amd.com/gpu.product-name", None),
    ("google.com/tpu", "cloud.google.com/gke-tpu-accelerator", None),
];

/// Lowers every ask. `naive` leaves out all labels.
pub(super) fn lower(
    inventory: &Inventory,
    asks: &IdVec<AskId, Ask>,
    naive: bool,
    lost: &mut Vec<LostTerm>,
) -> IdVec<ShapeId, Shape> {
    asks.iter_ids().map(|(id, ask)| lower_one(inventory, id, ask, naive, lost)).collect()
}

fn lower_one(inventory: &Inventory, id: AskId, ask: &Ask, naive: bool, lost: &mut Vec<LostTerm>) -> Shape {
    let mut lose = |term: String| lost.push(LostTerm { ask: id, term });
    let mut extended: BTreeMap<ResourceId, i64> = BTreeMap::new();
    let mut affinity = Vec::new();
    for entry in &ask.devices {
        let Some(resource) = choose_resource(inventory, entry, naive) else {
            lose(format!("no device plugin of this cluster offers a {} at all", entry.kind.name()));
            continue;
        };
        *extended.entry(resource).or_insert(0) += i64::from(entry.count);
        if entry.share_milli < 1000 {
            lose(format!("{} thousandths of a {}: a whole one is taken", entry.share_milli, entry.kind.name()));
        }
        let constrained = !entry.models.is_empty() || entry.memory_bytes_min > 0;
        if constrained && naive {
            lose("model and device memory: counts are opaque".to_owned());
        } else if constrained {
            require_labels(inventory, entry, resource, &mut affinity, &mut lose);
        }
    }
    if !ask.alignments.is_empty() {
        lose("alignment: the kubelet picks the devices".to_owned());
    }
    let devices = match extended.is_empty() {
        true => ShapeDevices::None,
        false => ShapeDevices::Extended(extended.into_iter().collect()),
    };
    Shape { ask: id, cpu_milli: ask.cpu_milli, memory_bytes: ask.memory_bytes, priority: ask.priority, affinity, devices }
}

/// The resource with the most devices that would do; ties go to the lower id. A demand that nothing satisfies still asks
/// for the resource of its kind, and stays pending as it would in a real cluster.
fn choose_resource(inventory: &Inventory, entry: &DeviceAsk, naive: bool) -> Option<ResourceId> {
    let counts = model_counts(inventory);
    let most = |models: Vec<ModelId>| {
        let mut by_resource: BTreeMap<ResourceId, u64> = BTreeMap::new();
        for model in models {
            *by_resource.entry(inventory.models[model].resource).or_insert(0) += counts[model];
        }
        by_resource.into_iter().rev().max_by_key(|&(_, n)| n).map(|(resource, _)| resource)
    };
    most(accepted_models(inventory, entry, naive)).or_else(|| most(accepted_models(inventory, entry, true)))
}

fn require_labels(
    inventory: &Inventory,
    entry: &DeviceAsk,
    resource: ResourceId,
    affinity: &mut Vec<NodeRequirement>,
    lose: &mut impl FnMut(String),
) {
    let name = inventory.resources[resource].as_str();
    let Some(&(_, product, memory)) = LABELS.iter().find(|(r, _, _)| *r == name) else {
        lose(format!("model and device memory: no label describes {name}"));
        return;
    };
    if let (Some(key), true) = (memory, entry.models.is_empty()) {
        // Gt is exclusive and the label is in whole MiB.
        let mib = (entry.memory_bytes_min + (1 << 20) - 1) >> 20;
        affinity.push(NodeRequirement::Gt { key: key.to_owned(), value: mib - 1 });
        return;
    }
    // Values come from the nodes that carry an accepted model, as an operator reads them off `kubectl get nodes -L`.
    let accepted = accepted_models(inventory, entry, false);
    let carries = |kind| {
        inventory
            .nodes
            .iter_ids()
            .find(|(_, node)| node.kind == kind)
            .is_some_and(|(node, _)| inventory.devices_of(node).any(|d| accepted.contains(&inventory.devices[d].model)))
    };
    let label = |labels: &[(String, String)]| labels.iter().find(|(key, _)| key == product).map(|(_, value)| value.clone());
    let mut values: Vec<String> =
        inventory.node_types.iter_ids().filter(|(kind, _)| carries(*kind)).filter_map(|(_, t)| label(&t.labels)).collect();
    values.sort_unstable();
    values.dedup();
    affinity.push(NodeRequirement::In { key: product.to_owned(), values });
}
