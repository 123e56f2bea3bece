//! What plugins ask of the pods in a cluster.

use crate::base::{NameId, Names};
use crate::model::core::{
    AffinityTerm, InclusionPolicy, LabelSelector, Labels, Node, NodeSelector, Pod, PodSpec, SpreadConstraint, TaintEffect,
    Toleration,
};
use crate::sched::plugins::inter_pod_affinity::OwnTerm;

/// What makes two nodes one domain.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Domain {
    /// Each node is its own, whatever its labels.
    Node,
    /// The value of a label; nodes without it are in no domain.
    Label(NameId),
    /// The same, but nodes without the label are in the domain of the second id, that of the empty text.
    LabelOrEmpty(NameId, NameId),
}

/// How a pod holds a term.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Held {
    /// Required affinity.
    RequiredAffinity,
    /// Required anti-affinity.
    RequiredAntiAffinity,
    /// Preferred affinity of this weight, or preferred anti-affinity of its negative.
    Preferred(i64),
}

/// Which pods are counted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Which {
    /// Those that all of these terms mean; topology keys do not matter. Terms there must be.
    Meant(Box<[OwnTerm]>),
    /// Those of a namespace that a selector matches and that are not terminating.
    Selected(NameId, LabelSelector),
    /// Those that hold this term, as often as they do.
    Holding(Held, AffinityTerm),
}

/// Which nodes are counted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct CountedNodes {
    /// They have these labels.
    pub keys: Box<[NameId]>,
    /// They match this `nodeSelector` and required node affinity.
    pub affinity: Option<(Labels, Option<NodeSelector>)>,
    /// Their taints NoSchedule and NoExecute are tolerated by these.
    pub tolerations: Option<Box<[Toleration]>>,
}

/// A question.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Question {
    /// Which pods are counted.
    pub which: Which,
    /// By what.
    pub domain: Domain,
    /// On which nodes.
    pub nodes: CountedNodes,
    /// The least count of all domains is wanted, too.
    pub wants_least: bool,
}

impl Which {
    /// How often a pod is counted.
    pub fn count(&self, spec: &PodSpec, is_terminating: bool, names: &Names) -> i64 {
        match self {
            Which::Meant(terms) => i64::from(OwnTerm::all_match(terms, spec, names)),
            Which::Selected(namespace, selector) => i64::from(
                !is_terminating
                    && spec.namespace == *namespace
                    && !selector.is_everything()
                    && selector.matches(&spec.labels, names),
            ),
            Which::Holding(held, term) => held_terms(spec).filter(|other| *other == (*held, term)).count() as i64,
        }
    }
}

/// All terms of a pod.
pub fn held_terms(spec: &PodSpec) -> impl Iterator<Item = (Held, &AffinityTerm)> {
    let (near, far) = (&spec.affinity, &spec.anti_affinity);
    let required = near.required.iter().map(|term| (Held::RequiredAffinity, term));
    let anti = far.required.iter().map(|term| (Held::RequiredAntiAffinity, term));
    let preferred = near.preferred.iter().map(|(weight, term)| (Held::Preferred((*weight).into()), term));
    let avoided = far.preferred.iter().map(|(weight, term)| (Held::Preferred(-i64::from(*weight)), term));
    required.chain(anti).chain(preferred).chain(avoided)
}

impl CountedNodes {
    /// The nodes that count for `constraint` of `pod`: those with all `keys` and in good standing.
    pub fn of(pod: &Pod, constraint: &SpreadConstraint, keys: Box<[NameId]>) -> CountedNodes {
        let spec = &pod.spec;
        let asks = !spec.node_selector.is_empty() || spec.node_affinity.is_some();
        let affinity = (asks && constraint.node_affinity_policy == InclusionPolicy::Honor)
            .then(|| (spec.node_selector.clone(), spec.node_affinity.clone()));
        let tolerations = (constraint.node_taints_policy == InclusionPolicy::Honor).then(|| spec.tolerations.as_slice().into());
        CountedNodes { keys, affinity, tolerations }
    }

    /// True if a node is one of them. `comparison` is the gate of [`Toleration::tolerates`].
    pub fn contain(&self, node: &Node, names: &Names, comparison: bool) -> bool {
        let matches = |(selector, required): &(Labels, Option<NodeSelector>)| {
            node.labels.contain(selector) && required.as_ref().is_none_or(|required| required.matches(node, names))
        };
        let tolerate = |tolerations: &[Toleration]| {
            let mut repelling = node.taints.iter().filter(|taint| taint.effect != TaintEffect::PreferNoSchedule);
            repelling.all(|taint| tolerations.iter().any(|toleration| toleration.tolerates(taint, names, comparison)))
        };
        self.keys.iter().all(|key| node.labels.get(*key).is_some())
            && self.affinity.as_ref().is_none_or(matches)
            && self.tolerations.as_deref().is_none_or(tolerate)
    }
}
