//! Shapes as specifications of pods: one container that requests what the shape asks for.

use crate::base::{NameId, Names, ResourceId, ShapeId};
use crate::kube::core::requests::{DEFAULT_MEMORY, DEFAULT_MILLI_CPU};
use crate::model::core::{
    ContainerResources, Labels, NodeSelector, NodeSelectorTerm, Operator, PodAffinity, PodClaim, PodSpec, Requests, Requirement,
    Resources,
};
use crate::model::dra::{CountMode, Leaf, Request};
use crate::model::{DeviceKind, Inventory, NodeRequirement, Shape, ShapeDevices};

/// The namespace of all pods.
pub const NAMESPACE: &str = "default";

/// The specification of pods of a shape. What the shape does not ask for the container does not name, so scores take
/// defaults for it.
pub fn spec(inventory: &Inventory, (id, shape): (ShapeId, &Shape), names: &mut Names) -> PodSpec {
    let container =
        ContainerResources { name: names.intern("main"), is_sidecar: false, requests: named_requests(inventory, shape, names) };
    let has_claim = shape.devices.is_claim();
    let entry = has_claim.then(|| PodClaim { entry: names.intern("devices"), claim: None, is_template: true });
    PodSpec {
        namespace: names.intern(NAMESPACE),
        labels: Labels::default(),
        controller: None,
        priority: shape.priority,
        may_preempt: true,
        gates: Vec::new(),
        requests: requests(inventory, shape, names),
        init_containers: Vec::new(),
        containers: vec![container],
        overhead: Resources::default(),
        node_selector: Labels::default(),
        node_affinity: affinity(&shape.affinity, names),
        preferred_nodes: Vec::new(),
        affinity: PodAffinity::default(),
        anti_affinity: PodAffinity::default(),
        tolerations: Vec::new(),
        host_ports: Vec::new(),
        spread: Vec::new(),
        images: Vec::new(),
        claims: entry.into_iter().collect(),
        signature: Names::numbered(id.0),
        required_features: Vec::new(),
    }
}

fn requests(inventory: &Inventory, shape: &Shape, names: &mut Names) -> Requests {
    let mut total = Resources {
        milli_cpu: shape.cpu_milli,
        memory: shape.memory_bytes,
        devices: devices(inventory, &shape.devices),
        ..Resources::default()
    };
    if let ShapeDevices::Extended(list) = &shape.devices {
        for (resource, count) in list {
            total.add_scalar(names.intern(&inventory.resources[*resource]), *count);
        }
    }
    let or = |amount: i64, default: i64| if amount == 0 { default } else { amount };
    let non_zero = (or(total.milli_cpu, DEFAULT_MILLI_CPU), or(total.memory, DEFAULT_MEMORY));
    Requests { scored: Resources { milli_cpu: non_zero.0, memory: non_zero.1, ..total.clone() }, total, non_zero }
}

/// Requests by name, ascending by the text of the names.
fn named_requests(inventory: &Inventory, shape: &Shape, names: &mut Names) -> Vec<(NameId, Option<i64>)> {
    let whole_cpus = (shape.cpu_milli % 1000 == 0).then_some(shape.cpu_milli / 1000);
    let native = [("cpu", shape.cpu_milli, whole_cpus), ("memory", shape.memory_bytes, Some(shape.memory_bytes))];
    let native = native.into_iter().filter(|(_, asked, _)| *asked != 0).map(|(name, _, amount)| (name, amount));
    let extended: &[(ResourceId, i64)] = match &shape.devices {
        ShapeDevices::Extended(list) => list,
        _ => &[],
    };
    let extended = extended.iter().map(|(resource, count)| (inventory.resources[*resource].as_str(), Some(*count)));
    let mut all: Vec<(&str, Option<i64>)> = native.chain(extended).collect();
    all.sort_unstable();
    all.into_iter().map(|(name, amount)| (names.intern(name), amount)).collect()
}

/// How many devices of each kind are asked for.
fn devices(inventory: &Inventory, asked: &ShapeDevices) -> [i64; DeviceKind::ALL.len()] {
    let mut counts = [0; DeviceKind::ALL.len()];
    let mut add = |kind: Option<DeviceKind>, count: i64| {
        if let Some(kind) = kind {
            counts[kind as usize] += count;
        }
    };
    match asked {
        ShapeDevices::Extended(list) => {
            let kind_of = |resource| inventory.models.iter().find(|model| model.resource == resource).map(|model| model.kind);
            list.iter().for_each(|(resource, count)| add(kind_of(*resource), *count));
        }
        ShapeDevices::Claim(claim) => {
            let kind_of = |class: &str| inventory.models.iter().find(|model| model.class == class).map(|model| model.kind);
            let leaves = claim.requests.iter().flat_map(Request::leaves);
            leaves.for_each(|leaf| add(kind_of(&leaf.class.name), count(leaf)));
        }
        ShapeDevices::None | ShapeDevices::Share { .. } => {}
    }
    counts
}

/// How many devices a leaf counts for.
fn count(leaf: &Leaf) -> i64 {
    match leaf.mode {
        CountMode::Exact(count) => count,
        CountMode::All | CountMode::Other(_) => 0,
    }
}

fn affinity(all: &[NodeRequirement], names: &mut Names) -> Option<NodeSelector> {
    let expressions: Vec<Requirement> = all.iter().map(|requirement| self::requirement(requirement, names)).collect();
    let term = NodeSelectorTerm { expressions, fields: Vec::new() };
    (!all.is_empty()).then(|| NodeSelector { terms: vec![term] })
}

fn requirement(requirement: &NodeRequirement, names: &mut Names) -> Requirement {
    match requirement {
        NodeRequirement::In { key, values } => {
            let values: Vec<NameId> = values.iter().map(|value| names.intern(value)).collect();
            Requirement::new(names.intern(key), Operator::In, values)
        }
        NodeRequirement::Gt { key, value } => Requirement::new(names.intern(key), Operator::Gt(*value), []),
    }
}
