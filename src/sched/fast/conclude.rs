//! From what a search found to a decision.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::Effort;
use crate::model::core::Pod;
use crate::sched::attempt::diagnosis::{fit_error, note};
use crate::sched::attempt::{Nominating, Outcome};
use crate::sched::fast::Decision;
use crate::sched::fast::index::{Refusal, SpecIndex};
use crate::sched::fast::pick::Pick;
use crate::sched::framework::{Code, Cx, Plugin, PluginSet};

/// The decision. If no node fits, nobody may have to go ([`somebody_may_go`]).
pub fn conclude(cx: &Cx<'_>, index: &SpecIndex, pod: &Pod, start: usize, picked: &Pick) -> Decision {
    let n = cx.snapshot.order.len();
    let mut decision = Decision {
        outcome: Outcome::Unschedulable,
        evaluated: picked.feasible + picked.failed,
        feasible: picked.feasible,
        next_start: (start + picked.feasible + picked.failed) % n,
        message: Arc::default(),
        reasons: Arc::default(),
        unschedulable_plugins: PluginSet::EMPTY,
        nominating: Nominating::Keep,
        preemption: None,
        effort: effort(cx, index, start, picked),
    };
    match picked.chosen {
        Some(position) => decision.outcome = Outcome::Scheduled(cx.snapshot.order[position]),
        None => refuse(cx, index, pod, picked, &mut decision),
    }
    decision
}

/// What upstream would have done for this search.
fn effort(cx: &Cx<'_>, index: &SpecIndex, start: usize, picked: &Pick) -> Effort {
    let mut effort = index.searched(start, picked.visited);
    effort.attempts = 1;
    effort.nodes_filtered = picked.visited as u64;
    let mut reached = picked.visited as u64;
    for plugin in &picked.filters {
        effort.filter_calls[*plugin as usize] = reached;
        reached -= picked.refused[*plugin as usize];
    }
    if index.has_claims() {
        effort.allocator_calls = effort.filter_calls[Plugin::DynamicResources as usize];
        effort.slices_listed = cx.dra.published().slices.len() as u64;
    }
    if picked.feasible > 1 {
        effort.nodes_scored = picked.feasible as u64;
        for plugin in &picked.scorers {
            effort.score_calls[*plugin as usize] = picked.feasible as u64;
        }
    }
    effort
}

/// Refusals of all nodes, none of which fits.
fn given<'a>(index: &'a SpecIndex, picked: &'a Pick) -> impl Iterator<Item = &'a Refusal> {
    index.refusals.iter().chain(&picked.refusals).filter(|refusal| refusal.count > 0)
}

/// True if evicting pods may help: some node that preemption may help holds a pod of lower priority.
pub fn somebody_may_go(cx: &Cx<'_>, index: &SpecIndex, picked: &Pick, pod: &Pod) -> bool {
    let preempts = pod.spec.may_preempt && cx.config.post_filters.contains(&Plugin::DefaultPreemption);
    preempts
        && cx.snapshot.priorities.range(..pod.priority()).next().is_some()
        && given(index, picked).any(|refusal| refusal.rejection.code == Code::Unschedulable)
}

/// No node fits, and nobody of lower priority can make room.
fn refuse(cx: &Cx<'_>, index: &SpecIndex, pod: &Pod, picked: &Pick, decision: &mut Decision) {
    let n = cx.snapshot.order.len();
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for refusal in given(index, picked) {
        for reason in &refusal.rejection.reasons {
            *reasons.entry(reason.text(cx.names)).or_default() += refusal.count;
        }
    }
    decision.unschedulable_plugins = given(index, picked).map(|refusal| refusal.plugin).collect();
    let mut said = String::new();
    if cx.config.post_filters.is_empty() {
        decision.nominating = Nominating::Clear;
    } else if cx.config.post_filters.contains(&Plugin::DefaultPreemption) {
        decision.effort.preemption_attempts = 1;
        said = match pod.spec.may_preempt {
            true => no_victims(index, picked, n),
            false => "preemption: not eligible due to preemptionPolicy=Never.".to_owned(),
        };
        if pod.spec.may_preempt {
            decision.nominating = Nominating::Clear;
        }
    }
    decision.message = note(&fit_error(n, &reasons, &said)).into();
    decision.reasons = Arc::new(reasons);
}

/// What preemption says if there is nobody to evict.
fn no_victims(index: &SpecIndex, picked: &Pick, n: usize) -> String {
    let may_help = |refusal: &&Refusal| refusal.rejection.code == Code::Unschedulable;
    let potential: usize = given(index, picked).filter(may_help).map(|refusal| refusal.count).sum();
    let counts = [
        ("No preemption victims found for incoming pod", potential),
        ("Preemption is not helpful for scheduling", n - potential),
    ];
    let counts = counts.into_iter().filter(|(_, count)| *count > 0);
    format!("preemption: {}", fit_error(n, &counts.map(|(reason, count)| (reason.to_owned(), count)).collect(), ""))
}
