//! Methods of lists: cel-go's lists extension version 3 (`ext/lists.go`) and Kubernetes' own (`library/lists.go`).

use std::cmp::Ordering;

use crate::select::error::Failure;
use crate::select::functions::equality::{order, surely_equal};
use crate::select::functions::operators;
use crate::select::functions::table::{Cost, Row};
use crate::select::value::{Outcome, Value};

/// Longest list that `lists.range` makes.
const RANGE_MAX: i64 = 1_000_000;

pub(super) const TABLE: &[Row] = &[
    ("lists.range", "(int) -> list(int)", Cost::Fill, range),
    ("slice", "list(T).(int, int) -> list(T)", Cost::Fill, slice),
    ("flatten", "list(list(T)).() -> list(T)", Cost::Levels, flatten),
    ("flatten", "list(dyn).(int) -> list(dyn)", Cost::Levels, flatten),
    ("distinct", "list(T).() -> list(T)", Cost::Sorted, distinct),
    ("reverse", "list(T).() -> list(T)", Cost::Fill, reverse),
    ("sort", "list(int).() -> list(int)", Cost::Sorted, sort),
    ("sort", "list(uint).() -> list(uint)", Cost::Sorted, sort),
    ("sort", "list(double).() -> list(double)", Cost::Sorted, sort),
    ("sort", "list(bool).() -> list(bool)", Cost::Sorted, sort),
    ("sort", "list(duration).() -> list(duration)", Cost::Sorted, sort),
    ("sort", "list(timestamp).() -> list(timestamp)", Cost::Sorted, sort),
    ("sort", "list(string).() -> list(string)", Cost::Sorted, sort),
    ("sort", "list(bytes).() -> list(bytes)", Cost::Sorted, sort),
    ("@sortByAssociatedKeys", "list(T).(list(int)) -> list(T)", Cost::SortedBy, sort_by_keys),
    ("@sortByAssociatedKeys", "list(T).(list(uint)) -> list(T)", Cost::SortedBy, sort_by_keys),
    ("@sortByAssociatedKeys", "list(T).(list(double)) -> list(T)", Cost::SortedBy, sort_by_keys),
    ("@sortByAssociatedKeys", "list(T).(list(bool)) -> list(T)", Cost::SortedBy, sort_by_keys),
    ("@sortByAssociatedKeys", "list(T).(list(duration)) -> list(T)", Cost::SortedBy, sort_by_keys),
    ("@sortByAssociatedKeys", "list(T).(list(timestamp)) -> list(T)", Cost::SortedBy, sort_by_keys),
    ("@sortByAssociatedKeys", "list(T).(list(string)) -> list(T)", Cost::SortedBy, sort_by_keys),
    ("@sortByAssociatedKeys", "list(T).(list(bytes)) -> list(T)", Cost::SortedBy, sort_by_keys),
    ("isSorted", "list(int).() -> bool", Cost::Traversal, is_sorted),
    ("isSorted", "list(uint).() -> bool", Cost::Traversal, is_sorted),
    ("isSorted", "list(double).() -> bool", Cost::Traversal, is_sorted),
    ("isSorted", "list(bool).() -> bool", Cost::Traversal, is_sorted),
    ("isSorted", "list(duration).() -> bool", Cost::Traversal, is_sorted),
    ("isSorted", "list(timestamp).() -> bool", Cost::Traversal, is_sorted),
    ("isSorted", "list(string).() -> bool", Cost::Traversal, is_sorted),
    ("isSorted", "list(bytes).() -> bool", Cost::Traversal, is_sorted),
    ("sum", "list(int).() -> int", Cost::Traversal, sum_int),
    ("sum", "list(uint).() -> uint", Cost::Traversal, sum_uint),
    ("sum", "list(double).() -> double", Cost::Traversal, sum_double),
    ("sum", "list(duration).() -> duration", Cost::Traversal, sum_duration),
    ("max", "list(int).() -> int", Cost::Traversal, max),
    ("max", "list(uint).() -> uint", Cost::Traversal, max),
    ("max", "list(double).() -> double", Cost::Traversal, max),
    ("max", "list(bool).() -> bool", Cost::Traversal, max),
    ("max", "list(duration).() -> duration", Cost::Traversal, max),
    ("max", "list(timestamp).() -> timestamp", Cost::Traversal, max),
    ("max", "list(string).() -> string", Cost::Traversal, max),
    ("max", "list(bytes).() -> bytes", Cost::Traversal, max),
    ("min", "list(int).() -> int", Cost::Traversal, min),
    ("min", "list(uint).() -> uint", Cost::Traversal, min),
    ("min", "list(double).() -> double", Cost::Traversal, min),
    ("min", "list(bool).() -> bool", Cost::Traversal, min),
    ("min", "list(duration).() -> duration", Cost::Traversal, min),
    ("min", "list(timestamp).() -> timestamp", Cost::Traversal, min),
    ("min", "list(string).() -> string", Cost::Traversal, min),
    ("min", "list(bytes).() -> bytes", Cost::Traversal, min),
    ("indexOf", "list(T).(T) -> int", Cost::Traversal, index_of),
    ("lastIndexOf", "list(T).(T) -> int", Cost::Traversal, last_index_of),
    ("includes", "dyn.(dyn) -> bool", Cost::Traversal, includes),
];

