//! Quantities (`apiserver/pkg/cel/library/quantity.go`).

use std::sync::Arc;

use crate::base::Quantity;
use crate::select::error::Failure;
use crate::select::functions::table::{Cost, Row};
use crate::select::value::{Outcome, Value};

pub(super) const TABLE: &[Row] = &[
    ("quantity", "(string) -> quantity", Cost::Text, parse),
    ("isQuantity", "(string) -> bool", Cost::Text, is_quantity),
    ("sign", "(quantity) -> int", Cost::One, sign),
    ("isGreaterThan", "quantity.(quantity) -> bool", Cost::One, is_greater_than),
    ("isLessThan", "quantity.(quantity) -> bool", Cost::One, is_less_than),
    ("compareTo", "quantity.(quantity) -> int", Cost::One, compare_to),
    ("asApproximateFloat", "quantity.() -> double", Cost::One, as_approximate_float),
    ("asInteger", "quantity.() -> int", Cost::One, as_integer),
    ("isInteger", "quantity.() -> bool", Cost::One, is_integer),
    ("add", "quantity.(quantity) -> quantity", Cost::One, add),
    ("add", "quantity.(int) -> quantity", Cost::One, add),
    ("sub", "quantity.(quantity) -> quantity", Cost::One, sub),
    ("sub", "quantity.(int) -> quantity", Cost::One, sub),
];

fn parse<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let text = args[0].as_str().ok_or_else(Failure::no_overload)?;
    Quantity::parse(text).map(Value::quantity).map_err(|error| Failure::new(error.to_string()))
}

fn is_quantity<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Bool(parse(args).is_ok()))
}

fn one<'a>(args: &'a [Value<'_>], n: usize) -> Result<&'a Quantity, Failure> {
    args.get(n).and_then(Value::as_quantity).ok_or_else(Failure::no_overload)
}

fn sign<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Int(one(args, 0)?.sign().into()))
}

fn is_greater_than<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Bool(one(args, 0)? > one(args, 1)?))
}

fn is_less_than<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Bool(one(args, 0)? < one(args, 1)?))
}

fn compare_to<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Int(one(args, 0)?.cmp(one(args, 1)?) as i64))
}

fn as_approximate_float<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Double(one(args, 0)?.approximate_f64()))
}

/// Depends on how the quantity was written, not only on its value.
fn as_integer<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    one(args, 0)?.as_integer().map(Value::Int).ok_or_else(|| Failure::new("cannot convert value to integer"))
}

fn is_integer<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Bool(one(args, 0)?.as_integer().is_some()))
}

/// A sum; the operands of one that would have ten thousand digits make upstream count for minutes.
fn made(sum: Option<Quantity>) -> Outcome<'static> {
    sum.map(|q| Value::Sum(Arc::new(q))).ok_or_else(|| Failure::fatal("the sum of quantities has too many digits"))
}

fn add<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let a = one(args, 0)?;
    made(match args.get(1) {
        Some(Value::Int(n)) => a.checked_add(&Quantity::from_units(*n)),
        _ => a.checked_add(one(args, 1)?),
    })
}

fn sub<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let a = one(args, 0)?;
    made(match args.get(1) {
        Some(Value::Int(n)) => a.checked_sub(&Quantity::from_units(*n)),
        _ => a.checked_sub(one(args, 1)?),
    })
}
