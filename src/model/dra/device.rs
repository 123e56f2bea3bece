//! What a driver publishes about one device, in parts that many devices share.

use std::cmp::Ordering;

use crate::base::{AttributeId, CapacityId, NameId, Quantity};
use crate::model::AttrValue;
use crate::model::dra::node::NodeChoice;

/// An attribute as published. Interned: devices with an equal attribute share one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Attribute {
    /// The name as written: `id`, which belongs to the driver's domain, or `domain/id`.
    pub name: NameId,
    /// Its value.
    pub value: AttrValue,
}

/// A capacity as published. Interned by spelling, since CEL's `isInteger` and a policy's default see the spelling.
#[derive(Clone, Debug)]
pub struct Capacity {
    /// The name as written: `id` or `domain/id`.
    pub name: NameId,
    /// `value`
    pub value: Quantity,
    /// `requestPolicy`
    pub policy: Option<RequestPolicy>,
}

/// How requests for a capacity of a shareable device are rounded and checked (KEP-5075).
#[derive(Clone, Debug, Default)]
pub struct RequestPolicy {
    /// `default`: consumed by requests that do not name the capacity.
    pub default: Option<Quantity>,
    /// `validValues`, ascending.
    pub valid_values: Vec<Quantity>,
    /// `validRange`
    pub valid_range: Option<ValidRange>,
}

/// The range of amounts that may be consumed.
#[derive(Clone, Debug, Default)]
pub struct ValidRange {
    /// `min`
    pub min: Option<Quantity>,
    /// `max`
    pub max: Option<Quantity>,
    /// `step`
    pub step: Option<Quantity>,
}

/// What selectors and constraints see of a device. Devices that publish the same share one, so that selectors are
/// evaluated once per (selector, profile).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Profile {
    /// Driver of the slice.
    pub driver: NameId,
    /// `allowMultipleAllocations`; absent is false.
    pub allow_multiple_allocations: bool,
    /// Attributes, ascending by the text of their names.
    pub attributes: Box<[AttributeId]>,
    /// Capacities, ascending by the text of their names.
    pub capacity: Box<[CapacityId]>,
}

/// What a device has beside its profile. Most devices have the default.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Traits {
    /// `consumesCounters`
    pub consumes: Vec<CounterUse>,
    /// `nodeName`, `nodeSelector`, `allNodes` of the device; they count if the slice has `perDeviceNodeSelection`.
    pub nodes: NodeChoice,
    /// `taints`, those of DeviceTaintRules after the published ones.
    pub taints: Vec<Taint>,
    /// `bindsToNode`
    pub binds_to_node: bool,
    /// `bindingConditions`; a present empty list also sends the pool to the back.
    pub binding_conditions: Option<Vec<String>>,
    /// `bindingFailureConditions`
    pub binding_failure_conditions: Option<Vec<String>>,
}

/// What a device draws from one counter set of its pool (KEP-4815).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct CounterUse {
    /// `counterSet`
    pub set: NameId,
    /// `counters`, ascending by the text of their names.
    pub counters: Vec<(NameId, Quantity)>,
    /// `compatibilityGroups` (KEP-5963).
    pub compatibility_groups: Vec<NameId>,
}

/// A device taint (KEP-5055).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Taint {
    /// `key`
    pub key: String,
    /// `value`; absent is empty.
    pub value: String,
    /// `effect`: `NoSchedule` and `NoExecute` keep devices from being allocated, anything else does not.
    pub effect: String,
}

/// Two optional quantities by spelling.
fn cmp_spelling(a: Option<&Quantity>, b: Option<&Quantity>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.cmp_representation(b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

fn cmp_lists(a: &[Quantity], b: &[Quantity]) -> Ordering {
    let pairs = a.iter().zip(b).map(|(a, b)| a.cmp_representation(b));
    pairs.fold(Ordering::Equal, Ordering::then).then(a.len().cmp(&b.len()))
}

impl Ord for ValidRange {
    fn cmp(&self, other: &Self) -> Ordering {
        cmp_spelling(self.min.as_ref(), other.min.as_ref())
            .then_with(|| cmp_spelling(self.max.as_ref(), other.max.as_ref()))
            .then_with(|| cmp_spelling(self.step.as_ref(), other.step.as_ref()))
    }
}

impl Ord for RequestPolicy {
    fn cmp(&self, other: &Self) -> Ordering {
        cmp_spelling(self.default.as_ref(), other.default.as_ref())
            .then_with(|| cmp_lists(&self.valid_values, &other.valid_values))
            .then_with(|| self.valid_range.cmp(&other.valid_range))
    }
}

impl Ord for Capacity {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.name.cmp(&other.name))
            .then_with(|| self.value.cmp_representation(&other.value))
            .then_with(|| self.policy.cmp(&other.policy))
    }
}

macro_rules! equal_as_ordered {
    ($($name:ty),*) => {$(
        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.cmp(other) == Ordering::Equal
            }
        }
        impl Eq for $name {}
    )*};
}
equal_as_ordered!(ValidRange, RequestPolicy, Capacity);
