//! Building [`Published`], slice by slice.

use std::hash::Hash;

use crate::base::{
    AttributeId, CapacityId, DeviceId, DeviceKeyId, Id, IdVec, Interner, Lookup, NameId, Names, ProfileId, Quantity, SliceId,
    TraitsId, hash_of,
};
use crate::model::dra::device::{Attribute, Capacity, Profile, RequestPolicy, Taint, Traits};
use crate::model::dra::published::{Device, DeviceKey, Published};
use crate::model::dra::slice::Slice;
use crate::model::{AttrRef, AttrValue};

/// Interns what slices have in common while they are added one by one.
#[derive(Debug, Default)]
pub struct Publisher {
    published: Published,
    /// Made when the first thing is interned: most that is resumed only is read.
    ids: Option<Ids>,
}

/// Ids by what they stand for.
#[derive(Debug)]
struct Ids {
    attributes: Lookup<AttributeId>,
    capacities: Interner<CapacityId, Capacity>,
    profiles: Lookup<ProfileId>,
    traits: Interner<TraitsId, Traits>,
    keys: Lookup<DeviceKeyId>,
}

impl Ids {
    fn of(published: &Published) -> Ids {
        Ids {
            attributes: Lookup::of(&published.attributes, |own| hash_of(&(own.name, own.value.borrowed()))),
            capacities: Interner::of(&published.capacities),
            profiles: Lookup::of(&published.profiles, hash_of),
            traits: Interner::of(&published.traits),
            keys: Lookup::of(&published.keys, hash_of),
        }
    }
}

impl Publisher {
    /// Goes on where another publisher has finished.
    pub fn resume(published: Published) -> Publisher {
        Publisher { published, ids: None }
    }

    fn parts(&mut self) -> (&mut Published, &mut Ids) {
        let ids = self.ids.get_or_insert_with(|| Ids::of(&self.published));
        (&mut self.published, ids)
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
        self.attribute_of(name, value.borrowed())
    }

    /// The same for a value that is elsewhere: it is copied only if it is new.
    pub fn attribute_of(&mut self, name: &str, value: AttrRef<'_>) -> AttributeId {
        let name = self.name(name);
        let hash = hash_of(&(name, value));
        let (Published { attributes: known, .. }, ids) = self.parts();
        let is = |id| {
            let own: &Attribute = &known[id];
            own.name == name && own.value.borrowed() == value
        };
        ids.attributes.find(hash, is).unwrap_or_else(|| {
            let id = known.push(Attribute { name, value: value.into() });
            ids.attributes.add(hash, id);
            id
        })
    }

    /// The id of a capacity.
    pub fn capacity(&mut self, name: &str, value: Quantity, policy: Option<RequestPolicy>) -> CapacityId {
        let name = self.name(name);
        let (published, ids) = self.parts();
        ids.capacities.intern(&mut published.capacities, Capacity { name, value, policy })
    }

    /// The id of a profile. Attributes and capacities may come in any order.
    pub fn profile(&mut self, mut profile: Profile) -> ProfileId {
        let Published { names, attributes, capacities, .. } = &self.published;
        profile.attributes.sort_by(|a, b| names.text(attributes[*a].name).cmp(names.text(attributes[*b].name)));
        profile.capacity.sort_by(|a, b| names.text(capacities[*a].name).cmp(names.text(capacities[*b].name)));
        let (published, ids) = self.parts();
        intern(&mut ids.profiles, &mut published.profiles, profile)
    }

    /// The id of traits.
    pub fn traits(&mut self, traits: Traits) -> TraitsId {
        let (published, ids) = self.parts();
        ids.traits.intern(&mut published.traits, traits)
    }

    /// The id of a device identity, published or not.
    pub fn key(&mut self, driver: &str, pool: &str, device: &str) -> DeviceKeyId {
        let key = DeviceKey { driver: self.name(driver), pool: self.name(pool), device: self.name(device) };
        let (published, ids) = self.parts();
        intern(&mut ids.keys, &mut published.keys, key)
    }

    /// Adds a slice with its devices: names, profiles and traits in list order. `slice.devices` is set here.
    pub fn slice(&mut self, mut slice: Slice, devices: &[(NameId, ProfileId, TraitsId)]) -> SliceId {
        let (published, ids) = self.parts();
        let id = SliceId(published.slices.len() as u32);
        let start = published.devices.len() as u32;
        for &(name, profile, traits) in devices {
            let key = DeviceKey { driver: slice.driver, pool: slice.pool, device: name };
            let key = intern(&mut ids.keys, &mut published.keys, key);
            let _: DeviceId = published.devices.push(Device { key, slice: id, profile, traits });
        }
        slice.devices = start..start + devices.len() as u32;
        published.slices.push(slice)
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

/// The id of `value` in `values`, to which it is added if it is new.
fn intern<I: Id, T: Hash + PartialEq>(known: &mut Lookup<I>, values: &mut IdVec<I, T>, value: T) -> I {
    let hash = hash_of(&value);
    known.find(hash, |id| values[id] == value).unwrap_or_else(|| {
        let id = values.push(value);
        known.add(hash, id);
        id
    })
}
