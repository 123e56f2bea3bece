//! Devices: what selectors and constraints see of them, and the rest.

use std::collections::BTreeMap;

use crate::base::{Findings, NameId, Names, ProfileId, Quantity, TraitsId};
use crate::kube::intern::builder::Interning;
use crate::kube::intern::path::Path;
use crate::kube::intern::slice::node_choice;
use crate::kube::slice::{CapacityRequestPolicy, Counter, Device, DeviceAttribute};
use crate::model::AttrRef;
use crate::model::dra::{CounterUse, DeviceKey, Profile, RequestPolicy, Taint, Traits, ValidRange};

/// The taint of a DeviceTaintRule and which devices get it; what is absent matches all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct TaintRule {
    pub(super) driver: Option<String>,
    pub(super) pool: Option<String>,
    pub(super) device: Option<String>,
    pub(super) taint: Taint,
}

impl TaintRule {
    pub(super) fn matches(&self, names: &Names, key: DeviceKey) -> bool {
        let is = |wanted: &Option<String>, name: NameId| wanted.as_deref().is_none_or(|wanted| wanted == names.text(name));
        is(&self.driver, key.driver) && is(&self.pool, key.pool) && is(&self.device, key.device)
    }
}

impl Interning {
    /// The profile of a device that `driver` publishes.
    pub fn profile(&mut self, driver: &str, device: &Device, at: &Path<'_>, findings: &mut Findings) -> ProfileId {
        let attributes = device.attributes.iter();
        let attributes = attributes.map(|(name, attribute)| self.publisher.attribute_of(name, value(attribute))).collect();
        let mut capacity = Vec::with_capacity(device.capacity.len());
        for (name, found) in device.capacity.iter() {
            let at = at.field("capacity");
            let at = at.field(name);
            let amount = at.field("value").quantity(&found.value, findings);
            let policy = found.request_policy.as_ref().map(|found| policy(found, &at.field("requestPolicy"), findings));
            capacity.push(self.publisher.capacity(name, amount, policy));
        }
        let driver = self.publisher.name(driver);
        let allow_multiple_allocations = device.allow_multiple_allocations.unwrap_or(false);
        self.publisher.profile(Profile { driver, allow_multiple_allocations, attributes, capacity: capacity.into() })
    }

    /// What a device has beside its profile, without the taints of rules.
    pub(super) fn traits(&mut self, device: &Device, at: &Path<'_>, findings: &mut Findings) -> TraitsId {
        let mut consumes = Vec::with_capacity(device.consumes_counters.len());
        for (n, consumption) in device.consumes_counters.iter().enumerate() {
            let at = at.field("consumesCounters");
            let at = at.index(n);
            let groups = consumption.compatibility_groups.iter().map(|group| self.publisher.name(group)).collect();
            consumes.push(CounterUse {
                set: self.publisher.name(&consumption.counter_set),
                counters: self.counters(&consumption.counters, &at.field("counters"), findings),
                compatibility_groups: groups,
            });
        }
        let published = device.taints.iter().map(|taint| Taint {
            key: taint.key.clone(),
            value: taint.value.clone(),
            effect: taint.effect.to_string(),
        });
        let taints: Vec<Taint> = published.collect();
        let name = device.node_name.as_deref().map(|name| self.publisher.name(name));
        self.publisher.traits(Traits {
            consumes,
            nodes: node_choice(name, device.all_nodes, device.node_selector.as_ref()),
            taints,
            binds_to_node: device.binds_to_node.unwrap_or(false),
            binding_conditions: device.binding_conditions.clone(),
            binding_failure_conditions: device.binding_failure_conditions.clone(),
        })
    }

    /// Counters in order of their names.
    pub(super) fn counters(
        &mut self,
        counters: &BTreeMap<String, Counter>,
        at: &Path<'_>,
        findings: &mut Findings,
    ) -> Vec<(NameId, Quantity)> {
        let mut found = Vec::with_capacity(counters.len());
        for (name, counter) in counters {
            let amount = at.field(name).field("value").quantity(&counter.value, findings);
            found.push((self.publisher.name(name), amount));
        }
        found
    }
}

/// The value of an attribute. Where several are set, the first in the order in which upstream looks
/// (`dynamic-resource-allocation/cel/compile.go`).
fn value(attribute: &DeviceAttribute) -> AttrRef<'_> {
    let DeviceAttribute { int, bool, string, version, ints, bools, strings, versions } = attribute;
    let lists = (ints.as_deref().map(AttrRef::Ints))
        .or_else(|| bools.as_deref().map(AttrRef::Bools))
        .or_else(|| strings.as_deref().map(AttrRef::Strings))
        .or_else(|| versions.as_deref().map(AttrRef::Versions));
    lists
        .or_else(|| int.map(AttrRef::Int))
        .or_else(|| bool.map(AttrRef::Bool))
        .or_else(|| string.as_deref().map(AttrRef::String))
        .or_else(|| version.as_deref().map(AttrRef::Version))
        .unwrap_or(AttrRef::Nothing)
}

fn policy(policy: &CapacityRequestPolicy, at: &Path<'_>, findings: &mut Findings) -> RequestPolicy {
    let valid = at.field("validValues");
    let valid_values = policy.valid_values.iter().enumerate();
    let valid_values = valid_values.map(|(n, amount)| valid.index(n).quantity(amount, findings)).collect();
    let range = at.field("validRange");
    RequestPolicy {
        default: policy.default.as_ref().map(|amount| at.field("default").quantity(amount, findings)),
        valid_values,
        valid_range: policy.valid_range.as_ref().map(|bounds| ValidRange {
            min: bounds.min.as_ref().map(|amount| range.field("min").quantity(amount, findings)),
            max: bounds.max.as_ref().map(|amount| range.field("max").quantity(amount, findings)),
            step: bounds.step.as_ref().map(|amount| range.field("step").quantity(amount, findings)),
        }),
    }
}
