//! Resource slices.

use std::collections::BTreeMap;

use crate::kube::node_selector::{NodeSelector, NodeSelectorOperator, NodeSelectorRequirement};
use crate::kube::object::At;
use crate::kube::slice::{Counter, Device, ResourceSliceSpec, SkipNodeOperation};
use crate::kube::validate::{Faults, capacity, device, names};
use crate::model::publish::SLICE_DEVICES_MAX;

/// Most devices where any of them has taints, draws from counters or has list attributes.
const DEVICES_ADVANCED_MAX: usize = 64;

/// Most counter sets of a slice.
const COUNTER_SETS_MAX: usize = 8;

/// Most counters of a set, and of what a device draws from it.
pub const COUNTERS_MAX: usize = 32;

/// `spec` of a slice.
pub fn spec(spec: &ResourceSliceSpec, at: &At<'_>, faults: &mut Faults) {
    faults.name(&at.key("driver"), &spec.driver, names::driver(&spec.driver));
    let pool = at.key("pool");
    faults.name(&pool.key("name"), &spec.pool.name, names::pool(&spec.pool.name));
    if spec.pool.generation < 0 {
        faults.invalid(&pool.key("generation"), format!("is {}", spec.pool.generation), "zero or more");
    }
    if spec.pool.resource_slice_count <= 0 {
        faults.invalid(&pool.key("resourceSliceCount"), format!("is {}", spec.pool.resource_slice_count), "above zero");
    }
    nodes(spec, at, faults);
    if !spec.devices.is_empty() && !spec.shared_counters.is_empty() {
        faults.invalid(
            at,
            "has both `devices` and `sharedCounters`",
            "one of them; the other goes into a slice of the same pool",
        );
    }
    let devices = at.key("devices");
    let is_advanced = |d: &Device| !d.taints.is_empty() || !d.consumes_counters.is_empty() || device::has_lists(d);
    let most = if spec.devices.iter().any(is_advanced) { DEVICES_ADVANCED_MAX } else { SLICE_DEVICES_MAX };
    faults.at_most(&devices, spec.devices.len(), most, "devices");
    faults.unique(&devices, Some("name"), spec.devices.iter().map(|device| device.name.as_str()));
    for (index, entry) in spec.devices.iter().enumerate() {
        device::device(entry, spec.per_device_node_selection == Some(true), &devices.index(index), faults);
    }
    counter_sets(spec, at, faults);
    if let Some(attribute) = &spec.partition_type_attribute {
        partition_type(attribute, spec, at, faults);
    }
    skipped(&spec.skip_node_operations, &at.key("skipNodeOperations"), faults);
}

/// Exactly one way to say which nodes can use the devices.
fn nodes(spec: &ResourceSliceSpec, at: &At<'_>, faults: &mut Faults) {
    if let Some(name) = &spec.node_name {
        faults.name(&at.key("nodeName"), name, names::dns_subdomain(name));
    }
    if let Some(selector) = &spec.node_selector {
        let at = at.key("nodeSelector");
        if selector.node_selector_terms.len() != 1 {
            faults.invalid(&at.key("nodeSelectorTerms"), format!("has {} terms", selector.node_selector_terms.len()), "one term");
        }
        node_selector(selector, &at, faults);
    }
    let flags = [("allNodes", spec.all_nodes), ("perDeviceNodeSelection", spec.per_device_node_selection)];
    for (key, flag) in flags {
        if flag == Some(false) {
            faults.invalid(&at.key(key), "is false", "true, or absent");
        }
    }
    let given = [
        spec.node_name.is_some(),
        spec.node_selector.is_some(),
        spec.all_nodes == Some(true),
        spec.per_device_node_selection == Some(true),
    ];
    one_of(&given, "`nodeName`, `nodeSelector`, `allNodes` and `perDeviceNodeSelection`", at, faults);
}

/// Complains unless one of the fields is set.
pub fn one_of(given: &[bool], names: &str, at: &At<'_>, faults: &mut Faults) {
    match given.iter().filter(|given| **given).count() {
        0 => faults.invalid(at, "does not say which nodes can use the devices", format!("exactly one of {names}")),
        1 => {}
        _ => faults.invalid(at, "says twice which nodes can use the devices", format!("exactly one of {names}")),
    }
}

