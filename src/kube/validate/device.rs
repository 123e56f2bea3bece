//! Devices of a slice.

use crate::base::Semver;
use crate::kube::Amount;
use crate::kube::object::At;
use crate::kube::slice::{Device, DeviceAttribute, NodeAllocatableResource};
use crate::kube::validate::taint::TAINTS_MAX;
use crate::kube::validate::{Faults, capacity, names, slice, taint};

/// Most attributes and capacities of a device together.
const NAMES_MAX: usize = 32;

/// Most values of attributes, each item of a list counted.
const VALUES_MAX: usize = 48;

/// Most bytes of a text or version.
const VALUE_BYTES_MAX: usize = 64;

/// Most counter sets that a device draws from.
const CONSUMPTIONS_MAX: usize = 2;

/// Most compatibility groups of one of them.
const GROUPS_MAX: usize = 2;

/// Most conditions of either sort.
const CONDITIONS_MAX: usize = 4;

/// True if an attribute is a list.
pub fn has_lists(device: &Device) -> bool {
    let is_list = |a: &DeviceAttribute| a.ints.is_some() || a.bools.is_some() || a.strings.is_some() || a.versions.is_some();
    device.attributes.values().any(is_list)
}

/// A device; `says_nodes` if the slice leaves the choice of nodes to its devices.
pub fn device(device: &Device, says_nodes: bool, at: &At<'_>, faults: &mut Faults) {
    faults.name(&at.key("name"), &device.name, names::dns_label(&device.name));
    faults.at_most(at, device.attributes.len() + device.capacity.len(), NAMES_MAX, "attributes and capacities");
    let (mut values, attributes) = (0, at.key("attributes"));
    for (name, attribute) in device.attributes.iter() {
        let at = attributes.key(name);
        faults.name(&at, name, names::qualified(name));
        values += value(attribute, &at, faults);
    }
    faults.at_most(&attributes, values, VALUES_MAX, "values");
    for (name, entry) in device.capacity.iter() {
        let at = at.key("capacity");
        let at = at.key(name);
        faults.name(&at, name, names::qualified(name));
        capacity::capacity(entry, device.allow_multiple_allocations == Some(true), &at, faults);
    }
    consumptions(device, at, faults);
    nodes(device, says_nodes, at, faults);
    faults.at_most(&at.key("taints"), device.taints.len(), TAINTS_MAX, "taints");
    for (index, entry) in device.taints.iter().enumerate() {
        taint::taint(entry, &at.key("taints").index(index), faults);
    }
    conditions(device, at, faults);
    for (name, resource) in &device.node_allocatable_resources {
        node_resource(device, name, resource, &at.key("nodeAllocatableResources").key(name), faults);
    }
}

/// The value of an attribute; returns how many values it counts for.
fn value(attribute: &DeviceAttribute, at: &At<'_>, faults: &mut Faults) -> usize {
    let DeviceAttribute { int, bool, string, version, ints, bools, strings, versions } = attribute;
    let lists = [
        ints.as_ref().map(Vec::len),
        bools.as_ref().map(Vec::len),
        strings.as_ref().map(Vec::len),
        versions.as_ref().map(Vec::len),
    ];
    let single = [int.is_some(), bool.is_some(), string.is_some(), version.is_some()];
    let set = single.iter().filter(|set| **set).count() + lists.iter().flatten().count();
    if set != 1 {
        faults.invalid(at, format!("has {set} values"), "exactly one of int, bool, string, version and their lists");
    }
    for (key, length) in ["ints", "bools", "strings", "versions"].iter().zip(lists) {
        if length == Some(0) {
            faults.required(&at.key(key));
        }
    }
    if let Some(text) = string {
        faults.at_most(&at.key("string"), text.len(), VALUE_BYTES_MAX, "bytes");
    }
    for (index, text) in strings.iter().flatten().enumerate() {
        faults.at_most(&at.key("strings").index(index), text.len(), VALUE_BYTES_MAX, "bytes");
    }
    if let Some(text) = version {
        semver(text, &at.key("version"), faults);
    }
    for (index, text) in versions.iter().flatten().enumerate() {
        semver(text, &at.key("versions").index(index), faults);
    }
    set.min(1).max(lists.iter().flatten().sum())
}

fn semver(text: &str, at: &At<'_>, faults: &mut Faults) {
    faults.at_most(at, text.len(), VALUE_BYTES_MAX, "bytes");
    if Semver::parse(text).is_err() {
        faults.invalid(
            at,
            format!("{text:?} is no semantic version"),
            "three numbers without leading zeros or `v`, such as 1.2.3",
        );
    }
}

