//! Nodes, and how slices and devices name them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::NameId;

/// A node as the allocator sees it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Node {
    /// `metadata.name`
    pub name: String,
    /// `metadata.labels`; nodes of one type may share them.
    pub labels: Arc<BTreeMap<String, String>>,
    /// `status.declaredFeatures`
    pub declared_features: Vec<String>,
}

/// Which nodes can reach a slice or a device: `nodeName`, else `allNodes`, else `nodeSelector`, else none.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct NodeChoice {
    /// `nodeName`; present and empty is like absent for matching, not for results.
    pub name: Option<NameId>,
    /// `allNodes`; absent is false.
    pub all: bool,
    /// `nodeSelector`
    pub selector: Option<Box<NodeSelector>>,
}

/// core/v1 NodeSelector: terms are alternatives.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct NodeSelector {
    /// `nodeSelectorTerms`
    pub terms: Vec<NodeSelectorTerm>,
}

impl NodeSelector {
    /// The selector of one node, as the allocator writes it (`createNodeSelector`).
    pub fn of_node(name: &str) -> NodeSelector {
        let name = Requirement { key: "metadata.name".into(), operator: "In".into(), values: vec![name.to_owned()] };
        NodeSelector { terms: vec![NodeSelectorTerm { match_fields: vec![name], match_expressions: Vec::new() }] }
    }

    /// True if it is [`NodeSelector::of_node`] of this name.
    pub fn is_of_node(&self, name: &str) -> bool {
        let [NodeSelectorTerm { match_fields, match_expressions }] = self.terms.as_slice() else { return false };
        let [Requirement { key, operator, values }] = match_fields.as_slice() else { return false };
        match_expressions.is_empty() && key == "metadata.name" && operator == "In" && *values == [name]
    }
}

/// All requirements of a term must hold.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct NodeSelectorTerm {
    /// `matchExpressions`, over labels.
    pub match_expressions: Vec<Requirement>,
    /// `matchFields`, over `metadata.name`.
    pub match_fields: Vec<Requirement>,
}

/// One requirement.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Requirement {
    /// Label key or field.
    pub key: String,
    /// `In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt`, `Lt`; anything else is an error when it is parsed.
    pub operator: String,
    /// Values.
    pub values: Vec<String>,
}
