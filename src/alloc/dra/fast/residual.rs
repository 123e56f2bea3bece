//! What the rest of a search can depend on, written as a list of numbers.
//!
//! Two states with equal lists fail alike, after equally many steps: there is a one-to-one map, in the order of search,
//! between the devices that can still matter, and it keeps everything that leaves, constraints, counters and capacity see of
//! them. So
//! - devices that no remaining leaf can take any more are left out. Whatever refuses a device goes on to refuse it, since
//!   marks, constraints, counters and capacity only get tighter further down;
//! - attribute values, counters and counter sets are numbered in the order in which they are met, for each constraint
//!   afresh; values that a constraint cannot tell apart any more are not mentioned;
//! - devices are described by what can be seen of them, never by who they are.

use crate::alloc::dra::fast::facts::{Exotic, Numbers, Place};
use crate::alloc::dra::fast::plan::{LeafSet, members};
use crate::alloc::dra::fast::scene::part;
use crate::alloc::dra::fast::search::Search;
use crate::alloc::dra::fast::seen::Seen;
use crate::alloc::dra::fast::state::Pick;
use crate::alloc::dra::fast::survey::{Interest, Survey};
use crate::alloc::dra::fast::values::Value;
use crate::alloc::dra::features::Variant;

/// Words that are no label.
const SEVERAL: u32 = 0x4000_0000;
const ODD: u32 = 0x8000_0001;
const FAULT: u32 = 0x8000_0002;
const ABSENT: u32 = 0x8000_0003;
const REFUSED: u32 = 0x8000_0004;
const HERE: u32 = 0x8000_0005;
const CAN_BE_SHARED: u32 = 1;
const IS_DRAWING: u32 = 2;
const HAS_FATAL: u32 = 4;
const HAS_BLOCKED: u32 = 8;
const HAS_FULL: u32 = 16;
const IS_OF_A_POOL: u32 = 32;

/// Labels in the order of first use; forgotten all at once.
#[derive(Clone, Debug, Default)]
struct Labels {
    /// Round and label by what is labelled.
    given: Vec<(u32, u32)>,
    next: u32,
    round: u32,
}

impl Labels {
    fn forget(&mut self) {
        self.next = 0;
        self.round += 1;
    }

    /// The label, and whether it is new.
    #[inline]
    fn of(&mut self, what: u32) -> (u32, bool) {
        let at = what as usize;
        if self.given.len() <= at {
            self.given.resize(at + 1, (0, 0));
        }
        if self.given[at].0 == self.round {
            return (self.given[at].1, false);
        }
        self.given[at] = (self.round, self.next);
        self.next += 1;
        (self.next - 1, true)
    }
}

/// The list, and what is needed to write it.
#[derive(Clone, Debug, Default)]
pub struct Residual {
    key: Vec<u32>,
    /// Where the record of the last device begins in the key.
    last: usize,
    /// How many devices in a row have the same record, by record.
    runs: Vec<u32>,
    /// What leaves see while nothing is taken.
    survey: Survey,
    /// Labels of values, by claim and constraint.
    values: Vec<Vec<Labels>>,
    counters: Labels,
    sets: Labels,
    free: Numbers<Vec<i128>>,
    elements: Vec<u32>,
}

impl Residual {
    /// The problem that was described last.
    pub fn key(&self) -> &[u32] {
        &self.key
    }

    /// Makes ready for another node.
    pub fn reset(&mut self) {
        self.survey.interests.clear();
    }

    fn is_surveyed(&self, positions: usize) -> bool {
        self.survey.interests.len() == positions
    }

    fn adopt(&mut self, survey: Survey, seen: &[Vec<Seen>]) {
        self.survey = survey;
        self.values = seen.iter().map(|of_claim| vec![Labels::default(); of_claim.len()]).collect();
    }

    /// Ends the record that begins at `start`. A record like the last one is not repeated.
    fn end_record(&mut self, start: usize) {
        if start == self.key.len() {
            return;
        }
        match self.runs.last_mut() {
            Some(run) if is_same(&self.key[self.last..start], &self.key[start..]) => {
                *run += 1;
                self.key.truncate(start);
            }
            _ => {
                self.runs.push(1);
                self.last = start;
            }
        }
    }

