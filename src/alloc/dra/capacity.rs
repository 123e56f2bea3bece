//! Consumable capacity (KEP-5075): what a request consumes of a device, and whether that fits.
//!
//! Source: `consumable_capacity.go` upstream (`dra.md` 2.13). Amounts are rounded in 64 bits, as integers or, with
//! DRAFractionalCapacityRange and a range that allows it, in thousandths; everything else is exact.

use std::collections::BTreeMap;

use crate::base::{NameId, Names, ProfileId, Quantity};
use crate::model::dra::{Capacity, Leaf, Published, RequestPolicy, ValidRange};

/// Why an amount cannot be told, which ends the attempt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The capacity.
    pub name: NameId,
    /// What is wrong.
    pub text: String,
}

/// The capacity that a leaf asks for: name, if any device has it, and amount.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CapacityRequest<'a> {
    amounts: Vec<(Option<NameId>, &'a Quantity)>,
}

impl<'a> CapacityRequest<'a> {
    /// Reads a leaf.
    pub fn of(leaf: &'a Leaf, names: &Names) -> CapacityRequest<'a> {
        let amounts = leaf.capacity.iter().flatten().map(|(name, amount)| (names.find(name), amount)).collect();
        CapacityRequest { amounts }
    }

    fn amount(&self, name: NameId) -> Option<&'a Quantity> {
        self.amounts.iter().find(|(wanted, _)| *wanted == Some(name)).map(|(_, amount)| *amount)
    }

    /// What the request consumes of a device with this profile, by index of its capacities. `None`: devices with this
    /// profile are not for it, since they lack a capacity or their policy forbids the amount.
    ///
    /// Every capacity of the device counts, whether it is asked for or not. A fault is told even if the device would be
    /// passed over for another reason, unless that is a capacity it lacks.
    pub fn resolve(
        &self,
        published: &Published,
        profile: ProfileId,
        is_fractional: bool,
    ) -> Result<Option<Vec<Quantity>>, Fault> {
        let capacities: Vec<&Capacity> =
            published.profiles[profile].capacity.iter().map(|capacity| &published.capacities[*capacity]).collect();
        if self.amounts.iter().any(|(wanted, _)| !capacities.iter().any(|capacity| *wanted == Some(capacity.name))) {
            return Ok(None);
        }
        let mut amounts = Vec::with_capacity(capacities.len());
        for capacity in &capacities {
            let fault = |text: String| Fault { name: capacity.name, text };
            let amount = consumed(self.amount(capacity.name), capacity, is_fractional).map_err(fault)?;
            if amount.sign() < 0 {
                return Err(fault("capacity value is negative".to_owned()));
            }
            amounts.push(amount);
        }
        for (amount, capacity) in amounts.iter().zip(&capacities) {
            let is_violated = violates(amount, capacity.policy.as_ref(), is_fractional);
            if is_violated.map_err(|text| Fault { name: capacity.name, text })? {
                return Ok(None);
            }
        }
        Ok(Some(amounts))
    }
}

