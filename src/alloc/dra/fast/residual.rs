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

use std::ops::Range;

use crate::alloc::dra::fast::facts::{Exotic, Numbers, Place};
use crate::alloc::dra::fast::labels::{FLAG_BITS, LABELS_MAX, Labels, ValueLabels, fits_with_label, in_field};
use crate::alloc::dra::fast::plan::{LeafSet, members};
use crate::alloc::dra::fast::reach::{Audience, Form, Reach, lowest};
use crate::alloc::dra::fast::scene::part;
use crate::alloc::dra::fast::search::Search;
use crate::alloc::dra::fast::seen::Seen;
use crate::alloc::dra::fast::state::Pick;
use crate::alloc::dra::fast::survey::{Class, Interest, Sight, Survey};
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

/// The record of a class of devices: where it is in the key, and in which round it was written.
#[derive(Clone, Copy, Debug, Default)]
struct Written {
    round: u32,
    start: usize,
    len: usize,
}

/// The list, and what is needed to write it.
#[derive(Clone, Debug, Default)]
pub struct Residual {
    key: Vec<u32>,
    /// Where the last record begins in the key.
    last: usize,
    /// Where it ends, and the next one begins.
    end: usize,
    /// How many devices in a row have it.
    run: u32,
    /// How many records there are.
    records: u32,
    /// Records of more than one device in a row, and of how many, in turn.
    repeats: Vec<u32>,
    /// Records by class of plain devices, as far as they are of this round.
    written: Vec<Written>,
    round: u32,
    /// What leaves see while nothing is taken.
    pub survey: Survey,
    /// Which devices can still matter.
    pub reach: Reach,
    /// Labels of values.
    pub labels: ValueLabels,
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

    fn adopt(&mut self, survey: Survey, leaves: usize, seen: &[Vec<Seen>]) {
        self.reach = Reach::new(&survey, leaves, seen);
        self.written.clear();
        self.written.resize(survey.plain.len(), Written::default());
        self.survey = survey;
        self.labels = ValueLabels::new(seen);
    }

    /// Begins another key, with words that are no record.
    fn begin(&mut self, head: [u32; 3], claim: usize, seen: &[Vec<Seen>]) {
        self.key.clear();
        self.key.extend_from_slice(&head);
        self.key.extend(seen[claim].iter().map(|seen| match seen.top() {
            None => 0,
            Some(Value::One(_)) => 1,
            Some(Value::Many(_)) => 2,
            Some(_) => 3,
        }));
        (self.last, self.end, self.run, self.records) = (self.key.len(), self.key.len(), 0, 0);
        self.repeats.clear();
        self.round += 1;
        self.counters.forget();
        self.sets.forget();
        self.labels.begin(seen);
    }

    /// Ends the record of some devices in a row. A record like the last one is not repeated.
    fn end_record(&mut self, devices: u32) {
        if self.end == self.key.len() {
            return;
        }
        let (last, record) = self.key[self.last..].split_at(self.end - self.last);
        if is_same(last, record) {
            self.key.truncate(self.end);
            self.run += devices;
        } else {
            self.begin_run(devices);
        }
    }

    /// Ends a record that differs from the last one.
    fn begin_run(&mut self, devices: u32) {
        self.end_run();
        (self.last, self.end, self.run) = (self.end, self.key.len(), devices);
    }

    fn end_run(&mut self) {
        if self.run > 1 {
            self.repeats.extend([self.records, self.run]);
        }
        self.records += 1;
    }

    /// Keeps the record that is being written as that of a class, and ends it.
    fn keep(&mut self, class: u32, devices: u32) {
        let len = self.key.len() - self.end;
        self.end_record(devices);
        self.written[class as usize] = Written { round: self.round, start: self.last, len };
    }

    /// Writes the record of a class again, if it was written in this round.
    fn write_again(&mut self, class: u32, devices: u32) -> bool {
        let Written { round, start, len } = self.written[class as usize];
        if round != self.round {
            return false;
        }
        if len == 0 {
            return true;
        }
        if start == self.last || is_same(&self.key[start..start + len], &self.key[self.last..]) {
            self.run += devices;
        } else {
            for at in start..start + len {
                self.key.push(self.key[at]);
            }
            self.begin_run(devices);
        }
        true
    }

    /// Writes a whole record in one word.
    #[inline]
    fn write_form(&mut self, form: Form, devices: u32) {
        let word = form.word | self.labels.field(form.constraint, form.element);
        if self.last + 1 == self.end && self.key[self.last] == word {
            self.run += devices;
        } else {
            self.key.push(word);
            self.begin_run(devices);
        }
    }