    fn begin(&mut self) {
        self.key.clear();
        self.runs.clear();
        self.counters.forget();
        self.sets.forget();
        self.values.iter_mut().flatten().for_each(Labels::forget);
    }

    fn wide(&mut self, number: i128) {
        let words = [0, 32, 64, 96].map(|shift| (number >> shift) as u32);
        self.key.extend(words);
    }
}

/// Equality of short lists, word by word.
fn is_same(a: &[u32], b: &[u32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b)
}

impl Search<'_, '_> {
    /// Writes down the problem that is left when a leaf that has `devices` already goes on at `pick`. In the stable variant,
    /// which goes through permutations, all positions matter to the devices after the next one.
    pub fn describe(&mut self, pick: Pick, devices: i64) -> Result<(), Exotic> {
        if !self.residual.is_surveyed(self.scene.spots.len()) {
            let survey = self.survey()?;
            self.residual.adopt(survey, &self.state.seen);
        }
        self.residual.begin();
        let claim = self.facts.leaves[pick.leaf].claim;
        let is_stable = self.world.variant == Variant::Stable;
        self.residual.key.extend([pick.leaf as u32, devices as u32, self.state.counts[claim]]);
        for seen in &self.state.seen[claim] {
            let state = match seen.top() {
                None => 0,
                Some(Value::One(_)) => 1,
                Some(Value::Many(_)) => 2,
                Some(_) => 3,
            };
            self.residual.key.push(state);
        }
        let remaining = self.plan.remaining[pick.leaf];
        let later = remaining & !(1 << pick.leaf);
        // Nothing before the next device matters if no other leaf comes after this one.
        let first = if later == 0 && !is_stable { pick.position } else { 0 };
        // Look, marks and leaves of the last plain device, and whether it has a record. The next one may be like it.
        let mut last = None;
        for position in first..self.scene.spots.len() {
            if position == pick.position && is_stable {
                let start = self.residual.key.len();
                self.residual.key.push(HERE);
                self.residual.end_record(start);
                last = None;
            }
            let open =
                self.residual.survey.open[position] & if position < pick.position && !is_stable { later } else { remaining };
            if open == 0 {
                continue;
            }
            let start = self.residual.key.len();
            if self.residual.survey.is_plain[position] {
                let look = (self.residual.survey.looks[position], self.state.marks[position], open);
                if let Some((seen, has_record)) = last
                    && seen == look
                {
                    if has_record && let Some(run) = self.residual.runs.last_mut() {
                        *run += 1;
                    }
                    continue;
                }
                self.write_plain(claim, position, open);
                last = Some((look, self.residual.key.len() > start));
            } else {
                last = None;
                let mut interest = Interest { open, ..self.residual.survey.interests[position] };
                self.narrow(claim, position, &mut interest)?;
                if interest.open != 0 {
                    self.write(claim, position, interest)?;
                }
            }
            self.residual.end_record(start);
        }
        let Residual { key, runs, .. } = &mut *self.residual;
        key.extend_from_slice(runs);
        Ok(())
    }

    /// What [`Search::narrow`] and [`Search::write`] do, for a plain device.
    fn write_plain(&mut self, claim: usize, position: usize, mut open: LeafSet) {
        let marks = self.state.marks[position];
        if marks != 0 {
            open &= self.plan.admin;
            if marks >> claim & 1 == 1 {
                open &= !self.plan.of_claim[claim];
            }
        }
        let is_drawing = self.scene.spots[position].is_drawing;
        if is_drawing && !self.has_counters(position) {
            return;
        }
        let own = open & self.plan.of_claim[claim];
        let count = self.state.seen[claim].len();
        if own != 0 && count != 0 {
            let values = &self.residual.survey.plain_values[claim][position * count..][..count];
            let mut pairs = self.state.seen[claim].iter().zip(values);
            if pairs.any(|(seen, value)| *value != Value::Unseen && !seen.allows(*value, &mut self.facts.values)) {
                open &= !own;
            }
        }
        if open == 0 {
            return;
        }
        if is_drawing {
            self.write_set(open, IS_DRAWING);
            self.write_draws(position);
        } else {
            self.write_set(open, 0);
        }
        for at in 0..self.residual.survey.constrained.len() {
            let other = self.residual.survey.constrained[at];
            if other < claim || open & self.plan.of_claim[other] == 0 {
                continue;
            }
            let count = self.state.seen[other].len();
            for constraint in 0..count {
                let value = self.residual.survey.plain_values[other][position * count + constraint];
                let seen = &self.state.seen[other][constraint];
                match (value, seen.top()) {
                    (Value::Unseen, _) => {}
                    (Value::One(_), Some(Value::One(_))) if !seen.is_distinct => {}
                    (Value::One(element), top) if seen.is_distinct || top.is_none() => {
                        let (label, _) = self.residual.values[other][constraint].of(element);
                        self.residual.key.push(label);
                    }
                    _ => self.write_value(other, constraint, value),
                }
            }
        }
    }

