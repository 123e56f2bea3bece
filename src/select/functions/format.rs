//! `format` (`cel-go` `ext/formatting.go`): verbs, and the check of constant formats.
//!
//! Doubles under `%f` and `%e` are printed as `golang.org/x/text/message` does in English: groups of three digits, powers of
//! ten, and a precision that `%e` takes for a width.

use std::sync::LazyLock;

use crate::select::error::Failure;
use crate::select::functions::convert::text_of;
use crate::select::functions::table::{Cost, Row};
use crate::select::types::Type;
use crate::select::value::{Outcome, Value};

pub(super) const TABLE: &[Row] = &[("format", "string.(list(dyn)) -> string", Cost::Text, format)];

/// A verb with its precision.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verb {
    /// `%s`
    Text,
    /// `%d`
    Decimal,
    /// `%f`
    Fixed(usize),
    /// `%e`; the number is a width.
    Scientific(usize),
    /// `%b`
    Binary,
    /// `%x`, and with true `%X`
    Hex(bool),
    /// `%o`
    Octal,
}

/// A piece of a format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Piece<'f> {
    /// Stands for itself.
    Plain(&'f str),
    /// Stands for the next argument.
    Verb(Verb),
}

/// Digits where a format gives no precision.
const PRECISION: usize = 6;

/// Where a number in a format has another digit after more than this, upstream prints [`NO_VERB`].
const NUMBER_MAX: usize = 1_000_000;

/// What upstream prints where it does not understand its own format.
const NO_VERB: &str = "%!(NOVERB)";

/// The pieces of a format. Upstream looks for the argument before it reads the verb, so `available` arguments must not run
/// out.
pub fn pieces(format: &str, available: usize) -> Result<Vec<Piece<'_>>, Failure> {
    let mut out = Vec::new();
    let (mut rest, mut used) = (format, 0);
    while let Some(at) = rest.find('%') {
        out.push(Piece::Plain(&rest[..at]));
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push(Piece::Plain("%"));
            rest = after;
            continue;
        }
        if used >= available {
            return Err(Failure::new(format!("index {used} out of range")));
        }
        used += 1;
        let (verb, after) = verb(rest)?;
        out.push(Piece::Verb(verb));
        rest = after;
    }
    out.push(Piece::Plain(rest));
    Ok(out)
}

/// The verb at the start of `text`, and what follows it.
fn verb(text: &str) -> Result<(Verb, &str), Failure> {
    let (precision, rest) = match text.strip_prefix('.') {
        Some(after) => {
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            let number = after[..digits].parse::<i64>().ok().and_then(|n| usize::try_from(n).ok());
            (Some(number.ok_or_else(|| Failure::new("this is no precision"))?), &after[digits..])
        }
        None => (None, text),
    };
    let precision = precision.unwrap_or(PRECISION);
    let mut chars = rest.chars();
    let verb = match chars.next() {
        Some('s') => Verb::Text,
        Some('d') => Verb::Decimal,
        Some('f') => Verb::Fixed(precision),
        Some('e') => Verb::Scientific(precision),
        Some('b') => Verb::Binary,
        Some('x') => Verb::Hex(false),
        Some('X') => Verb::Hex(true),
        Some('o') => Verb::Octal,
        Some(other) => return Err(Failure::new(format!("unrecognized formatting clause {other:?}"))),
        None => return Err(Failure::new("the format ends within a clause")),
    };
    Ok((verb, chars.as_str()))
}

/// True if a verb may get a value of the static type.
pub fn accepts(verb: Verb, t: &Type) -> bool {
    let number = matches!(t, Type::Int | Type::Uint);
    let t = match t {
        Type::Wrapper(inner) => inner,
        other => other,
    };
    match (verb, t) {
        (_, Type::Dyn | Type::Param(_)) => true,
        (Verb::Text, t) => !matches!(t, Type::Optional(_) | Type::Opaque(_) | Type::Device | Type::Any),
        (Verb::Decimal | Verb::Octal, Type::Int | Type::Uint) => true,
        (Verb::Fixed(_) | Verb::Scientific(_), Type::Double | Type::String) => true,
        (Verb::Binary, t) => number || *t == Type::Bool,
        (Verb::Hex(_), t) => number || matches!(t, Type::String | Type::Bytes),
        _ => false,
    }
}

