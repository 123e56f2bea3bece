//! The reference search: readable, step by step as upstream, counting upstream's steps.
//!
//! Source: `Allocate` and `allocateOne` upstream (`dra.md` 2.8). Claims, their requests and the devices of a request are
//! served in order; what does not work out is taken back, and the next device or alternative is tried.

use std::sync::Arc;

use crate::alloc::dra::candidate::candidates;
use crate::alloc::dra::features::Variant;
use crate::alloc::dra::gather::Gathering;
use crate::alloc::dra::pool::PoolState;
use crate::alloc::dra::prepare::{RESULTS_MAX, prepare};
use crate::alloc::dra::problem::{ErrorKind, Outcome, Reason, Stats, World};
use crate::alloc::dra::result::Decision;
use crate::alloc::dra::slices::SliceIndex;
use crate::alloc::dra::take::{Attempt, Learnt, Pass};
use crate::model::dra::Node;

/// One scheduling attempt: upstream's Allocator object. Its caches (counters that are left, groups in use) live as long as
/// it does, so the order of nodes can matter where nodes see different generations of one pool.
pub struct Reference<'a> {
    /// The attempt.
    pub world: World<'a>,
    /// All slices.
    pub index: Arc<SliceIndex>,
    /// What is kept for all nodes.
    pub attempt: Attempt<'a>,
}

impl<'a> Reference<'a> {
    /// An attempt. Features that the variant does not support are taken as off.
    pub fn new(world: World<'a>) -> Reference<'a> {
        Reference::with_index(world, Arc::new(SliceIndex::new(world.published)))
    }

    /// The same with slices that were sorted before.
    pub fn with_index(mut world: World<'a>, index: Arc<SliceIndex>) -> Reference<'a> {
        world.features = world.features.supported_by(world.variant);
        Reference { world, index, attempt: Attempt::default() }
    }

    /// Goes on with what an attempt in the same world has learnt.
    pub fn resume(&mut self, learnt: Learnt) {
        self.attempt = Attempt::resume(learnt);
    }

    /// One call for one node.
    pub fn allocate(&mut self, node: &'a Node) -> (Outcome, Stats) {
        let World { published, features, variant, .. } = self.world;
        let gathering = Gathering { published, index: &self.index, features, variant };
        let pools = match gathering.pools(node) {
            Ok(pools) => pools,
            Err(reason) => return (Outcome::Error(reason), Stats::default()),
        };
        let candidates = candidates(published, &pools);
        let mut pass = Pass::new(self.world, node, &pools, &candidates, &mut self.attempt);
        let outcome = match prepare(&pools, &mut pass.matching()) {
            Err(reason) => Outcome::Error(reason),
            Ok((claims, leaves)) => {
                let chosen = claims.iter().map(|claim| claim.requests.iter().map(|r| r.leaves.start).collect()).collect();
                (pass.claims, pass.leaves) = (claims, leaves.into());
                Search { pass: &mut pass, chosen }.run()
            }
        };
        (outcome, pass.stats)
    }
}

/// Why a part of the search ends before all of it was seen.
enum Stop {
    /// The claim would get more than 32 devices this way, whatever device is taken.
    MaxSize,
    /// An error.
    Error(Reason),
    /// The budget is spent.
    GaveUp,
}

impl From<Reason> for Stop {
    fn from(reason: Reason) -> Stop {
        Stop::Error(reason)
    }
}

/// Which device is sought.
#[derive(Clone, Copy)]
struct Place {
    claim: usize,
    request: usize,
    /// The alternative that is tried, once there is one.
    alternative: Option<usize>,
    /// How many devices the leaf has already.
    devices: i64,
    /// Where the leaf goes on in the list of devices.
    start: usize,
}

impl Place {
    fn request(claim: usize, request: usize) -> Place {
        Place { claim, request, alternative: None, devices: 0, start: 0 }
    }
}

struct Search<'s, 'p, 'a> {
    pass: &'s mut Pass<'p, 'a>,
    /// The leaf that serves each request of each claim.
    chosen: Vec<Vec<usize>>,
}

impl Search<'_, '_, '_> {
    fn run(mut self) -> Outcome {
        match self.solve(Place::request(0, 0)) {
            Ok(true) => self.answer(),
            Ok(false) => {
                let is_invalid = self.pass.pools.iter().any(|pool| matches!(pool.state, PoolState::Invalid(_)));
                if is_invalid { Outcome::NodeError } else { Outcome::Unsatisfiable }
            }
            // What claims need at least was checked before, so this does not happen.
            Err(Stop::MaxSize) => {
                Outcome::Error(Reason { kind: ErrorKind::ClaimLimit, text: "allocation max size exceeded".to_owned() })
            }
            Err(Stop::Error(reason)) => Outcome::Error(reason),
            Err(Stop::GaveUp) => Outcome::GaveUp,
        }
    }

