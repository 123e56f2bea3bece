//! InterPodAffinity (`plugins/interpodaffinity/plugin.go`).

use crate::model::core::{AffinityTerm, Labels, Node, Pod};
use crate::sched::queueing::View;
use crate::sched::queueing::event::{Change, Subject};

/// A pod that all affinity terms mean came or became so; or one that an anti-affinity term means, here or there, went or
/// became harmless.
pub fn assigned_pod(view: &View<'_>, pod: &Pod, subject: &Subject) -> bool {
    let Subject::Pod(Change { old, new }) = subject else { return true };
    let is_nowhere = |other: &Pod| other.node_name.is_none() && other.nominated_node_name.is_none();
    if [old, new].into_iter().flatten().any(|other| is_nowhere(other)) {
        return false;
    }
    let (near, far) = (&pod.spec.affinity.required, &pod.spec.anti_affinity.required);
    match (old, new) {
        (Some(old), Some(new)) => {
            !all_mean(view, near, old) && all_mean(view, near, new) || any_means(view, far, old) && !any_means(view, far, new)
        }
        (None, Some(new)) => all_mean(view, near, new),
        (Some(old), None) => any_means(view, far, old) || any_means(view, &old.spec.anti_affinity.required, pod),
        (None, None) => true,
    }
}

/// A node with the key of an affinity term is new or moved to another domain; a node left a domain of an anti-affinity term,
/// or is new.
pub fn node(_view: &View<'_>, pod: &Pod, subject: &Subject) -> bool {
    let Subject::Node(Change { old, new: Some(new) }) = subject else { return true };
    let domain = |node: &Node, term: &AffinityTerm| node.labels.get(term.topology_key);
    let joined = |term: &AffinityTerm| {
        let now = domain(new, term);
        now.is_some() && old.as_ref().is_none_or(|old| domain(old, term) != now)
    };
    let left = |term: &AffinityTerm| {
        old.as_ref().is_none_or(|old| domain(old, term).is_some() && domain(old, term) != domain(new, term))
    };
    pod.spec.affinity.required.iter().any(joined) || pod.spec.anti_affinity.required.iter().any(left)
}

fn all_mean(view: &View<'_>, terms: &[AffinityTerm], pod: &Pod) -> bool {
    !terms.is_empty() && terms.iter().all(|term| means(view, term, pod))
}

fn any_means(view: &View<'_>, terms: &[AffinityTerm], pod: &Pod) -> bool {
    terms.iter().any(|term| means(view, term, pod))
}

// The hints do not look up the labels of namespaces: a namespace selector sees none.
fn means(view: &View<'_>, term: &AffinityTerm, pod: &Pod) -> bool {
    term.matches(pod.spec.namespace, &pod.spec.labels, &Labels::default(), view.names)
}
