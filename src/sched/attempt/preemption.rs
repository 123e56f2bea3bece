//! DefaultPreemption: dry runs, and the choice among candidates (`framework/preemption`, spec B8).

use std::cmp::Reverse;
use std::sync::Arc;

use crate::base::{Id, NodeId, SimTime};
use crate::model::Effort;
use crate::model::core::Pod;
use crate::sched::attempt::victims::{self, DryRun};
use crate::sched::attempt::{Candidate, Diagnosis, Nominating, PreemptionRecord, TieRule};
use crate::sched::framework::{Code, Cx, CycleState, Nominator, Rejection};

/// What preemption says.
#[derive(Clone, Debug, Default)]
pub struct Preempted {
    /// `None` is success.
    pub code: Option<Code>,
    /// Message, without the prefix.
    pub message: String,
    /// Candidates and the choice; absent where there are none.
    pub record: Option<PreemptionRecord>,
    /// What becomes of the nomination.
    pub nominating: Nominating,
}

/// A candidate with its pods.
struct Found {
    node: NodeId,
    victims: Vec<Arc<Pod>>,
    violations: usize,
}

/// Looks for a node on which evicting pods of lower priority makes room.
pub fn preempt(
    cx: &Cx<'_>,
    nominator: &Nominator,
    pod: &Pod,
    state: &CycleState,
    diagnosis: &Diagnosis,
    tie_rule: TieRule,
    effort: &mut Effort,
) -> Preempted {
    if let Some(why_not) = ineligible(cx, pod, diagnosis) {
        return Preempted { code: Some(Code::Unschedulable), message: why_not.to_owned(), ..Preempted::default() };
    }
    let is_potential = |node: &NodeId| diagnosis.code(*node) == Code::Unschedulable;
    let potential: Vec<NodeId> = cx.snapshot.order.iter().copied().filter(is_potential).collect();
    let (found, statuses, errors) = dry_runs(cx, nominator, pod, state, &potential, effort);
    if found.is_empty() && !errors.is_empty() {
        return Preempted { code: Some(Code::Error), message: aggregate(&errors), ..Preempted::default() };
    }
    if found.is_empty() {
        let message = statuses.message(cx.snapshot.order.len(), cx.names);
        return Preempted { code: Some(Code::Unschedulable), message, nominating: Nominating::Clear, record: None };
    }
    choose(cx, &found, tie_rule)
}

fn choose(cx: &Cx<'_>, found: &[Found], tie_rule: TieRule) -> Preempted {
    let tie = best(found);
    let node = match tie_rule {
        TieRule::Upstream => tie[0],
        TieRule::SmallestName => {
            let name = |node: &&NodeId| cx.names.text(cx.snapshot.nodes[**node].node.name);
            *tie.iter().min_by(|a, b| name(a).cmp(name(b))).unwrap_or(&tie[0])
        }
    };
    let candidates: Vec<Candidate> = found
        .iter()
        .map(|found| Candidate {
            node: found.node,
            victims: found.victims.iter().map(|pod| pod.id).collect(),
            violations: found.violations,
        })
        .collect();
    let victims = candidates.iter().find(|candidate| candidate.node == node).map(|chosen| chosen.victims.clone());
    let victims = victims.unwrap_or_default();
    let name = cx.names.text(cx.snapshot.nodes[node].node.name);
    let message = format!("found a potential placement for pod on node {name}, preempting {} victims", victims.len());
    let record = PreemptionRecord { candidates, tie, nominated: Some(node), victims };
    Preempted { code: None, message, record: Some(record), nominating: Nominating::Set(node) }
}

