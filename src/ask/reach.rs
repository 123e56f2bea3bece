//! How far the allocator gets on a node that does not fit.
//!
//! The search serves requests in order, device by device, and every condition only ever refuses more. So the deepest partial
//! assignment that it meets is as deep as the longest beginning of the claims that can be satisfied on its own, and that is
//! asked of the allocator itself.

use crate::alloc::dra::Reference;
use crate::alloc::dra::problem::Outcome;
use crate::ask::state::State;
use crate::model::dra::{AllocatedState, AllocationResult, Asked, Claim, CountMode, Node};

/// Most devices of one request that are counted one by one; a claim gets no more than 32 anyway.
const DEVICES_MAX: i64 = 33;

/// Search steps that an explanation may still spend, so that it ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Purse {
    /// Steps left for all further searches.
    pub steps: u64,
    /// Most steps of one search.
    pub each: u64,
}

/// What a call of the allocator costs at least, in steps: it gathers pools and reads claims before it searches.
const CALL: u64 = 50;

impl Default for Purse {
    fn default() -> Purse {
        Purse { steps: 10_000_000, each: 200_000 }
    }
}

impl Purse {
    /// True if nothing more can be asked.
    pub fn is_empty(&self) -> bool {
        self.steps == 0
    }

    /// Pays for a call that took so many steps.
    pub fn pay(&mut self, steps: u64) {
        self.steps = self.steps.saturating_sub(steps.max(CALL));
    }

    /// What the allocator says to one question; `None` if the purse is empty or the search takes too long.
    pub fn ask(&mut self, state: &State, allocated: &AllocatedState, claims: &[Claim], node: &Node) -> Option<Outcome> {
        if self.is_empty() {
            return None;
        }
        let mut world = state.world(claims, allocated);
        world.step_budget = Some(self.each.min(self.steps));
        let (outcome, stats) = Reference::new(world).allocate(node);
        self.pay(stats.steps);
        (outcome != Outcome::GaveUp).then_some(outcome)
    }
}

/// The deepest partial assignment on a node.
#[derive(Clone, PartialEq, Debug)]
pub struct Reach {
    /// Units that can be served: devices, and whole requests where devices are not counted one by one.
    pub placed: usize,
    /// Units of all claims.
    pub total: usize,
    /// What is given to the claims, as far as it goes.
    pub results: Vec<AllocationResult>,
    /// Claim and request of the first unit that is not served, and how many of its devices are.
    pub stuck: (usize, usize, i64),
}

/// A step of the search: a device of a request, or a whole request.
#[derive(Clone, Copy, Debug)]
struct Unit {
    claim: usize,
    request: usize,
    /// Devices of the request up to and with this one; 0 for a whole request.
    nth: i64,
}

/// How far the claims get on a node on which they do not fit. `None` if the purse runs out.
pub fn reach(state: &State, allocated: &AllocatedState, claims: &[Claim], node: &Node, purse: &mut Purse) -> Option<Reach> {
    let units = units(claims);
    let (mut served, mut refused) = (0, units.len());
    let mut results = Vec::new();
    while refused - served > 1 {
        let middle = served.midpoint(refused);
        match purse.ask(state, allocated, &beginning(claims, units[middle - 1]), node)? {
            Outcome::Allocated(found) => (served, results) = (middle, found),
            _ => refused = middle,
        }
    }
    let next = units.get(served)?;
    Some(Reach { placed: served, total: units.len(), results, stuck: (next.claim, next.request, (next.nth - 1).max(0)) })
}

fn units(claims: &[Claim]) -> Vec<Unit> {
    let mut units = Vec::new();
    for (claim, requests) in claims.iter().map(|claim| &claim.requests).enumerate() {
        for (request, asked) in requests.iter().map(|request| &request.asked).enumerate() {
            let count = match asked {
                Asked::Exactly(leaf) => match leaf.mode {
                    CountMode::Exact(count) if count > 0 => Some(count.min(DEVICES_MAX)),
                    _ => None,
                },
                _ => None,
            };
            match count {
                Some(count) => units.extend((1..=count).map(|nth| Unit { claim, request, nth })),
                None => units.push(Unit { claim, request, nth: 0 }),
            }
        }
    }
    units
}

/// The claims up to and with a unit.
fn beginning(claims: &[Claim], last: Unit) -> Vec<Claim> {
    let mut begun = claims[..=last.claim].to_vec();
    let claim = &mut begun[last.claim];
    claim.requests.truncate(last.request + 1);
    if let (Some(request), true) = (claim.requests.last_mut(), last.nth > 0)
        && let Asked::Exactly(leaf) = &mut request.asked
    {
        leaf.mode = CountMode::Exact(last.nth);
    }
    begun
}
