//! The search itself: upstream's recursion over the numbers of a [`Scene`], with a memory for what failed.

use crate::alloc::dra::candidate::Candidate;
use crate::alloc::dra::fast::facts::{self, Exotic, Facts, Look};
use crate::alloc::dra::fast::memo::{Failure, Memo, Past, Recall};
use crate::alloc::dra::fast::plan::Plan;
use crate::alloc::dra::fast::residual::Residual;
use crate::alloc::dra::fast::scene::{Draw, Scene, Shared, Spot, part};
use crate::alloc::dra::fast::state::{Pick, State};
use crate::alloc::dra::fast::values::Value;
use crate::alloc::dra::features::Variant;
use crate::alloc::dra::pool::Pool;
use crate::alloc::dra::prepare::RESULTS_MAX;
use crate::alloc::dra::problem::{Stats, World};
use crate::alloc::dra::take::Attempt;
use crate::model::dra::Node;

/// Steps after which failures are remembered. An ordinary search ends before.
const STEPS_BEFORE_MEMORY: u64 = 32;

/// Why the search ends before all of it was seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// An error, met when the leaf looked at or took the device.
    Fatal(Pick),
    /// The budget is spent.
    GaveUp,
    /// The reference has to do it.
    Exotic,
}

impl From<Exotic> for Stop {
    fn from(_: Exotic) -> Stop {
        Stop::Exotic
    }
}

/// What a branch of the search has come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Branch {
    /// Everything is served.
    Solved,
    /// It is not.
    Failed(Past),
}

impl Branch {
    fn failed(failure: Failure, steps: u64) -> Branch {
        Branch::Failed(Past { failure, steps })
    }

    /// The same, one step later.
    fn after_step(self) -> Branch {
        match self {
            Branch::Failed(past) => Branch::failed(past.failure, past.steps.saturating_add(1)),
            Branch::Solved => Branch::Solved,
        }
    }
}

/// Which device is sought.
#[derive(Clone, Copy, Debug)]
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

/// A device that was tried in a scan that goes on: its entry in the memo, if any, and the steps it took.
#[derive(Clone, Copy, Debug)]
pub struct Tried {
    entry: Option<usize>,
    steps: u64,
}

/// A search on one node.
pub struct Search<'s, 'a> {
    /// The attempt.
    pub world: &'s World<'a>,
    /// The node.
    pub node: &'s Node,
    /// Its pools.
    pub pools: &'s [Pool<'a>],
    /// Its devices.
    pub candidates: &'s [Candidate],
    /// What leaves see.
    pub facts: &'s mut Facts<'a>,
    /// Sets of leaves.
    pub plan: &'s Plan,
    /// Numbers of groups.
    pub shared: &'s mut Shared,
    /// What is kept for all nodes.
    pub attempt: &'s mut Attempt<'a>,
    /// The node in numbers.
    pub scene: &'s Scene,
    /// What is taken.
    pub state: &'s mut State,
    /// What failed.
    pub memo: &'s mut Memo,
    /// Where residual problems are written down.
    pub residual: &'s mut Residual,
    /// Work so far.
    pub stats: Stats,
    /// The leaf that serves each request of each claim.
    pub chosen: Vec<Vec<usize>>,
    /// Whether selectors have been asked, by leaf and position.
    pub asked: Vec<bool>,
    /// Devices tried in the scans that are under way.
    pub tried: Vec<Tried>,
}

impl Search<'_, '_> {
    /// Searches from the beginning.
    pub fn run(&mut self) -> Result<Branch, Stop> {
        self.solve(Place::request(0, 0))
    }

    fn count_steps(&mut self, steps: u64) -> Result<(), Stop> {
        self.stats.steps = self.stats.steps.saturating_add(steps);
        match self.world.step_budget {
            Some(budget) if self.stats.steps > budget => {
                self.stats.steps = budget + 1;
                Err(Stop::GaveUp)
            }
            _ => Ok(()),
        }
    }

