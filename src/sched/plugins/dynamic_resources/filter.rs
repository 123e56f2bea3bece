//! Asking the allocator about a node.

use std::sync::Arc;

use crate::alloc::dra::problem::{Outcome, Stats, World};
use crate::alloc::dra::{Fast, Reference};
use crate::base::NodeId;
use crate::model::core::Pod;
use crate::model::dra::{AllocationResult, Node};
use crate::sched::dra::Manager;
use crate::sched::framework::{Code, Cx, NodeInfo, Rejection, Verdict};
use crate::sched::plugins::dynamic_resources::binding::is_given_up;
use crate::sched::plugins::dynamic_resources::extended::asked_on;
use crate::sched::plugins::dynamic_resources::state::{Asked, Entry, Memory, NodeAllocation, State};

/// The gate that a node declares if its kubelet can skip what results tell it to skip.
const OPTIONAL_NODE_OPERATIONS: &str = "DRAOptionalNodeOperations";

/// Searches up to this many steps are made step by step, so that all their work is counted.
const WALKED_STEPS: u64 = 4096;

/// Asks the allocator about a node, and remembers what it says.
pub fn filter(cx: &Cx<'_>, state: &State, pod: &Pod, node: &NodeInfo) -> Verdict {
    let state = &mut *state.memory();
    if state.is_empty() {
        return None;
    }
    let asked = match asked_on(cx, state, pod, node) {
        Ok(asked) => asked?,
        Err(rejection) => return Some(rejection),
    };
    let manager = cx.dra;
    let dra_node = manager.node(node.id);
    let is_away = |at: &usize| is_unavailable(manager, &state.entries[*at], node.id);
    let unavailable: Vec<usize> = (0..state.entries.len()).filter(is_away).collect();
    let mut allocation = NodeAllocation::default();
    if state.has_allocator {
        match allocate(cx, state, &asked, dra_node) {
            Ok(results) => allocation = NodeAllocation { results, asked },
            Err(rejection) => return Some(rejection),
        }
    }
    if !unavailable.is_empty() {
        state.unavailable.extend(unavailable);
        return Some(Rejection::unresolvable("resourceclaim not available on the node"));
    }
    if state.has_allocator {
        state.nodes.insert(node.id, allocation);
    }
    None
}

/// Remembers what the allocator says about a node, where that is known without asking. `false` if more is to be looked at
/// than claims of which nothing is allocated.
pub fn remember(state: &State, node: NodeId, results: Vec<AllocationResult>) -> bool {
    let state = &mut *state.memory();
    let is_all = state.special().is_none() && state.to_allocate().len() == state.entries.len();
    if is_all {
        state.nodes.insert(node, NodeAllocation { results, ..NodeAllocation::default() });
    }
    is_all
}

/// Whether an allocated claim cannot be used on a node.
fn is_unavailable(manager: &Manager, entry: &Entry, id: NodeId) -> bool {
    let Some(allocation) = &entry.initial else { return false };
    let node = manager.node(id);
    // A selector that cannot be parsed ended the attempt before.
    let reaches = allocation.reach.includes(id, node);
    let can_skip = || node.declared_features.iter().any(|feature| feature == OPTIONAL_NODE_OPERATIONS);
    !reaches || allocation.skips_operations && !can_skip() || is_given_up(manager, &entry.claim)
}

fn allocate(cx: &Cx<'_>, state: &mut Memory, asked: &Asked, node: &Node) -> Result<Vec<AllocationResult>, Rejection> {
    let manager = cx.dra;
    let settings = manager.settings();
    let world = World {
        features: settings.features,
        variant: settings.variant,
        published: manager.published(),
        classes: manager.classes(),
        selectors: manager.programs(),
        allocated: manager.tracker().allocated(),
        claims: &asked.claims,
        step_budget: cx.config.filter_step_budget.filter(|_| settings.filter_timeout),
    };
    let (outcome, stats) = search(world, manager, state, node);
    state.work.add_call(stats);
    let why_not = match outcome {
        Outcome::Allocated(results) => return Ok(results),
        Outcome::Unsatisfiable => WhyNot::Unsatisfiable,
        Outcome::NodeError => WhyNot::NodeError,
        Outcome::Error(reason) => WhyNot::Error(reason.text),
        Outcome::GaveUp => WhyNot::GaveUp,
    };
    Err(refusal(why_not, &node.name))
}

/// Why the allocator gives a node nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WhyNot {
    /// The node lacks devices.
    Unsatisfiable,
    /// The same, and a pool of the node is invalid.
    NodeError,
    /// Something is wrong, whatever the node.
    Error(String),
    /// The search took too long.
    GaveUp,
}

/// What the plugin says of a node to which the allocator gives nothing.
pub fn refusal(why_not: WhyNot, node: &str) -> Rejection {
    match why_not {
        WhyNot::Unsatisfiable => Rejection::unresolvable("cannot allocate all claims"),
        WhyNot::NodeError => Rejection::unresolvable("invalid resource pools were encountered"),
        WhyNot::Error(text) => Rejection::told(Code::Error, text),
        WhyNot::GaveUp => Rejection::told(Code::Error, format!("node {node}: timed out trying to allocate devices")),
    }
}

/// Short searches are made by the reference, which counts everything that upstream would have done; long ones by the fast
/// search, which knows the steps, and of the rest what it did itself.
fn search<'a>(world: World<'a>, manager: &'a Manager, state: &mut Memory, node: &'a Node) -> (Outcome, Stats) {
    let budget = world.step_budget.unwrap_or(u64::MAX);
    let walked = World { step_budget: Some(budget.min(WALKED_STEPS)), ..world };
    let mut reference = Reference::with_index(walked, Arc::clone(manager.index()));
    reference.resume(std::mem::take(&mut state.learnt));
    let mut answer = reference.allocate(node);
    state.learnt = reference.attempt.put_away();
    if answer.0 == Outcome::GaveUp && budget > WALKED_STEPS {
        let mut fast = Fast::with_index(world, Arc::clone(manager.index())).resume(std::mem::take(&mut state.learnt));
        answer = fast.allocate(node);
        state.learnt = fast.put_away();
    }
    answer
}
