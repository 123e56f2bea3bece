//! Equality and order across types (`cel-go` `common/types`, with the quirks in `dra.md` 3.3).

use std::cmp::Ordering;

use crate::select::error::Failure;
use crate::select::value::{Map, Value};

/// `a == b`. Types that do not compare are unequal, except that a quantity, a version, an address or a URL on the
/// left refuses any other type on the right.
pub fn equal(a: &Value<'_>, b: &Value<'_>) -> Result<bool, Failure> {
    Ok(match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::Null, _) | (_, Value::Null) => false,
        (Value::Quantity(a), Value::Quantity(b)) => a.get() == b.get(),
        (Value::Sum(a), Value::Quantity(b)) => **a == *b.get(),
        (Value::Semver(a), Value::Semver(b)) => a == b,
        (Value::Ip(a), Value::Ip(b)) => a == b,
        (Value::Cidr(a), Value::Cidr(b)) => a == b,
        (Value::Url(a), Value::Url(b)) => a.text() == b.text(),
        (Value::Format(a), Value::Format(b)) => std::ptr::eq(*a, *b),
        (Value::Quantity(_) | Value::Sum(_) | Value::Semver(_), _) => return Err(Failure::no_overload()),
        (Value::Ip(_) | Value::Cidr(_) | Value::Url(_) | Value::Format(_), _) => return Err(Failure::no_overload()),
        (Value::Duration(a), Value::Duration(b)) => a == b,
        (Value::Timestamp(a), Value::Timestamp(b)) => a == b,
        (Value::Empty, Value::Empty) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::String(a), Value::String(b)) => a.as_str() == b.as_str(),
        (Value::Bytes(a), Value::Bytes(b)) => a == b,
        (Value::Type(a), Value::Type(b)) => a == b,
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| not_unequal(a, b)),
        (Value::Map(a), Value::Map(b)) => maps_equal(a, b),
        (Value::Optional(a), Value::Optional(b)) => match (a, b) {
            (None, None) => true,
            (Some(a), Some(b)) => return equal(a, b),
            _ => false,
        },
        (Value::Device(a), Value::Device(b)) => std::ptr::eq(*a, *b),
        _ => number_order(a, b).flatten() == Some(Ordering::Equal),
    })
}

/// Inside lists and maps upstream only asks whether a comparison is false; an error counts as equal.
fn not_unequal(a: &Value<'_>, b: &Value<'_>) -> bool {
    equal(a, b).unwrap_or(true)
}

fn maps_equal(a: &Map<'_>, b: &Map<'_>) -> bool {
    a.len() == b.len()
        && a.entries().iter().all(|(key, value)| b.contains(key) && b.get(key).is_some_and(|other| not_unequal(value, &other)))
}

/// `a == b` where upstream takes an error for "no": in `in`, `indexOf`, `includes`, `sets`.
pub fn surely_equal(a: &Value<'_>, b: &Value<'_>) -> bool {
    equal(a, b).unwrap_or(false)
}

/// Order of two numbers of any types: nothing if one is no number, an inner nothing if one is not a number (NaN).
fn number_order(a: &Value<'_>, b: &Value<'_>) -> Option<Option<Ordering>> {
    let integer = |v: &Value<'_>| match v {
        Value::Int(n) => Some(i128::from(*n)),
        Value::Uint(n) => Some(i128::from(*n)),
        _ => None,
    };
    match (a, b) {
        (Value::Double(a), Value::Double(b)) => Some(a.partial_cmp(b)),
        (Value::Double(a), b) => integer(b).map(|b| against_integer(*a, b)),
        (a, Value::Double(b)) => integer(a).map(|a| against_integer(*b, a).map(Ordering::reverse)),
        (a, b) => Some(Some(integer(a)?.cmp(&integer(b)?))),
    }
}

/// Exact order of a double and an integer. Upstream compares beyond 2^53 after rounding the integer to a double, but sends
/// doubles beyond the range of the integer to one side first.
fn against_integer(double: f64, integer: i128) -> Option<Ordering> {
    double.partial_cmp(&(integer as f64))
}

/// `a < b` and the like. Values of different types have no order, except numbers.
pub fn order(a: &Value<'_>, b: &Value<'_>) -> Result<Ordering, Failure> {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => Ok(a.cmp(b)),
        (Value::String(a), Value::String(b)) => Ok(a.as_str().cmp(b.as_str())),
        (Value::Bytes(a), Value::Bytes(b)) => Ok(a.cmp(b)),
        (Value::Duration(a), Value::Duration(b)) => Ok(a.cmp(b)),
        (Value::Timestamp(a), Value::Timestamp(b)) => Ok(a.cmp(b)),
        _ => match number_order(a, b) {
            Some(Some(order)) => Ok(order),
            Some(None) => Err(Failure::new("NaN values cannot be ordered")),
            None => Err(Failure::no_overload()),
        },
    }
}
