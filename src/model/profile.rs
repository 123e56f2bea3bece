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
