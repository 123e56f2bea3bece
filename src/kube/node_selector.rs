//! Node selectors (core/v1 NodeSelector): terms ORed, requirements of a term ANDed.

use crate::kube::object::{object, open_enum};

object! {
    /// Nodes that match one term.
    pub struct NodeSelector {
        /// ORed; no term matches no node.
        node_selector_terms: Vec<NodeSelectorTerm> = "nodeSelectorTerms" always,
    }
}

object! {
    /// Nodes that meet all requirements; a term without any matches no node.
    pub struct NodeSelectorTerm {
        /// Requirements on labels.
        match_expressions: Vec<NodeSelectorRequirement> = "matchExpressions",
        /// Requirements on fields; upstream knows `metadata.name` only.
        match_fields: Vec<NodeSelectorRequirement> = "matchFields",
    }
}

object! {
    /// A requirement on one label or field.
    pub struct NodeSelectorRequirement {
        /// Label or field.
        key: String = "key" always,
        /// How values are compared.
        operator: NodeSelectorOperator = "operator" always,
        /// Values; one for `Gt` and `Lt`, none for `Exists` and `DoesNotExist`.
        values: Vec<String> = "values",
    }
}

open_enum! {
    /// How a requirement compares.
    pub enum NodeSelectorOperator {
        /// The value is one of those given.
        In = "In",
        /// It is absent or none of those given.
        NotIn = "NotIn",
        /// It is there.
        Exists = "Exists",
        /// It is not.
        DoesNotExist = "DoesNotExist",
        /// It is an integer above the one given.
        Gt = "Gt",
        /// It is an integer below the one given.
        Lt = "Lt",
    }
}
