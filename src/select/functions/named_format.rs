//! Named formats of texts (`apiserver/pkg/cel/library/format.go`). What counts is how many complaints a text earns; their
//! wording is ours.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::select::calendar;
use crate::select::error::Failure;
use crate::select::functions::table::{Cost, Row};
use crate::select::url::Url;
use crate::select::value::{Outcome, Value};

pub(super) const TABLE: &[Row] = &[
    ("format.named", "(string) -> optional(format)", Cost::One, named),
    ("format.dns1123Label", "() -> format", Cost::One, |_| format(0)),
    ("format.dns1123Subdomain", "() -> format", Cost::One, |_| format(1)),
    ("format.dns1035Label", "() -> format", Cost::One, |_| format(2)),
    ("format.qualifiedName", "() -> format", Cost::One, |_| format(3)),
    ("format.dns1123LabelPrefix", "() -> format", Cost::One, |_| format(4)),
    ("format.dns1123SubdomainPrefix", "() -> format", Cost::One, |_| format(5)),
    ("format.dns1035LabelPrefix", "() -> format", Cost::One, |_| format(6)),
    ("format.labelValue", "() -> format", Cost::One, |_| format(7)),
    ("format.uri", "() -> format", Cost::One, |_| format(8)),
    ("format.uuid", "() -> format", Cost::One, |_| format(9)),
    ("format.byte", "() -> format", Cost::One, |_| format(10)),
    ("format.date", "() -> format", Cost::One, |_| format(11)),
    ("format.datetime", "() -> format", Cost::One, |_| format(12)),
    ("validate", "format.(string) -> optional(list(string))", Cost::Validated, validate),
];

/// A format.
#[derive(Debug)]
pub struct NamedFormat {
    /// The name by which `format.named` finds it.
    pub name: &'static str,
    /// The length of the pattern that upstream takes for its cost.
    pub pattern_size: u64,
    /// Complaints about a text; none if it has the format.
    check: fn(&str) -> Vec<&'static str>,
}

/// In the order of the table above.
static FORMATS: [NamedFormat; 13] = [
    NamedFormat { name: "dns1123Label", pattern_size: 30, check: dns1123_label },
    NamedFormat { name: "dns1123Subdomain", pattern_size: 60, check: dns1123_subdomain },
    NamedFormat { name: "dns1035Label", pattern_size: 30, check: dns1035_label },
    NamedFormat { name: "qualifiedName", pattern_size: 60, check: qualified_name },
    NamedFormat { name: "dns1123LabelPrefix", pattern_size: 30, check: |text| dns1123_label(&completed(text)) },
    NamedFormat { name: "dns1123SubdomainPrefix", pattern_size: 60, check: |text| dns1123_subdomain(&completed(text)) },
    NamedFormat { name: "dns1035LabelPrefix", pattern_size: 30, check: |text| dns1035_label(&completed(text)) },
    NamedFormat { name: "labelValue", pattern_size: 40, check: label_value },
    NamedFormat { name: "uri", pattern_size: 1103, check: |text| when(!Url::is_valid(text), "is no URI") },
    NamedFormat { name: "uuid", pattern_size: 70, check: |text| when(!UUID.is_match(text), "is no UUID") },
    NamedFormat { name: "byte", pattern_size: 84, check: |text| when(!BASE64.is_match(text), "is no base64") },
    NamedFormat { name: "date", pattern_size: 71, check: |text| when(!calendar::is_date(text), "is no date") },
    NamedFormat { name: "datetime", pattern_size: 71, check: |text| when(!is_datetime(text), "is no date with a time") },
];

fn pattern(text: &str) -> ::regex::Regex {
    ::regex::Regex::new(text).unwrap_or_else(|error| panic!("a built-in pattern is wrong: {error}"))
}

static UUID: LazyLock<::regex::Regex> =
    LazyLock::new(|| pattern("^(?i-u:[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12})$"));
static BASE64: LazyLock<::regex::Regex> =
    LazyLock::new(|| pattern("^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$"));
static TIME: LazyLock<::regex::Regex> =
    LazyLock::new(|| pattern("^([0-9]{2}):([0-9]{2}):([0-9]{2})(?:.[0-9]+)?(?:z|[+-][0-9]{2}:[0-9]{2})$"));

fn when(wrong: bool, complaint: &'static str) -> Vec<&'static str> {
    if wrong { vec![complaint] } else { Vec::new() }
}

/// Where a text may go on, a dash at its end does not count: the last two bytes are taken for a letter.
fn completed(text: &str) -> Cow<'_, str> {
    match text.as_bytes() {
        [head @ .., _, b'-'] => Cow::Owned(format!("{}a", String::from_utf8_lossy(head))),
        _ => Cow::Borrowed(text),
    }
}

