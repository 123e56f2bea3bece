//! Selectors of nodes and labels.

use crate::base::NameId;
use crate::kube::core::CoreInterning;
use crate::kube::label_selector::{LabelSelector as Written, LabelSelectorOperator};
use crate::kube::node_selector::{
    NodeSelector as WrittenNodes, NodeSelectorOperator, NodeSelectorRequirement, NodeSelectorTerm as WrittenTerm,
};
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

    /// A term of a node selector.
    pub fn node_selector_term(&mut self, term: &WrittenTerm) -> NodeSelectorTerm {
        NodeSelectorTerm {
            expressions: term.match_expressions.iter().map(|requirement| self.requirement(requirement)).collect(),
            fields: term.match_fields.iter().map(|requirement| self.requirement(requirement)).collect(),
        }
    }

    fn requirement(&mut self, requirement: &NodeSelectorRequirement) -> Requirement {
        let NodeSelectorRequirement { key, operator, values } = requirement;
        let bound = values.first().and_then(|value| value.parse::<i64>().ok());
        let operator = match (operator, bound) {
            (NodeSelectorOperator::In, _) => Operator::In,
            (NodeSelectorOperator::NotIn, _) => Operator::NotIn,
            (NodeSelectorOperator::Exists, _) => Operator::Exists,
            (NodeSelectorOperator::DoesNotExist, _) => Operator::DoesNotExist,
            (NodeSelectorOperator::Gt, Some(bound)) => Operator::Gt(bound),
            (NodeSelectorOperator::Lt, Some(bound)) => Operator::Lt(bound),
            (other, _) => {
                self.unreadable("nodeSelectorTerms", format!("`{key} {other} {values:?}` is not a requirement on a node"));
                // A requirement that upstream cannot parse makes its term match nothing.
                return Requirement::new(self.name(key), Operator::In, []);
            }
        };
        let values = match operator {
            Operator::In | Operator::NotIn => self.names_of(values),
            _ => Vec::new(),
        };
        Requirement::new(self.name(key), operator, values)
    }
}