fn consumptions(device: &Device, at: &At<'_>, faults: &mut Faults) {
    let at = at.key("consumesCounters");
    faults.at_most(&at, device.consumes_counters.len(), CONSUMPTIONS_MAX, "counter sets");
    faults.unique(&at, Some("counterSet"), device.consumes_counters.iter().map(|entry| entry.counter_set.as_str()));
    for (index, entry) in device.consumes_counters.iter().enumerate() {
        let at = at.index(index);
        faults.name(&at.key("counterSet"), &entry.counter_set, names::dns_label(&entry.counter_set));
        slice::counters(&entry.counters, &at.key("counters"), faults);
        let groups = at.key("compatibilityGroups");
        faults.at_most(&groups, entry.compatibility_groups.len(), GROUPS_MAX, "groups");
        faults.unique(&groups, None, entry.compatibility_groups.iter().map(String::as_str));
        for (index, group) in entry.compatibility_groups.iter().enumerate() {
            faults.name(&groups.index(index), group, names::dns_label(group));
        }
    }
}

fn nodes(device: &Device, says_nodes: bool, at: &At<'_>, faults: &mut Faults) {
    if let Some(name) = &device.node_name {
        faults.name(&at.key("nodeName"), name, names::dns_subdomain(name));
    }
    if let Some(selector) = &device.node_selector {
        slice::node_selector(selector, &at.key("nodeSelector"), faults);
    }
    if device.all_nodes == Some(false) {
        faults.invalid(&at.key("allNodes"), "is false", "true, or absent");
    }
    let given = [device.node_name.is_some(), device.node_selector.is_some(), device.all_nodes == Some(true)];
    if says_nodes {
        slice::one_of(&given, "`nodeName`, `nodeSelector` and `allNodes`", at, faults);
    } else if given.contains(&true) {
        faults.forbidden(at, "a device names nodes only with perDeviceNodeSelection");
    }
}

fn conditions(device: &Device, at: &At<'_>, faults: &mut Faults) {
    let lists =
        [("bindingConditions", &device.binding_conditions), ("bindingFailureConditions", &device.binding_failure_conditions)];
    let length = |list: &Option<Vec<String>>| list.as_ref().map_or(0, Vec::len);
    for ((key, list), other) in lists.iter().zip([lists[1].1, lists[0].1]) {
        let field = at.key(key);
        faults.at_most(&field, length(list), CONDITIONS_MAX, "conditions");
        if length(list) == 0 && length(other) > 0 {
            faults.required(&field);
        }
        for (index, condition) in list.iter().flatten().enumerate() {
            faults.name(&field.index(index), condition, names::label_key(condition));
        }
    }
    let all = lists.iter().flat_map(|(_, list)| list.iter().flatten()).map(String::as_str);
    let mut twice = Faults::default();
    twice.unique(at, None, all);
    for fault in twice.0 {
        faults.add(fault.kind, &at.key("bindingConditions"), fault.text, "each condition once in both lists");
    }
}

fn node_resource(device: &Device, name: &str, resource: &NodeAllocatableResource, at: &At<'_>, faults: &mut Faults) {
    if name.contains('/') {
        faults.invalid(at, format!("{name:?} is an extended resource"), "a resource of the node, such as cpu or memory");
    }
    if resource.mapping.is_none() && resource.overhead.is_none() {
        faults.required(&at.key("mapping"));
    }
    let positive = |amount: Option<&Amount>, field: At<'_>, least: i32, faults: &mut Faults| {
        let quantity = amount.and_then(|amount| capacity::quantity(amount, &field, faults));
        if quantity.is_some_and(|quantity| quantity.sign() < least) {
            faults.invalid(&field, "is too small", if least > 0 { "above zero" } else { "zero or more" });
        }
    };
    if let Some(mapping) = &resource.mapping {
        let at = at.key("mapping");
        let by_capacity = (mapping.capacity_key.is_some(), mapping.capacity_multiplier.is_some());
        match (by_capacity, mapping.device_multiplier.is_some()) {
            ((true, true), false) | ((false, false), true) => {}
            _ => faults.invalid(&at, "mixes its two forms", "capacityKey with capacityMultiplier, or deviceMultiplier"),
        }
        if mapping.capacity_key.as_ref().is_some_and(|key| !device.capacity.contains_key(key)) {
            faults.invalid(&at.key("capacityKey"), "names no capacity of the device", "a capacity of the device");
        }
        positive(mapping.capacity_multiplier.as_ref(), at.key("capacityMultiplier"), 1, faults);
        positive(mapping.device_multiplier.as_ref(), at.key("deviceMultiplier"), 1, faults);
    }
    if let Some(overhead) = &resource.overhead {
        let at = at.key("overhead");
        if overhead.per_pod.is_none() && overhead.per_container.is_none() {
            faults.required(&at.key("perPod"));
        }
        positive(overhead.per_pod.as_ref(), at.key("perPod"), 0, faults);
        positive(overhead.per_container.as_ref(), at.key("perContainer"), 0, faults);
    }
}
