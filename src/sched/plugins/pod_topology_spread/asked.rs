//! PreFilter and PreScore from the index, without walking over pods.

use std::sync::Arc;

use crate::base::bits::BitSet;
use crate::base::{Id, NameId, NodeId};
use crate::model::core::{Pod, SpreadConstraint, WhenUnsatisfiable};
use crate::sched::framework::{Cx, PreFilter};
use crate::sched::plugins::pod_topology_spread::constraints::{constraints, requires_all_keys};
use crate::sched::plugins::pod_topology_spread::domains::Domains;
use crate::sched::plugins::pod_topology_spread::filtering::State;
use crate::sched::plugins::pod_topology_spread::scoring::{ScoreState, SoftConstraint, SoftCounts, weight};
use crate::sched::terms::{CountedNodes, Domain, Question, Table, Tally, TermIndex, Which};

/// What PreScore needs beside the feasible nodes.
#[derive(Clone, Debug)]
pub struct Soft {
    constraints: Vec<(SpreadConstraint, Arc<Table>, Arc<Tally>)>,
    /// Nodes that have all topology keys; `None` if that does not matter.
    with_all_keys: Option<Arc<BitSet>>,
}

/// What [`super::pre_filter`] says, and what PreScore will need.
pub fn ask(index: &mut TermIndex, cx: &Cx<'_>, pod: &Pod) -> (PreFilter<State>, Option<Soft>) {
    (ask_hard(index, cx, pod), ask_soft(index, cx, pod))
}

fn ask_hard(index: &mut TermIndex, cx: &Cx<'_>, pod: &Pod) -> PreFilter<State> {
    let constraints = constraints(cx, pod, WhenUnsatisfiable::DoNotSchedule);
    if constraints.is_empty() {
        return PreFilter::Skip;
    }
    let keys = keys(&constraints);
    let ask = |one: &SpreadConstraint| {
        let nodes = CountedNodes::of(pod, one, keys.clone());
        let question = Question { wants_least: true, ..selected(pod, one, Domain::Label(one.topology_key), nodes) };
        Domains::shared(index.tally(question, cx))
    };
    let domains = constraints.iter().map(ask).collect();
    PreFilter::Go(State::new(cx, pod, constraints, domains))
}

fn ask_soft(index: &mut TermIndex, cx: &Cx<'_>, pod: &Pod) -> Option<Soft> {
    let constraints = constraints(cx, pod, WhenUnsatisfiable::ScheduleAnyway);
    if constraints.is_empty() {
        return None;
    }
    let all_keys = requires_all_keys(cx, pod);
    let keys = if all_keys { keys(&constraints) } else { [].into() };
    let with_all_keys = index.node_set(&CountedNodes { keys: keys.clone(), ..CountedNodes::default() }, cx);
    let ask = |one: SpreadConstraint| {
        let label = Domain::Label(one.topology_key);
        let domain = if all_keys { label } else { Domain::LabelOrEmpty(one.topology_key, cx.known.empty) };
        // Each host is counted by itself, whether it counts for others or not.
        let question = match one.topology_key == cx.known.hostname {
            true => selected(pod, &one, Domain::Node, CountedNodes::default()),
            false => selected(pod, &one, domain, CountedNodes::of(pod, &one, keys.clone())),
        };
        let tally = index.tally(question, cx);
        (one, index.table(label), tally)
    };
    Some(Soft { constraints: constraints.into_iter().map(ask).collect(), with_all_keys })
}

/// Topology keys of all constraints, ascending by id.
fn keys(constraints: &[SpreadConstraint]) -> Box<[NameId]> {
    let mut keys: Vec<NameId> = constraints.iter().map(|constraint| constraint.topology_key).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into()
}

fn selected(pod: &Pod, constraint: &SpreadConstraint, domain: Domain, nodes: CountedNodes) -> Question {
    let which = Which::Selected(pod.spec.namespace, constraint.selector.clone());
    Question { which, domain, nodes, wants_least: false }
}

impl Soft {
    /// What [`super::pre_score`] says of these nodes.
    pub fn state(&self, cx: &Cx<'_>, feasible: &[NodeId]) -> ScoreState {
        let is_scored = |node: &NodeId| self.with_all_keys.as_ref().is_none_or(|with| with.contains(node.index()));
        let (scored, ignored): (Vec<NodeId>, Vec<NodeId>) = feasible.iter().partition(|node| is_scored(node));
        let soften = |(constraint, table, tally): &(SpreadConstraint, Arc<Table>, Arc<Tally>)| {
            let is_host = constraint.topology_key == cx.known.hostname;
            let size = if is_host { scored.len() } else { tally.table().distinct(&scored) };
            let counts = SoftCounts::Shared(table.clone(), tally.clone());
            SoftConstraint { constraint: constraint.clone(), counts, weight: weight(size) }
        };
        ScoreState { constraints: self.constraints.iter().map(soften).collect(), ignored: ignored.into_iter().collect() }
    }
}
