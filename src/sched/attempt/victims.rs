//! Which pods of one node would have to go (`plugins/defaultpreemption` `SelectVictimsOnNode`).

use std::cmp::Reverse;
use std::sync::Arc;

use crate::base::SimTime;
use crate::model::Effort;
use crate::model::core::Pod;
use crate::sched::attempt::filtering::{add_pod, remove_pod, run_filters_with_nominated};
use crate::sched::attempt::unstable;
use crate::sched::framework::{Cx, CycleState, NodeInfo, Nominator, Plugin, Rejection};

/// What a dry run on one node says.
#[derive(Clone, Debug)]
pub enum DryRun {
    /// These pods, most important first; and how many of them a budget protects.
    Victims(Vec<Arc<Pod>>, usize),
    /// The node is no candidate; the plugin is `None` where preemption itself says so.
    Refused(Option<Plugin>, Rejection),
}

/// A pod that could go.
#[derive(Clone, Debug)]
struct Victim {
    pod: Arc<Pod>,
    /// When it started. A pod without start time starts when it is looked at, and so after those that come before it.
    start: (SimTime, usize),
    /// A budget protects it.
    is_protected: bool,
}

impl Victim {
    fn new((at, pod): (usize, &Arc<Pod>)) -> Victim {
        let start = pod.start_time.get().map_or((SimTime::FAR, at), |start| (start, 0));
        Victim { pod: pod.clone(), start, is_protected: false }
    }

    /// Priority, then who started earlier (`MoreImportantVictim`).
    fn is_more_important(&self, other: &Victim) -> bool {
        (Reverse(self.pod.priority()), self.start) < (Reverse(other.pod.priority()), other.start)
    }
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
    let mut lower: Vec<Victim> = node.pods.iter().enumerate().map(Victim::new).collect();
    lower.retain(|other| other.pod.priority() < pod.priority());
    if lower.is_empty() {
        let none = Rejection::unresolvable("No preemption victims found for incoming pod");
        return DryRun::Refused(None, none);
    }
    for other in &lower {
        take(cx, pod, state, &mut node, &other.pod);
    }
    if let Some((plugin, rejection)) = run_filters_with_nominated(cx, nominator, pod, state, &node) {
        return DryRun::Refused(Some(plugin), rejection);
    }
    unstable::sort(&mut lower, Victim::is_more_important);
    let (mut violating, others) = split_by_budgets(cx, lower);
    let (mut victims, mut violations) = (Vec::new(), 0);
    let is_mixed = !violating.is_empty() && !others.is_empty();
    violating.extend(others);
    for other in violating {
        node.add_pod(other.pod.clone());
        add_pod(cx, pod, state, &other.pod, &node);
        if run_filters_with_nominated(cx, nominator, pod, state, &node).is_some() {
            take(cx, pod, state, &mut node, &other.pod);
            violations += usize::from(other.is_protected);
            victims.push(other);
        }
    }
    if is_mixed {
        unstable::sort(&mut victims, Victim::is_more_important);
    }
    let victims = victims.into_iter().map(|victim| victim.pod).collect();
    DryRun::Victims(victims, violations)
}

fn take(cx: &Cx<'_>, pod: &Pod, state: &mut CycleState, node: &mut NodeInfo, other: &Arc<Pod>) {
    node.remove_pod(other.id);
    remove_pod(cx, pod, state, other, node);
}

/// Walks the budgets for each pod in order: a budget that is used up protects it.
fn split_by_budgets(cx: &Cx<'_>, victims: Vec<Victim>) -> (Vec<Victim>, Vec<Victim>) {
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
                *allowed = allowed.wrapping_sub(1);
                if *allowed < 0 {
                    return true;
                }
            }
        }
        false
    };
    let judged = victims.into_iter().map(|victim| Victim { is_protected: is_protected(&victim.pod), ..victim });
    judged.partition(|victim| victim.is_protected)
}