    /// Ends the key with what is left of the counters and sets that it mentions, and with how records are repeated.
    fn end(&mut self, counters: &[i128], sets: &[u32]) {
        self.end_run();
        for counter in self.counters.order() {
            let left = counters[*counter as usize];
            self.key.extend([0, 32, 64, 96].map(|shift| (left >> shift) as u32));
        }
        self.key.extend(self.sets.order().iter().map(|set| sets[*set as usize]));
        self.key.extend_from_slice(&self.repeats);
        self.key.push(self.repeats.len() as u32);
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
            self.residual.adopt(survey, self.facts.leaves.len(), &self.state.seen);
        }
        let claim = self.facts.leaves[pick.leaf].claim;
        let is_stable = self.world.variant == Variant::Stable;
        let head = [pick.leaf as u32, devices as u32, self.state.counts[claim]];
        self.residual.begin(head, claim, &self.state.seen);
        let leaf = pick.leaf;
        let remaining = self.plan.remaining[leaf];
        let later = remaining & !(1 << leaf);
        let audience = Audience { leaf, claim, leaves: remaining, is_later: false };
        if is_stable {
            self.describe_devices(audience, 0..pick.position)?;
            self.residual.key.push(HERE);
            self.residual.end_record(1);
        } else if later != 0 {
            // Nothing before the next device matters if no other leaf comes after this one.
            self.describe_devices(Audience { leaves: later, is_later: true, ..audience }, 0..pick.position)?;
            self.residual.round += 1;
        }
        self.describe_devices(audience, pick.position..self.scene.spots.len())?;
        self.residual.end(&self.state.counters, &self.state.sets);
        Ok(())
    }

    /// Writes down what leaves see of the devices in a range.
    fn describe_devices(&mut self, audience: Audience, range: Range<usize>) -> Result<(), Exotic> {
        let Audience { claim, leaves, .. } = audience;
        let sets = self.reach(audience);
        for word in range.start / 64..range.end.div_ceil(64) {
            let (mut left, refused, taken) = self.residual.reach.word(&sets, &range, word);
            while left != 0 {
                let first = left & left.wrapping_neg();
                let position = 64 * word + first.trailing_zeros() as usize;
                let Some(class) = self.residual.survey.classes[position] else {
                    left ^= first;
                    self.describe_device(claim, position, leaves)?;
                    continue;
                };
                let own = if refused & first != 0 { self.plan.of_claim[claim] } else { 0 };
                if taken & first != 0 {
                    left ^= first;
                    // What is taken matters to leaves with admin access only.
                    let marks = self.state.marks[position];
                    let taking = if marks >> claim & 1 == 1 { self.plan.of_claim[claim] } else { 0 };
                    self.write_plain(claim, class, position, leaves & self.plan.admin & !(own | taking));
                    self.residual.end_record(1);
                    continue;
                }
                let mut alike = first;
                if !sets.has_admin {
                    alike = left & lowest(self.residual.reach.row_ends[position] as usize - 64 * word);
                }
                left &= !alike;
                let devices = if alike == first { 1 } else { alike.count_ones() };
                if let Some(forms) = sets.forms.filter(|_| own == 0) {
                    let form = self.residual.reach.forms[forms + class as usize];
                    if form.word != 0 {
                        self.residual.write_form(form, devices);
                        continue;
                    }
                }
                if !self.residual.write_again(class, devices) {
                    self.write_plain(claim, class, position, leaves & !own);
                    self.residual.keep(class, devices);
                }
            }
        }
        Ok(())
    }

    /// The same for a device that is not plain.
    fn describe_device(&mut self, claim: usize, position: usize, leaves: LeafSet) -> Result<(), Exotic> {
        let mut interest = self.residual.survey.interests[position];
        interest.open &= leaves;
        if interest.open != 0 {
            self.narrow(claim, position, &mut interest)?;
        }
        if interest.open != 0 {
            self.write(claim, position, interest)?;
        }
        self.residual.end_record(1);
        Ok(())
    }

    /// What [`Search::narrow`] and [`Search::write`] do, for a plain device and leaves that marks do not keep from it.
    fn write_plain(&mut self, claim: usize, class: u32, position: usize, leaves: LeafSet) {
        let Class { mut open, is_drawing, sights } = self.residual.survey.plain[class as usize];
        open &= leaves;
        if open == 0 || is_drawing && !self.has_counters(position) {
            return;
        }
        let mut own = part(&self.residual.survey.sights, sights).iter().filter(|sight| sight.claim == claim);
        let is_known = self.residual.reach.is_exact;
        if !is_known && own.any(|sight| !self.state.seen[claim][sight.constraint].allows(sight.value, &mut self.facts.values)) {
            open &= !self.plan.of_claim[claim];
            if open == 0 {
                return;
            }
        }
        let head = self.residual.key.len();
        self.write_set(open, if is_drawing { IS_DRAWING } else { 0 });
        if is_drawing {
            self.write_draws(position);
        }
        // The first label goes to the word for the leaves, where there is room.
        let mut has_room = fits_with_label(self.facts.leaves.len());
        for at in sights.0..sights.1 {
            let Sight { claim: other, constraint, value } = self.residual.survey.sights[at as usize];
            if other < claim || open & self.plan.of_claim[other] == 0 {
                continue;
            }
            let seen = &self.state.seen[other][constraint];
            match (value, seen.top()) {
                (Value::One(_), Some(Value::One(_))) if !seen.is_distinct => continue,
                (Value::One(element), top) if seen.is_distinct || top.is_none() => {
                    let label = self.residual.labels.at(other, constraint).of(element);
                    if has_room && label < LABELS_MAX {
                        self.residual.key[head] |= in_field(label);
                    } else {
                        self.residual.key.push(label);
                    }
                }
                _ => self.write_value(other, constraint, value),
            }
            has_room = false;
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
            self.residual.key.push((set as u32) << FLAG_BITS | flags);
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
            let label = residual.counters.of(draw.counter);
            residual.key.extend([label, draw.amount_id]);
        }
        for joined in part(&self.scene.parts, spot.parts) {
            let label = residual.sets.of(joined.set);
            residual.key.extend([label, joined.groups]);
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
        let labels = residual.labels.at(claim, at);
        match value {
            Value::One(element) => residual.key.push(labels.of(element)),
            Value::Many(_) => {
                let elements = self.facts.values.elements(&value);
                residual.elements.clear();
                residual.elements.extend(elements.iter().map(|element| labels.of(*element)));
                residual.elements.sort_unstable();
                residual.key.push(SEVERAL | residual.elements.len() as u32);
                residual.key.extend_from_slice(&residual.elements);
            }
            _ => residual.key.push(ODD),
        }
    }
}
