//! Operators, `size`, and the hidden functions that macros call.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::select::calendar::Timestamp;
use crate::select::error::Failure;
use crate::select::functions::equality::{equal, order, surely_equal};
use crate::select::functions::table::{Cost, Overload, Row};
use crate::select::types::Type;
use crate::select::value::{Map, Outcome, Value};

/// Logical operators, the conditional and field access are here for their types; the evaluator runs them itself.
pub(super) const TABLE: &[Row] = &[
    ("_?_:_", "(bool, A, A) -> A", Cost::One, by_evaluator),
    ("_&&_", "(bool, bool) -> bool", Cost::One, by_evaluator),
    ("_||_", "(bool, bool) -> bool", Cost::One, by_evaluator),
    ("!_", "(bool) -> bool", Cost::One, not),
    ("@not_strictly_false", "(bool) -> bool", Cost::One, by_evaluator),
    ("_==_", "(A, A) -> bool", Cost::Equal, equals),
    ("_!=_", "(A, A) -> bool", Cost::Smaller, not_equals),
    ("@in", "(A, list(A)) -> bool", Cost::Second, in_list),
    ("@in", "(A, map(A, B)) -> bool", Cost::One, in_map),
    ("_[_]", "(list(A), int) -> A", Cost::One, by_evaluator),
    ("_[_]", "(map(A, B), A) -> B", Cost::One, by_evaluator),
    ("_[_]", "(optional(list(A)), int) -> optional(A)", Cost::One, by_evaluator),
    ("_[_]", "(optional(map(A, B)), A) -> optional(B)", Cost::One, by_evaluator),
    ("_[?_]", "(list(A), int) -> optional(A)", Cost::One, by_evaluator),
    ("_[?_]", "(optional(list(A)), int) -> optional(A)", Cost::One, by_evaluator),
    ("_[?_]", "(map(A, B), A) -> optional(B)", Cost::One, by_evaluator),
    ("_[?_]", "(optional(map(A, B)), A) -> optional(B)", Cost::One, by_evaluator),
    ("-_", "(double) -> double", Cost::One, negate),
    ("-_", "(int) -> int", Cost::One, negate),
    ("-_", "(duration) -> duration", Cost::One, negate),
    ("_+_", "(bytes, bytes) -> bytes", Cost::Both, add),
    ("_+_", "(double, double) -> double", Cost::One, add),
    ("_+_", "(duration, duration) -> duration", Cost::One, add),
    ("_+_", "(duration, timestamp) -> timestamp", Cost::One, add),
    ("_+_", "(int, int) -> int", Cost::One, add),
    ("_+_", "(list(A), list(A)) -> list(A)", Cost::One, add),
    ("_+_", "(string, string) -> string", Cost::Both, add),
    ("_+_", "(timestamp, duration) -> timestamp", Cost::One, add),
    ("_+_", "(uint, uint) -> uint", Cost::One, add),
    ("_-_", "(double, double) -> double", Cost::One, subtract),
    ("_-_", "(duration, duration) -> duration", Cost::One, subtract),
    ("_-_", "(int, int) -> int", Cost::One, subtract),
    ("_-_", "(timestamp, timestamp) -> duration", Cost::One, subtract),
    ("_-_", "(timestamp, duration) -> timestamp", Cost::One, subtract),
    ("_-_", "(uint, uint) -> uint", Cost::One, subtract),
    ("_*_", "(double, double) -> double", Cost::One, multiply),
    ("_*_", "(int, int) -> int", Cost::One, multiply),
    ("_*_", "(uint, uint) -> uint", Cost::One, multiply),
    ("_/_", "(double, double) -> double", Cost::One, divide),
    ("_/_", "(int, int) -> int", Cost::One, divide),
    ("_/_", "(uint, uint) -> uint", Cost::One, divide),
    ("_%_", "(int, int) -> int", Cost::One, remainder),
    ("_%_", "(uint, uint) -> uint", Cost::One, remainder),
    ("size", "(bytes) -> int", Cost::One, size),
    ("size", "bytes.() -> int", Cost::One, size),
    ("size", "(list(A)) -> int", Cost::One, size),
    ("size", "list(A).() -> int", Cost::One, size),
    ("size", "(map(A, B)) -> int", Cost::One, size),
    ("size", "map(A, B).() -> int", Cost::One, size),
    ("size", "(string) -> int", Cost::One, size),
    ("size", "string.() -> int", Cost::One, size),
    ("cel.@mapInsert", "(map(K, V), map(K, V)) -> map(K, V)", Cost::One, insert_map),
    ("cel.@mapInsert", "(map(K, V), K, V) -> map(K, V)", Cost::One, insert_entry),
    ("_<_", "(bool, bool) -> bool", Cost::One, less),
    ("_<_", "(int, int) -> bool", Cost::One, less),
    ("_<_", "(int, double) -> bool", Cost::One, less),
    ("_<_", "(int, uint) -> bool", Cost::One, less),
    ("_<_", "(uint, uint) -> bool", Cost::One, less),
    ("_<_", "(uint, double) -> bool", Cost::One, less),
    ("_<_", "(uint, int) -> bool", Cost::One, less),
    ("_<_", "(double, double) -> bool", Cost::One, less),
    ("_<_", "(double, int) -> bool", Cost::One, less),
    ("_<_", "(double, uint) -> bool", Cost::One, less),
    ("_<_", "(string, string) -> bool", Cost::Smaller, less),
    ("_<_", "(bytes, bytes) -> bool", Cost::Smaller, less),
    ("_<_", "(timestamp, timestamp) -> bool", Cost::One, less),
    ("_<_", "(duration, duration) -> bool", Cost::One, less),
    ("_<=_", "(bool, bool) -> bool", Cost::One, at_most),
    ("_<=_", "(int, int) -> bool", Cost::One, at_most),
    ("_<=_", "(int, double) -> bool", Cost::One, at_most),
    ("_<=_", "(int, uint) -> bool", Cost::One, at_most),
    ("_<=_", "(uint, uint) -> bool", Cost::One, at_most),
    ("_<=_", "(uint, double) -> bool", Cost::One, at_most),
    ("_<=_", "(uint, int) -> bool", Cost::One, at_most),
    ("_<=_", "(double, double) -> bool", Cost::One, at_most),
    ("_<=_", "(double, int) -> bool", Cost::One, at_most),
    ("_<=_", "(double, uint) -> bool", Cost::One, at_most),
    ("_<=_", "(string, string) -> bool", Cost::Smaller, at_most),
    ("_<=_", "(bytes, bytes) -> bool", Cost::Smaller, at_most),
    ("_<=_", "(timestamp, timestamp) -> bool", Cost::One, at_most),
    ("_<=_", "(duration, duration) -> bool", Cost::One, at_most),
    ("_>_", "(bool, bool) -> bool", Cost::One, greater),
    ("_>_", "(int, int) -> bool", Cost::One, greater),
    ("_>_", "(int, double) -> bool", Cost::One, greater),
    ("_>_", "(int, uint) -> bool", Cost::One, greater),
    ("_>_", "(uint, uint) -> bool", Cost::One, greater),
    ("_>_", "(uint, double) -> bool", Cost::One, greater),
    ("_>_", "(uint, int) -> bool", Cost::One, greater),
    ("_>_", "(double, double) -> bool", Cost::One, greater),
    ("_>_", "(double, int) -> bool", Cost::One, greater),
    ("_>_", "(double, uint) -> bool", Cost::One, greater),
    ("_>_", "(string, string) -> bool", Cost::Smaller, greater),
    ("_>_", "(bytes, bytes) -> bool", Cost::Smaller, greater),
    ("_>_", "(timestamp, timestamp) -> bool", Cost::One, greater),
    ("_>_", "(duration, duration) -> bool", Cost::One, greater),
    ("_>=_", "(bool, bool) -> bool", Cost::One, at_least),
    ("_>=_", "(int, int) -> bool", Cost::One, at_least),
    ("_>=_", "(int, double) -> bool", Cost::One, at_least),
    ("_>=_", "(int, uint) -> bool", Cost::One, at_least),
    ("_>=_", "(uint, uint) -> bool", Cost::One, at_least),
    ("_>=_", "(uint, double) -> bool", Cost::One, at_least),
    ("_>=_", "(uint, int) -> bool", Cost::One, at_least),
    ("_>=_", "(double, double) -> bool", Cost::One, at_least),
    ("_>=_", "(double, int) -> bool", Cost::One, at_least),
    ("_>=_", "(double, uint) -> bool", Cost::One, at_least),
    ("_>=_", "(string, string) -> bool", Cost::Smaller, at_least),
    ("_>=_", "(bytes, bytes) -> bool", Cost::Smaller, at_least),
    ("_>=_", "(timestamp, timestamp) -> bool", Cost::One, at_least),
    ("_>=_", "(duration, duration) -> bool", Cost::One, at_least),
];