fn is_lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// Lower case, digits and dashes, the ends of which are no dashes.
fn is_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().all(|b| is_lower(*b) || *b == b'-')
        && bytes.first().zip(bytes.last()).is_some_and(|(a, z)| is_lower(*a) && is_lower(*z))
}

fn is_subdomain(text: &str) -> bool {
    text.split('.').all(is_label)
}

fn dns1123_label(text: &str) -> Vec<&'static str> {
    let mut complaints = when(text.len() > 63, "is longer than 63 bytes");
    if !is_label(text) {
        complaints.push(if is_subdomain(text) { "has dots" } else { "is no RFC 1123 label" });
    }
    complaints
}

fn dns1123_subdomain(text: &str) -> Vec<&'static str> {
    let mut complaints = when(text.len() > 253, "is longer than 253 bytes");
    complaints.extend(when(!is_subdomain(text), "is no RFC 1123 subdomain"));
    complaints
}

fn dns1035_label(text: &str) -> Vec<&'static str> {
    let mut complaints = when(text.len() > 63, "is longer than 63 bytes");
    let starts = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    complaints.extend(when(!(starts && is_label(text)), "is no RFC 1035 label"));
    complaints
}

/// Letters, digits, dashes, underscores and dots, the ends of which are letters or digits.
fn is_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    let ends = bytes.first().zip(bytes.last()).is_some_and(|(a, z)| a.is_ascii_alphanumeric() && z.is_ascii_alphanumeric());
    ends && bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b))
}

fn qualified_name(text: &str) -> Vec<&'static str> {
    let mut complaints = Vec::new();
    let name = match text.split('/').collect::<Vec<_>>()[..] {
        [name] => name,
        ["", name] => {
            complaints.push("has an empty prefix");
            name
        }
        [prefix, name] => {
            complaints.extend(dns1123_subdomain(prefix));
            name
        }
        _ => return vec!["has more than one slash"],
    };
    if name.is_empty() {
        complaints.push("has an empty name");
    }
    complaints.extend(when(name.len() > 63, "has a name longer than 63 bytes"));
    complaints.extend(when(!is_name(name), "has no label key for a name"));
    complaints
}

fn label_value(text: &str) -> Vec<&'static str> {
    let mut complaints = when(text.len() > 63, "is longer than 63 bytes");
    complaints.extend(when(!(text.is_empty() || is_name(text)), "is no label value"));
    complaints
}

/// A date and a time with a `t` between them, in either case. Of further parts upstream looks at the first two.
fn is_datetime(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut parts = lower.split('t');
    let (Some(date), Some(time)) = (parts.next(), parts.next()) else { return false };
    let in_range = |n: usize, most: &str| TIME.captures(time).is_some_and(|found| &found[n] <= most);
    calendar::is_date(date) && in_range(1, "23") && in_range(2, "59") && in_range(3, "59")
}

fn format<'v>(at: usize) -> Outcome<'v> {
    Ok(Value::Format(&FORMATS[at]))
}

fn named<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let name = args[0].as_str().ok_or_else(Failure::no_overload)?;
    let found = FORMATS.iter().find(|format| format.name == name);
    Ok(found.map_or(Value::Optional(None), |format| Value::some(Value::Format(format))))
}

fn validate<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let [Value::Format(format), text] = args else { return Err(Failure::no_overload()) };
    let complaints = (format.check)(text.as_str().ok_or_else(Failure::no_overload)?);
    Ok(match complaints.is_empty() {
        true => Value::Optional(None),
        false => Value::some(Value::list(complaints.into_iter().map(Value::text).collect())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_are_counted() {
        let check = |name: &str, text: &str, want: usize| {
            let format = FORMATS.iter().find(|format| format.name == name).expect("a name of the table");
            assert_eq!((format.check)(text).len(), want, "{name} {text}");
        };
        check("dns1123Label", "my-label", 0);
        check("dns1123Label", "a.b", 1);
        check("dns1123Label", "", 1);
        check("dns1123Label", &"A".repeat(64), 2);
        check("dns1123LabelPrefix", "abc-", 0);
        check("dns1123LabelPrefix", "-", 1);
        check("dns1123LabelPrefix", "é-", 1);
        check("dns1123Subdomain", "a..b", 1);
        check("dns1035Label", "1abc", 1);
        check("qualifiedName", "example.com/name", 0);
        check("qualifiedName", "/", 3);
        check("qualifiedName", "a/b/c", 1);
        check("labelValue", "", 0);
        check("labelValue", "a b", 1);
        check("uuid", "123E4567-e89b-12d3-a456-426614174000", 0);
        check("byte", "YWJj", 0);
        check("byte", "", 1);
        check("date", "2023-02-29", 1);
        check("datetime", "2024-01-01T00:00:00Z", 0);
        check("datetime", "2024-01-01t23:59:59.5+01:00t", 0);
        check("datetime", "2024-01-01T24:00:00Z", 1);
        check("uri", "rel", 1);
    }
}
