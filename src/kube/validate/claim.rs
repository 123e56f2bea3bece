//! Claims and their templates.

use crate::kube::claim::{
    AllocationMode, CapacityRequirements, DeviceClaim, DeviceConstraint, DeviceDerivedAttribute, DeviceRequest, DeviceSelector,
    ResourceClaimSpec,
};
use crate::kube::object::At;
use crate::kube::taint::DeviceToleration;
use crate::kube::validate::class::{ENTRIES_MAX, expression, opaque, selectors};
use crate::kube::validate::{Faults, capacity, names, taint};

/// Most alternatives of a request.
const ALTERNATIVES_MAX: usize = 8;

/// `spec` of a claim.
pub fn spec(spec: &ResourceClaimSpec, at: &At<'_>, faults: &mut Faults) {
    let (claim, at) = (&spec.devices, at.key("devices"));
    let requests = at.key("requests");
    faults.at_most(&requests, claim.requests.len(), ENTRIES_MAX, "entries");
    faults.unique(&requests, Some("name"), claim.requests.iter().map(|request| request.name.as_str()));
    for (index, entry) in claim.requests.iter().enumerate() {
        request(entry, &requests.index(index), faults);
    }
    let constraints = at.key("constraints");
    faults.at_most(&constraints, claim.constraints.len(), ENTRIES_MAX, "entries");
    for (index, entry) in claim.constraints.iter().enumerate() {
        constraint(entry, claim, &constraints.index(index), faults);
    }
    let config = at.key("config");
    faults.at_most(&config, claim.config.len(), ENTRIES_MAX, "entries");
    for (index, entry) in claim.config.iter().enumerate() {
        let at = config.index(index);
        references(&entry.requests, claim, &at.key("requests"), faults);
        opaque(entry.opaque.as_ref(), &at.key("opaque"), faults);
    }
    derived_are_used(claim, &requests, faults);
}

/// The fields that both forms of a request have.
struct Leaf<'a> {
    class: &'a str,
    selectors: &'a [DeviceSelector],
    mode: Option<&'a AllocationMode>,
    count: Option<i64>,
    tolerations: &'a [DeviceToleration],
    capacity: Option<&'a CapacityRequirements>,
    derived: &'a [DeviceDerivedAttribute],
}

/// Shows each leaf of a request with the name that it has as an alternative, and its place.
fn each_leaf<'a>(request: &'a DeviceRequest, at: &At<'_>, mut show: impl FnMut(Option<&'a str>, &At<'_>, Leaf<'a>)) {
    if let Some(exact) = &request.exactly {
        let leaf = Leaf {
            class: &exact.device_class_name,
            selectors: &exact.selectors,
            mode: exact.allocation_mode.as_ref(),
            count: exact.count,
            tolerations: &exact.tolerations,
            capacity: exact.capacity.as_ref(),
            derived: &exact.derived_attributes,
        };
        show(None, &at.key("exactly"), leaf);
    }
    for (index, sub) in request.first_available.iter().enumerate() {
        let leaf = Leaf {
            class: &sub.device_class_name,
            selectors: &sub.selectors,
            mode: sub.allocation_mode.as_ref(),
            count: sub.count,
            tolerations: &sub.tolerations,
            capacity: sub.capacity.as_ref(),
            derived: &sub.derived_attributes,
        };
        show(Some(&sub.name), &at.key("firstAvailable").index(index), leaf);
    }
}

fn request(request: &DeviceRequest, at: &At<'_>, faults: &mut Faults) {
    faults.name(&at.key("name"), &request.name, names::dns_label(&request.name));
    match (&request.exactly, request.first_available.is_empty()) {
        (None, true) => faults.required(&at.key("exactly")),
        (Some(_), false) => faults.invalid(at, "has both `exactly` and `firstAvailable`", "exactly one of them"),
        _ => {}
    }
    let alternatives = at.key("firstAvailable");
    faults.at_most(&alternatives, request.first_available.len(), ALTERNATIVES_MAX, "entries");
    faults.unique(&alternatives, Some("name"), request.first_available.iter().map(|sub| sub.name.as_str()));
    each_leaf(request, at, |name, at, found| {
        if let Some(name) = name {
            faults.name(&at.key("name"), name, names::dns_label(name));
        }
        leaf(&found, at, faults);
    });
}

