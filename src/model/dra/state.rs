//! What other claims hold (upstream's `AllocatedState`).

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{DeviceKeyId, NameId, Quantity};

/// Devices in use. Claims with admin access are not in here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AllocatedState {
    /// Devices held exclusively.
    pub dedicated: BTreeSet<DeviceKeyId>,
    /// How many shares of a device are recorded by share id.
    pub shares: BTreeMap<DeviceKeyId, BTreeSet<String>>,
    /// Sum over the shares of a device, by capacity name as published. A present empty map counts as "in use".
    pub consumed: BTreeMap<DeviceKeyId, BTreeMap<NameId, Quantity>>,
}

impl AllocatedState {
    /// True if the device is held in any way (`dra.md` 2.2), as counters and compatibility groups see it.
    pub fn holds(&self, device: DeviceKeyId) -> bool {
        self.dedicated.contains(&device) || self.is_shared(device)
    }

    /// True if shares of the device are recorded, with or without amounts.
    pub fn is_shared(&self, device: DeviceKeyId) -> bool {
        self.consumed.contains_key(&device) || self.shares.get(&device).is_some_and(|ids| !ids.is_empty())
    }
}
