//! Which nodes a slice, a device or a node selector means.
//!
//! Source: `NodeMatches` of the allocator's pools, `component-helpers/scheduling/corev1/nodeaffinity` and
//! `apimachinery/pkg/labels`.

use std::collections::BTreeMap;

use crate::base::Names;
use crate::model::dra::{Node, NodeChoice, NodeSelector, NodeSelectorTerm, Requirement};

/// Most bytes of the name part of a label key, and of a label value.
const LABEL_MAX: usize = 63;
/// Most bytes of the prefix of a label key.
const PREFIX_MAX: usize = 253;

/// True if `node` can reach what publishes `choice`. The error is a selector that cannot be parsed.
pub fn node_matches(node: &Node, choice: &NodeChoice, names: &Names) -> Result<bool, String> {
    if let Some(name) = own_node(choice, names) {
        return Ok(node.name == name);
    }
    if choice.all {
        return Ok(true);
    }
    match &choice.selector {
        Some(selector) => selector_matches(selector, node).map_err(|why| format!("failed to parse node selector: {why}")),
        None => Ok(false),
    }
}

/// The node that `choice` names. An empty name is like none.
pub fn own_node<'n>(choice: &NodeChoice, names: &'n Names) -> Option<&'n str> {
    choice.name.map(|name| names.text(name)).filter(|name| !name.is_empty())
}

/// True if some term matches. All terms are parsed first, and one that cannot be is the error.
pub fn selector_matches(selector: &NodeSelector, node: &Node) -> Result<bool, String> {
    parse_selector(selector)?;
    Ok(terms(selector).any(|term| term_matches(term, node)))
}

/// Whether a selector can be parsed.
pub fn parse_selector(selector: &NodeSelector) -> Result<(), String> {
    terms(selector).try_for_each(parse_term)
}

/// A term that requires nothing matches nothing, and is not parsed.
fn terms(selector: &NodeSelector) -> impl Iterator<Item = &NodeSelectorTerm> {
    selector.terms.iter().filter(|term| !(term.match_expressions.is_empty() && term.match_fields.is_empty()))
}

fn parse_term(term: &NodeSelectorTerm) -> Result<(), String> {
    term.match_expressions.iter().try_for_each(parse_expression)?;
    term.match_fields.iter().try_for_each(parse_field)
}