fn format<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let [format, Value::List(items)] = args else { return Err(Failure::no_overload()) };
    let mut items_left = items.iter();
    let mut out = String::new();
    for piece in pieces(format.as_str().ok_or_else(Failure::no_overload)?, items.len())? {
        match piece {
            Piece::Plain(text) => out.push_str(text),
            Piece::Verb(verb) => {
                let item = items_left.next().ok_or_else(|| Failure::new("an argument is missing"))?;
                out.push_str(&formatted(verb, item)?);
            }
        }
    }
    Ok(Value::text(out))
}

fn formatted(verb: Verb, value: &Value<'_>) -> Result<String, Failure> {
    let refused = || Failure::new(format!("error during formatting: {} does not fit this clause", value.type_name()));
    Ok(match (verb, value) {
        (Verb::Text, value) => shown(value)?,
        (Verb::Decimal, Value::Int(n)) => n.to_string(),
        (Verb::Decimal, Value::Uint(n)) => n.to_string(),
        (Verb::Fixed(digits), value) => fixed(double(value).ok_or_else(refused)?, digits),
        (Verb::Scientific(width), value) => scientific(double(value).ok_or_else(refused)?, width),
        (Verb::Binary, Value::Bool(b)) => u8::from(*b).to_string(),
        (Verb::Binary, Value::Uint(n)) => format!("{n:b}"),
        (Verb::Binary, Value::Int(n)) => format!("{}{:b}", sign(*n), n.unsigned_abs()),
        (Verb::Octal, Value::Uint(n)) => format!("{n:o}"),
        (Verb::Octal, Value::Int(n)) => format!("{}{:o}", sign(*n), n.unsigned_abs()),
        (Verb::Hex(upper), value) => {
            let text = match value {
                Value::Int(n) => format!("{}{:x}", sign(*n), n.unsigned_abs()),
                Value::Uint(n) => format!("{n:x}"),
                Value::String(text) => text.as_str().bytes().map(|b| format!("{b:02x}")).collect(),
                Value::Bytes(bytes) => bytes.iter().map(|b| format!("{b:02x}")).collect(),
                _ => return Err(refused()),
            };
            if upper { text.to_ascii_uppercase() } else { text }
        }
        _ => return Err(refused()),
    })
}

fn sign(n: i64) -> &'static str {
    if n < 0 { "-" } else { "" }
}

/// A double, or one of the three texts that stand for one.
fn double(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Double(d) => Some(*d),
        other => match other.as_str()? {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        },
    }
}

/// What is no finite number, as a text.
fn special(d: f64) -> Option<&'static str> {
    match d {
        d if d.is_nan() => Some("NaN"),
        f64::INFINITY => Some("∞"),
        f64::NEG_INFINITY => Some("-∞"),
        _ => None,
    }
}

/// `1,234.50`. Upstream keeps the precision as two numbers: how many digits there are at most has 16 bits and a sign (below
/// zero: as many as the double needs), how many there are at least has 8.
fn fixed(d: f64, digits: usize) -> String {
    if digits / 10 > NUMBER_MAX {
        return NO_VERB.to_owned();
    }
    if let Some(text) = special(d) {
        return text.to_owned();
    }
    let (most, least) = (digits as u16 as i16, usize::from(digits as u8));
    let plain = match usize::try_from(most) {
        Ok(most) => format!("{:.most$}", d.abs()),
        Err(_) => d.abs().to_string(),
    };
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let needed = fraction.trim_end_matches('0').len().max(least.min(fraction.len()));
    let fraction = format!("{:0<least$}", &fraction[..needed]);
    let mut out = String::from(if d < 0.0 { "-" } else { "" });
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(&fraction);
    }
    out
}

/// `1.234500×10⁰³`, always with six digits after the point, at least `width` characters wide. Upstream keeps the width in 16
/// bits.
fn scientific(d: f64, width: usize) -> String {
    if width / 10 > NUMBER_MAX {
        return NO_VERB.to_owned();
    }
    let text = special(d).map_or_else(|| power_of_ten(d), str::to_owned);
    let missing = usize::from(width as u16).saturating_sub(text.chars().count());
    [" ".repeat(missing), text].concat()
}

fn power_of_ten(d: f64) -> String {
    let plain = format!("{:.PRECISION$e}", d.abs());
    let (mantissa, exponent) = plain.split_once('e').unwrap_or((&plain, "0"));
    let (minus, exponent) = exponent.strip_prefix('-').map_or(("", exponent), |rest| ("⁻", rest));
    let raised = |c: char| match c {
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        c => c.to_digit(10).and_then(|n| char::from_u32(0x2070 + n)).unwrap_or('⁰'),
    };
    let exponent: String = format!("{exponent:0>2}").chars().map(raised).collect();
    let sign = if d < 0.0 { "-" } else { "" };
    format!("{sign}{mantissa}×10{minus}{exponent}")
}