fn items<'a, 'v>(args: &'a [Value<'v>], n: usize) -> Result<&'a [Value<'v>], Failure> {
    match args.get(n) {
        Some(Value::List(items)) => Ok(items),
        _ => Err(Failure::no_overload()),
    }
}

fn int(args: &[Value<'_>], n: usize) -> Result<i64, Failure> {
    match args.get(n) {
        Some(Value::Int(n)) => Ok(*n),
        _ => Err(Failure::no_overload()),
    }
}

fn range<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let n = int(args, 0)?;
    if n < 0 {
        return Err(Failure::new(format!("lists.range: size must be non-negative, got {n}")));
    }
    if n > RANGE_MAX {
        return Err(Failure::new(format!("lists.range: size {n} exceeds maximum allowed ({RANGE_MAX})")));
    }
    Ok(Value::list((0..n).map(Value::Int).collect()))
}

fn slice<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let (list, start, end) = (items(args, 0)?, int(args, 1)?, int(args, 2)?);
    if start < 0 || end < 0 {
        return Err(Failure::new(format!("cannot slice({start}, {end}), negative indexes not supported")));
    }
    if start > end {
        return Err(Failure::new(format!("cannot slice({start}, {end}), start index must be at most end index")));
    }
    match usize::try_from(end).ok().and_then(|end| list.get(start as usize..end)) {
        Some(part) => Ok(Value::list(part.to_vec())),
        None => Err(Failure::new(format!("cannot slice({start}, {end}), list is length {}", list.len()))),
    }
}

fn flatten<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let depth = if args.len() > 1 { int(args, 1)? } else { 1 };
    if depth < 0 {
        return Err(Failure::new("level must be non-negative"));
    }
    let mut out = Vec::new();
    flatten_into(items(args, 0)?, depth, &mut out);
    Ok(Value::list(out))
}

fn flatten_into<'v>(list: &[Value<'v>], depth: i64, out: &mut Vec<Value<'v>>) {
    for item in list {
        match item {
            Value::List(inner) if depth > 0 => flatten_into(inner, depth - 1, out),
            other => out.push(other.clone()),
        }
    }
}

fn distinct<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let mut out: Vec<Value<'v>> = Vec::new();
    for item in items(args, 0)? {
        if !out.iter().any(|have| surely_equal(have, item)) {
            out.push(item.clone());
        }
    }
    Ok(Value::list(out))
}

fn reverse<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::list(items(args, 0)?.iter().rev().cloned().collect()))
}

fn sort<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let list = items(args, 0)?;
    sorted_by(list, list)
}

fn sort_by_keys<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    sorted_by(items(args, 0)?, items(args, 1)?)
}

