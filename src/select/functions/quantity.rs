//! Quantities (`apiserver/pkg/cel/library/quantity.go`).

use crate::base::Quantity;
use crate::select::error::Failure;
use crate::select::functions::table::{Cost, Row};
use crate::select::value::{Outcome, Value};

pub(super) const TABLE: &[Row] = &[
    ("quantity", "(string) -> quantity", Cost::Text, Some(parse)),
    ("isQuantity", "(string) -> bool", Cost::Text, Some(is_quantity)),
    ("sign", "(quantity) -> int", Cost::One, Some(sign)),
    ("isGreaterThan", "quantity.(quantity) -> bool", Cost::One, Some(is_greater_than)),
    ("isLessThan", "quantity.(quantity) -> bool", Cost::One, Some(is_less_than)),
    ("compareTo", "quantity.(quantity) -> int", Cost::One, Some(compare_to)),
    ("asApproximateFloat", "quantity.() -> double", Cost::One, None),
    ("asInteger", "quantity.() -> int", Cost::One, None),
    ("isInteger", "quantity.() -> bool", Cost::One, None),
    ("add", "quantity.(quantity) -> quantity", Cost::One, Some(add)),
    ("add", "quantity.(int) -> quantity", Cost::One, Some(add)),
    ("sub", "quantity.(quantity) -> quantity", Cost::One, Some(sub)),
    ("sub", "quantity.(int) -> quantity", Cost::One, Some(sub)),
];

fn parse<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let text = args[0].as_str().ok_or_else(Failure::no_overload)?;
    Quantity::parse(text).map(Value::Quantity).map_err(|error| Failure::new(error.to_string()))
}

fn is_quantity<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Bool(parse(args).is_ok()))
}

fn one(value: &Value<'_>) -> Result<Quantity, Failure> {
    match value {
        Value::Quantity(q) | Value::Sum(q) => Ok(q.clone()),
        _ => Err(Failure::no_overload()),
    }
}

/// Two quantities; an integer counts as one.
fn two(args: &[Value<'_>]) -> Result<(Quantity, Quantity), Failure> {
    match args {
        [a, Value::Int(b)] => Ok((one(a)?, Quantity::from_units(*b))),
        [a, b] => Ok((one(a)?, one(b)?)),
        _ => Err(Failure::no_overload()),
    }
}

fn sign<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Int(one(&args[0])?.cmp(&Quantity::default()) as i64))
}

fn is_greater_than<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    two(args).map(|(a, b)| Value::Bool(a > b))
}

fn is_less_than<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    two(args).map(|(a, b)| Value::Bool(a < b))
}

fn compare_to<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    two(args).map(|(a, b)| Value::Int(a.cmp(&b) as i64))
}

fn sum(value: Option<Quantity>) -> Outcome<'static> {
    value.map(Value::Sum).ok_or_else(|| Failure::fatal("this sum of quantities is not supported yet"))
}

fn add<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let (a, b) = two(args)?;
    sum(a.checked_add(&b))
}

fn sub<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let (a, b) = two(args)?;
    sum(a.checked_sub(&b))
}
