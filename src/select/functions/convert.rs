//! Conversions and `type`.

use std::sync::Arc;

use crate::select::error::Failure;
use crate::select::functions::duration;
use crate::select::functions::table::{Cost, Row};
use crate::select::value::{Outcome, Value};

pub(super) const TABLE: &[Row] = &[
    ("type", "(A) -> type(A)", Cost::One, type_of),
    ("dyn", "(A) -> dyn", Cost::One, identity),
    ("bool", "(bool) -> bool", Cost::One, identity),
    ("bool", "(string) -> bool", Cost::One, to_bool),
    ("bytes", "(bytes) -> bytes", Cost::One, identity),
    ("bytes", "(string) -> bytes", Cost::Text, to_bytes),
    ("double", "(double) -> double", Cost::One, identity),
    ("double", "(int) -> double", Cost::One, to_double),
    ("double", "(string) -> double", Cost::One, to_double),
    ("double", "(uint) -> double", Cost::One, to_double),
    ("int", "(int) -> int", Cost::One, identity),
    ("int", "(double) -> int", Cost::One, to_int),
    ("int", "(duration) -> int", Cost::One, to_int),
    ("int", "(string) -> int", Cost::One, to_int),
    ("int", "(timestamp) -> int", Cost::One, to_int),
    ("int", "(uint) -> int", Cost::One, to_int),
    ("string", "(string) -> string", Cost::One, identity),
    ("string", "(bool) -> string", Cost::One, to_string),
    ("string", "(bytes) -> string", Cost::Text, to_string),
    ("string", "(double) -> string", Cost::One, to_string),
    ("string", "(duration) -> string", Cost::One, to_string),
    ("string", "(int) -> string", Cost::One, to_string),
    ("string", "(timestamp) -> string", Cost::One, to_string),
    ("string", "(uint) -> string", Cost::One, to_string),
    ("string", "(ip) -> string", Cost::One, to_string),
    ("string", "(cidr) -> string", Cost::One, to_string),
    ("uint", "(uint) -> uint", Cost::One, identity),
    ("uint", "(double) -> uint", Cost::One, to_uint),
    ("uint", "(int) -> uint", Cost::One, to_uint),
    ("uint", "(string) -> uint", Cost::One, to_uint),
];

/// Conversions that upstream applies to a constant when the program is built, so that a failure is a compile error.
pub const FOLDED: [&str; 10] = ["bool", "bytes", "double", "duration", "dyn", "int", "string", "timestamp", "type", "uint"];

fn identity<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(args[0].clone())
}

fn type_of<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Type(args[0].type_name()))
}

fn cannot(value: &Value<'_>, to: &str) -> Failure {
    Failure::new(format!("type conversion error from '{}' to '{to}'", value.type_name()))
}

fn to_bool<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    match args[0].as_str() {
        Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Ok(Value::Bool(true)),
        Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Ok(Value::Bool(false)),
        _ => Err(cannot(&args[0], "bool")),
    }
}

fn to_bytes<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    match args[0].as_str() {
        Some(text) => Ok(Value::Bytes(Arc::new(text.as_bytes().to_vec()))),
        None => Err(cannot(&args[0], "bytes")),
    }
}

fn to_double<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let value = match &args[0] {
        Value::Int(n) => Some(*n as f64),
        Value::Uint(n) => Some(*n as f64),
        Value::String(text) => parse_double(text.as_str()),
        _ => None,
    };
    value.map(Value::Double).ok_or_else(|| cannot(&args[0], "double"))
}

