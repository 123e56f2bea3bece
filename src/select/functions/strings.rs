//! Methods of strings (`cel-go` `ext/strings.go`, version 2). Offsets count code points.

use crate::select::error::Failure;
use crate::select::functions::table::{Cost, Row};
use crate::select::value::{Outcome, Value};

pub(super) const TABLE: &[Row] = &[
    ("contains", "string.(string) -> bool", Cost::Product, contains),
    ("endsWith", "string.(string) -> bool", Cost::Affix, ends_with),
    ("startsWith", "string.(string) -> bool", Cost::Affix, starts_with),
    ("charAt", "string.(int) -> string", Cost::One, char_at),
    ("indexOf", "string.(string) -> int", Cost::Traversal, index_of),
    ("indexOf", "string.(string, int) -> int", Cost::Traversal, index_of),
    ("lastIndexOf", "string.(string) -> int", Cost::Traversal, last_index_of),
    ("lastIndexOf", "string.(string, int) -> int", Cost::Traversal, last_index_of),
    ("join", "list(string).() -> string", Cost::Joined, join),
    ("join", "list(string).(string) -> string", Cost::Joined, join),
    ("lowerAscii", "string.() -> string", Cost::Text, lower_ascii),
    ("upperAscii", "string.() -> string", Cost::Text, upper_ascii),
    ("replace", "string.(string, string) -> string", Cost::Rewrite, replace),
    ("replace", "string.(string, string, int) -> string", Cost::Rewrite, replace),
    ("split", "string.(string) -> list(string)", Cost::Rewrite, split),
    ("split", "string.(string, int) -> list(string)", Cost::Rewrite, split),
    ("substring", "string.(int) -> string", Cost::Text, substring),
    ("substring", "string.(int, int) -> string", Cost::Text, substring),
    ("trim", "string.() -> string", Cost::Text, trim),
    ("strings.quote", "(string) -> string", Cost::Text, quote),
];

fn str<'a>(args: &'a [Value<'_>], n: usize) -> Result<&'a str, Failure> {
    args.get(n).and_then(Value::as_str).ok_or_else(Failure::no_overload)
}

/// The integer argument `n`, if it was given.
fn int(args: &[Value<'_>], n: usize) -> Option<i64> {
    match args.get(n) {
        Some(Value::Int(n)) => Some(*n),
        _ => None,
    }
}

fn contains<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Bool(str(args, 0)?.contains(str(args, 1)?)))
}

fn starts_with<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Bool(str(args, 0)?.starts_with(str(args, 1)?)))
}

fn ends_with<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Bool(str(args, 0)?.ends_with(str(args, 1)?)))
}

fn out_of_range(n: i64) -> Failure {
    Failure::new(format!("index out of range: {n}"))
}

fn char_at<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let (text, at) = (str(args, 0)?, int(args, 1).unwrap_or(0));
    let index = usize::try_from(at).map_err(|_| out_of_range(at))?;
    match text.chars().nth(index) {
        Some(c) => Ok(Value::text(c.to_string())),
        None if index == text.chars().count() => Ok(Value::text("")),
        None => Err(out_of_range(at)),
    }
}

/// Where `needle` begins in `text`, as code point offsets, ascending. The needle is not empty.
fn hits<'a>(text: &'a [char], needle: &'a [char]) -> impl DoubleEndedIterator<Item = usize> + 'a {
    (0..text.len()).filter(move |&at| text[at..].starts_with(needle))
}

fn index_of<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let text: Vec<char> = str(args, 0)?.chars().collect();
    let needle: Vec<char> = str(args, 1)?.chars().collect();
    let from = int(args, 2).unwrap_or(0);
    if from < 0 {
        return Err(out_of_range(from));
    }
    if needle.is_empty() {
        return Ok(Value::Int(from.min(text.len() as i64)));
    }
    let found = hits(&text, &needle).find(|&at| at as i64 >= from);
    Ok(Value::Int(found.map_or(-1, |at| at as i64)))
}

fn last_index_of<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let text: Vec<char> = str(args, 0)?.chars().collect();
    let needle: Vec<char> = str(args, 1)?.chars().collect();
    let until = int(args, 2);
    if let Some(until) = until.filter(|n| *n < 0) {
        return Err(out_of_range(until));
    }
    let length = text.len() as i64;
    if needle.is_empty() {
        return Ok(Value::Int(until.unwrap_or(length).min(length)));
    }
    if until.is_some_and(|n| n >= length) {
        return Ok(Value::Int(-1));
    }
    let found = hits(&text, &needle).rfind(|&at| until.is_none_or(|until| at as i64 <= until));
    Ok(Value::Int(found.map_or(-1, |at| at as i64)))
}

fn join<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let Value::List(items) = &args[0] else { return Err(Failure::no_overload()) };
    let separator = if args.len() > 1 { str(args, 1)? } else { "" };
    let parts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
    parts.map(|parts| Value::text(parts.join(separator))).ok_or_else(Failure::no_overload)
}

fn lower_ascii<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::text(str(args, 0)?.to_ascii_lowercase()))
}

fn upper_ascii<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::text(str(args, 0)?.to_ascii_uppercase()))
}

/// Like Go's `strings.Replace`: at most `n` times, all for a negative `n`; an empty needle is found at every code point and
/// at the end.
fn replace<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let (text, from, to) = (str(args, 0)?, str(args, 1)?, str(args, 2)?);
    let times = int(args, 3).map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    Ok(Value::text(text.replacen(from, to, times)))
}

/// Like Go's `strings.SplitN`: at most `n` parts, all for a negative `n`, none for zero; an empty separator splits into code
/// points.
fn split<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let (text, separator) = (str(args, 0)?, str(args, 1)?);
    let parts = int(args, 2).map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let items = match separator {
        _ if parts == 0 => Vec::new(),
        "" => {
            let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).take(parts).collect();
            let ends = starts.iter().skip(1).copied().chain([text.len()]);
            starts.iter().zip(ends).map(|(start, end)| Value::text(&text[*start..end])).collect()
        }
        _ => text.splitn(parts, separator).map(Value::text).collect(),
    };
    Ok(Value::list(items))
}

fn substring<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let text: Vec<char> = str(args, 0)?.chars().collect();
    let length = text.len() as i64;
    let start = int(args, 1).unwrap_or(0);
    let end = int(args, 2).unwrap_or(length);
    if args.len() > 2 && start > end {
        return Err(Failure::new(format!("invalid substring range. start: {start}, end: {end}")));
    }
    for n in [start, end] {
        if n < 0 || n > length {
            return Err(out_of_range(n));
        }
    }
    Ok(Value::text(text[start as usize..end as usize].iter().collect::<String>()))
}

fn trim<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::text(str(args, 0)?.trim()))
}

fn quote<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let mut out = String::from("\"");
    for c in str(args, 0)?.chars() {
        match c {
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            c => out.push(c),
        }
    }
    out.push('"');
    Ok(Value::text(out))
}
