//! What the drivers of an inventory publish: one pool for each driver on each node, as node-local drivers do.

use crate::base::{NameId, NodeId, ProfileId, TraitsId};
use crate::model::dra::{NodeChoice, Profile, Published, Publisher, Slice, Traits};
use crate::model::{DeviceProfile, Inventory};

/// Most devices in one slice (`ResourceSliceMaxDevices`).
pub const SLICE_DEVICES_MAX: usize = 128;

/// Publishes every device of the inventory under its own id: slices follow the nodes, and on a node the drivers. Devices
/// are named by kind and position among the driver's devices, such as `gpu-0`. Slices of a pool are tried in order of
/// their names, so their numbers have leading zeros.
pub fn publish(inventory: &Inventory) -> Published {
    let mut publisher = Publisher::default();
    let profiles: Vec<ProfileId> = inventory.profiles.iter().map(|profile| intern(&mut publisher, profile)).collect();
    let traits = publisher.traits(Traits::default());
    for node in inventory.nodes.ids() {
        publish_node(inventory, node, &mut publisher, |profile| (profiles[profile.0 as usize], traits));
    }
    publisher.finish()
}

fn publish_node(
    inventory: &Inventory,
    node: NodeId,
    publisher: &mut Publisher,
    published_as: impl Fn(ProfileId) -> (ProfileId, TraitsId),
) {
    let devices: Vec<_> = inventory.devices_of(node).collect();
    let driver_of = |device| &inventory.profiles[inventory.devices[device].profile].driver;
    let name = &inventory.nodes[node].name;
    for of_driver in devices.chunk_by(|a, b| driver_of(*a) == driver_of(*b)) {
        let driver = driver_of(of_driver[0]);
        let count = of_driver.len().div_ceil(SLICE_DEVICES_MAX);
        for (n, part) in of_driver.chunks(SLICE_DEVICES_MAX).enumerate() {
            let rows: Vec<(NameId, ProfileId, TraitsId)> = part
                .iter()
                .enumerate()
                .map(|(at, id)| {
                    let position = n * SLICE_DEVICES_MAX + at;
                    let name = publisher.name(&format!("{}-{position}", inventory.kind_of(*id).name()));
                    let (profile, traits) = published_as(inventory.devices[*id].profile);
                    (name, profile, traits)
                })
                .collect();
            let pool = publisher.name(name);
            let slice = Slice {
                name: publisher.name(&format!("{name}-{driver}-{n:04}")),
                driver: publisher.name(driver),
                pool,
                generation: 1,
                slice_count: count as i64,
                nodes: NodeChoice { name: Some(pool), ..NodeChoice::default() },
                per_device_node_selection: None,
                counter_sets: Vec::new(),
                devices: 0..0,
                skip_node_operations: Vec::new(),
            };
            publisher.slice(slice, &rows);
        }
    }
}

/// A profile in interned form. Names stay fully qualified, which selectors and constraints cannot tell from bare ones.
fn intern(publisher: &mut Publisher, profile: &DeviceProfile) -> ProfileId {
    let attributes = profile.attributes.iter().map(|(name, value)| publisher.attribute(name, value.clone())).collect();
    let capacity = profile.capacity.iter().map(|(name, value)| publisher.capacity(name, value.clone(), None)).collect();
    let driver = publisher.name(&profile.driver);
    publisher.profile(Profile { driver, allow_multiple_allocations: profile.allow_multiple_allocations, attributes, capacity })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fit::tests::gpu_node;

    #[test]
    fn every_device_is_published_under_its_own_id() {
        let inventory = gpu_node(&[(0, 0), (0, 1), (1, 2)]);
        let published = publish(&inventory);
        let names: Vec<&str> = published.device_ids().map(|id| published.device_name(id)).collect();
        assert_eq!(names, ["gpu-0", "gpu-1", "gpu-2"]);
        assert_eq!(published.slices.len(), 1);
        for (id, device) in inventory.devices.iter_ids() {
            let driver = &inventory.profiles[device.profile].driver;
            assert_eq!(published.names.text(published.profiles[published.devices[id].profile].driver), driver);
        }
    }
}
