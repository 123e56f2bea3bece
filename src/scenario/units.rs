//! Values that are written as strings with a unit: durations, CPU, bytes.
//!
//! Each type parses one form and prints one canonical form, and parsing what it prints gives the same value back.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base::{Quantity, SimDuration};

/// A duration, such as `"250ms"`, `"2.5s"`, `"1h30m"` or `"115.7d"`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Duration(pub SimDuration);

/// CPU in milli-CPU, such as `"64"` or `"1500m"`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cpu(pub i64);

/// Bytes, such as `"40Gi"` or `"512M"`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bytes(pub i64);

/// One form of value: its name in the schema's `format`, the words that say what is allowed, and its parser.
#[derive(Debug)]
pub struct Form {
    /// `format` in the schema.
    pub format: &'static str,
    /// What is allowed, with an example.
    pub expected: &'static str,
    /// Regular expression for editors; the parser decides.
    pub pattern: &'static str,
    /// Checks a text; the error is a lowercase fragment.
    pub check: fn(&str) -> Result<(), String>,
}

/// All forms.
pub const FORMS: &[Form] = &[
    Form {
        format: "drasim-duration",
        expected: "a duration such as \"250ms\", \"2.5s\", \"24h\" or \"1.5d\"",
        pattern: r"^([0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h|d))+$",
        check: |text| parse_duration(text).map(drop),
    },
    Form {
        format: "drasim-cpu",
        expected: "CPUs such as \"64\" or \"1500m\"",
        pattern: r"^[0-9]+(\.[0-9]+)?m?$",
        check: |text| parse_cpu(text).map(drop),
    },
    Form {
        format: "drasim-bytes",
        expected: "a quantity such as \"40Gi\"",
        pattern: r"^[0-9]+(\.[0-9]+)?(k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$",
        check: |text| parse_bytes(text).map(drop),
    },
];

/// Units of a duration with their nanoseconds, longest first.
const UNITS: [(&str, u64); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// Parses a sum of `number unit` terms. A value finer than a nanosecond is cut off.
pub fn parse_duration(text: &str) -> Result<SimDuration, String> {
    let mut rest = text;
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let number_len = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(number_len);
        let unit_len = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_len);
        if number.is_empty() {
            return Err(if text.starts_with('-') { "a duration is never negative".into() } else { "not a duration".into() });
        }
        let Some((_, scale)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(if unit.is_empty() {
                "a duration needs a unit".into()
            } else {
                format!("`{unit}` is not a unit of time")
            });
        };
        total = decimal(number, *scale).and_then(|term| total.checked_add(term)).ok_or("not a number")?;
        rest = tail;
    }
    if text.is_empty() {
        return Err("not a duration".into());
    }
    u64::try_from(total).map(SimDuration).map_err(|_| "longer than 584 years".into())
}

/// `number * scale` for a plain decimal number, cut off below one.
fn decimal(number: &str, scale: u64) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if whole.len() > 20 || fraction.is_empty() || fraction.len() > 18 || fraction.contains('.') {
        return None;
    }
    let whole = whole.parse::<u128>().ok()?.checked_mul(u128::from(scale))?;
    let part = fraction.parse::<u128>().ok()?.checked_mul(u128::from(scale))? / 10u128.pow(fraction.len() as u32);
    whole.checked_add(part)
}

fn parse_quantity(text: &str) -> Result<Quantity, String> {
    let quantity = Quantity::parse(text).map_err(|_| "not a quantity".to_owned())?;
    if quantity < Quantity::from_units(0) { Err("never negative".into()) } else { Ok(quantity) }
}

fn parse_cpu(text: &str) -> Result<i64, String> {
    // An exact bound keeps sums over a cluster far from overflow.
    let milli = parse_quantity(text)?.milli().filter(|&milli| milli <= 1 << 40);
    milli.ok_or_else(|| "more than 2^40 milli-CPU".into())
}

