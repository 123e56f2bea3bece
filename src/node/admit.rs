//! Admission: what the kubelet gives a bound pod, or why it turns it away.
//!
//! Source: `scheduler-kubelet.md` A4 and A8. A device plugin decides here; a claim was decided in the scheduling cycle,
//! and the kubelet keeps its word.

use crate::alloc::plugin::{PickError, pick};
use crate::base::{DeviceId, NodeId, SimRng};
use crate::model::ledger::WHOLE;
use crate::model::{DeviceShare, Inventory, Ledger, Part, Shape, ShapeDevices};

/// The part of `node` that a pod of `shape` takes in the books of scheduler and API server: counts, no identities.
pub fn counted_part(shape: &Shape, node: NodeId) -> Part {
    let extended = match &shape.devices {
        ShapeDevices::Extended(list) => list.clone(),
        _ => Vec::new(),
    };
    Part { pods: 1, cpu_milli: shape.cpu_milli, memory_bytes: shape.memory_bytes, extended, ..Part::empty(node) }
}

/// The part of `node` that a claim takes: whole devices.
pub fn claimed_part(node: NodeId, devices: &[DeviceId]) -> Part {
    let devices = devices.iter().map(|&device| DeviceShare { device, milli: WHOLE }).collect();
    Part { devices, ..Part::empty(node) }
}

/// What the kubelet gives: the counted part with the devices that it picked for extended resources. `rng` is the pod's
/// own stream.
pub fn admit(inventory: &Inventory, ledger: &Ledger, shape: &Shape, node: NodeId, rng: &mut SimRng) -> Result<Part, PickError> {
    let mut part = counted_part(shape, node);
    let mut devices = Vec::new();
    for &(resource, count) in &part.extended {
        pick(inventory, ledger, node, (resource, count), rng, &mut devices)?;
    }
    part.devices = devices.into_iter().map(|device| DeviceShare { device, milli: WHOLE }).collect();
    Ok(part)
}
