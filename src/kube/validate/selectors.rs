//! Selectors of objects and nodes by labels (`apimachinery` `meta/v1/validation`, `pkg/apis/core/validation`).

use std::collections::BTreeMap;

use crate::kube::label_selector::{LabelSelector, LabelSelectorOperator};
use crate::kube::node_selector::{NodeSelectorOperator, NodeSelectorRequirement, NodeSelectorTerm};
use crate::kube::object::At;
use crate::kube::validate::{Faults, names};

/// Labels with their values.
pub fn labels(labels: &BTreeMap<String, String>, at: &At<'_>, faults: &mut Faults) {
    for (key, value) in labels {
        let at = at.key(key);
        faults.name(&at, key, names::label_key(key));
        label_value(value, &at, faults);
    }
}

fn label_value(value: &str, at: &At<'_>, faults: &mut Faults) {
    if let Err(rule) = names::label_value(value) {
        faults.invalid(at, format!("{value:?} is no value of a label"), rule);
    }
}

/// A selector by labels, where there is one.
pub fn label_selector(selector: Option<&LabelSelector>, at: &At<'_>, faults: &mut Faults) {
    let Some(selector) = selector else { return };
    labels(&selector.match_labels, &at.key("matchLabels"), faults);
    let at = at.key("matchExpressions");
    for (index, entry) in selector.match_expressions.iter().enumerate() {
        let at = at.index(index);
        let values = at.key("values");
        faults.name(&at.key("key"), &entry.key, names::label_key(&entry.key));
        match &entry.operator {
            LabelSelectorOperator::In | LabelSelectorOperator::NotIn if entry.values.is_empty() => faults.required(&values),
            LabelSelectorOperator::Exists | LabelSelectorOperator::DoesNotExist if !entry.values.is_empty() => {
                faults.forbidden(&values, "Exists and DoesNotExist take no values");
            }
            operator => faults.word(&at.key("operator"), operator.as_str(), LabelSelectorOperator::TEXTS),
        }
        entry.values.iter().enumerate().for_each(|(index, value)| label_value(value, &values.index(index), faults));
    }
}

/// Nodes by labels and fields.
pub fn node_selector_term(term: &NodeSelectorTerm, at: &At<'_>, faults: &mut Faults) {
    let expressions = at.key("matchExpressions");
    for (index, entry) in term.match_expressions.iter().enumerate() {
        node_requirement(entry, &expressions.index(index), faults);
    }
    let fields = at.key("matchFields");
    for (index, entry) in term.match_fields.iter().enumerate() {
        let at = fields.index(index);
        node_field(entry, &at, faults);
        faults.word(&at.key("key"), &entry.key, &["metadata.name"]);
    }
}

/// A requirement on a label of nodes.
pub fn node_requirement(entry: &NodeSelectorRequirement, at: &At<'_>, faults: &mut Faults) {
    use NodeSelectorOperator::{DoesNotExist, Exists, Gt, In, Lt, NotIn};
    let (values, count) = (at.key("values"), entry.values.len());
    faults.name(&at.key("key"), &entry.key, names::label_key(&entry.key));
    match &entry.operator {
        In | NotIn if count == 0 => faults.required(&values),
        Exists | DoesNotExist if count > 0 => faults.forbidden(&values, "Exists and DoesNotExist take no values"),
        Gt | Lt if count != 1 => faults.invalid(&values, format!("has {count} values"), "one value for Gt and Lt"),
        operator => faults.word(&at.key("operator"), operator.as_str(), NodeSelectorOperator::TEXTS),
    }
    entry.values.iter().enumerate().for_each(|(index, value)| label_value(value, &values.index(index), faults));
}

/// A requirement on a field of nodes, but for its key.
pub fn node_field(entry: &NodeSelectorRequirement, at: &At<'_>, faults: &mut Faults) {
    faults.word(&at.key("operator"), entry.operator.as_str(), &["In", "NotIn"]);
    if entry.values.len() != 1 {
        faults.invalid(&at.key("values"), format!("has {} values", entry.values.len()), "one value");
    }
}
