//! A whole object.

use crate::kube::kinds::Object;
use crate::kube::label_selector::LabelSelector;
use crate::kube::neighbours::PriorityClass;
use crate::kube::object::At;
use crate::kube::validate::{Fault, Faults, claim, class, names, pod, selectors, slice, taint};

/// Everything that the API server would refuse about a new object, as far as devices and scheduling are concerned.
pub fn validate(object: &Object) -> Vec<Fault> {
    let mut faults = Faults::default();
    let spec = At::Top.key("spec");
    match object {
        Object::ResourceSlice(slice) => slice::spec(&slice.spec, &spec, &mut faults),
        Object::DeviceClass(class) => class::spec(&class.spec, &spec, &mut faults),
        Object::ResourceClaim(claim) => claim::spec(&claim.spec, &spec, &mut faults),
        Object::ResourceClaimTemplate(template) => claim::spec(&template.spec.spec, &spec.key("spec"), &mut faults),
        Object::DeviceTaintRule(rule) => taint::rule(&rule.spec, &spec, &mut faults),
        Object::Node(node) => pod::taints(&node.spec.taints, &spec.key("taints"), &mut faults),
        Object::Pod(pod) => pod::spec(&pod.spec, &spec, &mut faults),
        Object::PodDisruptionBudget(budget) => selector(budget.spec.selector.as_ref(), &spec, &mut faults),
        Object::ReplicaSet(set) => selector(set.spec.selector.as_ref(), &spec, &mut faults),
        Object::StatefulSet(set) => selector(set.spec.selector.as_ref(), &spec, &mut faults),
        Object::PriorityClass(class) => priority(class, &mut faults),
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

fn selector(selector: Option<&LabelSelector>, spec: &At<'_>, faults: &mut Faults) {
    selectors::label_selector(selector, &spec.key("selector"), faults);
}

/// Highest priority of a class that is not Kubernetes' own (`HighestUserDefinablePriority`).
const PRIORITY_MAX: i32 = 1_000_000_000;

fn priority(class: &PriorityClass, faults: &mut Faults) {
    if class.value > PRIORITY_MAX && !class.metadata.name.starts_with("system-") {
        faults.invalid(&At::Top.key("value"), format!("found {}", class.value), format!("at most {PRIORITY_MAX}"));
    }
    if let Some(policy) = &class.preemption_policy {
        pod::preemption_policy(policy, &At::Top, faults);
    }
}
