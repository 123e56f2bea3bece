//! What the drivers of an inventory publish: one pool for each driver on each node, as node-local drivers do.

use crate::base::{DeviceId, NameId, NodeId, ProfileId, TraitsId};
use crate::model::dra::{NodeChoice, Profile, Published, Publisher, Slice, Traits};
use crate::model::{DeviceProfile, Inventory};

/// Most devices in one slice (`ResourceSliceMaxDevices`).
pub const SLICE_DEVICES_MAX: usize = 128;

/// Publishes every device of the inventory under its own id: slices follow the nodes, and on a node the drivers.
pub fn publish(inventory: &Inventory) -> Published {
    let mut publisher = Publisher::default();
    let profiles: Vec<ProfileId> = inventory.profiles.iter().map(|profile| intern(&mut publisher, profile)).collect();
    let traits = publisher.traits(Traits::default());
    for node in inventory.nodes.ids() {
        publish_node(inventory, node, &mut publisher, |profile| (profiles[profile.0 as usize], traits));
    }
    publisher.finish()
}

/// A slice as the driver of a node writes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NodeSlice<'i> {
    /// Name. Slices of a pool are tried in order of their names, so their numbers have leading zeros.
    pub name: String,
    /// Driver; its pool is named like the node.
    pub driver: &'i str,
    /// How many slices the pool has.
    pub slice_count: usize,
    /// Names and devices, in the allocator's order. A name is kind and position among the driver's devices: `gpu-0`.
    pub devices: Vec<(String, DeviceId)>,
}

/// The slices of one node: one pool for each driver, in the allocator's order.
pub fn node_slices(inventory: &Inventory, node: NodeId) -> Vec<NodeSlice<'_>> {
    let devices: Vec<DeviceId> = inventory.devices_of(node).collect();
    let driver_of = |device: &DeviceId| inventory.profiles[inventory.devices[*device].profile].driver.as_str();
    let node = &inventory.nodes[node].name;
    let mut slices = Vec::new();
    // Devices of one driver are neighbours, because the allocator's order begins with the driver.
    for of_driver in devices.chunk_by(|a, b| driver_of(a) == driver_of(b)) {
        let driver = driver_of(&of_driver[0]);
        let named = |(position, id): (usize, &DeviceId)| (format!("{}-{position}", inventory.kind_of(*id).name()), *id);
        let named: Vec<(String, DeviceId)> = of_driver.iter().enumerate().map(named).collect();
        let slice_count = named.len().div_ceil(SLICE_DEVICES_MAX);
        slices.extend(named.chunks(SLICE_DEVICES_MAX).enumerate().map(|(n, part)| NodeSlice {
            name: format!("{node}-{driver}-{n:04}"),
            driver,
            slice_count,
            devices: part.to_vec(),
        }));
    }
    slices
}

fn publish_node(
    inventory: &Inventory,
    node: NodeId,
    publisher: &mut Publisher,
    published_as: impl Fn(ProfileId) -> (ProfileId, TraitsId),
) {
    for NodeSlice { name, driver, slice_count, devices } in node_slices(inventory, node) {
        let row = |(name, id): &(String, DeviceId)| {
            let (profile, traits) = published_as(inventory.devices[*id].profile);
            (publisher.name(name), profile, traits)
        };
        let rows: Vec<(NameId, ProfileId, TraitsId)> = devices.iter().map(row).collect();
        let pool = publisher.name(&inventory.nodes[node].name);
        let slice = Slice {
            name: publisher.name(&name),
            driver: publisher.name(driver),
            pool,
            generation: 1,
            slice_count: slice_count as i64,
            nodes: NodeChoice { name: Some(pool), ..NodeChoice::default() },
            per_device_node_selection: None,
            counter_sets: Vec::new(),
            devices: 0..0,
            skip_node_operations: Vec::new(),
        };
        publisher.slice(slice, &rows);
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
