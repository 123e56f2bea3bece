//! PreFilter and PreScore from the index, without walking over pods.

use crate::model::core::Pod;
use crate::sched::framework::{Cx, PreFilter};
use crate::sched::plugins::inter_pod_affinity::scoring::{Preferences, ScoreState};
use crate::sched::plugins::inter_pod_affinity::{OwnTerm, State};
use crate::sched::terms::{CountedNodes, Domain, Held, Question, TermIndex, Which};

/// What [`super::pre_filter`] and [`super::pre_score`] say.
pub fn ask(index: &mut TermIndex, cx: &Cx<'_>, pod: &Pod) -> (PreFilter<State>, Option<ScoreState>) {
    let mut state = State::new(cx, pod);
    let preferences = Preferences::new(cx, pod);
    let mut scores = ScoreState::default();
    for (held, key, tally) in index.held(cx, pod) {
        match held {
            Held::RequiredAntiAffinity => state.existing_anti_affinity_counts.share(key, tally.clone()),
            Held::RequiredAffinity if preferences.hard_weight <= 0 => {}
            Held::RequiredAffinity => scores.weights.share(preferences.hard_weight, tally.clone()),
            Held::Preferred(weight) => scores.weights.share(weight, tally.clone()),
        }
    }
    for term in state.affinity.iter() {
        let tally = index.tally(meant(&state.affinity, term), cx);
        state.affinity_counts.share(term.topology_key, tally);
    }
    state.count_host_scoped(cx);
    for term in state.anti_affinity.iter() {
        let tally = index.tally(meant(std::slice::from_ref(term), term), cx);
        state.anti_affinity_counts.share(term.topology_key, tally);
    }
    for (weight, term) in &preferences.own {
        let tally = index.tally(meant(std::slice::from_ref(term), term), cx);
        scores.weights.share(*weight, tally);
    }
    let scores = (!preferences.are_ignored(cx) && !scores.weights.is_empty()).then_some(scores);
    (state.pre_filtered(), scores)
}

/// Pods that all of `terms` mean, by the topology key of `term`.
fn meant(terms: &[OwnTerm], term: &OwnTerm) -> Question {
    Question {
        which: Which::Meant(terms.into()),
        domain: Domain::Label(term.topology_key),
        nodes: CountedNodes::default(),
        wants_least: false,
    }
}
