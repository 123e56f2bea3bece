//! Derived attributes (KEP-6080): values that a leaf computes from a device for the constraints of its claim.
//!
//! Source: `EvaluateDerivedAttribute` and `valToDeviceAttribute` in `dynamic-resource-allocation/cel/compile.go`.

use crate::model::AttrValue;
use crate::select::value::Value;
use crate::select::{Device, Program};

/// The value of a derived attribute on a device.
pub fn derived_value(program: &Program, device: &Device<'_>) -> Result<AttrValue, String> {
    let value = program.value_on(device).map_err(|failure| failure.text.into_owned())?;
    attribute(&value)
}

/// The attribute that a value makes; the error is a value that no attribute can have.
fn attribute(value: &Value<'_>) -> Result<AttrValue, String> {
    if let Some(scalar) = scalar(value) {
        return Ok(scalar);
    }
    let Value::List(items) = value else { return Err(format!("unsupported CEL return type: {}", value.type_name())) };
    let element =
        |at: usize| scalar(&items[at]).ok_or_else(|| format!("unsupported list element type: {}", items[at].type_name()));
    let Some(last) = items.len().checked_sub(1) else { return Ok(AttrValue::Strings(Vec::new())) };
    let mut list = match element(0)? {
        AttrValue::Bool(value) => AttrValue::Bools(vec![value]),
        AttrValue::Int(value) => AttrValue::Ints(vec![value]),
        AttrValue::Version(value) => AttrValue::Versions(vec![value]),
        AttrValue::String(value) => AttrValue::Strings(vec![value]),
        _ => AttrValue::Nothing,
    };
    for at in 1..=last {
        match (&mut list, element(at)?) {
            (AttrValue::Bools(list), AttrValue::Bool(value)) => list.push(value),
            (AttrValue::Ints(list), AttrValue::Int(value)) => list.push(value),
            (AttrValue::Versions(list), AttrValue::Version(value)) => list.push(value),
            (AttrValue::Strings(list), AttrValue::String(value)) => list.push(value),
            _ => return Err(format!("list element at index {at} has another type: {}", items[at].type_name())),
        }
    }
    Ok(list)
}

/// The scalar attribute that a value makes. Upstream looks through optionals, and a type counts as its name.
fn scalar(value: &Value<'_>) -> Option<AttrValue> {
    match value {
        Value::Bool(value) => Some(AttrValue::Bool(*value)),
        Value::Int(value) => Some(AttrValue::Int(*value)),
        Value::String(text) => Some(AttrValue::String(text.as_str().to_owned())),
        Value::Semver(version) => Some(AttrValue::Version(version.to_string())),
        Value::Type(name) => Some(AttrValue::String((*name).to_owned())),
        Value::Optional(Some(inner)) => scalar(inner),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_and_lists_of_one_type() {
        let check = |expression: &str, want: Option<AttrValue>| {
            let program = Program::compile_derived(expression).expect(expression);
            assert_eq!(derived_value(&program, &Device::new("d", false)).ok(), want, "{expression}");
        };
        check("1 + 1", Some(AttrValue::Int(2)));
        check("device.driver + 'x'", Some(AttrValue::String("dx".into())));
        check("!device.allowMultipleAllocations", Some(AttrValue::Bool(true)));
        check("semver('1.2.3-rc.1+b')", Some(AttrValue::Version("1.2.3-rc.1+b".into())));
        check("[1, 2]", Some(AttrValue::Ints(vec![1, 2])));
        check("['a', device.driver]", Some(AttrValue::Strings(vec!["a".into(), "d".into()])));
        check("[true]", Some(AttrValue::Bools(vec![true])));
        check("[semver('1.0.0')]", Some(AttrValue::Versions(vec!["1.0.0".into()])));
        check("[1].filter(x, x > 1)", Some(AttrValue::Strings(Vec::new())));
        check("[dyn(1), dyn('a')]", None);
        check("dyn({'a': 1})", None);
        check("dyn(1.5)", None);
        check("1 / (device.driver == 'd' ? 0 : 1)", None);
        check("dyn(optional.of('a'))", Some(AttrValue::String("a".into())));
    }
}
