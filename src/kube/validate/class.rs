//! Device classes, and what they share with claims: selectors and configurations.

use serde_json::Value;

use crate::kube::claim::{DeviceClassSpec, DeviceSelector, OpaqueDeviceConfiguration};
use crate::kube::object::At;
use crate::kube::validate::{FaultKind, Faults, names};

/// Most selectors, configurations, requests and constraints.
pub const ENTRIES_MAX: usize = 32;

/// Most bytes of a CEL expression, and of the parameters of a driver.
pub const TEXT_BYTES_MAX: usize = 10 * 1024;

/// `spec` of a class.
pub fn spec(spec: &DeviceClassSpec, at: &At<'_>, faults: &mut Faults) {
    selectors(&spec.selectors, &at.key("selectors"), faults);
    let config = at.key("config");
    faults.at_most(&config, spec.config.len(), ENTRIES_MAX, "entries");
    for (index, entry) in spec.config.iter().enumerate() {
        opaque(entry.opaque.as_ref(), &config.index(index).key("opaque"), faults);
    }
    if let Some(name) = &spec.extended_resource_name {
        faults.name(&at.key("extendedResourceName"), name, names::extended_resource(name));
    }
}

/// The selectors of a class or request.
pub fn selectors(selectors: &[DeviceSelector], at: &At<'_>, faults: &mut Faults) {
    faults.at_most(at, selectors.len(), ENTRIES_MAX, "entries");
    for (index, selector) in selectors.iter().enumerate() {
        let at = at.index(index);
        let at = at.key("cel");
        match &selector.cel {
            None => faults.required(&at),
            Some(cel) => expression(&cel.expression, &at.key("expression"), faults),
        }
    }
}

/// A CEL expression, as a text.
pub fn expression(text: &str, at: &At<'_>, faults: &mut Faults) {
    if text.is_empty() {
        faults.required(at);
    }
    faults.at_most(at, text.len(), TEXT_BYTES_MAX, "bytes");
}

/// What a driver is told.
pub fn opaque(opaque: Option<&OpaqueDeviceConfiguration>, at: &At<'_>, faults: &mut Faults) {
    let Some(opaque) = opaque else { return faults.required(at) };
    faults.name(&at.key("driver"), &opaque.driver, names::driver(&opaque.driver));
    let at = at.key("parameters");
    match &opaque.parameters {
        Value::Null => faults.required(&at),
        Value::Object(_) => {
            let length = serde_json::to_string(&opaque.parameters).map_or(0, |text| text.len());
            faults.at_most(&at, length, TEXT_BYTES_MAX, "bytes");
        }
        _ => faults.add(FaultKind::Invalid, &at, "is no JSON object", "a JSON object"),
    }
}
