//! What a DRA driver publishes about a device (`resource.k8s.io/v1` Device, without its name).

use std::collections::BTreeMap;

use crate::base::Quantity;

/// The value of a device attribute (`resource.k8s.io/v1` DeviceAttribute).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum AttrValue {
    /// `int`
    Int(i64),
    /// `bool`
    Bool(bool),
    /// `string`
    String(String),
    /// `version`, a semantic version, compared as text by constraints and by precedence in CEL
    Version(String),
    /// `ints`
    Ints(Vec<i64>),
    /// `bools`
    Bools(Vec<bool>),
    /// `strings`
    Strings(Vec<String>),
    /// `versions`
    Versions(Vec<String>),
    /// Nothing is set, which makes every selector fail on the device.
    Nothing,
}

/// An [`AttrValue`] that is elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AttrRef<'a> {
    /// [`AttrValue::Int`]
    Int(i64),
    /// [`AttrValue::Bool`]
    Bool(bool),
    /// [`AttrValue::String`]
    String(&'a str),
    /// [`AttrValue::Version`]
    Version(&'a str),
    /// [`AttrValue::Ints`]
    Ints(&'a [i64]),
    /// [`AttrValue::Bools`]
    Bools(&'a [bool]),
    /// [`AttrValue::Strings`]
    Strings(&'a [String]),
    /// [`AttrValue::Versions`]
    Versions(&'a [String]),
    /// [`AttrValue::Nothing`]
    Nothing,
}

impl AttrValue {
    /// The same value, not copied.
    pub fn borrowed(&self) -> AttrRef<'_> {
        match self {
            AttrValue::Int(value) => AttrRef::Int(*value),
            AttrValue::Bool(value) => AttrRef::Bool(*value),
            AttrValue::String(value) => AttrRef::String(value),
            AttrValue::Version(value) => AttrRef::Version(value),
            AttrValue::Ints(values) => AttrRef::Ints(values),
            AttrValue::Bools(values) => AttrRef::Bools(values),
            AttrValue::Strings(values) => AttrRef::Strings(values),
            AttrValue::Versions(values) => AttrRef::Versions(values),
            AttrValue::Nothing => AttrRef::Nothing,
        }
    }
}

impl From<AttrRef<'_>> for AttrValue {
    fn from(value: AttrRef<'_>) -> AttrValue {
        match value {
            AttrRef::Int(value) => AttrValue::Int(value),
            AttrRef::Bool(value) => AttrValue::Bool(value),
            AttrRef::String(value) => AttrValue::String(value.to_owned()),
            AttrRef::Version(value) => AttrValue::Version(value.to_owned()),
            AttrRef::Ints(values) => AttrValue::Ints(values.to_vec()),
            AttrRef::Bools(values) => AttrValue::Bools(values.to_vec()),
            AttrRef::Strings(values) => AttrValue::Strings(values.to_vec()),
            AttrRef::Versions(values) => AttrValue::Versions(values.to_vec()),
            AttrRef::Nothing => AttrValue::Nothing,
        }
    }
}

/// What a driver publishes about a device. Devices that publish the same share one profile, so selectors are evaluated
/// once per (selector, profile) and not once per device.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct DeviceProfile {
    /// Driver name, such as `gpu.nvidia.com`. An attribute name without a domain belongs to it.
    pub driver: String,
    /// Attributes by fully qualified name (`domain/id`).
    pub attributes: BTreeMap<String, AttrValue>,
    /// Capacities by fully qualified name.
    pub capacity: BTreeMap<String, Quantity>,
    /// `allowMultipleAllocations`
    pub allow_multiple_allocations: bool,
}

impl DeviceProfile {
    /// The attribute `domain/id`, looked up as constraints do: the exact name first, then the bare id if the domain is
    /// the driver's own (`dra.md` 2.10; profiles are stored fully qualified, so one look is enough).
    pub fn attribute(&self, name: &str) -> Option<&AttrValue> {
        self.attributes.get(name)
    }
}
