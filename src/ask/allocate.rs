//! `drasim allocate`: who gets what, one subject after the other, each on the first node that fits.

use crate::alloc::dra::Fast;
use crate::alloc::dra::nodes::selector_matches;
use crate::alloc::dra::problem::{Outcome, Reason, Stats};
use crate::ask::shares::share_id;
use crate::ask::show::stories_of;
use crate::ask::state::{Refusal, State, Subject, SubjectKind, full_name};
use crate::ask::story::Story;
use crate::model::dra::{AllocatedState, AllocationResult};

/// What became of a subject.
#[derive(Clone, PartialEq, Debug)]
pub enum Verdict {
    /// All its claims have devices on this node.
    Allocated {
        /// Index of the node.
        node: usize,
        /// One result for each claim.
        results: Vec<AllocationResult>,
        /// What the search on that node took.
        stats: Stats,
    },
    /// The scheduler turns it away before it looks at nodes.
    Refused(Refusal),
    /// No node fits; why, for each node that was tried.
    NoNode(Vec<(usize, Miss)>),
    /// An error on this node ends the attempt, whatever other nodes have.
    Failed {
        /// Index of the node.
        node: usize,
        /// What happened.
        reason: Reason,
    },
    /// The search on this node takes longer than the scheduler waits, which ends the attempt.
    GaveUp {
        /// Index of the node.
        node: usize,
    },
}

/// Why a node does not fit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Miss {
    /// The devices that are wanted are not there.
    Unsatisfiable,
    /// The same, and a pool of the node contradicts itself.
    InvalidPool,
    /// A claim of the pod is allocated already, and its devices cannot be reached from here.
    OutOfReach(String),
}

/// A subject and its verdict.
#[derive(Clone, PartialEq, Debug)]
pub struct Answer {
    /// What was asked.
    pub subject: Subject,
    /// What became of it.
    pub verdict: Verdict,
    /// Why nodes do not fit, as things were then.
    pub stories: Vec<Story>,
}

/// Decides about one subject on some nodes, in their order.
pub fn decide(state: &State, allocated: &AllocatedState, subject: &Subject, nodes: &[usize]) -> Verdict {
    if let Some(refusal) = &subject.refusal {
        return Verdict::Refused(refusal.clone());
    }
    let mut allocator = Fast::with_index(state.world(&subject.claims, allocated), state.index.clone());
    let mut misses = Vec::new();
    for &at in nodes {
        let node = &state.nodes[at];
        if let Some(claim) = out_of_reach(state, subject, at) {
            misses.push((at, Miss::OutOfReach(claim)));
            continue;
        }
        let (outcome, stats) = allocator.allocate(node);
        match outcome {
            Outcome::Allocated(results) => return Verdict::Allocated { node: at, results, stats },
            Outcome::Unsatisfiable => misses.push((at, Miss::Unsatisfiable)),
            Outcome::NodeError => misses.push((at, Miss::InvalidPool)),
            Outcome::Error(reason) => return Verdict::Failed { node: at, reason },
            Outcome::GaveUp => return Verdict::GaveUp { node: at },
        }
    }
    Verdict::NoNode(misses)
}

/// The first claim of the subject that is allocated where this node cannot reach it. An allocation whose node selector
/// cannot be read is out of reach everywhere.
pub fn out_of_reach(state: &State, subject: &Subject, node: usize) -> Option<String> {
    let node = &state.nodes[node];
    let reaches = |selector: &_| selector_matches(selector, node).unwrap_or(false);
    let is_out = |selector: &Option<_>| selector.as_ref().is_some_and(|selector| !reaches(selector));
    subject.bound.iter().find(|(_, selector)| is_out(selector)).map(|(claim, _)| claim.clone())
}

/// The nodes that are tried for a subject: those asked for, of which a pod that is bound already has one only.
pub fn nodes_for(state: &State, subject: &Subject, asked: &[usize]) -> Vec<usize> {
    let all = if asked.is_empty() { (0..state.nodes.len()).collect() } else { asked.to_vec() };
    match &subject.node {
        Some(name) => all.into_iter().filter(|at| state.nodes[*at].name == *name).collect(),
        None => all,
    }
}

/// Decides about all subjects in order. What one is given is gone for the next; templates, which are nobody's claims yet,
/// are each tried alone.
pub fn allocate(state: &mut State, subjects: Vec<Subject>, asked: &[usize]) -> Vec<Answer> {
    let mut answers: Vec<Answer> = Vec::new();
    for mut subject in subjects {
        settle(&mut subject, &answers);
        let nodes = nodes_for(state, &subject, asked);
        let allocated = state.allocated(None);
        let verdict = decide(state, &allocated, &subject, &nodes);
        let stories = stories_of(state, &allocated, &subject, &verdict);
        if let Verdict::Allocated { results, .. } = &verdict
            && subject.kind != SubjectKind::Template
        {
            for (claim, result) in subject.claims.iter().zip(results) {
                let name = full_name(&claim.namespace, &claim.name);
                state.grant(&name, result, |at| share_id(&name, at));
            }
        }
        answers.push(Answer { subject, verdict, stories });
    }
    answers
}

/// Replaces what a pod awaits by what the pods before it got.
fn settle(subject: &mut Subject, before: &[Answer]) {
    for awaited in std::mem::take(&mut subject.awaits) {
        let given = before.iter().find_map(|answer| match &answer.verdict {
            Verdict::Allocated { results, .. } => {
                let mut names = answer.subject.claims.iter().map(|claim| full_name(&claim.namespace, &claim.name));
                names.position(|name| name == awaited).map(|at| results[at].node_selector.clone())
            }
            _ => None,
        });
        match given {
            Some(selector) => subject.bound.push((awaited, selector)),
            None => {
                let text = format!("resource claim {awaited} is needed by a pod that goes first and is not allocated");
                subject.refusal.get_or_insert(Refusal { text, hint: String::new() });
            }
        }
    }
}