/// Requirements of a node selector.
pub fn node_selector(selector: &NodeSelector, at: &At<'_>, faults: &mut Faults) {
    let terms = at.key("nodeSelectorTerms");
    if selector.node_selector_terms.is_empty() {
        faults.required(&terms);
    }
    for (index, term) in selector.node_selector_terms.iter().enumerate() {
        let at = terms.index(index);
        for (key, requirements) in [("matchExpressions", &term.match_expressions), ("matchFields", &term.match_fields)] {
            for (index, entry) in requirements.iter().enumerate() {
                requirement(entry, key == "matchFields", &at.key(key).index(index), faults);
            }
        }
    }
}

fn requirement(entry: &NodeSelectorRequirement, is_field: bool, at: &At<'_>, faults: &mut Faults) {
    use NodeSelectorOperator::{DoesNotExist, Exists, Gt, In, Lt, NotIn};
    let (values, count) = (at.key("values"), entry.values.len());
    if is_field {
        if entry.key != "metadata.name" {
            faults.invalid(&at.key("key"), format!("{:?} cannot be selected by", entry.key), "metadata.name");
        }
        match entry.operator {
            In | NotIn if count == 1 => {}
            In | NotIn => faults.invalid(&values, format!("has {count} values"), "one value"),
            ref other => faults.invalid(&at.key("operator"), format!("{:?} is not for fields", other.as_str()), "In or NotIn"),
        }
        return;
    }
    faults.name(&at.key("key"), &entry.key, names::label_key(&entry.key));
    match entry.operator {
        In | NotIn if count == 0 => faults.required(&values),
        Exists | DoesNotExist if count > 0 => faults.forbidden(&values, "Exists and DoesNotExist take no values"),
        Gt | Lt if count != 1 => faults.invalid(&values, format!("has {count} values"), "one value for Gt and Lt"),
        NodeSelectorOperator::Other(ref other) => faults.word(&at.key("operator"), other, NodeSelectorOperator::TEXTS),
        _ => {}
    }
}

fn counter_sets(spec: &ResourceSliceSpec, at: &At<'_>, faults: &mut Faults) {
    let sets = at.key("sharedCounters");
    faults.at_most(&sets, spec.shared_counters.len(), COUNTER_SETS_MAX, "counter sets");
    faults.unique(&sets, Some("name"), spec.shared_counters.iter().map(|set| set.name.as_str()));
    for (index, set) in spec.shared_counters.iter().enumerate() {
        let at = sets.index(index);
        faults.name(&at.key("name"), &set.name, names::dns_label(&set.name));
        counters(&set.counters, &at.key("counters"), faults);
    }
}

/// Counters of a set, or what a device draws from them.
pub fn counters(counters: &BTreeMap<String, Counter>, at: &At<'_>, faults: &mut Faults) {
    if counters.is_empty() {
        faults.required(at);
    }
    faults.at_most(at, counters.len(), COUNTERS_MAX, "counters");
    for (name, counter) in counters {
        faults.name(&at.key(name), name, names::dns_label(name));
        capacity::quantity(&counter.value, &at.key(name).key("value"), faults);
    }
}

/// Devices that draw from counters must have the attribute that names their type, as a text.
fn partition_type(attribute: &str, spec: &ResourceSliceSpec, at: &At<'_>, faults: &mut Faults) {
    let field = at.key("partitionTypeAttribute");
    faults.name(&field, attribute, names::fully_qualified(attribute));
    let bare = attribute.strip_prefix(&spec.driver).and_then(|rest| rest.strip_prefix('/'));
    let drawing = || spec.devices.iter().enumerate().filter(|(_, device)| !device.consumes_counters.is_empty());
    if drawing().next().is_none() {
        faults.invalid(&field, "no device of the slice draws from counters", "absent, or with such devices");
    }
    for (index, device) in drawing() {
        let value = device.attributes.get(attribute).or_else(|| device.attributes.get(bare?));
        if value.is_none_or(|value| value.string.is_none()) {
            faults.required(&at.key("devices").index(index).key("attributes").key(attribute));
        }
    }
}

fn skipped(operations: &[SkipNodeOperation], at: &At<'_>, faults: &mut Faults) {
    faults.unique(at, None, operations.iter().map(SkipNodeOperation::as_str));
    for (index, operation) in operations.iter().enumerate() {
        faults.word(&at.index(index), operation.as_str(), SkipNodeOperation::TEXTS);
    }
    let has = |operation| operations.contains(&operation);
    let ends = has(SkipNodeOperation::NodeUnprepareResources) || has(SkipNodeOperation::All);
    if has(SkipNodeOperation::NodePrepareResources) && !ends {
        faults.invalid(at, "skips NodePrepareResources alone", "NodeUnprepareResources or `*` as well");
    }
}
