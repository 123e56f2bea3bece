//! Quantities, and the request policies of capacities (KEP-5075).

use num_bigint::BigInt;

use crate::base::Quantity;
use crate::kube::Amount;
use crate::kube::object::At;
use crate::kube::slice::{CapacityRequestPolicy, CapacityRequestPolicyRange, DeviceCapacity};
use crate::kube::validate::{FaultKind, Faults};

/// Most amounts of a policy.
const VALID_VALUES_MAX: usize = 10;

/// The quantity that a text means.
pub fn quantity(amount: &Amount, at: &At<'_>, faults: &mut Faults) -> Option<Quantity> {
    match amount.quantity() {
        Ok(quantity) => Some(quantity),
        Err(error) => {
            let help = "a number with a suffix such as Ki, Mi, Gi, m, k, M, G, or an exponent";
            faults.invalid(at, format!("{:?} is no quantity: {error}", amount.0), help);
            None
        }
    }
}

/// A capacity of a device.
pub fn capacity(capacity: &DeviceCapacity, is_shared: bool, at: &At<'_>, faults: &mut Faults) {
    let value = quantity(&capacity.value, &at.key("value"), faults);
    let Some(policy) = &capacity.request_policy else { return };
    let at = at.key("requestPolicy");
    if !is_shared {
        return faults.forbidden(&at, "a device without allowMultipleAllocations has no request policies");
    }
    if let Some(value) = value {
        request_policy(policy, &value, &at, faults);
    }
}

fn request_policy(policy: &CapacityRequestPolicy, value: &Quantity, at: &At<'_>, faults: &mut Faults) {
    let default_at = at.key("default");
    let default = policy.default.as_ref().map(|amount| quantity(amount, &default_at, faults));
    if !policy.valid_values.is_empty() && policy.valid_range.is_some() {
        faults.forbidden(at, "validValues and validRange exclude each other");
    }
    let has_rule = !policy.valid_values.is_empty() || policy.valid_range.is_some();
    if default.is_none() && has_rule {
        faults.required(&default_at);
    }
    let default = default.flatten();
    if !policy.valid_values.is_empty() {
        valid_values(&policy.valid_values, default.as_ref(), value, at, faults);
    }
    if let Some(range) = &policy.valid_range {
        valid_range(range, default.as_ref(), value, at, faults);
    }
}

fn valid_values(values: &[Amount], default: Option<&Quantity>, most: &Quantity, at: &At<'_>, faults: &mut Faults) {
    let list = at.key("validValues");
    faults.at_most(&list, values.len(), VALID_VALUES_MAX, "entries");
    let mut before: Option<Quantity> = None;
    let (mut has_default, mut seen) = (false, std::collections::BTreeSet::new());
    for (index, amount) in values.iter().enumerate() {
        let at = list.index(index);
        let Some(value) = quantity(amount, &at, faults) else { continue };
        if value > *most {
            faults.invalid(&at, format!("{} is above the capacity", amount.0), "at most the capacity");
        }
        if before.as_ref().is_some_and(|before| value < *before) {
            faults.invalid(&at, format!("{} is below the value before it", amount.0), "ascending values");
        }
        // Upstream compares amounts rounded to integers here.
        if !seen.insert(value.value()) {
            faults.add(FaultKind::Duplicate, &at, format!("{} occurs twice", amount.0), "");
        }
        has_default |= default == Some(&value);
        before = Some(value);
    }
    if default.is_some() && !has_default {
        faults.invalid(&at.key("default"), "is none of validValues", "one of validValues");
    }
}

fn valid_range(
    range: &CapacityRequestPolicyRange,
    default: Option<&Quantity>,
    most: &Quantity,
    at: &At<'_>,
    faults: &mut Faults,
) {
    let (default_at, at) = (at.key("default"), at.key("validRange"));
    let mut read = |amount: &Option<Amount>, key: &str| amount.as_ref().and_then(|a| quantity(a, &at.key(key), faults));
    let (min, max, step) = (read(&range.min, "min"), read(&range.max, "max"), read(&range.step, "step"));
    let Some(min) = min else {
        if range.min.is_none() {
            faults.required(&at.key("min"));
        }
        return;
    };
    if min > *most {
        faults.invalid(&at.key("min"), "is above the capacity", "at most the capacity");
    }
    if default.is_some_and(|default| *default < min) {
        faults.invalid(&default_at, "is below the range", "at least `min`");
    }
    if let Some(max) = &max {
        if min > *max {
            faults.invalid(&at.key("max"), "is below `min`", "at least `min`");
        }
        if max > most {
            faults.invalid(&at.key("max"), "is above the capacity", "at most the capacity");
        }
        if default.is_some_and(|default| default > max) {
            faults.invalid(&default_at, "is above the range", "at most `max`");
        }
    }
    if let Some(step) = &step {
        steps([default, Some(&min), max.as_ref()], step, most, [&default_at, &at], faults);
    }
}

/// A step above zero that leads from `min` to the default and to `max`, on whole numbers.
fn steps(
    [default, min, max]: [Option<&Quantity>; 3],
    step: &Quantity,
    most: &Quantity,
    [default_at, at]: [&At<'_>; 2],
    faults: &mut Faults,
) {
    let step_at = at.key("step");
    if step.sign() <= 0 {
        return faults.invalid(&step_at, "is not above zero", "above zero");
    }
    let whole = |quantity: &Quantity| BigInt::from(quantity.value());
    let (min, step) = (min.map_or_else(BigInt::default, whole), whole(step));
    if &min + &step > whole(most) {
        faults.invalid(&step_at, "leads beyond the capacity at once", "`min` plus one step is at most the capacity");
    }
    for (value, at) in [(default, *default_at), (max, at.key("max"))] {
        if value.is_some_and(|value| (whole(value) - &min) % &step != BigInt::default()) {
            faults.invalid(&at, "is no whole number of steps above `min`", "`min` plus a multiple of `step`");
        }
    }
}
