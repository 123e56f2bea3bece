//! `drasim explain`: one subject in full depth.

use crate::alloc::dra::constraint::AttributeName;
use crate::ask::allocate::{Miss, Verdict, decide, nodes_for, out_of_reach};
use crate::ask::reach::{Purse, Reach};
use crate::ask::relax::{Change, Cure, Failure};
use crate::ask::sieve::{Bench, LeafAt, Sieve, applies, slice_index};
use crate::ask::spread::value_text;
use crate::ask::state::{State, Subject};
use crate::ask::story::{Story, Telling, found};
use crate::ask::words::{Words, list};
use crate::model::dra::{AllocatedState, Claim, ConstraintKind, CountMode};

/// Everything there is to say about a subject.
#[derive(Clone, PartialEq, Debug)]
pub struct Explanation {
    /// What was asked.
    pub subject: Subject,
    /// What becomes of it.
    pub verdict: Verdict,
    /// Why nodes do not fit; where one fits, those that were tried before.
    pub stories: Vec<Story>,
    /// The node on which the allocator gets furthest, and how far.
    pub nearest: Option<(usize, String)>,
    /// Single changes with which it would fit.
    pub cures: Vec<Cure>,
    /// True if changes were looked for.
    pub was_examined: bool,
    /// False if the searches were too long to try all changes.
    pub is_exhaustive: bool,
}

/// Explains one subject on some nodes, as things are.
pub fn explain(state: &State, subject: Subject, asked: &[usize]) -> Explanation {
    let allocated = state.allocated(None);
    let nodes = nodes_for(state, &subject, asked);
    let verdict = decide(state, &allocated, &subject, &nodes);
    let mut purse = Purse::default();
    let misses: Vec<(usize, Miss)> = match &verdict {
        Verdict::NoNode(misses) => misses.clone(),
        Verdict::Allocated { node, .. } => before(state, &allocated, &subject, &nodes, *node),
        _ => Vec::new(),
    };
    let telling = Telling { state, allocated: &allocated, claims: &subject.claims, in_full: true };
    let stories = telling.stories(&misses, &mut purse);
    let mut explanation =
        Explanation { subject, verdict, stories, nearest: None, cures: Vec::new(), was_examined: false, is_exhaustive: true };
    match explanation.verdict.clone() {
        Verdict::NoNode(_) => {
            explanation.nearest = nearest(state, &explanation);
            let sieves: Vec<Sieve> = explanation.stories.iter().flat_map(|story| story.sieves.clone()).collect();
            examine(state, &allocated, &nodes, &sieves, &mut explanation, &mut purse);
        }
        Verdict::Failed { node, .. } => {
            let bench = Bench::new(state, &allocated, &slice_index(state), &state.nodes[node]);
            let sieves = bench.map(|bench| bench.sieve(&explanation.subject.claims)).unwrap_or_default();
            examine(state, &allocated, &nodes, &sieves, &mut explanation, &mut purse);
        }
        _ => {}
    }
    explanation
}

/// The nodes that were tried before the one that fits.
fn before(state: &State, allocated: &AllocatedState, subject: &Subject, nodes: &[usize], fits: usize) -> Vec<(usize, Miss)> {
    let tried: Vec<usize> = nodes.iter().copied().take_while(|node| *node != fits).collect();
    match decide(state, allocated, subject, &tried) {
        Verdict::NoNode(misses) => misses,
        _ => Vec::new(),
    }
}

fn examine(
    state: &State,
    allocated: &AllocatedState,
    nodes: &[usize],
    sieves: &[Sieve],
    explanation: &mut Explanation,
    purse: &mut Purse,
) {
    let subject = &explanation.subject;
    let nodes: Vec<usize> = nodes.iter().copied().filter(|at| out_of_reach(state, subject, *at).is_none()).collect();
    let nodes = nodes.as_slice();
    let failure = Failure { state, allocated, claims: &explanation.subject.claims, nodes, sieves };
    let (mut cures, is_exhaustive) = failure.cures(purse);
    // That everything must go is news only where no single claim is enough.
    if cures.iter().any(|cure| matches!(cure.change, Change::Free(_))) {
        cures.retain(|cure| cure.change != Change::FreeAll);
    }
    (explanation.cures, explanation.is_exhaustive, explanation.was_examined) = (cures, is_exhaustive, true);
}

/// The node on which most is found before the search is stuck.
fn nearest(state: &State, explanation: &Explanation) -> Option<(usize, String)> {
    let claims = &explanation.subject.claims;
    let reached = explanation.stories.iter().filter_map(|story| Some((story, story.reach.as_ref()?)));
    let free = |story: &Story| story.sieves.iter().map(|sieve| sieve.left.len()).sum::<usize>();
    let distance = |(story, reach): &(&Story, &Reach)| (reach.total - reach.placed, std::cmp::Reverse(free(story)));
    let (story, reach) = reached.min_by_key(distance)?;
    let words = Words { state, claims, is_short: true };
    let (claim, request, served) = reach.stuck;
    let at = LeafAt { claim, request, alternative: None };
    let found = found(state, claims, &reach.results);
    let common = common(state, claims, reach);
    let have = if found.is_empty() { "nothing is found".to_owned() } else { format!("found {}{common}", list(&found)) };
    let lacks = match words.leaf(at).map(|leaf| &leaf.mode) {
        Some(CountMode::Exact(wanted)) => {
            let missing = (wanted - served).max(1);
            format!("{missing} more device{} for {}", if missing == 1 { "" } else { "s" }, words.request(at))
        }
        _ => words.request(at),
    };
    Some((story.nodes[0], format!("{have}; lacking: {lacks}")))
}

/// What the devices found so far have in common by `matchAttribute`: ` with dra.net/numaNode 0`.
fn common(state: &State, claims: &[Claim], reach: &Reach) -> String {
    let mut values = Vec::new();
    for (claim, result) in claims.iter().zip(&reach.results) {
        for (index, constraint) in claim.constraints.iter().enumerate() {
            let ConstraintKind::Match(name) = &constraint.kind else { continue };
            let is_compared =
                |request: u32| applies(claim, index, LeafAt { claim: 0, request: request as usize, alternative: None });
            let first = result.results.iter().find(|device| is_compared(device.leaf.0));
            let profile = first.map(|device| state.published.devices[device.device].profile);
            let value = profile.and_then(|id| AttributeName::new(name, &state.published.names).value(&state.published, id));
            values.extend(value.and_then(value_text).map(|value| format!("{name} {value}")));
        }
    }
    if values.is_empty() { String::new() } else { format!(" with {}", values.join(", ")) }
}