fn parse_bytes(text: &str) -> Result<i64, String> {
    let units = parse_quantity(text)?.units().filter(|&bytes| bytes <= 1 << 50);
    units.ok_or_else(|| "more than 1Pi".into())
}

/// Canonical form: the longest unit up to hours that divides it.
pub fn print_duration(d: SimDuration) -> String {
    let fitting = UNITS[1..].iter().find(|(_, scale)| d.0.is_multiple_of(*scale) && d.0 > 0);
    fitting.map_or_else(|| "0s".to_owned(), |(unit, scale)| format!("{}{unit}", d.0 / scale))
}

/// Canonical form of milli-CPU.
pub fn print_cpu(milli: i64) -> String {
    if milli % 1000 == 0 { (milli / 1000).to_string() } else { format!("{milli}m") }
}

/// Canonical form of bytes: the largest binary unit that divides it.
pub fn print_bytes(bytes: i64) -> String {
    let units = [("Ti", 40), ("Gi", 30), ("Mi", 20), ("Ki", 10)];
    let fitting = units.iter().find(|(_, shift)| bytes > 0 && bytes % (1 << shift) == 0);
    fitting.map_or_else(|| bytes.to_string(), |(unit, shift)| format!("{}{unit}", bytes >> shift))
}

macro_rules! written_as_string {
    ($type:ident, $format:literal, $parse:expr, $print:expr) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                $parse(&text).map($type).map_err(serde::de::Error::custom)
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&$print(self.0))
            }
        }

        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let pattern = FORMS.iter().find(|form| form.format == $format).map(|form| form.pattern);
                json_schema!({ "type": "string", "format": $format, "pattern": pattern })
            }
        }
    };
}

written_as_string!(Duration, "drasim-duration", parse_duration, print_duration);
written_as_string!(Cpu, "drasim-cpu", parse_cpu, print_cpu);
written_as_string!(Bytes, "drasim-bytes", parse_bytes, print_bytes);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_read_exactly() {
        let table: [(&str, Option<u64>); 16] = [
            ("250ms", Some(250_000_000)),
            ("2.5s", Some(2_500_000_000)),
            ("24h", Some(86_400_000_000_000)),
            ("1h30m", Some(5_400_000_000_000)),
            ("115.7d", Some(9_996_480_000_000_000)),
            ("0s", Some(0)),
            ("1.9ns", Some(1)),
            ("", None),
            ("5", None),
            ("5 s", None),
            ("-5s", None),
            ("5y", None),
            ("1..5s", None),
            (".5s", None),
            ("99999999d", None),
            ("99999999999999999999s", None),
        ];
        for (text, want) in table {
            assert_eq!(parse_duration(text).ok().map(|d| d.0), want, "{text:?}");
        }
    }

    #[test]
    fn cpu_and_bytes_are_bounded() {
        let cpu: [(&str, Option<i64>); 5] =
            [("64", Some(64_000)), ("1500m", Some(1500)), ("-1", None), ("x", None), ("999999999999999", None)];
        for (text, want) in cpu {
            assert_eq!(parse_cpu(text).ok(), want, "{text:?}");
        }
        let bytes: [(&str, Option<i64>); 5] =
            [("40Gi", Some(40 << 30)), ("1M", Some(1_000_000)), ("40GB", None), ("-1Gi", None), ("2Pi", None)];
        for (text, want) in bytes {
            assert_eq!(parse_bytes(text).ok(), want, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn canonical_forms_read_back(ns in any::<u64>(), milli in 0i64..1 << 40, bytes in 0i64..1 << 50) {
            prop_assert_eq!(parse_duration(&print_duration(SimDuration(ns))), Ok(SimDuration(ns)));
            prop_assert_eq!(parse_cpu(&print_cpu(milli)), Ok(milli));
            prop_assert_eq!(parse_bytes(&print_bytes(bytes)), Ok(bytes));
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            for form in FORMS {
                let _ = (form.check)(&text);
            }
        }
    }
}
