//! Taints, tolerations and taint rules.

use crate::kube::object::At;
use crate::kube::taint::{DeviceTaint, DeviceTaintEffect, DeviceTaintRuleSpec, DeviceToleration, DeviceTolerationOperator};
use crate::kube::validate::{Faults, names};

/// Most taints of a device, and tolerations of a request.
pub const TAINTS_MAX: usize = 16;

/// A taint.
pub fn taint(taint: &DeviceTaint, at: &At<'_>, faults: &mut Faults) {
    taint_of((&taint.key, &taint.value), (taint.effect.as_str(), DeviceTaintEffect::TEXTS), at, faults);
}

/// Key, value and effect of a taint of a device or a node; the effect with those there are.
pub fn taint_of((key, value): (&str, &str), effect: (&str, &[&str]), at: &At<'_>, faults: &mut Faults) {
    faults.name(&at.key("key"), key, names::label_key(key));
    faults.name(&at.key("value"), value, names::label_value(value));
    faults.word(&at.key("effect"), effect.0, effect.1);
}

/// The tolerations of a request.
pub fn tolerations(tolerations: &[DeviceToleration], at: &At<'_>, faults: &mut Faults) {
    faults.at_most(at, tolerations.len(), TAINTS_MAX, "tolerations");
    for (index, toleration) in tolerations.iter().enumerate() {
        let at = at.index(index);
        if !toleration.key.is_empty() {
            faults.name(&at.key("key"), &toleration.key, names::label_key(&toleration.key));
        }
        match &toleration.operator {
            None | Some(DeviceTolerationOperator::Equal) => {
                faults.name(&at.key("value"), &toleration.value, names::label_value(&toleration.value));
                if toleration.key.is_empty() {
                    faults.invalid(&at.key("operator"), "compares values of any key", "`Exists` where the key is empty");
                }
            }
            Some(DeviceTolerationOperator::Exists) => {
                if !toleration.value.is_empty() {
                    faults.invalid(&at.key("value"), format!("{:?} is never compared", toleration.value), "empty for `Exists`");
                }
            }
            Some(other) => faults.word(&at.key("operator"), other.as_str(), DeviceTolerationOperator::TEXTS),
        }
        if let Some(effect) = &toleration.effect {
            faults.word(&at.key("effect"), effect.as_str(), DeviceTaintEffect::TEXTS);
        }
    }
}

/// A taint rule.
pub fn rule(spec: &DeviceTaintRuleSpec, at: &At<'_>, faults: &mut Faults) {
    if let Some(selector) = &spec.device_selector {
        let at = at.key("deviceSelector");
        let mut part = |key: &str, name: &Option<String>, rule: names::Rule| {
            if let Some(name) = name {
                faults.name(&at.key(key), name, rule(name));
            }
        };
        part("driver", &selector.driver, names::driver);
        part("pool", &selector.pool, names::pool);
        part("device", &selector.device, names::dns_label);
    }
    taint(&spec.taint, &at.key("taint"), faults);
}
