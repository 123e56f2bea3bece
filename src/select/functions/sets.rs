//! Lists as sets (`cel-go` `ext/sets.go`).

use crate::select::error::Failure;
use crate::select::functions::equality::surely_equal;
use crate::select::functions::table::{Cost, Row};
use crate::select::value::{Outcome, Value};

pub(super) const TABLE: &[Row] = &[
    ("sets.contains", "(list(T), list(T)) -> bool", Cost::Pairs, contains),
    ("sets.equivalent", "(list(T), list(T)) -> bool", Cost::PairsTwice, equivalent),
    ("sets.intersects", "(list(T), list(T)) -> bool", Cost::Pairs, intersects),
];

fn lists<'a, 'v>(args: &'a [Value<'v>]) -> Result<(&'a [Value<'v>], &'a [Value<'v>]), Failure> {
    match args {
        [Value::List(a), Value::List(b)] => Ok((a, b)),
        _ => Err(Failure::no_overload()),
    }
}

fn has(list: &[Value<'_>], wanted: &Value<'_>) -> bool {
    list.iter().any(|item| surely_equal(item, wanted))
}

fn contains<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let (all, wanted) = lists(args)?;
    Ok(Value::Bool(wanted.iter().all(|item| has(all, item))))
}

fn equivalent<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let (a, b) = lists(args)?;
    Ok(Value::Bool(a.iter().all(|item| has(b, item)) && b.iter().all(|item| has(a, item))))
}

fn intersects<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let (a, b) = lists(args)?;
    Ok(Value::Bool(a.iter().any(|item| has(b, item))))
}