fn parse_expression(requirement: &Requirement) -> Result<(), String> {
    let Requirement { key, operator, values } = requirement;
    if !is_label_key(key) {
        return Err(format!("`{key}` is not a label key"));
    }
    match operator.as_str() {
        "In" | "NotIn" if values.is_empty() => return Err(format!("{operator} of `{key}` needs values")),
        "Exists" | "DoesNotExist" if !values.is_empty() => return Err(format!("{operator} of `{key}` takes no values")),
        "Gt" | "Lt" if values.len() != 1 || values[0].parse::<i64>().is_err() => {
            return Err(format!("{operator} of `{key}` needs one integer"));
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
        other => return Err(format!("`{other}` is not an operator")),
    }
    match values.iter().find(|value| !is_label_value(value)) {
        Some(value) => Err(format!("`{value}` is not a label value")),
        None => Ok(()),
    }
}

fn parse_field(requirement: &Requirement) -> Result<(), String> {
    let Requirement { key, operator, values } = requirement;
    match operator.as_str() {
        "In" | "NotIn" if values.len() == 1 => Ok(()),
        "In" | "NotIn" => Err(format!("{operator} of field `{key}` needs one value")),
        other => Err(format!("`{other}` is not an operator for fields")),
    }
}

/// Whether a parsed term matches.
fn term_matches(term: &NodeSelectorTerm, node: &Node) -> bool {
    let expressions = term.match_expressions.iter().all(|requirement| expression_matches(requirement, &node.labels));
    // A node without name has no fields, and then upstream does not look at them.
    expressions && (node.name.is_empty() || term.match_fields.iter().all(|requirement| field_matches(requirement, node)))
}

fn expression_matches(requirement: &Requirement, labels: &BTreeMap<String, String>) -> bool {
    let Requirement { key, operator, values } = requirement;
    let label = labels.get(key);
    let compare = |holds: fn(i64, i64) -> bool| {
        let number = |text: Option<&String>| text.and_then(|text| text.parse::<i64>().ok());
        number(label).zip(number(values.first())).is_some_and(|(label, value)| holds(label, value))
    };
    match operator.as_str() {
        "In" => label.is_some_and(|label| values.contains(label)),
        "NotIn" => !label.is_some_and(|label| values.contains(label)),
        "Exists" => label.is_some(),
        "DoesNotExist" => label.is_none(),
        "Gt" => compare(|label, value| label > value),
        "Lt" => compare(|label, value| label < value),
        _ => false,
    }
}

fn field_matches(requirement: &Requirement, node: &Node) -> bool {
    let value = if requirement.key == "metadata.name" { node.name.as_str() } else { "" };
    let is_equal = requirement.values.first().is_some_and(|wanted| wanted == value);
    is_equal == (requirement.operator == "In")
}

/// `name` or `dns.subdomain/name`.
pub fn is_label_key(key: &str) -> bool {
    match key.split_once('/') {
        None => is_label_name(key),
        Some((prefix, name)) => is_dns_subdomain(prefix) && is_label_name(name),
    }
}

fn is_label_value(value: &str) -> bool {
    value.is_empty() || is_label_name(value)
}

fn is_label_name(name: &str) -> bool {
    let is_edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    let bytes = name.as_bytes();
    bytes.len() <= LABEL_MAX
        && is_edge(bytes.first().copied())
        && is_edge(bytes.last().copied())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

fn is_dns_subdomain(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        let inner = bytes.iter().all(|byte| is_plain(*byte) || *byte == b'-');
        inner && bytes.first().copied().is_some_and(is_plain) && bytes.last().copied().is_some_and(is_plain)
    };
    text.len() <= PREFIX_MAX && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node() -> Node {
        let labels = [("zone", "east"), ("gen", "11"), ("word", "x1")];
        let labels: BTreeMap<_, _> = labels.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Node { name: "n1".into(), labels: labels.into(), declared_features: Vec::new() }
    }

    fn requirement(key: &str, operator: &str, values: &[&str]) -> Requirement {
        let values = values.iter().map(|value| value.to_string()).collect();
        Requirement { key: key.into(), operator: operator.into(), values }
    }

    #[test]
    fn operators_over_labels_and_fields() {
        let check = |label: bool, key: &str, operator: &str, values: &[&str], want: Option<bool>| {
            let mut term = NodeSelectorTerm::default();
            let list = if label { &mut term.match_expressions } else { &mut term.match_fields };
            list.push(requirement(key, operator, values));
            let got = selector_matches(&NodeSelector { terms: vec![term] }, &node());
            assert_eq!(got.ok(), want, "{key} {operator} {values:?}");
        };
        check(true, "zone", "In", &["west", "east"], Some(true));
        check(true, "zone", "In", &["west"], Some(false));
        check(true, "zone", "In", &[], None);
        check(true, "zone", "NotIn", &["west"], Some(true));
        check(true, "none", "NotIn", &["west"], Some(true));
        check(true, "zone", "Exists", &[], Some(true));
        check(true, "zone", "Exists", &["east"], None);
        check(true, "none", "DoesNotExist", &[], Some(true));
        check(true, "gen", "Gt", &["10"], Some(true));
        check(true, "gen", "Lt", &["11"], Some(false));
        check(true, "gen", "Gt", &["ten"], None);
        check(true, "gen", "Gt", &["-1"], None);
        check(true, "word", "Gt", &["10"], Some(false));
        check(true, "zone", "Equals", &["east"], None);
        check(true, "bad key", "Exists", &[], None);
        check(true, "Example.com/zone", "Exists", &[], None);
        check(true, "example.com/zone", "Exists", &[], Some(false));
        check(false, "metadata.name", "In", &["n1"], Some(true));
        check(false, "metadata.name", "NotIn", &["n1"], Some(false));
        check(false, "metadata.name", "In", &["n1", "n2"], None);
        check(false, "metadata.name", "Exists", &[], None);
        check(false, "metadata.uid", "In", &[""], Some(true));
    }

    #[test]
    fn terms_are_alternatives_and_all_are_parsed() {
        let term = |operator: &str| NodeSelectorTerm {
            match_expressions: vec![requirement("zone", operator, &["east"])],
            match_fields: Vec::new(),
        };
        let selector = |terms: Vec<NodeSelectorTerm>| selector_matches(&NodeSelector { terms }, &node());
        assert_eq!(selector(vec![]), Ok(false));
        assert_eq!(selector(vec![NodeSelectorTerm::default()]), Ok(false));
        assert_eq!(selector(vec![term("NotIn"), term("In")]), Ok(true));
        assert!(selector(vec![term("In"), term("Near")]).is_err());
    }
}