/// True for an overload that upstream does not declare, but runs for a dynamic value.
pub fn is_undeclared(overload: &Overload) -> bool {
    overload.name == "-_" && overload.signature.result == Type::Duration
}

/// True for functions that upstream dispatches by the values alone, whatever the checker thought of the types.
pub fn is_by_value(name: &str) -> bool {
    TABLE.iter().any(|row| row.0 == name)
}

fn by_evaluator<'v>(_: &[Value<'v>]) -> Outcome<'v> {
    unreachable!("the evaluator has a node of its own for this")
}

fn not<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    match args {
        [Value::Bool(b)] => Ok(Value::Bool(!b)),
        _ => Err(Failure::no_overload()),
    }
}

fn equals<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    equal(&args[0], &args[1]).map(Value::Bool)
}

/// True also where `==` would be an error.
fn not_equals<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Bool(!surely_equal(&args[0], &args[1])))
}

fn in_list<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let Value::List(list) = &args[1] else { return Err(Failure::no_overload()) };
    Ok(Value::Bool(list.iter().any(|item| surely_equal(item, &args[0]))))
}

fn in_map<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let Value::Map(map) = &args[1] else { return Err(Failure::no_overload()) };
    map.find(&args[0])?;
    Ok(Value::Bool(map.contains(&args[0])))
}

