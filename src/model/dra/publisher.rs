//! Building [`Published`], slice by slice.

use crate::base::{
    AttributeId, CapacityId, DeviceId, DeviceKeyId, Interner, NameId, Names, ProfileId, Quantity, SliceId, TraitsId,
};
use crate::model::AttrValue;
use crate::model::dra::device::{Attribute, Capacity, Profile, RequestPolicy, Taint, Traits};
use crate::model::dra::published::{Device, DeviceKey, Published};
use crate::model::dra::slice::Slice;

/// Interns what slices have in common while they are added one by one.
#[derive(Debug, Default)]
pub struct Publisher {
    published: Published,
    attributes: Interner<AttributeId, Attribute>,
    capacities: Interner<CapacityId, Capacity>,
    profiles: Interner<ProfileId, Profile>,
    traits: Interner<TraitsId, Traits>,
    keys: Interner<DeviceKeyId, DeviceKey>,
}

impl Publisher {
    /// Goes on where another publisher has finished.
    pub fn resume(published: Published) -> Publisher {
        Publisher {
            attributes: Interner::of(&published.attributes),
            capacities: Interner::of(&published.capacities),
            profiles: Interner::of(&published.profiles),
            traits: Interner::of(&published.traits),
            keys: Interner::of(&published.keys),
            published,
        }
    }

    /// What has been published so far.
    pub fn published(&self) -> &Published {
        &self.published
    }

    /// The id of a name.
    pub fn name(&mut self, text: &str) -> NameId {
        self.published.names.intern(text)
    }

    /// The id of an attribute.
    pub fn attribute(&mut self, name: &str, value: AttrValue) -> AttributeId {
        let name = self.name(name);
        self.attributes.intern(&mut self.published.attributes, Attribute { name, value })
    }

    /// The id of a capacity.
    pub fn capacity(&mut self, name: &str, value: Quantity, policy: Option<RequestPolicy>) -> CapacityId {
        let name = self.name(name);
        self.capacities.intern(&mut self.published.capacities, Capacity { name, value, policy })
    }

    /// The id of a profile. Attributes and capacities may come in any order.
    pub fn profile(&mut self, mut profile: Profile) -> ProfileId {
        let Published { names, attributes, capacities, .. } = &self.published;
        profile.attributes.sort_by(|a, b| names.text(attributes[*a].name).cmp(names.text(attributes[*b].name)));
        profile.capacity.sort_by(|a, b| names.text(capacities[*a].name).cmp(names.text(capacities[*b].name)));
        self.profiles.intern(&mut self.published.profiles, profile)
    }

    /// The id of traits.
    pub fn traits(&mut self, traits: Traits) -> TraitsId {
        self.traits.intern(&mut self.published.traits, traits)
    }

    /// The id of a device identity, published or not.
    pub fn key(&mut self, driver: &str, pool: &str, device: &str) -> DeviceKeyId {
        let key = DeviceKey { driver: self.name(driver), pool: self.name(pool), device: self.name(device) };
        self.keys.intern(&mut self.published.keys, key)
    }

    /// Adds a slice with its devices: names, profiles and traits in list order. `slice.devices` is set here.
    pub fn slice(&mut self, mut slice: Slice, devices: &[(NameId, ProfileId, TraitsId)]) -> SliceId {
        let id = SliceId(self.published.slices.len() as u32);
        let start = self.published.devices.len() as u32;
        for &(name, profile, traits) in devices {
            let key = DeviceKey { driver: slice.driver, pool: slice.pool, device: name };
            let key = self.keys.intern(&mut self.published.keys, key);
            let _: DeviceId = self.published.devices.push(Device { key, slice: id, profile, traits });
        }
        slice.devices = start..start + devices.len() as u32;
        self.published.slices.push(slice)
    }

    /// Appends taints to the devices that are published: to each those that `of` gives for its identity.
    pub fn taint(&mut self, of: impl Fn(&Names, DeviceKey) -> Vec<Taint>) {
        for at in 0..self.published.devices.len() {
            let device = self.published.devices.as_slice()[at];
            let taints = of(&self.published.names, self.published.keys[device.key]);
            if taints.is_empty() {
                continue;
            }
            let mut traits = self.published.traits[device.traits].clone();
            traits.taints.extend(taints);
            let traits = self.traits(traits);
            self.published.devices.as_mut_slice()[at].traits = traits;
        }
    }

    /// What has been published.
    pub fn finish(self) -> Published {
        self.published
    }
}
