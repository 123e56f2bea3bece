//! Semantic versions (`apiserver/pkg/cel/library/semverlib.go`).

use std::sync::Arc;

use crate::base::Semver;
use crate::select::error::Failure;
use crate::select::functions::table::{Cost, Row};
use crate::select::value::{Outcome, Value};

pub(super) const TABLE: &[Row] = &[
    ("semver", "(string) -> semver", Cost::Text, parse),
    ("semver", "(string, bool) -> semver", Cost::Text, parse),
    ("isSemver", "(string) -> bool", Cost::Text, is_semver),
    ("isSemver", "(string, bool) -> bool", Cost::Text, is_semver),
    ("isGreaterThan", "semver.(semver) -> bool", Cost::One, is_greater_than),
    ("isLessThan", "semver.(semver) -> bool", Cost::One, is_less_than),
    ("compareTo", "semver.(semver) -> int", Cost::One, compare_to),
    ("major", "semver.() -> int", Cost::One, major),
    ("minor", "semver.() -> int", Cost::One, minor),
    ("patch", "semver.() -> int", Cost::One, patch),
];

fn parse<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let text = args[0].as_str().ok_or_else(Failure::no_overload)?;
    let parsed = match args.get(1) {
        Some(Value::Bool(true)) => Semver::parse_normalized(text),
        _ => Semver::parse(text),
    };
    parsed.map(|version| Value::Semver(Arc::new(version))).map_err(|error| Failure::new(error.to_string()))
}

fn is_semver<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Bool(parse(args).is_ok()))
}

fn two<'a>(args: &'a [Value<'_>]) -> Result<(&'a Semver, &'a Semver), Failure> {
    match args {
        [Value::Semver(a), Value::Semver(b)] => Ok((a, b)),
        _ => Err(Failure::no_overload()),
    }
}

fn is_greater_than<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    two(args).map(|(a, b)| Value::Bool(a > b))
}

fn is_less_than<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    two(args).map(|(a, b)| Value::Bool(a < b))
}

fn compare_to<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    two(args).map(|(a, b)| Value::Int(a.cmp(b) as i64))
}

/// One of the three numbers. Above 2^63 - 1 it wraps, as upstream's conversion does.
fn part<'v>(args: &[Value<'v>], number: impl Fn(&Semver) -> u64) -> Outcome<'v> {
    match &args[0] {
        Value::Semver(version) => Ok(Value::Int(number(version) as i64)),
        _ => Err(Failure::no_overload()),
    }
}

fn major<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    part(args, |version| version.major)
}

fn minor<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    part(args, |version| version.minor)
}

fn patch<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    part(args, |version| version.patch)
}
