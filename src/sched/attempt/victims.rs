//! Which pods of one node would have to go (`plugins/defaultpreemption` `SelectVictimsOnNode`).

use std::cmp::Reverse;
use std::sync::Arc;

use crate::base::SimTime;
use crate::model::Effort;
use crate::model::core::Pod;
use crate::sched::attempt::Nominator;
use crate::sched::attempt::filtering::{add_pod, remove_pod, run_filters_with_nominated};
use crate::sched::framework::{Cx, CycleState, NodeInfo, Plugin, Rejection};

/// What a dry run on one node says.
#[derive(Clone, Debug)]
pub enum DryRun {
    /// These pods, most important first; and how many of them a budget protects.
    Victims(Vec<Arc<Pod>>, usize),
    /// The node is no candidate; the plugin is `None` where preemption itself says so.
    Refused(Option<Plugin>, Rejection),
}

/// Order of importance: priority, then who started earlier. A pod without start time starts now.
fn importance(pod: &Pod) -> (Reverse<i32>, SimTime) {
    (Reverse(pod.priority()), pod.start_time.unwrap_or(SimTime::FAR))
}

/// Everything of lower priority goes; then as many as possible come back, the most important first, those that a budget
/// protects before the others.
pub fn select(cx: &Cx<'_>, nominator: &Nominator, pod: &Pod, state: &CycleState, node: &NodeInfo, effort: &mut Effort) -> DryRun {
    let mut state = CycleState { effort: Effort::default(), ..state.clone() };
    let said = dry_run(cx, nominator, pod, &mut state, node.clone());
    *effort += state.effort;
    said
}

fn dry_run(cx: &Cx<'_>, nominator: &Nominator, pod: &Pod, state: &mut CycleState, mut node: NodeInfo) -> DryRun {
    let mut lower: Vec<Arc<Pod>> = node.pods.iter().filter(|other| other.priority() < pod.priority()).cloned().collect();
    if lower.is_empty() {
        let none = Rejection::unresolvable("No preemption victims found for incoming pod");
        return DryRun::Refused(None, none);
    }
    for other in &lower {
        take(cx, pod, state, &mut node, other);
    }
    if let Some((plugin, rejection)) = run_filters_with_nominated(cx, nominator, pod, state, &node) {
        return DryRun::Refused(Some(plugin), rejection);
    }
    sort_by_importance(&mut lower);
    let (violating, others) = split_by_budgets(cx, lower);
    let (mut victims, mut violations) = (Vec::new(), 0);
    let is_mixed = !violating.is_empty() && !others.is_empty();
    let protected = violating.into_iter().map(|other| (other, true));
    for (other, is_protected) in protected.chain(others.into_iter().map(|other| (other, false))) {
        node.add_pod(other.clone());
        add_pod(cx, pod, state, &other, &node);
        if run_filters_with_nominated(cx, nominator, pod, state, &node).is_some() {
            take(cx, pod, state, &mut node, &other);
            violations += usize::from(is_protected);
            victims.push(other);
        }
    }
    if is_mixed {
        sort_by_importance(&mut victims);
    }
    DryRun::Victims(victims, violations)
}

fn take(cx: &Cx<'_>, pod: &Pod, state: &mut CycleState, node: &mut NodeInfo, other: &Arc<Pod>) {
    node.remove_pod(other.id);
    remove_pod(cx, pod, state, other, node);
}

/// Upstream's sort is not stable above twelve elements; this one is.
fn sort_by_importance(pods: &mut [Arc<Pod>]) {
    pods.sort_by_key(|pod| importance(pod));
}

/// Walks the budgets for each pod in order: a budget that is used up protects it.
fn split_by_budgets(cx: &Cx<'_>, pods: Vec<Arc<Pod>>) -> (Vec<Arc<Pod>>, Vec<Arc<Pod>>) {
    let budgets = &cx.neighbours.budgets;
    let mut allowed: Vec<i32> = budgets.iter().map(|budget| budget.disruptions_allowed).collect();
    let mut is_protected = |pod: &Pod| {
        if pod.spec.labels.is_empty() {
            return false;
        }
        for (budget, allowed) in budgets.iter().zip(&mut allowed) {
            let applies = budget.namespace == pod.spec.namespace
                && !budget.selector.is_everything()
                && budget.selector.matches(&pod.spec.labels, cx.names)
                && !budget.disrupted.contains(&pod.name);
            if applies {
                *allowed -= 1;
                if *allowed < 0 {
                    return true;
                }
            }
        }
        false
    };
    pods.into_iter().partition(|pod| is_protected(pod))
}
