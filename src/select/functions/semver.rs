//! Semantic versions (`apiserver/pkg/cel/library/semverlib.go`, which parses with `github.com/blang/semver/v4`).

use std::cmp::Ordering;
use std::sync::Arc;

use crate::select::error::Failure;
use crate::select::functions::table::{Cost, Row};
use crate::select::value::{Outcome, Value};

pub(super) const TABLE: &[Row] = &[
    ("semver", "(string) -> semver", Cost::Text, Some(parse)),
    ("semver", "(string, bool) -> semver", Cost::Text, Some(parse)),
    ("isSemver", "(string) -> bool", Cost::Text, Some(is_semver)),
    ("isSemver", "(string, bool) -> bool", Cost::Text, Some(is_semver)),
    ("isGreaterThan", "semver.(semver) -> bool", Cost::One, Some(is_greater_than)),
    ("isLessThan", "semver.(semver) -> bool", Cost::One, Some(is_less_than)),
    ("compareTo", "semver.(semver) -> int", Cost::One, Some(compare_to)),
    ("major", "semver.() -> int", Cost::One, Some(major)),
    ("minor", "semver.() -> int", Cost::One, Some(minor)),
    ("patch", "semver.() -> int", Cost::One, Some(patch)),
];

/// A version 2.0.0. Build metadata is checked and forgotten: it never counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Semver {
    numbers: [u64; 3],
    prerelease: Vec<Identifier>,
}

/// A dot-separated part of a pre-release. Numbers are lower than texts.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Identifier {
    Number(u64),
    Text(String),
}

impl Semver {
    /// Parses exactly `MAJOR.MINOR.PATCH[-PRERELEASE][+BUILD]`.
    pub fn parse(text: &str) -> Result<Semver, String> {
        if text.is_empty() {
            return Err("version string empty".to_owned());
        }
        let (text, build) = text.split_once('+').map_or((text, None), |(t, b)| (t, Some(b)));
        // The first sign decides: a minus after the plus belongs to the build metadata.
        let (core, prerelease) = text.split_once('-').map_or((text, None), |(t, p)| (t, Some(p)));
        let parts: Vec<&str> = core.split('.').collect();
        let [major, minor, patch] = parts[..] else { return Err("no Major.Minor.Patch elements found".to_owned()) };
        let numbers = [number(major)?, number(minor)?, number(patch)?];
        let prerelease = match prerelease {
            Some(parts) => parts.split('.').map(identifier).collect::<Result<_, _>>()?,
            None => Vec::new(),
        };
        if let Some(bad) = build.and_then(|b| b.split('.').find(|part| !is_name(part))) {
            return Err(format!("invalid build metadata `{bad}`"));
        }
        Ok(Semver { numbers, prerelease })
    }

    /// Parses like a human: one leading `v`, missing minor and patch, leading zeros.
    pub fn parse_loosely(text: &str) -> Result<Semver, String> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let core_end = text.splitn(3, '.').map(str::len).sum::<usize>() + text.matches('.').count().min(2);
        let core = &text[..core_end.min(text.len())];
        let mut parts: Vec<String> = core.splitn(3, '.').map(str::to_owned).collect();
        if parts.len() < 3 {
            if parts.iter().any(|part| part.contains(['-', '+'])) {
                return Err("short version cannot contain PreRelease/Build meta data".to_owned());
            }
            parts.resize(3, "0".to_owned());
        }
        for part in &mut parts {
            let zeros = part.len() - part.trim_start_matches('0').len();
            let rest = &part[zeros..];
            let keep = usize::from(zeros > 0 && !rest.starts_with(|c: char| c.is_ascii_digit()));
            *part = format!("{}{rest}", &"0"[..keep]);
        }
        Semver::parse(&parts.join("."))
    }
}

fn number(text: &str) -> Result<u64, String> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!("invalid character(s) found in number {text:?}"));
    }
    if text.len() > 1 && text.starts_with('0') {
        return Err(format!("number must not contain leading zeroes {text:?}"));
    }
    text.parse().map_err(|_| format!("number {text:?} is out of range"))
}

fn is_name(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn identifier(part: &str) -> Result<Identifier, String> {
    if !is_name(part) {
        return Err(format!("invalid pre-release part {part:?}"));
    }
    match part.bytes().all(|b| b.is_ascii_digit()) {
        true => number(part).map(Identifier::Number),
        false => Ok(Identifier::Text(part.to_owned())),
    }
}

impl Ord for Semver {
    /// Precedence: a pre-release is lower than its release, and a longer one higher than its beginning.
    fn cmp(&self, other: &Semver) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| match (self.prerelease.is_empty(), other.prerelease.is_empty()) {
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            _ => self.prerelease.cmp(&other.prerelease),
        })
    }
}

impl PartialOrd for Semver {
    fn partial_cmp(&self, other: &Semver) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn parse<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let text = args[0].as_str().ok_or_else(Failure::no_overload)?;
    let parsed = match args.get(1) {
        Some(Value::Bool(true)) => Semver::parse_loosely(text),
        _ => Semver::parse(text),
    };
    parsed.map(|version| Value::Semver(Arc::new(version))).map_err(Failure::new)
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
fn part<'v>(args: &[Value<'v>], n: usize) -> Outcome<'v> {
    match &args[0] {
        Value::Semver(version) => Ok(Value::Int(version.numbers[n] as i64)),
        _ => Err(Failure::no_overload()),
    }
}

fn major<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    part(args, 0)
}

fn minor<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    part(args, 1)
}

fn patch<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    part(args, 2)
}
