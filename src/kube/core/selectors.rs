//! Selectors of nodes and labels.

use crate::base::NameId;
use crate::kube::core::CoreInterning;
use crate::kube::label_selector::{LabelSelector as Written, LabelSelectorOperator};
use crate::kube::node_selector::{
    NodeSelector as WrittenNodes, NodeSelectorOperator, NodeSelectorRequirement, NodeSelectorTerm as WrittenTerm,
};
use crate::kube::validate::names;
use crate::model::core::{LabelSelector, NodeSelector, NodeSelectorTerm, Operator, Requirement};

impl CoreInterning {
    fn names_of(&mut self, values: &[String]) -> Vec<NameId> {
        values.iter().map(|value| self.names.intern(value)).collect()
    }

    /// A label selector; `None` matches nothing.
    pub fn label_selector(&mut self, selector: Option<&Written>) -> LabelSelector {
        let Some(selector) = selector else { return LabelSelector::Nothing };
        let mut all = Vec::new();
        for (key, value) in &selector.match_labels {
            let value = self.name(value);
            all.push(Requirement::new(self.name(key), Operator::In, [value]));
        }
        for requirement in &selector.match_expressions {
            let values = self.names_of(&requirement.values);
            let operator = match &requirement.operator {
                LabelSelectorOperator::In => Operator::In,
                LabelSelectorOperator::NotIn => Operator::NotIn,
                LabelSelectorOperator::Exists => Operator::Exists,
                LabelSelectorOperator::DoesNotExist => Operator::DoesNotExist,
                other => {
                    self.unreadable("labelSelector", format!("`{other}` is not an operator of label selectors"));
                    return LabelSelector::Nothing;
                }
            };
            all.push(Requirement::new(self.name(&requirement.key), operator, values));
        }
        LabelSelector::All(all.into())
    }

    /// A node selector.
    pub fn node_selector(&mut self, selector: &WrittenNodes) -> NodeSelector {
        NodeSelector { terms: selector.node_selector_terms.iter().map(|term| self.node_selector_term(term)).collect() }
    }

    /// A term of a node selector. One that upstream cannot parse matches nothing (`component-helpers/scheduling/corev1/nodeaffinity`
    /// `newNodeSelectorTerm`); its fields stay, since PreFilter reads them as they are written.
    pub fn node_selector_term(&mut self, term: &WrittenTerm) -> NodeSelectorTerm {
        let mut read = NodeSelectorTerm {
            expressions: term.match_expressions.iter().map(|requirement| self.requirement(requirement)).collect(),
            fields: term.match_fields.iter().map(|requirement| self.requirement(requirement)).collect(),
        };
        let faulty = term.match_expressions.iter().find(|requirement| !is_expression(requirement));
        if let Some(requirement) = faulty.or_else(|| term.match_fields.iter().find(|requirement| !is_field(requirement))) {
            let NodeSelectorRequirement { key, operator, values } = requirement;
            let text = format!("`{key} {operator} {values:?}` is not a requirement on a node, so its term matches none");
            self.doubtful("nodeSelectorTerms", text);
            read.expressions.push(Requirement::new(self.name(""), Operator::In, []));
        }
        read
    }

    fn requirement(&mut self, requirement: &NodeSelectorRequirement) -> Requirement {
        let NodeSelectorRequirement { key, operator, values } = requirement;
        let bound = values.first().and_then(|value| value.parse::<i64>().ok()).unwrap_or(0);
        let operator = match operator {
            NodeSelectorOperator::NotIn => Operator::NotIn,
            NodeSelectorOperator::Exists => Operator::Exists,
            NodeSelectorOperator::DoesNotExist => Operator::DoesNotExist,
            NodeSelectorOperator::Gt => Operator::Gt(bound),
            NodeSelectorOperator::Lt => Operator::Lt(bound),
            NodeSelectorOperator::In => Operator::In,
            // Its term matches nothing anyway.
            _ => Operator::Exists,
        };
        let values = match operator {
            Operator::In | Operator::NotIn => self.names_of(values),
            _ => Vec::new(),
        };
        Requirement::new(self.name(key), operator, values)
    }
}

/// True for what upstream can parse as a requirement on labels (`labels.NewRequirement`).
fn is_expression(requirement: &NodeSelectorRequirement) -> bool {
    let values = &requirement.values;
    let is_counted = match requirement.operator {
        NodeSelectorOperator::In | NodeSelectorOperator::NotIn => !values.is_empty(),
        NodeSelectorOperator::Exists | NodeSelectorOperator::DoesNotExist => values.is_empty(),
        NodeSelectorOperator::Gt | NodeSelectorOperator::Lt => values.len() == 1 && values[0].parse::<i64>().is_ok(),
        _ => false,
    };
    is_counted && names::label_key(&requirement.key).is_ok() && values.iter().all(|value| names::label_value(value).is_ok())
}

/// True for what upstream can parse as a requirement on a field.
fn is_field(requirement: &NodeSelectorRequirement) -> bool {
    matches!(requirement.operator, NodeSelectorOperator::In | NodeSelectorOperator::NotIn) && requirement.values.len() == 1
}
