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
