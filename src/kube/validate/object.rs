//! A whole object.

use crate::kube::kinds::Object;
use crate::kube::object::At;
use crate::kube::validate::{Fault, Faults, claim, class, names, slice, taint};

/// Everything that the API server would refuse about a new object. What has nothing to do with devices is taken as
/// it is.
pub fn validate(object: &Object) -> Vec<Fault> {
    let mut faults = Faults::default();
    let spec = At::Top.key("spec");
    match object {
        Object::ResourceSlice(slice) => slice::spec(&slice.spec, &spec, &mut faults),
        Object::DeviceClass(class) => class::spec(&class.spec, &spec, &mut faults),
        Object::ResourceClaim(claim) => claim::spec(&claim.spec, &spec, &mut faults),
        Object::ResourceClaimTemplate(template) => claim::spec(&template.spec.spec, &spec.key("spec"), &mut faults),
        Object::DeviceTaintRule(rule) => taint::rule(&rule.spec, &spec, &mut faults),
        _ => return Vec::new(),
    }
    let name = At::Top.key("metadata");
    let name = name.key("name");
    let meta = object.metadata();
    match meta.name.as_str() {
        "" if meta.generate_name.is_empty() => faults.required(&name),
        "" => {}
        text => faults.name(&name, text, names::dns_subdomain(text)),
    }
    faults.0
}