/// Reads a number as Go's `strconv.ParseFloat` does: underscores between digits, hexadecimal floats, and no infinite result
/// from a finite text.
fn parse_double(text: &str) -> Option<f64> {
    let (sign, bare) = match text.strip_prefix('-') {
        Some(bare) => (-1.0, bare),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if bare.starts_with(['+', '-']) {
        return None;
    }
    if let Some(hex) = bare.strip_prefix("0x").or_else(|| bare.strip_prefix("0X")) {
        return hex_double(hex).filter(|d| d.is_finite()).map(|d| sign * d);
    }
    let value: f64 = without_underscores(bare)?.parse().ok()?;
    let names_infinity = bare.starts_with(['i', 'I']);
    (value.is_finite() || value.is_nan() || names_infinity).then_some(sign * value)
}

/// The digits alone; nothing if an underscore stands anywhere but between two digits.
fn without_underscores(text: &str) -> Option<String> {
    let digit = |b: Option<&u8>| b.is_some_and(u8::is_ascii_hexdigit);
    let bytes = text.as_bytes();
    let mut places = (0..bytes.len()).filter(|&at| bytes[at] == b'_');
    let fine = places.all(|at| at > 0 && digit(bytes.get(at - 1)) && digit(bytes.get(at + 1)));
    fine.then(|| text.replace('_', ""))
}

/// `1.8p3` after its prefix: hexadecimal digits, perhaps a point, and a binary exponent, which must be there.
fn hex_double(text: &str) -> Option<f64> {
    let text = without_underscores(text.strip_prefix('_').unwrap_or(text))?;
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let exponent: i32 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    if whole.len() + fraction.len() == 0 || digits.len() > 13 || fraction.len() > 300 {
        // More digits than a double holds would have to be rounded here.
        return None;
    }
    let value = if digits.is_empty() { 0 } else { u64::from_str_radix(digits, 16).ok()? };
    let shift = exponent.clamp(-5000, 5000) - 4 * fraction.len() as i32;
    Some(libm::ldexp(value as f64, shift))
}

/// Reads an integer as Go's `strconv.ParseInt` does: a sign is allowed, blanks are not.
fn parse_int(text: &str) -> Option<i64> {
    text.parse().ok()
}

fn to_int<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    match &args[0] {
        // Upstream leaves out both ends of the range.
        Value::Double(d) if *d > -9_223_372_036_854_775_808.0 && *d < 9_223_372_036_854_775_808.0 => Ok(Value::Int(*d as i64)),
        Value::Uint(n) if i64::try_from(*n).is_ok() => Ok(Value::Int(*n as i64)),
        Value::Double(_) | Value::Uint(_) => Err(Failure::new("integer overflow")),
        Value::Duration(nanos) => Ok(Value::Int(*nanos)),
        Value::Timestamp(at) => Ok(Value::Int(at.seconds)),
        Value::String(text) => parse_int(text.as_str()).map(Value::Int).ok_or_else(|| cannot(&args[0], "int")),
        other => Err(cannot(other, "int")),
    }
}

fn to_uint<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    match &args[0] {
        Value::Double(d) if *d >= 0.0 && *d < 18_446_744_073_709_551_616.0 => Ok(Value::Uint(*d as u64)),
        Value::Int(n) if *n >= 0 => Ok(Value::Uint(*n as u64)),
        Value::Double(_) | Value::Int(_) => Err(Failure::new("unsigned integer overflow")),
        Value::String(text) => {
            // Unlike for signed integers, no sign is allowed.
            let value = text.as_str().parse().ok().filter(|_| !text.as_str().starts_with('+'));
            value.map(Value::Uint).ok_or_else(|| cannot(&args[0], "uint"))
        }
        other => Err(cannot(other, "uint")),
    }
}

fn to_string<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    text_of(&args[0]).map(Value::text)
}

/// The text of a value, if it has one.
pub fn text_of(value: &Value<'_>) -> Result<String, Failure> {
    match value {
        Value::String(text) => Ok(text.as_str().to_owned()),
        Value::Duration(nanos) => Ok(duration::text(*nanos)),
        Value::Timestamp(at) => Ok(at.to_string()),
        Value::Ip(ip) => Ok(ip.to_string()),
        Value::Cidr(cidr) => Ok(cidr.to_string()),
        Value::Type(name) => Ok((*name).to_owned()),
        Value::Bool(b) => Ok(b.to_string()),
        Value::Int(n) => Ok(n.to_string()),
        Value::Uint(n) => Ok(n.to_string()),
        Value::Double(d) => Ok(double_text(*d)),
        Value::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(Failure::new("invalid UTF-8 in bytes, cannot convert to string")),
        },
        other => Err(cannot(other, "string")),
    }
}

/// A double as Go's `strconv.FormatFloat(d, 'g', -1, 64)` prints it: shortest digits, an exponent of at least two digits
/// where the number is below 10^-4 or has more than 21 digits before the point.
fn double_text(d: f64) -> String {
    if d.is_nan() {
        return "NaN".to_owned();
    }
    if d.is_infinite() {
        return if d > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{d:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    // With the shortest digits Go decides as for six digits.
    if (-4..6).contains(&exponent) || d == 0.0 {
        return format!("{d}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_print_as_in_go() {
        let check = |d: f64, want: &str| assert_eq!(double_text(d), want);
        check(1.0, "1");
        check(-0.0, "-0");
        check(0.1 + 0.2, "0.30000000000000004");
        check(1e20, "1e+20");
        check(1e-7, "1e-07");
        check(0.0001, "0.0001");
        check(0.00001, "1e-05");
        check(100_000.0, "100000");
        check(1_000_000.0, "1e+06");
        check(123_456_789.0, "1.23456789e+08");
        check(f64::NEG_INFINITY, "-Inf");
    }
}
