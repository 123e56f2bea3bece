//! YAML documents as trees.

use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer};
use serde_saphyr::Spanned;

use crate::kube::tree::{Any, Node, Tree};

/// Deepest nesting of a document.
const DEPTH_MAX: usize = 64;

/// What is wrong with a document as such.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken {
    /// 1-based line in the file.
    pub line: u64,
    /// What is wrong.
    pub text: String,
}

/// The documents of a text with the 1-based line on which each begins. A marker in the first column separates documents,
/// whatever is around it.
pub fn documents(text: &str) -> impl Iterator<Item = (u64, &str)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut start, mut start_line) = (0, 1);
    let mut parts = Vec::new();
    let mut at = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let end = at + line.len();
        if is_marker(line, "---") {
            parts.push((start_line, &text[start..at]));
            // The marker stays, because content may follow it on the line.
            (start, start_line) = (at, number as u64 + 1);
        } else if is_marker(line, "...") {
            parts.push((start_line, &text[start..at]));
            (start, start_line) = (end, number as u64 + 2);
        }
        at = end;
    }
    parts.push((start_line, &text[start..]));
    parts.into_iter().filter(|(_, part)| part.lines().any(has_content))
}

fn is_marker(line: &str, marker: &str) -> bool {
    line.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}

/// False for blank lines, comments, directives and a bare marker.
fn has_content(line: &str) -> bool {
    let line = line.strip_prefix("---").unwrap_or(line).trim();
    !(line.is_empty() || line.starts_with('#') || line.starts_with('%'))
}

/// Reads one document, which begins on `first_line` of its file. Aliases may not make it larger than its text, so that memory stays in proportion to the input.
pub fn parse(text: &str, first_line: u64) -> Result<Node<'static>, Broken> {
    let most = text.len().saturating_add(1000);
    let budget = serde_saphyr::budget! {
        max_depth: DEPTH_MAX,
        max_nodes: most,
        max_events: most.saturating_mul(2),
        max_total_scalar_bytes: most,
        max_anchors: most,
        max_aliases: most,
        max_recorded_anchor_events: most.saturating_mul(2),
        max_recorded_anchor_bytes: most,
        enforce_alias_anchor_ratio: false,
    };
    let aliases = serde_saphyr::alias_limits! { max_total_replayed_events: most };
    let options = serde_saphyr::options! {
        budget: budget,
        alias_limits: aliases,
        strict_booleans: true,
        legacy_octal_numbers: true,
        with_snippet: false,
    };
    let read = serde_saphyr::from_str_with_options::<Located>(text, options);
    read.map(|Located(mut root)| {
        shift(&mut root, first_line - 1);
        root
    })
    .map_err(|error| {
        let line = first_line + error.location().map_or(0, |location| location.line().saturating_sub(1));
        let text = error.without_snippet().to_string();
        // The place is told apart from the text; options of the reader are not the user's.
        let text = [" at line ", ", set ", " rejected by the configured"]
            .iter()
            .fold(text.as_str(), |text, end| text.split(end).next().unwrap_or(text))
            .trim_end_matches([',', ':', ' '])
            .to_owned();
        Broken { line, text }
    })
}

/// Adds to all lines.
fn shift(node: &mut Node<'_>, lines: u64) {
    node.line += lines;
    match &mut node.value {
        Tree::List(items) => items.iter_mut().for_each(|item| shift(item, lines)),
        Tree::Map(entries) => entries.iter_mut().for_each(|(_, node)| shift(node, lines)),
        _ => {}
    }
}

/// A node that takes its line from the YAML reader.
struct Located(Node<'static>);

impl From<Located> for Node<'static> {
    fn from(located: Located) -> Node<'static> {
        located.0
    }
}

impl<'de> Deserialize<'de> for Located {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Located, D::Error> {
        let spanned = Spanned::<Value>::deserialize(deserializer)?;
        Ok(Located(Node { line: spanned.referenced.line(), value: spanned.value.0 }))
    }
}

/// The value of such a node.
struct Value(Tree<'static>);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(Any::<Located>(PhantomData)).map(Value)
    }
}