/// Why the pod must not preempt, if so (`PodEligibleToPreemptOthers`).
fn ineligible(cx: &Cx<'_>, pod: &Pod, diagnosis: &Diagnosis) -> Option<&'static str> {
    if !pod.spec.may_preempt {
        return Some("not eligible due to preemptionPolicy=Never.");
    }
    let node = cx.snapshot.named(pod.nominated_node_name?)?;
    if diagnosis.code(node) == Code::UnschedulableAndUnresolvable {
        return None;
    }
    let makes_room = |other: &Arc<Pod>| other.priority() < pod.priority() && other.is_terminating && other.is_preempted;
    let waits = cx.snapshot.nodes[node].pods.iter().any(makes_room);
    waits.then_some("not eligible due to a terminating pod on the nominated node.")
}

/// Dry runs from the first potential node on, until there are enough candidates. Upstream starts at a random node.
fn dry_runs(
    cx: &Cx<'_>,
    nominator: &Nominator,
    pod: &Pod,
    state: &CycleState,
    potential: &[NodeId],
    effort: &mut Effort,
) -> (Vec<Found>, Diagnosis, Vec<String>) {
    let mut statuses =
        Diagnosis { absent: Some(Rejection::unresolvable("Preemption is not helpful for scheduling")), ..Diagnosis::default() };
    let limit = candidates_wanted(cx, potential.len());
    let (mut found, mut violating, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for &node in potential {
        match victims::select(cx, nominator, pod, state, &cx.snapshot.nodes[node], effort) {
            DryRun::Victims(victims, violations) if !victims.is_empty() => {
                let list = if violations == 0 { &mut found } else { &mut violating };
                // Either list holds no more than are wanted, maybe none.
                if list.len() < limit {
                    list.push(Found { node, victims, violations });
                }
            }
            DryRun::Victims(..) => {
                let name = cx.names.text(cx.snapshot.nodes[node].node.name);
                let text = format!("expected at least one victim pod on node \"{name}\"");
                errors.push(text.clone());
                statuses.verdicts.insert(node, (None, Rejection::told(Code::Error, text)));
            }
            DryRun::Refused(plugin, rejection) => {
                if rejection.code == Code::Error {
                    errors.push(rejection.message(cx.names));
                }
                statuses.verdicts.insert(node, (plugin, rejection));
            }
        }
        if !found.is_empty() && found.len() + violating.len() >= limit {
            break;
        }
    }
    found.append(&mut violating);
    (found, statuses, errors)
}

/// How many candidates are enough (`calculateNumCandidates`).
fn candidates_wanted(cx: &Cx<'_>, potential: usize) -> usize {
    let args = cx.config.preemption;
    let share = potential as i64 * i64::from(args.min_candidate_nodes_percentage) / 100;
    let wanted = share.max(i64::from(args.min_candidate_nodes_absolute)).min(potential as i64);
    usize::try_from(wanted).unwrap_or(0)
}

/// Several errors as upstream prints them together.
fn aggregate(errors: &[String]) -> String {
    let mut distinct: Vec<&str> = Vec::new();
    for error in errors {
        if !distinct.contains(&error.as_str()) {
            distinct.push(error);
        }
    }
    match distinct.as_slice() {
        [only] => (*only).to_owned(),
        _ => format!("[{}]", distinct.join(", ")),
    }
}

/// The candidates that all criteria leave equal (`pickOneNodeForPreemption`); the only one is taken without comparing.
fn best(found: &[Found]) -> Vec<NodeId> {
    let key = |found: &Found| {
        let pods = &found.victims;
        let highest = pods[0].priority();
        let sum: i64 = pods.iter().map(|pod| i64::from(pod.priority()) + (1 << 31)).sum();
        (found.violations, highest, sum, pods.len(), Reverse(earliest_start(pods)))
    };
    let least = found.iter().map(key).min();
    let mut tie: Vec<NodeId> = found.iter().filter(|found| Some(key(found)) == least).map(|found| found.node).collect();
    tie.sort_unstable_by_key(|node| node.index());
    tie
}

/// Earliest start among the victims of highest priority (`util.GetEarliestPodStartTime`).
fn earliest_start(pods: &[Arc<Pod>]) -> SimTime {
    let highest = pods.iter().map(|pod| pod.priority()).max().unwrap_or(0);
    let starts = pods.iter().filter(|pod| pod.priority() == highest).map(|pod| pod.start_time.get().unwrap_or(SimTime::FAR));
    starts.min().unwrap_or(SimTime::FAR)
}