fn int(value: Option<i64>) -> Outcome<'static> {
    value.map(Value::Int).ok_or_else(|| Failure::new("integer overflow"))
}

fn uint(value: Option<u64>) -> Outcome<'static> {
    value.map(Value::Uint).ok_or_else(|| Failure::new("unsigned integer overflow"))
}

fn duration(nanos: Option<i64>) -> Outcome<'static> {
    nanos.map(Value::Duration).ok_or_else(|| Failure::new("integer overflow"))
}

fn timestamp(at: Option<Timestamp>) -> Outcome<'static> {
    at.map(Value::Timestamp).ok_or_else(|| Failure::new("timestamp overflow"))
}

fn negate<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    match args {
        [Value::Int(n)] => int(n.checked_neg()),
        [Value::Double(d)] => Ok(Value::Double(-d)),
        [Value::Duration(n)] => duration(n.checked_neg()),
        _ => Err(Failure::no_overload()),
    }
}

/// `a + b`; also what `sum()` does.
pub(super) fn add<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    match args {
        [Value::Int(a), Value::Int(b)] => int(a.checked_add(*b)),
        [Value::Uint(a), Value::Uint(b)] => uint(a.checked_add(*b)),
        [Value::Double(a), Value::Double(b)] => Ok(Value::Double(a + b)),
        [Value::Duration(a), Value::Duration(b)] => duration(a.checked_add(*b)),
        [Value::Timestamp(t), Value::Duration(n)] | [Value::Duration(n), Value::Timestamp(t)] => timestamp(t.plus((*n).into())),
        [Value::String(a), Value::String(b)] => Ok(Value::text([a.as_str(), b.as_str()].concat())),
        [Value::Bytes(a), Value::Bytes(b)] => Ok(Value::Bytes(Arc::new([a.as_slice(), b.as_slice()].concat()))),
        [Value::List(a), Value::List(b)] => Ok(Value::list(a.iter().chain(b.iter()).cloned().collect())),
        _ => Err(Failure::no_overload()),
    }
}