/// `list` in the order of `keys`; equal keys keep their order.
fn sorted_by<'v>(list: &[Value<'v>], keys: &[Value<'v>]) -> Outcome<'v> {
    if list.len() != keys.len() {
        return Err(Failure::new(format!("got {} elements and {} keys", list.len(), keys.len())));
    }
    let Some(first) = keys.first() else { return Ok(Value::list(Vec::new())) };
    if keys.iter().any(|key| key.type_name() != first.type_name()) {
        return Err(Failure::new("list elements must have the same type"));
    }
    // What has no order within its type has none with itself either. NaN is the exception: upstream sorts it somewhere.
    let comparable = !matches!(first, Value::Double(_));
    if comparable {
        order(first, first).map_err(|_| Failure::new("list elements must be comparable"))?;
    }
    let mut indices: Vec<usize> = (0..keys.len()).collect();
    indices.sort_by(|a, b| order(&keys[*a], &keys[*b]).unwrap_or(Ordering::Equal));
    Ok(Value::list(indices.into_iter().map(|at| list[at].clone()).collect()))
}

/// True for values that have an order among their own kind.
fn is_comparable(value: &Value<'_>) -> bool {
    let scalar = matches!(value, Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::Double(_) | Value::String(_));
    scalar || matches!(value, Value::Bytes(_) | Value::Duration(_) | Value::Timestamp(_))
}

/// The elements, all of which must be comparable; that two of them may not be with each other is no error upstream.
fn comparable<'a, 'v>(args: &'a [Value<'v>]) -> Result<&'a [Value<'v>], Failure> {
    let list = items(args, 0)?;
    if list.iter().all(is_comparable) { Ok(list) } else { Err(Failure::no_overload()) }
}

fn is_sorted<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let wrong = |pair: &[Value<'_>]| order(&pair[0], &pair[1]).is_ok_and(Ordering::is_gt);
    let list = items(args, 0)?;
    // Upstream finds what is not comparable only on its way to the first descent.
    let end = list.windows(2).position(wrong).map_or(list.len(), |at| at + 2);
    let sorted = end == list.len() && !list.windows(2).any(wrong);
    if list[..end].iter().all(is_comparable) { Ok(Value::Bool(sorted)) } else { Err(Failure::no_overload()) }
}

fn sum<'v>(args: &[Value<'v>], zero: Value<'v>) -> Outcome<'v> {
    items(args, 0)?.iter().try_fold(zero, |total, item| operators::add(&[total, item.clone()]))
}

fn sum_int<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    sum(args, Value::Int(0))
}

fn sum_uint<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    sum(args, Value::Uint(0))
}

fn sum_double<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    sum(args, Value::Double(0.0))
}

fn sum_duration<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    sum(args, Value::Duration(0))
}

fn max<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    extreme(args, Ordering::Greater, "max called on empty list")
}

fn min<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    extreme(args, Ordering::Less, "min called on empty list")
}

fn extreme<'v>(args: &[Value<'v>], wanted: Ordering, empty: &'static str) -> Outcome<'v> {
    let mut rest = comparable(args)?.iter();
    let Some(mut best) = rest.next() else { return Err(Failure::new(empty)) };
    for item in rest {
        if order(item, best) == Ok(wanted) {
            best = item;
        }
    }
    Ok(best.clone())
}

fn index_of<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let found = items(args, 0)?.iter().position(|item| surely_equal(item, &args[1]));
    Ok(Value::Int(found.map_or(-1, |at| at as i64)))
}

fn last_index_of<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let found = items(args, 0)?.iter().rposition(|item| surely_equal(item, &args[1]));
    Ok(Value::Int(found.map_or(-1, |at| at as i64)))
}

/// Whether a list has the element, or the value is the element: so one selector reads an attribute of either form.
fn includes<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Bool(match &args[0] {
        Value::List(list) => list.iter().any(|item| surely_equal(item, &args[1])),
        value => surely_equal(value, &args[1]),
    }))
}
