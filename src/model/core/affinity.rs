//! What pods want to be near to or away from.

use crate::base::{NameId, Names};
use crate::model::core::{LabelSelector, Labels, Node, Operator, Requirement};

/// Nodes that match one of the terms.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct NodeSelector {
    /// ORed.
    pub terms: Vec<NodeSelectorTerm>,
}

/// Requirements that must all hold.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct NodeSelectorTerm {
    /// `matchExpressions`
    pub expressions: Vec<Requirement>,
    /// `matchFields`, each on `metadata.name`.
    pub fields: Vec<Requirement>,
}

/// A term of pod affinity or anti-affinity.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AffinityTerm {
    /// `topologyKey`
    pub topology_key: NameId,
    /// `labelSelector`, `matchLabelKeys` and `mismatchLabelKeys` merged in.
    pub selector: LabelSelector,
    /// `namespaces`; the pod's own where the object names neither these nor a selector. Ascending by id.
    pub namespaces: Box<[NameId]>,
    /// `namespaceSelector`
    pub namespace_selector: LabelSelector,
}

/// Affinity or anti-affinity of a pod to other pods.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct PodAffinity {
    /// All must hold.
    pub required: Vec<AffinityTerm>,
    /// Weight (1 to 100) and term.
    pub preferred: Vec<(i32, AffinityTerm)>,
}

/// Nodes have no field but their name here, and what they have not is the empty text.
fn field_accepts(requirement: &Requirement, node: &Node, names: &Names) -> bool {
    if names.text(requirement.key) == "metadata.name" {
        return requirement.accepts(Some(node.name), names);
    }
    let is_meant = requirement.values.iter().any(|value| names.text(*value).is_empty());
    is_meant == (requirement.operator == Operator::In)
}

impl NodeSelectorTerm {
    /// True if the node matches. A term without requirements matches nothing.
    pub fn matches(&self, node: &Node, names: &Names) -> bool {
        !(self.expressions.is_empty() && self.fields.is_empty())
            && self.expressions.iter().all(|requirement| requirement.matches(&node.labels, names))
            && self.fields.iter().all(|requirement| field_accepts(requirement, node, names))
    }
}

impl NodeSelector {
    /// True if the node matches some term.
    pub fn matches(&self, node: &Node, names: &Names) -> bool {
        self.terms.iter().any(|term| term.matches(node, names))
    }
}

impl AffinityTerm {
    /// True if a pod of this namespace and with these labels is meant. `namespace_labels` are those of its namespace.
    pub fn matches(&self, namespace: NameId, labels: &Labels, namespace_labels: &Labels, names: &Names) -> bool {
        let in_namespace = self.namespaces.contains(&namespace) || self.namespace_selector.matches(namespace_labels, names);
        in_namespace && self.selector.matches(labels, names)
    }
}