fn subtract<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    match args {
        [Value::Int(a), Value::Int(b)] => int(a.checked_sub(*b)),
        [Value::Uint(a), Value::Uint(b)] => uint(a.checked_sub(*b)),
        [Value::Double(a), Value::Double(b)] => Ok(Value::Double(a - b)),
        [Value::Duration(a), Value::Duration(b)] => duration(a.checked_sub(*b)),
        [Value::Timestamp(a), Value::Timestamp(b)] => duration(a.since(b)),
        // Upstream negates the duration first.
        [Value::Timestamp(t), Value::Duration(n)] => timestamp(n.checked_neg().and_then(|n| t.plus(n.into()))),
        _ => Err(Failure::no_overload()),
    }
}

fn multiply<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    match args {
        [Value::Int(a), Value::Int(b)] => int(a.checked_mul(*b)),
        [Value::Uint(a), Value::Uint(b)] => uint(a.checked_mul(*b)),
        [Value::Double(a), Value::Double(b)] => Ok(Value::Double(a * b)),
        _ => Err(Failure::no_overload()),
    }
}

fn divide<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    match args {
        [Value::Int(_), Value::Int(0)] | [Value::Uint(_), Value::Uint(0)] => Err(Failure::new("division by zero")),
        [Value::Int(a), Value::Int(b)] => int(a.checked_div(*b)),
        [Value::Uint(a), Value::Uint(b)] => uint(a.checked_div(*b)),
        [Value::Double(a), Value::Double(b)] => Ok(Value::Double(a / b)),
        _ => Err(Failure::no_overload()),
    }
}

fn remainder<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    match args {
        [Value::Int(_), Value::Int(0)] | [Value::Uint(_), Value::Uint(0)] => Err(Failure::new("modulus by zero")),
        [Value::Int(a), Value::Int(b)] => int(a.checked_rem(*b)),
        [Value::Uint(a), Value::Uint(b)] => uint(a.checked_rem(*b)),
        _ => Err(Failure::no_overload()),
    }
}

fn less<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    order(&args[0], &args[1]).map(|o| Value::Bool(o == Ordering::Less))
}

fn at_most<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    order(&args[0], &args[1]).map(|o| Value::Bool(o != Ordering::Greater))
}

fn greater<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    order(&args[0], &args[1]).map(|o| Value::Bool(o == Ordering::Greater))
}

fn at_least<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    order(&args[0], &args[1]).map(|o| Value::Bool(o != Ordering::Less))
}

fn size<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Int(args[0].size() as i64))
}

/// Adds an entry to a map; a key that is there already is an error.
fn insert_entry<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let Value::Map(map) = &args[0] else { return Err(Failure::no_overload()) };
    if map.contains(&args[1]) {
        return Err(Failure::new("insert failed: the key exists already"));
    }
    let mut entries = map.entries();
    entries.push((args[1].clone(), args[2].clone()));
    Map::collect(entries).map(Value::Map)
}

fn insert_map<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let [Value::Map(map), Value::Map(more)] = args else { return Err(Failure::no_overload()) };
    if more.entries().iter().any(|(key, _)| map.contains(key)) {
        return Err(Failure::new("insert failed: the key exists already"));
    }
    let mut entries = map.entries();
    entries.extend(more.entries());
    Map::collect(entries).map(Value::Map)
}
