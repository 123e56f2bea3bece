//! Optional values (`cel-go` `cel/library.go`, optional types version 2).

use crate::select::calendar::Timestamp;
use crate::select::error::Failure;
use crate::select::functions::table::{Cost, Row};
use crate::select::value::{Outcome, Value};

/// `or` and `orValue` are here for their types: the evaluator looks at the argument only where it counts.
pub(super) const TABLE: &[Row] = &[
    ("optional.of", "(V) -> optional(V)", Cost::One, of),
    ("optional.ofNonZeroValue", "(V) -> optional(V)", Cost::One, of_non_zero),
    ("optional.none", "() -> optional(V)", Cost::One, none),
    ("optional.unwrap", "(list(optional(V))) -> list(V)", Cost::One, unwrap),
    ("unwrapOpt", "list(optional(V)).() -> list(V)", Cost::One, unwrap),
    ("value", "optional(V).() -> V", Cost::One, value),
    ("hasValue", "optional(V).() -> bool", Cost::One, has_value),
    ("or", "optional(V).(optional(V)) -> optional(V)", Cost::One, none),
    ("orValue", "optional(V).(V) -> V", Cost::One, none),
    ("first", "list(V).() -> optional(V)", Cost::One, first),
    ("last", "list(V).() -> optional(V)", Cost::One, last),
];

fn of<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::some(args[0].clone()))
}

fn none<'v>(_: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Optional(None))
}

fn of_non_zero<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let zero = match &args[0] {
        Value::Null | Value::Bool(false) | Value::Int(0) | Value::Uint(0) | Value::Empty => true,
        Value::Double(d) => *d == 0.0,
        Value::Duration(nanos) => *nanos == 0,
        Value::Timestamp(at) => at.seconds == Timestamp::MIN_SECONDS && at.nanos == 0,
        Value::String(text) => text.as_str().is_empty(),
        Value::Bytes(bytes) => bytes.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.is_empty(),
        _ => false,
    };
    if zero { none(args) } else { of(args) }
}

fn unwrap<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let Value::List(items) = &args[0] else { return Err(Failure::no_overload()) };
    let mut out = Vec::with_capacity(items.len());
    for item in items.iter() {
        match item {
            Value::Optional(value) => out.extend(value.as_ref().map(|v| (**v).clone())),
            _ => return Err(Failure::new("a list element is not an optional")),
        }
    }
    Ok(Value::list(out))
}

fn value<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    match &args[0] {
        Value::Optional(Some(value)) => Ok((**value).clone()),
        Value::Optional(None) => Err(Failure::new("optional.none() dereference")),
        _ => Err(Failure::no_overload()),
    }
}

fn has_value<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    match &args[0] {
        Value::Optional(value) => Ok(Value::Bool(value.is_some())),
        _ => Err(Failure::no_overload()),
    }
}

fn first<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    match &args[0] {
        Value::List(items) => Ok(items.first().map_or(Value::Optional(None), |v| Value::some(v.clone()))),
        _ => Err(Failure::no_overload()),
    }
}

fn last<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    match &args[0] {
        Value::List(items) => Ok(items.last().map_or(Value::Optional(None), |v| Value::some(v.clone()))),
        _ => Err(Failure::no_overload()),
    }
}
