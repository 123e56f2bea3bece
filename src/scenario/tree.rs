//! What was written, as a tree in which every key and value knows its place.
//!
//! The scenario file and the texts of `--set` edits lie end to end in one range of offsets, so that a span says which of
//! them it is from.

use std::ops::Range;

use serde_json::Value as Json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::base::{Findings, Place};

/// A value with the place of its key and its own.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    /// Where the key is; for an element of an array, where the value is.
    pub key: Range<usize>,
    /// Where the value is; for a `[table]`, where its header is.
    pub span: Range<usize>,
    /// The value.
    pub value: Value,
}

/// A TOML value.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// Entries in the order of the file.
    Table(Vec<(String, Node)>),
    /// Elements.
    Array(Vec<Node>),
    /// A string.
    String(String),
    /// An integer; `None` if it does not fit 128 bits.
    Integer(Option<i128>),
    /// A float.
    Float(f64),
    /// A boolean.
    Bool(bool),
    /// A date or time: no key takes one.
    Datetime,
}

/// The texts that spans point into, end to end.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    parts: Vec<(String, Range<usize>)>,
}

impl Texts {
    /// Appends a text of `len` bytes and returns its first offset.
    pub fn push(&mut self, name: &str, len: usize) -> usize {
        // One byte between the texts keeps an empty span at the end of one out of the next.
        let start = self.parts.last().map_or(0, |(_, range)| range.end + 1);
        self.parts.push((name.to_owned(), start..start + len));
        start
    }

    /// The place of `span`.
    pub fn place(&self, span: Range<usize>, field: &str) -> Place {
        let part = self.parts.iter().find(|(_, range)| range.start <= span.start && span.start <= range.end);
        let field = (!field.is_empty()).then(|| field.to_owned());
        match part {
            Some((name, range)) => {
                let local = span.start - range.start..span.end.min(range.end).max(span.start) - range.start;
                Place { file: Some(name.clone()), span: Some(local), field, ..Place::default() }
            }
            None => Place { field, ..Place::default() },
        }
    }
}

/// Parses a TOML document whose first byte has offset `base`. Syntax errors are all reported.
pub fn parse(text: &str, file: &str, texts: &mut Texts, findings: &mut Findings) -> Option<Node> {
    let base = texts.push(file, text.len());
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        findings.error("E0101", texts.place(span.start + base..span.end + base, ""), first_line(error.message()), "");
    }
    let span = table.span();
    errors.is_empty().then(|| Node { key: base..base, span: shift(span, base), value: from_table(table.into_inner(), base) })
}

/// Parses a single value whose first byte has offset `base`; `None` if it is not TOML.
pub fn parse_value(text: &str, base: usize) -> Option<Node> {
    DeValue::parse(text).ok().map(|value| from_value(value, base))
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or("not TOML").to_owned()
}

fn shift(span: Range<usize>, base: usize) -> Range<usize> {
    span.start + base..span.end + base
}

fn from_table(table: DeTable<'_>, base: usize) -> Value {
    let entry = |(key, value): (Spanned<std::borrow::Cow<'_, str>>, Spanned<DeValue<'_>>)| {
        let place = shift(key.span(), base);
        (key.into_inner().into_owned(), Node { key: place, ..from_value(value, base) })
    };
    Value::Table(table.into_iter().map(entry).collect())
}

