//! All that drivers publish.

use crate::base::{AttributeId, CapacityId, DeviceId, DeviceKeyId, Id, IdVec, NameId, Names, ProfileId, SliceId, TraitsId};
use crate::model::dra::device::{Attribute, Capacity, Profile, Traits};
use crate::model::dra::slice::Slice;

/// The identity of a device (upstream's `DeviceID`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DeviceKey {
    /// Driver name.
    pub driver: NameId,
    /// Pool name.
    pub pool: NameId,
    /// Device name.
    pub device: NameId,
}

/// A device of a slice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Device {
    /// Who it is; its name is there.
    pub key: DeviceKeyId,
    /// Its slice.
    pub slice: SliceId,
    /// What selectors and constraints see of it.
    pub profile: ProfileId,
    /// The rest.
    pub traits: TraitsId,
}

/// Slices and their devices. Built by a [`crate::model::dra::Publisher`]; immutable.
#[derive(Clone, Debug, Default)]
pub struct Published {
    /// All names.
    pub names: Names,
    /// Distinct attributes.
    pub attributes: IdVec<AttributeId, Attribute>,
    /// Distinct capacities.
    pub capacities: IdVec<CapacityId, Capacity>,
    /// Distinct profiles.
    pub profiles: IdVec<ProfileId, Profile>,
    /// Distinct traits.
    pub traits: IdVec<TraitsId, Traits>,
    /// Slices in the order given to upstream.
    pub slices: IdVec<SliceId, Slice>,
    /// Devices, slice by slice.
    pub devices: IdVec<DeviceId, Device>,
    /// Identities. Claims may hold devices that nobody publishes any more, so there can be more than there are devices.
    pub keys: IdVec<DeviceKeyId, DeviceKey>,
}

impl Published {
    /// The devices of a slice, in list order.
    pub fn devices_of(&self, slice: SliceId) -> impl DoubleEndedIterator<Item = DeviceId> + ExactSizeIterator + use<> {
        let range = self.slices[slice].devices.clone();
        (range.start..range.end).map(DeviceId)
    }

    /// The name of a device.
    pub fn device_name(&self, device: DeviceId) -> &str {
        self.names.text(self.keys[self.devices[device].key].device)
    }

    /// `driver/pool/device`, as upstream prints a device.
    pub fn key_text(&self, key: DeviceKeyId) -> String {
        let DeviceKey { driver, pool, device } = self.keys[key];
        let text = |name| self.names.text(name);
        format!("{}/{}/{}", text(driver), text(pool), text(device))
    }

    /// The attribute of a profile with exactly this published name.
    pub fn attribute(&self, profile: ProfileId, name: NameId) -> Option<&Attribute> {
        let held = self.profiles[profile].attributes.iter();
        held.map(|id| &self.attributes[*id]).find(|attribute| attribute.name == name)
    }

    /// All devices, slice by slice.
    pub fn device_ids(&self) -> impl Iterator<Item = DeviceId> + use<> {
        (0..self.devices.len()).map(DeviceId::from_index)
    }
}
