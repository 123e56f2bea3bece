//! PreScore, Score and Normalize: preferred terms (`interpodaffinity/scoring.go`).

use crate::base::NodeId;
use crate::model::core::{AffinityTerm, Labels, Pod};
use crate::sched::framework::{Cx, MAX_NODE_SCORE, NodeInfo};
use crate::sched::plugins::inter_pod_affinity::counts::Weights;
use crate::sched::plugins::inter_pod_affinity::terms::{OwnTerm, means};

/// What PreScore counts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ScoreState {
    pub(super) weights: Weights,
}

/// Terms whose weights add up: those of the pod that is scheduled, with their signs.
pub(super) struct Preferences {
    pub own: Vec<(i64, OwnTerm)>,
    /// What required affinity of other pods weighs.
    pub hard_weight: i64,
}

/// Counts for scores; `None` skips scoring, if no term matched anything. `feasible` does not matter: all nodes count.
///
/// A pod without preferred terms of its own is preferred or avoided by others all the same. Only the argument
/// `ignorePreferredTermsOfExistingPods` makes the plugin skip it, and then the pods' required terms do not count either.
pub fn pre_score(cx: &Cx<'_>, pod: &Pod, _feasible: &[NodeId]) -> Option<ScoreState> {
    if let Some(asked) = cx.asked {
        return asked.affinity_scores.clone();
    }
    let preferences = Preferences::new(cx, pod);
    if preferences.are_ignored(cx) || (preferences.own.is_empty() && cx.snapshot.affine_pods == 0) {
        return None;
    }
    let mut weights = Weights::default();
    for node in cx.snapshot.list() {
        for other in &node.pods {
            preferences.count(cx, pod, other, &node.node.labels, &mut weights);
        }
    }
    (!weights.is_empty()).then_some(ScoreState { weights })
}

impl Preferences {
    pub fn new(cx: &Cx<'_>, pod: &Pod) -> Preferences {
        let resolve = |terms: &[(i32, AffinityTerm)], sign: i64| -> Vec<(i64, OwnTerm)> {
            let resolve =
                |(weight, term): &(i32, AffinityTerm)| (i64::from(*weight) * sign, OwnTerm::new(term, cx.neighbours, cx.names));
            terms.iter().map(resolve).collect()
        };
        let mut own = resolve(&pod.spec.affinity.preferred, 1);
        own.extend(resolve(&pod.spec.anti_affinity.preferred, -1));
        Preferences { own, hard_weight: cx.config.inter_pod_affinity.hard_pod_affinity_weight.into() }
    }

    /// True if there are none, and the profile says that those of other pods are of no account then.
    pub fn are_ignored(&self, cx: &Cx<'_>) -> bool {
        self.own.is_empty() && cx.config.inter_pod_affinity.ignore_preferred_terms_of_existing_pods
    }

    fn count(&self, cx: &Cx<'_>, pod: &Pod, other: &Pod, labels: &Labels, weights: &mut Weights) {
        for (weight, term) in self.own.iter().filter(|(_, term)| term.matches(&other.spec, cx.names)) {
            weights.add(labels, term.topology_key, *weight);
        }
        let mut add = |term: &AffinityTerm, weight: i64| {
            if means(cx, term, pod) {
                weights.add(labels, term.topology_key, weight);
            }
        };
        let (near, far) = (&other.spec.affinity, &other.spec.anti_affinity);
        if self.hard_weight > 0 {
            near.required.iter().for_each(|term| add(term, self.hard_weight));
        }
        near.preferred.iter().for_each(|(weight, term)| add(term, i64::from(*weight)));
        far.preferred.iter().for_each(|(weight, term)| add(term, -i64::from(*weight)));
    }
}

/// The raw score of a node: the weights of its domains. Negative where the pod is not wanted.
pub fn score(_cx: &Cx<'_>, state: &ScoreState, _pod: &Pod, node: &NodeInfo) -> i64 {
    state.weights.sum(node)
}

/// Brings raw scores to 0 to 100, the least to 0 and the greatest to 100, in doubles (29/100 gives 28).
pub fn normalize(_cx: &Cx<'_>, _state: &ScoreState, _feasible: &[NodeId], scores: &mut [i64]) {
    let min = scores.iter().copied().min().unwrap_or(0);
    let max = scores.iter().copied().max().unwrap_or(0);
    for score in scores {
        let share = (*score - min) as f64 / (max - min) as f64;
        *score = if max > min { (MAX_NODE_SCORE as f64 * share) as i64 } else { 0 };
    }
}