/// What `%s` makes of a value.
fn shown(value: &Value<'_>) -> Result<String, Failure> {
    match value {
        Value::Null => Ok("null".to_owned()),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(literal).collect::<Result<_, _>>()?;
            Ok(format!("[{}]", items.join(", ")))
        }
        Value::Map(map) => {
            let mut entries = Vec::with_capacity(map.len());
            for (key, value) in map.entries() {
                let key = match &key {
                    Value::String(_) | Value::Bool(_) | Value::Int(_) | Value::Uint(_) => literal(&key)?,
                    other => return Err(no_function(other)),
                };
                entries.push((key, literal(&value)?));
            }
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            let entries: Vec<String> = entries.into_iter().map(|(key, value)| format!("{key}:{value}")).collect();
            Ok(format!("{{{}}}", entries.join(", ")))
        }
        Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::Double(_) | Value::String(_) | Value::Bytes(_) => text_of(value),
        Value::Timestamp(_) | Value::Duration(_) | Value::Type(_) => text_of(value),
        other => Err(no_function(other)),
    }
}

fn no_function(value: &Value<'_>) -> Failure {
    Failure::new(format!("error during formatting: {} has no text", value.type_name()))
}

/// A value inside a list or map: as it could stand in an expression.
fn literal(value: &Value<'_>) -> Result<String, Failure> {
    Ok(match value {
        Value::String(text) => quoted(text.as_str()),
        Value::Bytes(_) => format!("b{}", quoted(&shown(value)?)),
        Value::Duration(_) => format!("duration({})", quoted(&text_of(value)?)),
        Value::Timestamp(_) => format!("timestamp({})", quoted(&text_of(value)?)),
        Value::Double(d) if d.is_nan() => "\"NaN\"".to_owned(),
        Value::Double(f64::INFINITY) => "\"+Inf\"".to_owned(),
        Value::Double(f64::NEG_INFINITY) => "\"-Inf\"".to_owned(),
        Value::Double(d) => format!("{d:.PRECISION$}"),
        other => shown(other)?,
    })
}

/// What Go's `strconv.IsPrint` lets stand.
static PRINTED: LazyLock<::regex::Regex> = LazyLock::new(|| {
    ::regex::Regex::new(r"^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$").unwrap_or_else(|error| panic!("a built-in pattern is wrong: {error}"))
});

/// A text in double quotes as Go's `%q` prints it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            '\0'..='\u{7f}' => out.push_str(&format!("\\x{:02x}", c as u32)),
            c if PRINTED.is_match(c.encode_utf8(&mut [0; 4])) => out.push(c),
            c if (c as u32) < 0x10000 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push_str(&format!("\\U{:08x}", c as u32)),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_as_in_english() {
        let check = |d: f64, digits: usize, want: &str| assert_eq!(fixed(d, digits), want);
        check(1_234_567.5, 6, "1,234,567.500000");
        check(-1234.5, 1, "-1,234.5");
        check(999.9995, 3, "1,000.000");
        check(2.5, 0, "2");
        check(0.125, 2, "0.12");
        check(123.0, 0, "123");
        check(-0.0, 1, "0.0");
        check(f64::NEG_INFINITY, 2, "-∞");
        check(1.5, 256, "1.5");
        check(1e-300, 257, "0.0");
        check(0.1, 32_768, "0.1");
        check(1.5, 65_541, "1.50000");
        check(1.5, 10_000_010, NO_VERB);
        let check = |d: f64, width: usize, want: &str| assert_eq!(scientific(d, width), want);
        check(1234.5, 6, "1.234500×10⁰³");
        check(-1e-7, 20, "     -1.000000×10⁻⁰⁷");
        check(1e100, 0, "1.000000×10¹⁰⁰");
        check(f64::NAN, 6, "   NaN");
        check(1.5, 65_536, "1.500000×10⁰⁰");
    }

    #[test]
    fn texts_are_quoted_as_in_go() {
        let check = |text: &str, want: &str| assert_eq!(quoted(text), want);
        check("a\"b\\\n\u{1}\u{7f}", r#""a\"b\\\n\x01\x7f""#);
        check("é日\u{a0}\u{200b}\u{e0001}", "\"é日\\u00a0\\u200b\\U000e0001\"");
    }
}