    fn answer(&self) -> Outcome {
        let Pass { world, node, candidates, claims, leaves, picks, .. } = &*self.pass;
        let decisions = claims
            .iter()
            .zip(&self.chosen)
            .zip(picks)
            .map(|((claim, chosen), picks)| Decision { world, node, candidates, leaves, claim, chosen, picks }.result());
        decisions.collect::<Result<Vec<_>, Reason>>().map_or_else(Outcome::Error, Outcome::Allocated)
    }

    /// Finds a device for `place` and everything after it. Every call is a step.
    fn solve(&mut self, place: Place) -> Result<bool, Stop> {
        self.pass.stats.steps += 1;
        if self.pass.world.step_budget.is_some_and(|budget| self.pass.stats.steps > budget) {
            return Err(Stop::GaveUp);
        }
        let Some(claim) = self.pass.claims.get(place.claim) else { return Ok(true) };
        let Some(request) = claim.requests.get(place.request) else {
            // An earlier claim may get other devices, and leave this one an alternative that is small enough.
            return match self.solve(Place::request(place.claim + 1, 0)) {
                Err(Stop::MaxSize) => Ok(false),
                other => other,
            };
        };
        if request.is_list && place.alternative.is_none() {
            let alternatives = request.leaves.len();
            return self.solve_alternatives(place, alternatives);
        }
        let index = request.leaves.start + place.alternative.unwrap_or(0);
        let leaf = &self.pass.leaves[index];
        if leaf.all.as_ref().is_some_and(Vec::is_empty) {
            return Ok(false);
        }
        if place.devices >= leaf.wanted {
            return self.solve(Place::request(place.claim, place.request + 1));
        }
        let room = RESULTS_MAX - self.pass.picks[place.claim].len() as i64;
        if leaf.wanted - place.devices > room {
            return Err(Stop::MaxSize);
        }
        match leaf.all.as_ref().map(|all| all[place.devices as usize]) {
            Some(position) => self.solve_all(place, index, position),
            None => self.scan(place, index),
        }
    }

    /// Tries alternatives in order. An error of one is not made good by the next.
    fn solve_alternatives(&mut self, place: Place, alternatives: usize) -> Result<bool, Stop> {
        let mut is_too_large = true;
        for alternative in 0..alternatives {
            match self.solve(Place { alternative: Some(alternative), start: 0, ..place }) {
                Err(Stop::MaxSize) => {}
                Err(stop) => return Err(stop),
                Ok(true) => {
                    let first = self.pass.claims[place.claim].requests[place.request].leaves.start;
                    self.chosen[place.claim][place.request] = first + alternative;
                    return Ok(true);
                }
                Ok(false) => is_too_large = false,
            }
        }
        if is_too_large { Err(Stop::MaxSize) } else { Ok(false) }
    }

    /// Takes the next of all devices. There is no other choice.
    fn solve_all(&mut self, place: Place, leaf: usize, position: usize) -> Result<bool, Stop> {
        self.pass.stats.devices_tried += 1;
        let Some(taken) = self.pass.take(leaf, position, true)? else { return Ok(false) };
        let solved = self.solve(Place { devices: place.devices + 1, start: 0, ..place });
        if !matches!(solved, Ok(true)) {
            self.pass.undo(leaf, position, taken);
        }
        solved
    }

    /// Tries devices in order. Within a leaf they are combinations, each in the order of the list; stable goes through
    /// permutations.
    fn scan(&mut self, place: Place, leaf: usize) -> Result<bool, Stop> {
        let has_start = self.pass.world.variant != Variant::Stable;
        for position in place.start..self.pass.candidates.len() {
            if self.pass.is_out_of_reach(leaf, position) {
                continue;
            }
            self.pass.stats.devices_tried += 1;
            if !self.pass.is_selectable(leaf, position)? {
                continue;
            }
            if self.pass.world.features.consumable_capacity && self.pass.check_capacity(leaf, position, "checking")?.is_none() {
                continue;
            }
            let Some(taken) = self.pass.take(leaf, position, false)? else { continue };
            let start = if has_start { position + 1 } else { 0 };
            let solved = self.solve(Place { devices: place.devices + 1, start, ..place });
            if matches!(solved, Ok(true)) {
                return solved;
            }
            self.pass.undo(leaf, position, taken);
            // No other device makes a claim smaller, nor an error good.
            solved?;
        }
        Ok(false)
    }
}

#[cfg(test)]
mod property;
#[cfg(test)]
mod tests;