    /// Finds a device for `place` and everything after it. Every call is a step.
    fn solve(&mut self, place: Place) -> Result<Branch, Stop> {
        self.count_steps(1)?;
        let Some(claim) = self.facts.claims.get(place.claim) else { return Ok(Branch::Solved) };
        let Some(request) = claim.requests.get(place.request) else {
            // An earlier claim may get other devices, and leave this one an alternative that is small enough.
            return Ok(match self.solve(Place::request(place.claim + 1, 0))?.after_step() {
                Branch::Failed(past) => Branch::failed(Failure::Exhausted, past.steps),
                Branch::Solved => Branch::Solved,
            });
        };
        let first = request.leaves.start;
        if request.is_list && place.alternative.is_none() {
            let alternatives = request.leaves.len();
            return self.solve_alternatives(place, first, alternatives);
        }
        let index = first + place.alternative.unwrap_or(0);
        let leaf = &self.facts.leaves[index];
        if leaf.all.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Branch::failed(Failure::Exhausted, 1));
        }
        if place.devices >= leaf.wanted {
            return Ok(self.solve(Place::request(place.claim, place.request + 1))?.after_step());
        }
        let room = RESULTS_MAX - i64::from(self.state.counts[place.claim]);
        if leaf.wanted - place.devices > room {
            return Ok(Branch::failed(Failure::MaxSize, 1));
        }
        match leaf.all.as_ref().map(|all| all[place.devices as usize]) {
            Some(position) => self.solve_all(place, Pick { leaf: index, position }),
            None => self.scan(place, index),
        }
    }

    /// Tries alternatives in order. An error of one is not made good by the next.
    fn solve_alternatives(&mut self, place: Place, first: usize, alternatives: usize) -> Result<Branch, Stop> {
        let (mut failure, mut steps) = (Failure::MaxSize, 1u64);
        for alternative in 0..alternatives {
            match self.solve(Place { alternative: Some(alternative), start: 0, ..place })? {
                Branch::Solved => {
                    self.chosen[place.claim][place.request] = first + alternative;
                    return Ok(Branch::Solved);
                }
                Branch::Failed(past) => {
                    steps = steps.saturating_add(past.steps);
                    if past.failure == Failure::Exhausted {
                        failure = Failure::Exhausted;
                    }
                }
            }
        }
        Ok(Branch::failed(failure, steps))
    }

    /// Takes the next of all devices. There is no other choice.
    fn solve_all(&mut self, place: Place, pick: Pick) -> Result<Branch, Stop> {
        self.stats.devices_tried += 1;
        if self.is_out_of_reach(pick) {
            return Ok(Branch::failed(Failure::Exhausted, 1));
        }
        let row = self.row(pick)?;
        if !self.can_take(pick, row, true)? {
            return Ok(Branch::failed(Failure::Exhausted, 1));
        }
        self.take(pick, row);
        let branch = self.solve(Place { devices: place.devices + 1, start: 0, ..place })?;
        if branch != Branch::Solved {
            self.undo(pick, row);
        }
        Ok(branch.after_step())
    }

    /// Tries devices in order. Within a leaf they are combinations, each in the order of the list; stable goes through
    /// permutations.
    fn scan(&mut self, place: Place, leaf: usize) -> Result<Branch, Stop> {
        let has_start = self.world.variant != Variant::Stable;
        let base = self.tried.len();
        for position in place.start..self.scene.spots.len() {
            let pick = Pick { leaf, position };
            if self.is_out_of_reach(pick) {
                continue;
            }
            self.stats.devices_tried += 1;
            let row = self.row(pick)?;
            if !self.is_for(pick, row)? || !self.can_take(pick, row, false)? {
                continue;
            }
            let mut entry = None;
            if self.plan.has_sets && self.stats.steps >= STEPS_BEFORE_MEMORY {
                self.describe(pick, place.devices)?;
                match self.memo.recall(self.residual.key()) {
                    Recall::Known(past) => {
                        self.count_steps(past.steps)?;
                        return Ok(self.settle(base, past));
                    }
                    Recall::New(new) => entry = Some(new),
                    Recall::Full => {}
                }
            }
            self.take(pick, row);
            let start = if has_start { position + 1 } else { 0 };
            let Branch::Failed(past) = self.solve(Place { devices: place.devices + 1, start, ..place })? else {
                return Ok(Branch::Solved);
            };
            self.undo(pick, row);
            self.tried.push(Tried { entry, steps: past.steps });
            if past.failure == Failure::MaxSize {
                // No other device makes a claim smaller.
                return Ok(self.settle(base, Past { failure: Failure::MaxSize, steps: 0 }));
            }
        }
        Ok(self.settle(base, Past { failure: Failure::Exhausted, steps: 0 }))
    }

    /// Ends a scan that fails as `rest` does after the devices tried: remembers the failure for each place where the scan
    /// could have begun. The step of the scan itself comes on top.
    fn settle(&mut self, base: usize, rest: Past) -> Branch {
        let mut steps = rest.steps;
        for tried in self.tried.drain(base..).rev() {
            steps = steps.saturating_add(tried.steps);
            if let Some(entry) = tried.entry {
                self.memo.settle(entry, Past { failure: rest.failure, steps });
            }
        }
        Branch::failed(rest.failure, steps.saturating_add(1))
    }

    fn spot(&self, pick: Pick) -> &Spot {
        &self.scene.spots[pick.position]
    }

    /// True if a leaf need not look at a device. Admin access is stopped by its own claim only.
    fn is_out_of_reach(&self, pick: Pick) -> bool {
        let leaf = &self.facts.leaves[pick.leaf];
        let marks = self.state.marks[pick.position];
        if leaf.is_admin { marks >> leaf.claim & 1 == 1 } else { marks != 0 || self.spot(pick).is_held }
    }

    /// The row of a leaf for a device.
    pub fn row(&mut self, pick: Pick) -> Result<usize, Exotic> {
        let kind = self.scene.spots[pick.position].kind;
        let mut place = facts::Place { world: self.world, node: self.node, candidates: self.candidates, attempt: self.attempt };
        self.facts.row(pick.leaf, kind, pick.position, &mut place)
    }

    /// Whether selectors choose the device (`row` is what the leaf sees of it), and its free capacity is enough.
    fn is_for(&mut self, pick: Pick, row: usize) -> Result<bool, Stop> {
        let asked = &mut self.asked[pick.leaf * self.scene.spots.len() + pick.position];
        if !std::mem::replace(asked, true) {
            self.stats.cel_evaluations += self.facts.at(row).evaluations;
        }
        match self.facts.at(row).look {
            Look::No => Ok(false),
            Look::Fatal => Err(Stop::Fatal(pick)),
            Look::Yes => Ok(self.fits(pick, row)),
        }
    }

    /// Whether the free capacity of a device is enough.
    pub fn fits(&self, pick: Pick, row: usize) -> bool {
        let Some(amounts) = self.facts.at(row).amounts else { return true };
        part(&self.state.free, self.spot(pick).free).iter().zip(self.facts.amounts(amounts)).all(|(free, amount)| amount <= free)
    }

    /// True if a device would have to draw from counters: shares after the first one do not.
    pub fn has_to_draw(&self, position: usize) -> bool {
        let spot = &self.scene.spots[position];
        spot.is_drawing && !spot.is_shared && !(spot.is_multi && self.state.shares[position] > 0)
    }

    /// Whether all counter sets of a device admit it, and its counters are enough.
    pub fn can_draw(&mut self, position: usize) -> bool {
        let spot = &self.scene.spots[position];
        let pool = &self.scene.pools[spot.pool as usize];
        let is_varying = pool.is_varying;
        if is_varying {
            let index = spot.pool as usize;
            self.scene.touch_groups(&self.pools[index], index, self.attempt);
        }
        if !self.can_join(position) {
            return false;
        }
        if is_varying {
            let index = spot.pool as usize;
            self.scene.touch_counters(&self.pools[index], index, self.attempt);
        }
        self.has_counters(position)
    }

    /// Whether the counters of a device are enough, and none of its pool is overdrawn.
    #[inline]
    pub fn has_counters(&self, position: usize) -> bool {
        let spot = &self.scene.spots[position];
        let has = |draw: &Draw| draw.amount <= self.state.counters[draw.counter as usize];
        !self.scene.pools[spot.pool as usize].is_overdrawn && part(&self.scene.draws, spot.draws).iter().all(has)
    }

    /// Whether all counter sets of a device admit it.
    pub fn can_join(&mut self, position: usize) -> bool {
        let parts = part(&self.scene.parts, self.scene.spots[position].parts);
        let before = self.state.sets_before.len();
        let mut can_join = true;
        for joined in parts {
            let Some(after) = self.shared.sets.join(self.state.sets[joined.set as usize], joined.groups) else {
                can_join = false;
                break;
            };
            let old = std::mem::replace(&mut self.state.sets[joined.set as usize], after);
            self.state.sets_before.push((joined.set, old));
        }
        self.leave(before);
        can_join
    }

    fn leave(&mut self, before: usize) {
        while self.state.sets_before.len() > before {
            if let Some((set, old)) = self.state.sets_before.pop() {
                self.state.sets[set as usize] = old;
            }
        }
    }

    /// Whether everything but selectors lets the leaf take the device, in upstream's order of checks. With `must`, a device
    /// that a constraint refuses is an error.
    fn can_take(&mut self, pick: Pick, row: usize, must: bool) -> Result<bool, Stop> {
        if self.facts.at(row).is_barred {
            return Ok(false);
        }
        if self.has_to_draw(pick.position) && !self.can_draw(pick.position) {
            return Ok(false);
        }
        if self.facts.at(row).is_tainted {
            return Ok(false);
        }
        let claim = self.facts.leaves[pick.leaf].claim;
        for at in 0..self.state.seen[claim].len() {
            self.stats.constraint_checks += 1;
            match self.facts.at(row).values[at] {
                Value::Unseen => {}
                Value::Fault => return Err(Stop::Fatal(pick)),
                value => {
                    if !self.state.seen[claim][at].allows(value, &mut self.facts.values) {
                        return if must { Err(Stop::Fatal(pick)) } else { Ok(false) };
                    }
                }
            }
        }
        // Without `must`, its free capacity was looked at before.
        Ok(!must || self.fits(pick, row))
    }

    /// Takes a device that can be taken.
    fn take(&mut self, pick: Pick, row: usize) {
        let spot = *self.spot(pick);
        if self.has_to_draw(pick.position) {
            for draw in part(&self.scene.draws, spot.draws) {
                self.state.counters[draw.counter as usize] -= draw.amount;
            }
            for joined in part(&self.scene.parts, spot.parts) {
                let old = self.state.sets[joined.set as usize];
                let after = self.shared.sets.join(old, joined.groups).unwrap_or(old);
                self.state.sets[joined.set as usize] = after;
                self.state.sets_before.push((joined.set, old));
            }
        }
        let claim = self.facts.leaves[pick.leaf].claim;
        for at in 0..self.state.seen[claim].len() {
            let value = self.facts.at(row).values[at];
            if let Some(remembered) = self.state.seen[claim][at].admits(value, &mut self.facts.values) {
                self.state.seen[claim][at].push(remembered, &self.facts.values);
            }
        }
        if spot.is_multi {
            self.state.shares[pick.position] += 1;
            self.consume(pick, row, -1);
        } else {
            self.state.marks[pick.position] |= 1 << claim;
        }
        self.state.picks.push(pick);
        self.state.counts[claim] += 1;
    }

    fn consume(&mut self, pick: Pick, row: usize, sign: i128) {
        let Some(amounts) = self.facts.at(row).amounts else { return };
        let (start, end) = self.spot(pick).free;
        for (free, amount) in self.state.free[start as usize..end as usize].iter_mut().zip(self.facts.amounts(amounts)) {
            *free += sign * amount;
        }
    }

    /// Gives back the device that was taken last.
    fn undo(&mut self, pick: Pick, row: usize) {
        let claim = self.facts.leaves[pick.leaf].claim;
        let spot = *self.spot(pick);
        self.state.picks.pop();
        self.residual.reach.retreat(self.state.picks.len());
        self.state.counts[claim] -= 1;
        if spot.is_multi {
            self.state.shares[pick.position] -= 1;
            self.consume(pick, row, 1);
        } else {
            self.state.marks[pick.position] &= !(1 << claim);
        }
        for at in 0..self.state.seen[claim].len() {
            if self.facts.at(row).values[at] != Value::Unseen {
                self.state.seen[claim][at].pop(&self.facts.values);
            }
        }
        if self.has_to_draw(pick.position) {
            for draw in part(&self.scene.draws, spot.draws) {
                self.state.counters[draw.counter as usize] += draw.amount;
            }
            let parts = (spot.parts.1 - spot.parts.0) as usize;
            self.leave(self.state.sets_before.len() - parts);
        }
    }
}
