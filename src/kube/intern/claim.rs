//! DeviceClasses and what ResourceClaims ask for.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::base::{ClassId, Findings, SelectorId};
use crate::kube;
use crate::kube::claim::{
    AllocationMode, CapacityRequirements, DeviceConstraint, DeviceDerivedAttribute, DeviceRequest, DeviceSelector,
    DeviceSubRequest, ExactDeviceRequest, OpaqueDeviceConfiguration,
};
use crate::kube::intern::builder::Interning;
use crate::kube::intern::path::Path;
use crate::kube::intern::selectors::SelectorKind;
use crate::kube::taint::DeviceToleration;
use crate::model::dra::{
    Asked, Claim, ClassRef, Config, Constraint, ConstraintKind, CountMode, DeviceClass, Leaf, Request, Toleration,
};

impl Interning {
    /// Adds a class. Of several with one name the first counts.
    pub fn class(&mut self, class: &kube::DeviceClass) -> ClassId {
        let selectors = self.selectors(&class.spec.selectors);
        let config = class.spec.config.iter().map(|config| opaque(config.opaque.as_ref())).collect();
        let name = class.metadata.name.clone();
        let id = self.classes.push(DeviceClass { name: name.clone(), selectors, config });
        *self.class_ids.entry(name).or_insert(id)
    }

    /// Adds a claim that is to be allocated, after those that came before.
    pub fn claim(&mut self, claim: &kube::ResourceClaim, at: &Path<'_>, findings: &mut Findings) {
        let claim = self.asked(claim, at, findings);
        self.claims.push(claim);
    }

    /// What a claim asks for.
    pub fn asked(&mut self, claim: &kube::ResourceClaim, at: &Path<'_>, findings: &mut Findings) -> Claim {
        let devices = &claim.spec.devices;
        let at = at.field("spec.devices.requests");
        let requests = devices.requests.iter().enumerate();
        let requests = requests.map(|(n, request)| self.request(request, &at.index(n), findings)).collect();
        let config = devices.config.iter();
        let config = config.map(|found| Config { requests: found.requests.clone(), body: opaque(found.opaque.as_ref()) });
        Claim {
            namespace: claim.metadata.namespace.clone(),
            name: claim.metadata.name.clone(),
            requests,
            constraints: devices.constraints.iter().map(constraint).collect(),
            config: config.collect(),
        }
    }

    fn request(&mut self, request: &DeviceRequest, at: &Path<'_>, findings: &mut Findings) -> Request {
        // Upstream looks for alternatives first.
        let asked = if !request.first_available.is_empty() {
            let at = at.field("firstAvailable");
            let alternatives = request.first_available.iter().enumerate();
            Asked::FirstAvailable(alternatives.map(|(n, found)| self.leaf(Part::of_sub(found), &at.index(n), findings)).collect())
        } else if let Some(exactly) = &request.exactly {
            Asked::Exactly(self.leaf(Part::of_exact(&request.name, exactly), &at.field("exactly"), findings))
        } else {
            Asked::Nothing
        };
        Request { name: request.name.clone(), asked }
    }

    fn leaf(&mut self, part: Part<'_>, at: &Path<'_>, findings: &mut Findings) -> Leaf {
        let at = at.field("capacity.requests");
        let amounts = |requirements: &CapacityRequirements, findings: &mut Findings| -> BTreeMap<_, _> {
            let amounts = requirements.requests.iter();
            amounts.map(|(name, amount)| (name.clone(), at.field(name).quantity(amount, findings))).collect()
        };
        let derived = part.derived.iter();
        let derived =
            derived.map(|found| (found.name.clone(), self.expression(SelectorKind::Derived, &found.expression))).collect();
        Leaf {
            name: part.name.to_owned(),
            class: ClassRef { name: part.class.to_owned(), id: self.class_ids.get(part.class).copied() },
            selectors: self.selectors(part.selectors),
            mode: part.mode,
            admin_access: part.admin_access,
            tolerations: part.tolerations.iter().map(toleration).collect(),
            capacity: part.capacity.map(|requirements| amounts(requirements, findings)),
            derived,
        }
    }

    fn selectors(&mut self, selectors: &[DeviceSelector]) -> Vec<Option<SelectorId>> {
        let id = |found: &DeviceSelector| found.cel.as_ref().map(|cel| self.expression(SelectorKind::Selector, &cel.expression));
        selectors.iter().map(id).collect()
    }
}

/// What exact requests and alternatives have in common.
struct Part<'a> {
    name: &'a str,
    class: &'a str,
    selectors: &'a [DeviceSelector],
    mode: CountMode,
    admin_access: Option<bool>,
    tolerations: &'a [DeviceToleration],
    capacity: Option<&'a CapacityRequirements>,
    derived: &'a [DeviceDerivedAttribute],
}

impl<'a> Part<'a> {
    fn of_exact(name: &'a str, found: &'a ExactDeviceRequest) -> Part<'a> {
        Part {
            name,
            class: &found.device_class_name,
            selectors: &found.selectors,
            mode: mode(found.allocation_mode.as_ref(), found.count),
            admin_access: found.admin_access,
            tolerations: &found.tolerations,
            capacity: found.capacity.as_ref(),
            derived: &found.derived_attributes,
        }
    }

    fn of_sub(found: &'a DeviceSubRequest) -> Part<'a> {
        Part {
            name: &found.name,
            class: &found.device_class_name,
            selectors: &found.selectors,
            mode: mode(found.allocation_mode.as_ref(), found.count),
            admin_access: None,
            tolerations: &found.tolerations,
            capacity: found.capacity.as_ref(),
            derived: &found.derived_attributes,
        }
    }
}

/// The allocator applies no defaults: an absent mode is one that it does not know, an absent count is 0.
fn mode(mode: Option<&AllocationMode>, count: Option<i64>) -> CountMode {
    match mode {
        Some(AllocationMode::ExactCount) => CountMode::Exact(count.unwrap_or(0)),
        Some(AllocationMode::All) => CountMode::All,
        Some(AllocationMode::Other(text)) => CountMode::Other(text.clone()),
        None => CountMode::Other(String::new()),
    }
}

fn toleration(found: &DeviceToleration) -> Toleration {
    Toleration {
        key: found.key.clone(),
        operator: found.operator.as_ref().map(ToString::to_string).unwrap_or_default(),
        value: found.value.clone(),
        effect: found.effect.as_ref().map(ToString::to_string).unwrap_or_default(),
        seconds: found.toleration_seconds,
    }
}

/// Where both attributes are set, upstream looks at `matchAttribute` first.
fn constraint(found: &DeviceConstraint) -> Constraint {
    let kind = match (&found.match_attribute, &found.distinct_attribute) {
        (Some(name), _) => ConstraintKind::Match(name.clone()),
        (None, Some(name)) => ConstraintKind::Distinct(name.clone()),
        (None, None) => ConstraintKind::Nothing,
    };
    Constraint { requests: found.requests.clone(), kind }
}

/// A configuration without its requests, as JSON text.
fn opaque(found: Option<&OpaqueDeviceConfiguration>) -> String {
    let mut body = Map::new();
    if let Some(found) = found {
        let mut opaque = Map::new();
        opaque.insert("driver".to_owned(), found.driver.as_str().into());
        opaque.insert("parameters".to_owned(), found.parameters.clone());
        body.insert("opaque".to_owned(), opaque.into());
    }
    Value::Object(body).to_string()
}
