//! Durations (`cel-go` `common/types/duration.go`): nanoseconds in 64 bits, written as in Go.

use crate::select::error::Failure;
use crate::select::functions::table::{Cost, Row};
use crate::select::value::{Outcome, Value};

pub(super) const TABLE: &[Row] = &[
    ("duration", "(duration) -> duration", Cost::One, identity),
    ("duration", "(string) -> duration", Cost::One, convert),
    ("getHours", "duration.() -> int", Cost::One, hours),
    ("getMinutes", "duration.() -> int", Cost::One, minutes),
    ("getSeconds", "duration.() -> int", Cost::One, seconds),
    ("getMilliseconds", "duration.() -> int", Cost::One, milliseconds),
];

const SECOND: i64 = 1_000_000_000;

fn identity<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(args[0].clone())
}

fn convert<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let parsed = args[0].as_str().and_then(parse);
    parsed.map(Value::Duration).ok_or_else(|| Failure::new("type conversion error from 'string' to 'google.protobuf.Duration'"))
}

fn nanos(args: &[Value<'_>]) -> Result<i64, Failure> {
    match args {
        [Value::Duration(n)] => Ok(*n),
        _ => Err(Failure::no_overload()),
    }
}

/// How many whole units a duration has, by way of a double, as upstream divides.
fn units(nanos: i64, unit: i64) -> f64 {
    (nanos / unit) as f64 + (nanos % unit) as f64 / unit as f64
}

fn hours<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Int(units(nanos(args)?, 3600 * SECOND) as i64))
}

fn minutes<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Int(units(nanos(args)?, 60 * SECOND) as i64))
}

fn seconds<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Int(units(nanos(args)?, SECOND) as i64))
}

fn milliseconds<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Int(nanos(args)? / 1_000_000))
}

/// `1.5s`: seconds with the shortest fraction that a double needs.
pub fn text(nanos: i64) -> String {
    format!("{}s", units(nanos, SECOND))
}

/// Reads a duration as Go's `time.ParseDuration` does: numbers with units, such as `-1h2.5ms`; plain `0` needs none.
pub fn parse(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (nanos, after) = part(rest)?;
        total = total.checked_add(nanos).filter(|total| *total <= 1 << 63)?;
        rest = after;
    }
    match (negative, total) {
        (true, total) => Some((total as i64).wrapping_neg()),
        (false, total) => i64::try_from(total).ok(),
    }
}

/// One number with its unit, and what follows.
fn part(text: &str) -> Option<(u64, &str)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, rest) = text.split_at(digits(text));
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(digits(rest)),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let length = rest.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(length);
    let unit: u64 = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    };
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let nanos = whole.checked_mul(unit).filter(|n| *n <= 1 << 63)?;
    Some((nanos + fraction_of(fraction, unit), rest))
}

/// A fraction of a unit, through a double as Go does it; digits that do not fit 63 bits are dropped.
fn fraction_of(digits: &str, unit: u64) -> u64 {
    let (mut value, mut scale) = (0u64, 1.0f64);
    for digit in digits.bytes().map(|b| u64::from(b - b'0')) {
        let next = if value > (i64::MAX as u64) / 10 { None } else { Some(value * 10 + digit).filter(|n| *n <= 1 << 63) };
        match next {
            Some(next) => (value, scale) = (next, scale * 10.0),
            None => break,
        }
    }
    (value as f64 * (unit as f64 / scale)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints() {
        let check = |text: &str, want: Option<i64>| assert_eq!(parse(text), want, "{text}");
        check("0", Some(0));
        check("-0", Some(0));
        check("1.5s", Some(1_500_000_000));
        check("-2h3ms", Some(-7_200_003_000_000));
        check(".5m", Some(30_000_000_000));
        check("1.s", Some(1_000_000_000));
        check("1µs1μs1us", Some(3_000));
        check("2562047h47m16.854775807s", Some(i64::MAX));
        check("-2562047h47m16.854775808s", Some(i64::MIN));
        check("2562047h47m16.854775808s", None);
        check("0.3333333333333333333h", Some(1_200_000_000_000));
        check("9223372036854775809ns", None);
        for wrong in ["", "-", "+", "1", "s", ".s", "1x", "1 s", "1s ", "1h-1m", "--1s", "99999999999999999999s"] {
            check(wrong, None);
        }
        let check = |nanos: i64, want: &str| assert_eq!(super::text(nanos), want);
        check(0, "0s");
        check(1_500_000_000, "1.5s");
        check(-7_200_003_000_000, "-7200.003s");
        check(i64::MAX, "9223372036.854776s");
        check(1, "0.000000001s");
    }
}
