//! URLs (`apiserver/pkg/cel/library/urls.go`).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::select::error::Failure;
use crate::select::functions::table::{Cost, Row};
use crate::select::url::Url;
use crate::select::value::{Map, Outcome, Value};

pub(super) const TABLE: &[Row] = &[
    ("url", "(string) -> url", Cost::Text, parse),
    ("isURL", "(string) -> bool", Cost::One, is_url),
    ("getScheme", "url.() -> string", Cost::One, scheme),
    ("getHost", "url.() -> string", Cost::One, host),
    ("getHostname", "url.() -> string", Cost::One, hostname),
    ("getPort", "url.() -> string", Cost::One, port),
    ("getEscapedPath", "url.() -> string", Cost::One, escaped_path),
    ("getQuery", "url.() -> map(string, list(string))", Cost::One, query),
];

fn parse<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let text = args[0].as_str().ok_or_else(Failure::no_overload)?;
    let url =
        Url::parse(text).ok_or_else(|| Failure::new(format!("`{text}` is neither an absolute URL nor an absolute path")))?;
    Ok(Value::Url(Arc::new(url)))
}

fn is_url<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let text = args[0].as_str().ok_or_else(Failure::no_overload)?;
    Ok(Value::Bool(Url::is_valid(text)))
}

fn text_of<'v>(args: &[Value<'v>], part: impl Fn(&Url) -> String) -> Outcome<'v> {
    match &args[0] {
        Value::Url(url) => Ok(Value::text(part(url))),
        _ => Err(Failure::no_overload()),
    }
}

fn scheme<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    text_of(args, |url| url.scheme.clone())
}

fn host<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    text_of(args, Url::host)
}

fn hostname<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    text_of(args, Url::hostname)
}

fn port<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    text_of(args, Url::port)
}

fn escaped_path<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    text_of(args, Url::escaped_path)
}

fn query<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let Value::Url(url) = &args[0] else { return Err(Failure::no_overload()) };
    let mut values: BTreeMap<String, Vec<Value<'v>>> = BTreeMap::new();
    for (key, value) in url.query() {
        values.entry(key).or_default().push(Value::text(value));
    }
    Map::collect(values.into_iter().map(|(key, values)| (Value::text(key), Value::list(values))).collect()).map(Value::Map)
}
