//! Which models of the cluster an ask accepts, and how many there are: what an operator reads off the cluster before
//! writing a pod.

use crate::base::{IdVec, ModelId};
use crate::model::fit::device_suits;
use crate::model::{DeviceAsk, Inventory};

/// Models of the cluster that satisfy an entry, ascending; all models of the kind if `blind`.
pub(super) fn accepted_models(inventory: &Inventory, entry: &DeviceAsk, blind: bool) -> Vec<ModelId> {
    let of_kind = |id: &ModelId| inventory.models[*id].kind == entry.kind;
    let suits = |id: &ModelId| {
        inventory.devices.iter_ids().find(|(_, d)| d.model == *id).is_some_and(|(d, _)| device_suits(inventory, entry, d))
    };
    inventory.models.ids().filter(of_kind).filter(|id| blind || suits(id)).collect()
}

/// How many devices of each model the cluster has.
pub(super) fn model_counts(inventory: &Inventory) -> IdVec<ModelId, u64> {
    let mut counts = IdVec::filled(0, inventory.models.len());
    for device in inventory.devices.iter() {
        counts[device.model] += 1;
    }
    counts
}