fn from_value(value: Spanned<DeValue<'_>>, base: usize) -> Node {
    let span = shift(value.span(), base);
    let value = match value.into_inner() {
        DeValue::String(text) => Value::String(text.into_owned()),
        DeValue::Integer(i) => Value::Integer(i128::from_str_radix(i.as_str(), i.radix()).ok()),
        DeValue::Float(f) => Value::Float(f.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(b) => Value::Bool(b),
        DeValue::Datetime(_) => Value::Datetime,
        DeValue::Array(array) => Value::Array(array.into_iter().map(|v| from_value(v, base)).collect()),
        DeValue::Table(table) => from_table(table, base),
    };
    Node { key: span.clone(), span, value }
}

impl Node {
    /// The child with this key or index.
    pub fn child(&self, step: &str) -> Option<&Node> {
        match &self.value {
            Value::Table(entries) => entries.iter().find(|(key, _)| key == step).map(|(_, node)| node),
            Value::Array(elements) => elements.get(step.parse::<usize>().ok()?),
            _ => None,
        }
    }

    /// The child with this key or index, mutable.
    pub fn child_mut(&mut self, step: &str) -> Option<&mut Node> {
        match &mut self.value {
            Value::Table(entries) => entries.iter_mut().find(|(key, _)| key == step).map(|(_, node)| node),
            Value::Array(elements) => elements.get_mut(step.parse::<usize>().ok()?),
            _ => None,
        }
    }

    /// The node at `path` (keys and indices joined by dots), or else the deepest one on the way to it.
    pub fn at(&self, path: &str) -> &Node {
        let mut node = self;
        for step in path.split('.') {
            match node.child(step) {
                Some(child) => node = child,
                None => break,
            }
        }
        node
    }

    /// Where a finding about this value points: the value; for a table or an array of tables, its key.
    pub fn blame(&self) -> Range<usize> {
        match self.value {
            Value::Table(_) | Value::Array(_) if !self.key.is_empty() => self.key.clone(),
            _ => self.span.clone(),
        }
    }

    /// The type, as a person says it.
    pub fn type_name(&self) -> &'static str {
        match self.value {
            Value::Table(_) => "a table",
            Value::Array(_) => "an array",
            Value::String(_) => "a string",
            Value::Integer(_) => "an integer",
            Value::Float(_) => "a float",
            Value::Bool(_) => "a boolean",
            Value::Datetime => "a date",
        }
    }

    /// The value for serde. Numbers that JSON cannot hold become null.
    pub fn to_json(&self) -> Json {
        match &self.value {
            Value::Table(entries) => Json::Object(entries.iter().map(|(key, node)| (key.clone(), node.to_json())).collect()),
            Value::Array(elements) => Json::Array(elements.iter().map(Node::to_json).collect()),
            Value::String(text) => Json::String(text.clone()),
            Value::Integer(Some(i)) => match i64::try_from(*i) {
                Ok(i) => Json::from(i),
                Err(_) => u64::try_from(*i).map_or(Json::Null, Json::from),
            },
            Value::Float(f) => Json::from(*f),
            Value::Bool(b) => Json::Bool(*b),
            Value::Integer(None) | Value::Datetime => Json::Null,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_knows_its_place() {
        let text = "a = 1\n[t]\nk = \"v\"\n[[s]]\nn = [1, 2]\n[[s]]\n";
        let (mut texts, mut findings) = (Texts::default(), Findings::default());
        let root = parse(text, "f.toml", &mut texts, &mut findings).expect("valid TOML");
        let table = [("a", "1"), ("t", "t"), ("t.k", "\"v\""), ("s.0.n.1", "2"), ("s.0.nothing", "[[s]]"), ("t.k.x", "\"v\"")];
        for (path, want) in table {
            assert_eq!(&text[root.at(path).blame()], want, "{path}");
        }
    }

    #[test]
    fn spans_of_a_second_text_are_local_to_it() {
        let mut texts = Texts::default();
        texts.push("f.toml", 10);
        let start = texts.push("--set a=1", 3);
        let place = texts.place(start + 2..start + 3, "a");
        assert_eq!((place.file.as_deref(), place.span), (Some("--set a=1"), Some(2..3)));
    }

    #[test]
    fn all_syntax_errors_are_reported() {
        let (mut texts, mut findings) = (Texts::default(), Findings::default());
        assert!(parse("a = \nb = 1 2\nc = [", "f.toml", &mut texts, &mut findings).is_none());
        assert!(findings.0.len() >= 3, "{findings:?}");
        assert!(findings.0.iter().all(|f| f.code == "E0101" && f.place.span.is_some()));
    }
}
