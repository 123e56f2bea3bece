//! Which devices a kubelet takes for a count, under topology policy `none`.
//!
//! Upstream walks Go maps here, so within what the plugin prefers the choice is random: a keyed uniform choice stands for
//! it (`scheduler-kubelet.md` section 7).

use std::collections::BTreeSet;

use crate::alloc::plugin::preferred::{ENUMERABLE, preferred};
use crate::base::{DeviceId, NodeId, ResourceId, SimRng};
use crate::model::{Book, Inventory, Ledger};

/// Fewer devices are free on the node than were counted for it: the pod fails with `UnexpectedAdmissionError`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PickError {
    /// The resource.
    pub resource: ResourceId,
    /// How many were asked for.
    pub asked: i64,
    /// How many are free on the node.
    pub free: i64,
}

/// Resources whose plugin answers `GetPreferredAllocation` with go-gpuallocator's policy.
const BEST_EFFORT_RESOURCE: &str = "nvidia.com/gpu";

/// Picks `count` devices of `resource` on `node`, free in the kubelet's book and none of the `unhealthy` ones, and appends them
/// to `devices`.
pub fn pick(
    inventory: &Inventory,
    (ledger, unhealthy): (&Ledger, &BTreeSet<DeviceId>),
    node: NodeId,
    (resource, count): (ResourceId, i64),
    rng: &mut SimRng,
    devices: &mut Vec<DeviceId>,
) -> Result<(), PickError> {
    let is_candidate = |d: &DeviceId| {
        inventory.models[inventory.devices[*d].model].resource == resource
            && ledger.is_whole(Book::Node, *d)
            && !unhealthy.contains(d)
    };
    let mut free: Vec<DeviceId> = inventory.devices_of(node).filter(is_candidate).collect();
    let wanted = usize::try_from(count).expect("a request is not negative");
    if free.len() < wanted {
        return Err(PickError { resource, asked: count, free: free.len() as i64 });
    }
    if wanted == 0 {
        return Ok(());
    }
    // A single choice needs no order: every device or none is taken.
    if wanted < free.len() {
        rng.shuffle(&mut free);
    }
    if inventory.resources[resource] == BEST_EFFORT_RESOURCE && free.len() <= ENUMERABLE && wanted < free.len() {
        devices.extend(preferred(inventory, &free, wanted));
    } else {
        devices.extend(&free[..wanted]);
    }
    Ok(())
}
