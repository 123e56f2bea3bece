//! Admission: what the kubelet gives a bound pod, or why it turns it away.
//!
//! Source: `scheduler-kubelet.md` A4 and A8. A device plugin decides here; a claim was decided in the scheduling cycle,
//! and the kubelet keeps its word.

use std::collections::BTreeSet;

use crate::alloc::plugin::{PickError, pick};
use crate::base::{DeviceId, NodeId, SimRng};
use crate::model::ledger::WHOLE;
use crate::model::{Amounts, DeviceShare, Inventory, Ledger, Part, Shape, ShapeDevices};

/// What a pod of `shape` takes of its node in the books of scheduler and API server: counts, no identities.
pub fn counted(shape: &Shape) -> Amounts {
    let extended = match &shape.devices {
        ShapeDevices::Extended(list) => list.clone(),
        _ => Vec::new(),
    };
    Amounts { pods: 1, cpu_milli: shape.cpu_milli, memory_bytes: shape.memory_bytes, extended }
}

/// The part of `node` that a claim takes: whole devices.
pub fn claimed_part(node: NodeId, devices: &[DeviceId]) -> Part {
    Part::of_devices(node, whole(devices))
}

/// What the kubelet gives: the counted part with the devices that it picked for extended resources, none of which its plugin
/// calls unhealthy. `rng` is the pod's own stream.
pub fn admit(
    inventory: &Inventory,
    ledger: &Ledger,
    counted: &Part,
    unhealthy: &BTreeSet<DeviceId>,
    rng: &mut SimRng,
) -> Result<Part, PickError> {
    if counted.extended.is_empty() {
        return Ok(counted.clone());
    }
    let mut devices = Vec::new();
    for &(resource, count) in &counted.extended {
        pick(inventory, (ledger, unhealthy), counted.node, (resource, count), rng, &mut devices)?;
    }
    Ok(counted.clone().with(whole(&devices)))
}

fn whole(devices: &[DeviceId]) -> impl Iterator<Item = DeviceShare> {
    devices.iter().map(|&device| DeviceShare { device, milli: WHOLE })
}
