//! A device as expressions see it: attributes and capacities by domain and id.

use crate::base::{ProfileId, Quantity, Semver};
use crate::model::dra::{Profile, Published};
use crate::model::{AttrValue, DeviceProfile};
use crate::select::error::Failure;
use crate::select::quick::Facts;
use crate::select::value::{Measure, Text, Value};
use std::sync::Arc;

/// The values of one domain, ascending by id.
#[derive(Clone, Debug, Default)]
pub struct Ids<'p>(pub(in crate::select) Vec<(&'p str, Value<'p>)>);

/// Domains, ascending by name.
#[derive(Clone, Debug, Default)]
pub struct Domains<'p>(pub(in crate::select) Vec<(&'p str, Ids<'p>)>);

/// What `device` is in an expression. Made once per profile, used by many programs.
#[derive(Clone, Debug)]
pub struct Device<'p> {
    pub(in crate::select) driver: &'p str,
    pub(in crate::select) allow_multiple_allocations: bool,
    pub(in crate::select) attributes: Domains<'p>,
    pub(in crate::select) capacity: Domains<'p>,
    /// The same for the short way of evaluation.
    pub(in crate::select) facts: Facts<'p>,
    /// What makes every expression fail on this device, whether it looks there or not.
    pub(in crate::select) fault: Option<Failure>,
}

impl<'p> Device<'p> {
    /// A device without attributes.
    pub fn new(driver: &'p str, allow_multiple_allocations: bool) -> Device<'p> {
        let (attributes, capacity) = (Domains::default(), Domains::default());
        let facts = Facts::new(driver, allow_multiple_allocations);
        Device { driver, allow_multiple_allocations, attributes, capacity, facts, fault: None }
    }

    /// Adds the attribute `name`, which belongs to the driver's domain if it names none. An error is a fault of the whole
    /// device: upstream converts every attribute before it evaluates anything (`dra.md` 3.1).
    pub fn attribute(&mut self, name: &'p str, value: Result<Value<'p>, Failure>) {
        match value {
            Ok(value) => {
                let (domain, id) = self.qualified(name);
                self.facts.insert(false, domain, id, &value);
                self.attributes.insert(domain, id, value);
            }
            Err(failure) => {
                let text = format!("attribute {name}: {}", failure.text);
                self.fault.get_or_insert(Failure::fatal(text));
            }
        }
    }

    /// Adds the capacity `name`.
    pub fn capacity(&mut self, name: &'p str, value: &'p Quantity) {
        let (domain, id) = self.qualified(name);
        let value = Value::Quantity(Measure::Lent(value));
        self.facts.insert(true, domain, id, &value);
        self.capacity.insert(domain, id, value);
    }

    /// A name without a domain belongs to the driver's.
    fn qualified(&self, name: &'p str) -> (&'p str, &'p str) {
        name.split_once('/').unwrap_or((self.driver, name))
    }
}

impl<'p> From<&'p DeviceProfile> for Device<'p> {
    fn from(profile: &'p DeviceProfile) -> Device<'p> {
        let mut device = Device::new(&profile.driver, profile.allow_multiple_allocations);
        for (name, value) in &profile.attributes {
            device.attribute(name, attribute_value(value));
        }
        for (name, value) in &profile.capacity {
            device.capacity(name, value);
        }
        device
    }
}

impl<'p> Device<'p> {
    /// The device of a published profile. The stable allocator hides `allowMultipleAllocations` from selectors: it passes
    /// `shareable` false.
    pub fn published(published: &'p Published, profile: ProfileId, shareable: bool) -> Device<'p> {
        let Profile { driver, allow_multiple_allocations, attributes, capacity } = &published.profiles[profile];
        let mut device = Device::new(published.names.text(*driver), shareable && *allow_multiple_allocations);
        for id in attributes {
            let attribute = &published.attributes[*id];
            device.attribute(published.names.text(attribute.name), attribute_value(&attribute.value));
        }
        for id in capacity {
            let capacity = &published.capacities[*id];
            device.capacity(published.names.text(capacity.name), &capacity.value);
        }
        device
    }
}

/// What an attribute is in an expression.
fn attribute_value(value: &AttrValue) -> Result<Value<'_>, Failure> {
    Ok(match value {
        AttrValue::Int(value) => Value::Int(*value),
        AttrValue::Bool(value) => Value::Bool(*value),
        AttrValue::String(value) => Value::String(Text::Lent(value)),
        AttrValue::Version(value) => version(value)?,
        AttrValue::Ints(values) => Value::list(values.iter().map(|v| Value::Int(*v)).collect()),
        AttrValue::Bools(values) => Value::list(values.iter().map(|v| Value::Bool(*v)).collect()),
        AttrValue::Strings(values) => Value::list(values.iter().map(|v| Value::String(Text::Lent(v))).collect()),
        AttrValue::Versions(values) => Value::list(values.iter().map(|v| version(v)).collect::<Result<_, _>>()?),
        AttrValue::Nothing => return Err(Failure::new("unsupported attribute value")),
    })
}

/// A version attribute as a value.
pub fn version(text: &str) -> Result<Value<'static>, Failure> {
    match Semver::parse(text) {
        Ok(version) => Ok(Value::Semver(Arc::new(version))),
        Err(reason) => Err(Failure::new(format!("parse semantic version: {reason}"))),
    }
}

static NO_IDS: Ids<'static> = Ids(Vec::new());

impl<'p> Domains<'p> {
    fn insert(&mut self, domain: &'p str, id: &'p str, value: Value<'p>) {
        let at = match self.0.binary_search_by(|(have, _)| (*have).cmp(domain)) {
            Ok(at) => at,
            Err(at) => {
                self.0.insert(at, (domain, Ids::default()));
                at
            }
        };
        let ids = &mut self.0[at].1.0;
        match ids.binary_search_by(|(have, _)| (*have).cmp(id)) {
            Ok(at) => ids[at].1 = value,
            Err(at) => ids.insert(at, (id, value)),
        }
    }

    /// The ids of a domain; none if it is unknown or no text at all.
    pub fn get(&self, domain: Option<&str>) -> &Ids<'p> {
        let Some(domain) = domain else { return &NO_IDS };
        match self.0.binary_search_by(|(have, _)| (*have).cmp(domain)) {
            Ok(at) => &self.0[at].1,
            Err(_) => &NO_IDS,
        }
    }
}

impl<'p> Ids<'p> {
    /// The value under `id`.
    pub fn get(&self, id: &str) -> Option<&Value<'p>> {
        self.0.binary_search_by(|(have, _)| (*have).cmp(id)).ok().map(|at| &self.0[at].1)
    }
}