    /// Takes out of `interest` what has become impossible.
    fn narrow(&mut self, claim: usize, position: usize, interest: &mut Interest) -> Result<(), Exotic> {
        let (all, admin) = (self.plan.all, self.plan.admin);
        let marks = self.state.marks[position];
        if marks != 0 {
            let mut barred = !admin;
            if marks >> claim & 1 == 1 {
                barred |= self.plan.of_claim[claim];
            }
            self.refuse(barred, interest);
        }
        if self.has_to_draw(position) && !self.is_drawable(position) {
            // An error comes first for leaves that do not get so far.
            self.refuse(!interest.fatal, interest);
        }
        if interest.open == 0 {
            return Ok(());
        }
        // What is free of a device that cannot be shared was looked at before.
        let sharing = if self.scene.spots[position].is_multi { LeafSet::MAX } else { all };
        for leaf in members(interest.open & !interest.fatal & sharing) {
            let pick = Pick { leaf, position };
            let row = self.row(pick)?;
            if !self.fits(pick, row) {
                let bit: LeafSet = 1 << leaf;
                if all & bit == 0 {
                    interest.open &= !bit;
                } else {
                    interest.full |= bit;
                }
            }
        }
        let mut concerned = interest.open & self.plan.of_claim[claim] & !all & !interest.fatal;
        if self.state.seen[claim].iter().all(Seen::is_fresh) {
            concerned = 0;
        }
        let mut same = None;
        for leaf in members(concerned) {
            let refused = match same {
                Some(refused) => refused,
                None => self.is_refused(claim, Pick { leaf, position })?,
            };
            if self.plan.is_uniform[claim] {
                same = Some(refused);
            }
            if refused {
                interest.open &= !(1 << leaf);
            }
        }
        Ok(())
    }

    fn refuse(&self, leaves: LeafSet, interest: &mut Interest) {
        let all = self.plan.all;
        interest.blocked |= interest.open & leaves & all;
        interest.open &= !(leaves & !all);
    }

    /// [`Search::can_draw`], without leaving a trace.
    fn is_drawable(&mut self, position: usize) -> bool {
        self.has_counters(position) && self.can_join(position)
    }

    /// Whether a constraint refuses the device before an error is met.
    fn is_refused(&mut self, claim: usize, pick: Pick) -> Result<bool, Exotic> {
        let row = self.row(pick)?;
        for (at, seen) in self.state.seen[claim].iter().enumerate() {
            match self.facts.at(row).values[at] {
                Value::Unseen => {}
                Value::Fault => return Ok(false),
                value => {
                    if seen.admits(value, &mut self.facts.values).is_none() {
                        return Ok(true);
                    }
                }
            }
        }
        Ok(false)
    }

    fn write(&mut self, claim: usize, position: usize, interest: Interest) -> Result<(), Exotic> {
        let spot = self.scene.spots[position];
        let Interest { open, fatal, blocked, full } = interest;
        let is_drawing = self.has_to_draw(position);
        let is_of_a_pool = is_drawing && self.scene.pools[spot.pool as usize].is_varying;
        let sets = [(HAS_FATAL, fatal & open), (HAS_BLOCKED, blocked & open), (HAS_FULL, full & open)];
        let mut flags = if spot.is_multi { CAN_BE_SHARED } else { 0 };
        flags |= if is_drawing { IS_DRAWING } else { 0 };
        flags |= if is_of_a_pool { IS_OF_A_POOL } else { 0 };
        flags |= sets.iter().filter(|(_, set)| *set != 0).map(|(flag, _)| flag).sum::<u32>();
        self.write_set(open, flags);
        for (_, set) in sets.into_iter().filter(|(_, set)| *set != 0) {
            self.write_set(set, 0);
        }
        if spot.is_multi {
            let mut place = Place { world: self.world, node: self.node, candidates: self.candidates, attempt: self.attempt };
            let shape = self.facts.shape(spot.kind, position, &mut place)?;
            let free = self.residual.free.of(part(&self.state.free, spot.free));
            self.residual.key.extend([shape, free]);
            // A share may spare the next one from drawing.
            self.residual.key.push(u32::from(spot.is_drawing && !is_drawing));
        }
        if is_of_a_pool {
            let key = self.pools[spot.pool as usize].key;
            self.residual.key.extend([key.driver.0, key.pool.0]);
        }
        if is_drawing {
            self.write_draws(position);
        }
        self.write_values(claim, position, open & !fatal)
    }