fn leaf(leaf: &Leaf<'_>, at: &At<'_>, faults: &mut Faults) {
    faults.name(&at.key("deviceClassName"), leaf.class, names::dns_subdomain(leaf.class));
    selectors(leaf.selectors, &at.key("selectors"), faults);
    let count = at.key("count");
    match leaf.mode {
        // The API server sets what is absent: ExactCount, and 1.
        None | Some(AllocationMode::ExactCount) => {
            if leaf.count.is_some_and(|n| n < 0) || (leaf.mode.is_some() && leaf.count == Some(0)) {
                faults.invalid(&count, format!("is {}", leaf.count.unwrap_or(0)), "above zero for ExactCount");
            }
        }
        Some(AllocationMode::All) => {
            if leaf.count.is_some_and(|n| n != 0) {
                faults.invalid(&count, "is given", "absent for allocationMode All");
            }
        }
        Some(other) => faults.word(&at.key("allocationMode"), other.as_str(), AllocationMode::TEXTS),
    }
    taint::tolerations(leaf.tolerations, &at.key("tolerations"), faults);
    if let Some(wanted) = leaf.capacity {
        let at = at.key("capacity");
        let at = at.key("requests");
        for (name, amount) in &wanted.requests {
            faults.name(&at.key(name), name, names::qualified(name));
            capacity::quantity(amount, &at.key(name), faults);
        }
    }
    let derived = at.key("derivedAttributes");
    faults.at_most(&derived, leaf.derived.len(), ENTRIES_MAX, "entries");
    faults.unique(&derived, Some("name"), leaf.derived.iter().map(|attribute| attribute.name.as_str()));
    for (index, attribute) in leaf.derived.iter().enumerate() {
        let at = derived.index(index);
        faults.name(&at.key("name"), &attribute.name, names::fully_qualified(&attribute.name));
        expression(&attribute.expression, &at.key("expression"), faults);
    }
}

fn constraint(constraint: &DeviceConstraint, claim: &DeviceClaim, at: &At<'_>, faults: &mut Faults) {
    references(&constraint.requests, claim, &at.key("requests"), faults);
    let attributes = [("matchAttribute", &constraint.match_attribute), ("distinctAttribute", &constraint.distinct_attribute)];
    match attributes.iter().filter(|(_, attribute)| attribute.is_some()).count() {
        0 => faults.required(&at.key("matchAttribute")),
        1 => {}
        _ => faults.invalid(at, "has both `matchAttribute` and `distinctAttribute`", "exactly one of them"),
    }
    for (key, attribute) in attributes {
        if let Some(name) = attribute {
            faults.name(&at.key(key), name, names::fully_qualified(name));
        }
    }
}

/// References to requests, as `request` or `request/alternative`.
fn references(references: &[String], claim: &DeviceClaim, at: &At<'_>, faults: &mut Faults) {
    faults.at_most(at, references.len(), ENTRIES_MAX, "entries");
    faults.unique(at, None, references.iter().map(String::as_str));
    for (index, reference) in references.iter().enumerate() {
        let (name, sub) = reference.split_once('/').map_or((reference.as_str(), None), |(name, sub)| (name, Some(sub)));
        let request = claim.requests.iter().find(|request| request.name == name);
        let found = request.is_some_and(|request| {
            sub.is_none_or(|sub| request.first_available.iter().any(|alternative| alternative.name == sub))
        });
        if !found {
            let help = "the name of a request of this claim, or `request/alternative`";
            faults.invalid(&at.index(index), format!("{reference:?} names no request"), help);
        }
    }
}

/// Every derived attribute must be used by a constraint on its leaf.
fn derived_are_used(claim: &DeviceClaim, requests: &At<'_>, faults: &mut Faults) {
    for (index, request) in claim.requests.iter().enumerate() {
        each_leaf(request, &requests.index(index), |sub, at, leaf| {
            let is_own = |reference: &String| {
                *reference == request.name || sub.is_some_and(|sub| *reference == format!("{}/{sub}", request.name))
            };
            for (index, attribute) in leaf.derived.iter().enumerate() {
                let used = claim.constraints.iter().any(|constraint| {
                    let names = [&constraint.match_attribute, &constraint.distinct_attribute];
                    let covers = constraint.requests.is_empty() || constraint.requests.iter().any(is_own);
                    covers && names.into_iter().flatten().any(|name| *name == attribute.name)
                });
                if !used {
                    let text = format!("{:?} is used by no constraint", attribute.name);
                    let at = at.key("derivedAttributes");
                    faults.invalid(&at.index(index).key("name"), text, "a constraint on this request");
                }
            }
        });
    }
}
