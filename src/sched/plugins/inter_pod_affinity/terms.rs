//! Terms of the pod that is scheduled (`mergeAffinityTermNamespacesIfNotEmpty`).

use crate::base::{NameId, Names};
use crate::model::core::{AffinityTerm, LabelSelector, Pod, PodSpec};
use crate::sched::framework::Cx;
use crate::sched::framework::cx::Neighbours;

/// Namespaces that a term means.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Namespaces {
    /// All, known or not: the namespace selector is `{}`.
    All,
    /// These, ascending by id.
    Only(Box<[NameId]>),
}

/// A term of the pod that is scheduled. Its namespace selector has become the namespaces that it selects at the beginning of
/// the attempt; namespaces nobody has told of are not selected, whatever the selector.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OwnTerm {
    /// `topologyKey`
    pub topology_key: NameId,
    /// `labelSelector`
    pub selector: LabelSelector,
    /// Where the pods are that it means.
    pub namespaces: Namespaces,
}

impl OwnTerm {
    /// The term with its namespace selector resolved.
    pub fn new(term: &AffinityTerm, neighbours: &Neighbours, names: &Names) -> OwnTerm {
        let namespaces = if term.namespace_selector.is_everything() {
            Namespaces::All
        } else {
            let selected = neighbours.namespaces.iter().filter(|(_, labels)| term.namespace_selector.matches(labels, names));
            let mut all: Vec<NameId> = term.namespaces.iter().copied().chain(selected.map(|(name, _)| *name)).collect();
            all.sort_unstable();
            all.dedup();
            Namespaces::Only(all.into())
        };
        OwnTerm { topology_key: term.topology_key, selector: term.selector.clone(), namespaces }
    }

    /// True if pods of this specification are meant.
    pub fn matches(&self, pod: &PodSpec, names: &Names) -> bool {
        let in_namespace = match &self.namespaces {
            Namespaces::All => true,
            Namespaces::Only(only) => only.binary_search(&pod.namespace).is_ok(),
        };
        in_namespace && self.selector.matches(&pod.labels, names)
    }

    /// True if pods of this specification are meant by every one of `terms`, and there are any.
    pub fn all_match(terms: &[OwnTerm], pod: &PodSpec, names: &Names) -> bool {
        !terms.is_empty() && terms.iter().all(|term| term.matches(pod, names))
    }
}

/// True if a term of another pod means the pod that is scheduled: its namespace's labels decide then, none where it is not
/// known.
pub(super) fn means(cx: &Cx<'_>, term: &AffinityTerm, pod: &Pod) -> bool {
    let namespace = pod.spec.namespace;
    term.matches(namespace, &pod.spec.labels, cx.neighbours.namespace_labels(namespace), cx.names)
}