    /// Writes a set of leaves beside six flags, in one word where there is room.
    fn write_set(&mut self, set: LeafSet, flags: u32) {
        let leaves = self.facts.leaves.len();
        // Words of which the highest bit is set mean something else.
        if leaves <= 25 {
            self.residual.key.push((set as u32) << 6 | flags);
            return;
        }
        self.residual.key.push(flags);
        self.residual.key.extend((0..leaves.div_ceil(32)).map(|word| (set >> (32 * word)) as u32));
    }

    fn write_draws(&mut self, position: usize) {
        let spot = self.scene.spots[position];
        let residual = &mut *self.residual;
        residual.key.push((spot.draws.1 - spot.draws.0) << 16 | (spot.parts.1 - spot.parts.0));
        for draw in part(&self.scene.draws, spot.draws) {
            let (label, is_new) = residual.counters.of(draw.counter);
            residual.key.extend([label, draw.amount_id]);
            if is_new {
                residual.wide(self.state.counters[draw.counter as usize]);
            }
        }
        for joined in part(&self.scene.parts, spot.parts) {
            let (label, is_new) = residual.sets.of(joined.set);
            residual.key.extend([label, joined.groups]);
            if is_new {
                residual.key.push(self.state.sets[joined.set as usize]);
            }
        }
        if self.scene.pools[spot.pool as usize].is_overdrawn {
            residual.key.push(REFUSED);
        }
    }

    /// Writes what constraints see of a device, for the leaves in `open`: once for a claim whose leaves are all alike.
    fn write_values(&mut self, claim: usize, position: usize, open: LeafSet) -> Result<(), Exotic> {
        for other in claim..self.state.seen.len() {
            if self.state.seen[other].is_empty() {
                continue;
            }
            let of_claim = open & self.plan.of_claim[other];
            // Leaves that want all devices keep those that are refused, so they are not like the others.
            let is_alike = self.plan.is_uniform[other] && of_claim & self.plan.all == 0;
            for leaf in members(of_claim) {
                let row = self.row(Pick { leaf, position })?;
                for at in 0..self.state.seen[other].len() {
                    let value = self.facts.at(row).values[at];
                    if value != Value::Unseen {
                        self.write_value(other, at, value);
                    }
                }
                if is_alike {
                    break;
                }
            }
        }
        Ok(())
    }

    fn write_value(&mut self, claim: usize, at: usize, value: Value) {
        let residual = &mut *self.residual;
        let seen = &self.state.seen[claim][at];
        let value = match value {
            Value::Fault => return residual.key.push(FAULT),
            Value::Absent => return residual.key.push(ABSENT),
            value => match seen.admits(value, &mut self.facts.values) {
                Some(value) => value,
                None => return residual.key.push(REFUSED),
            },
        };
        // All devices that are left have what a match constraint wants.
        if !seen.is_distinct && matches!(seen.top(), Some(Value::One(_))) {
            return;
        }
        let labels = &mut residual.values[claim][at];
        match value {
            Value::One(element) => residual.key.push(labels.of(element).0),
            Value::Many(_) => {
                let elements = self.facts.values.elements(&value);
                residual.elements.clear();
                residual.elements.extend(elements.iter().map(|element| labels.of(*element).0));
                residual.elements.sort_unstable();
                residual.key.push(SEVERAL | residual.elements.len() as u32);
                residual.key.extend_from_slice(&residual.elements);
            }
            _ => residual.key.push(ODD),
        }
    }
}