/// Whether the amounts fit beside what other claims use (`used`, by name) and what this pass has taken (`taken`, by index).
/// The error is a sum that cannot be written out.
pub fn fits(
    published: &Published,
    profile: ProfileId,
    amounts: &[Quantity],
    used: Option<&BTreeMap<NameId, Quantity>>,
    taken: Option<&[Quantity]>,
) -> Result<bool, Fault> {
    for (at, (amount, capacity)) in amounts.iter().zip(&published.profiles[profile].capacity).enumerate() {
        let capacity = &published.capacities[*capacity];
        let used = used.and_then(|used| used.get(&capacity.name));
        let sum = [used, taken.map(|taken| &taken[at])].into_iter().flatten().try_fold(amount.clone(), |sum, more| {
            let fault = || Fault { name: capacity.name, text: "the sum has too many digits".to_owned() };
            sum.checked_add(more).ok_or_else(fault)
        })?;
        if sum > capacity.value {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What a request for `requested` consumes of a capacity.
fn consumed(requested: Option<&Quantity>, capacity: &Capacity, is_fractional: bool) -> Result<Quantity, String> {
    let Some(requested) = requested else {
        let default = capacity.policy.as_ref().and_then(|policy| policy.default.as_ref());
        return Ok(default.unwrap_or(&capacity.value).clone());
    };
    let Some(policy) = &capacity.policy else { return Ok(requested.clone()) };
    match &policy.valid_range {
        Some(range @ ValidRange { min: Some(min), .. }) => round_up_in_range(requested, min, range, is_fractional),
        _ => Ok(round_up_to_value(requested, &policy.valid_values)),
    }
}

/// The first valid value that is enough, else the request itself.
fn round_up_to_value(requested: &Quantity, valid_values: &[Quantity]) -> Quantity {
    let mut requested = requested.clone();
    for valid in valid_values {
        requested = requested.once_compared_with(valid);
        if requested <= *valid {
            return valid.clone();
        }
    }
    requested
}

/// The smallest amount of the range that is enough.
fn round_up_in_range(requested: &Quantity, min: &Quantity, range: &ValidRange, is_fractional: bool) -> Result<Quantity, String> {
    let requested = requested.once_compared_with(min);
    if requested < *min {
        return Ok(min.clone());
    }
    let Some(step) = &range.step else { return Ok(requested) };
    let not_representable =
        |why: String| format!("capacity request cannot be represented in the device's range arithmetic: {why}");
    if uses_milli(range, is_fractional) {
        let Some(asked) = exact_milli(&requested) else {
            return Err(not_representable(format!("request {requested} is not a representable milli value")));
        };
        let (step_milli, min_milli) = (step.milli_value(), min.milli_value());
        let steps = steps_up(asked.wrapping_sub(min_milli), step_milli)?;
        if steps > i64::MAX.wrapping_sub(min_milli).wrapping_div(step_milli) {
            let why = format!("rounding request {requested} up to the next step passes the milli-value range");
            return Err(not_representable(why));
        }
        let rounded = min_milli.wrapping_add(step_milli.wrapping_mul(steps));
        let (mantissa, exponent) = if rounded % 1000 == 0 { (rounded / 1000, 0) } else { (rounded, -3) };
        return Ok(Quantity::from_scaled(mantissa, exponent, step.format()));
    }
    if requested > Quantity::from_units(i64::MAX) {
        return Err(not_representable(format!("request {requested} exceeds MaxInt64")));
    }
    let (step_units, min_units) = (step.value(), min.value());
    let steps = steps_up(requested.value().wrapping_sub(min_units), step_units)?;
    // A negative minimum is against the rules of the API, and upstream does not guard it.
    if min_units >= 0 && steps > (i64::MAX - min_units).wrapping_div(step_units) {
        let why = format!("rounding request {requested} up to the next step passes MaxInt64");
        return Err(not_representable(why));
    }
    Ok(Quantity::from_scaled(min_units.wrapping_add(step_units.wrapping_mul(steps)), 0, step.format()))
}

/// How many steps `added` takes, the last one perhaps in part. Upstream crashes if the step is nothing.
fn steps_up(added: i64, step: i64) -> Result<i64, String> {
    if step == 0 {
        return Err("the step of the valid range is zero".to_owned());
    }
    let rest = added.wrapping_rem(step);
    Ok(added.wrapping_div(step).wrapping_add(i64::from(rest != 0)))
}

/// Whether a policy forbids an amount. The default itself is always allowed if it is in upstream's compact form.
fn violates(amount: &Quantity, policy: Option<&RequestPolicy>, is_fractional: bool) -> Result<bool, String> {
    let Some(policy) = policy else { return Ok(false) };
    if policy.default.as_ref().is_some_and(|default| amount.is_identical(default)) {
        return Ok(false);
    }
    match &policy.valid_range {
        Some(range) => violates_range(amount, range, is_fractional),
        None => Ok(!policy.valid_values.is_empty() && !policy.valid_values.contains(amount)),
    }
}

fn violates_range(amount: &Quantity, range: &ValidRange, is_fractional: bool) -> Result<bool, String> {
    let mut amount = amount.clone();
    if let Some(max) = &range.max {
        amount = amount.once_compared_with(max);
        if amount > *max {
            return Ok(true);
        }
    }
    let Some(step) = &range.step else { return Ok(false) };
    let uses_milli = uses_milli(range, is_fractional);
    let read = |quantity: &Quantity| if uses_milli { quantity.milli_value() } else { quantity.value() };
    if uses_milli && exact_milli(&amount).is_none() {
        return Ok(true);
    }
    let Some(min) = &range.min else { return Err("the valid range has a step and no minimum".to_owned()) };
    if read(step) == 0 {
        return Err("the step of the valid range is zero".to_owned());
    }
    Ok(read(&amount).wrapping_sub(read(min)).wrapping_rem(read(step)) != 0)
}

/// Whether a range is calculated in thousandths. Whole numbers are, too, if they are small enough.
fn uses_milli(range: &ValidRange, is_fractional: bool) -> bool {
    let mut parts = [&range.min, &range.max, &range.step].into_iter().flatten();
    is_fractional
        && parts.all(|part| exact_milli(part).is_some())
        && range.step.as_ref().is_none_or(|step| step.milli_value() >= 1)
}

/// The amount in thousandths, if that is all of it.
fn exact_milli(quantity: &Quantity) -> Option<i64> {
    let milli = quantity.milli_value();
    (*quantity == Quantity::from_scaled(milli, -3, quantity.format())).then_some(milli)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn q(text: &str) -> Quantity {
        Quantity::parse(text).expect("a quantity")
    }

    fn range(min: &str, max: &str, step: &str) -> RequestPolicy {
        let part = |text: &str| (!text.is_empty()).then(|| q(text));
        let valid_range = Some(ValidRange { min: part(min), max: part(max), step: part(step) });
        RequestPolicy { valid_range, ..RequestPolicy::default() }
    }

    fn check(policy: Option<RequestPolicy>, request: Option<&str>, is_fractional: bool, want: Result<Option<&str>, &str>) {
        let capacity = Capacity { name: NameId(0), value: q("100"), policy };
        let requested = request.map(q);
        let got = consumed(requested.as_ref(), &capacity, is_fractional).and_then(|amount| {
            let forbidden = violates(&amount, capacity.policy.as_ref(), is_fractional)?;
            Ok((!forbidden).then_some(amount))
        });
        match (got, want) {
            (Ok(got), Ok(want)) => assert_eq!(got, want.map(q), "{capacity:?} {request:?}"),
            (Err(got), Err(want)) => assert!(got.contains(want), "{got}"),
            (got, want) => panic!("{got:?}, not {want:?}: {capacity:?} {request:?}"),
        }
    }

    #[test]
    fn amounts_without_range() {
        check(None, None, false, Ok(Some("100")));
        check(None, Some("7"), false, Ok(Some("7")));
        let values = |default: &str, values: &[&str]| {
            let valid_values = values.iter().map(|text| q(text)).collect();
            Some(RequestPolicy { default: Some(q(default)), valid_values, valid_range: None })
        };
        check(values("2", &["1", "2", "8"]), None, false, Ok(Some("2")));
        check(values("2", &["1", "2", "8"]), Some("3"), false, Ok(Some("8")));
        check(values("2", &["1", "2", "8"]), Some("9"), false, Ok(None));
        // A default against its own policy is allowed in the compact form only.
        check(values("5", &["1", "2"]), None, false, Ok(Some("5")));
        check(values("2.5Ki", &["1", "2"]), None, false, Ok(None));
        check(values("5", &["1", "2"]), Some("5"), false, Ok(Some("5")));
        check(values("5", &["1.5Ki", "0"]), Some("5000"), false, Ok(None));
    }

    #[test]
    fn ranges_round_up_to_the_next_step() {
        let whole = |request: &str, want| check(Some(range("2", "10", "4")), Some(request), false, want);
        whole("1", Ok(Some("2")));
        whole("3", Ok(Some("6")));
        whole("6", Ok(Some("6")));
        whole("9", Ok(Some("10")));
        whole("11", Ok(None));
        check(Some(range("2", "10", "")), Some("2500m"), false, Ok(Some("2500m")));
        // Integer arithmetic rounds every operand up first.
        check(Some(range("200m", "", "100m")), Some("250m"), false, Ok(Some("1")));
        check(Some(range("200m", "", "100m")), Some("250m"), true, Ok(Some("300m")));
        check(Some(range("1", "", "1")), Some("9Pi"), false, Ok(Some("9Pi")));
        check(Some(range("1", "", "1")), Some("9Pi"), true, Err("not a representable milli value"));
        check(Some(range("1", "", "1")), Some("1e19"), false, Err("exceeds MaxInt64"));
        check(Some(range("0", "", "4611686018427387904")), Some("9223372036854775807"), false, Err("passes MaxInt64"));
        check(Some(range("1", "", "0")), Some("3"), false, Err("step of the valid range is zero"));
        check(Some(range("", "", "2")), Some("3"), false, Err("no minimum"));
    }
}
