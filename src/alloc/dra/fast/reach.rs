//! Which devices can still matter to what is left of a search, as sets of positions: 64 of them in a word.
//!
//! What a taken device rules out for its claim is found once for each class of plain devices; what all of them rule out is
//! kept for each number of devices taken, so that a step of the search costs a few words.

use std::ops::Range;

use crate::alloc::dra::fast::labels::{FLAG_BITS, LABELS_MAX, fits_with_label};
use crate::alloc::dra::fast::plan::LeafSet;
use crate::alloc::dra::fast::scene::part;
use crate::alloc::dra::fast::search::Search;
use crate::alloc::dra::fast::seen::Seen;
use crate::alloc::dra::fast::state::Pick;
use crate::alloc::dra::fast::survey::{Class, Sight, Survey};
use crate::alloc::dra::fast::values::Value;

/// Leaves that a description is for: see [`Search::describe`].
#[derive(Clone, Copy, Debug)]
pub struct Audience {
    /// The leaf that goes on.
    pub leaf: usize,
    /// Its claim.
    pub claim: usize,
    /// The leaves: `leaf` and those that come after it, or only those.
    pub leaves: LeafSet,
    /// True for only those.
    pub is_later: bool,
}

/// How plain devices of a class are written if nothing more is taken that matters to them: see `Search::write_plain`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Form {
    /// The word for the leaves that may take them; 0 if they have to be written at length.
    pub word: u32,
    /// The constraint that tells them apart, if any, as a number plus one; see [`crate::alloc::dra::fast::labels`].
    pub constraint: u32,
    /// What it sees.
    pub element: u32,
}

/// Sets of positions. All have as many words.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    words: usize,
    /// Devices that are not plain, if any leaf can take them.
    odd: Vec<u64>,
    /// Where the devices of one class in a row end, by position.
    pub row_ends: Vec<u32>,
    /// True if the sets of refused devices have all of those that are plain.
    pub is_exact: bool,
    /// For an audience: those that some leaf may take, then those that a leaf of another claim may take.
    open: Vec<u64>,
    /// Which sets of `open` are known: their number plus one, by leaf and [`Audience::is_later`].
    open_of: Vec<u32>,
    /// How classes are written, for each of the sets of `open`; empty if values or leaves are of the longer sort.
    pub forms: Vec<Form>,
    has_forms: bool,
    /// What a device rules out for other devices of its claim.
    conflicts: Vec<u64>,
    /// Which of `conflicts` are known: their number plus one, by claim and class.
    conflict_of: Vec<u32>,
    /// By number of devices taken: what they rule out for the claim of the last of them, then those taken as a whole.
    levels: Vec<u64>,
    /// How many devices taken `levels` knows of.
    depth: usize,
}

/// The lowest `count` bits.
pub fn lowest(count: usize) -> u64 {
    if count >= 64 { u64::MAX } else { (1 << count) - 1 }
}

impl Reach {
    /// For a survey; nothing is taken.
    pub fn new(survey: &Survey, leaves: usize, seen: &[Vec<Seen>]) -> Reach {
        let positions = survey.classes.len();
        let words = positions.div_ceil(64);
        let mut reach = Reach { words, odd: vec![0; words], levels: vec![0; 2 * words], ..Reach::default() };
        for (at, interest) in survey.interests.iter().enumerate() {
            if survey.classes[at].is_none() && interest.open != 0 {
                reach.odd[at / 64] |= 1 << (at % 64);
            }
        }
        reach.row_ends = (1..=positions as u32).collect();
        for at in (1..positions).rev() {
            if survey.classes[at - 1] == survey.classes[at] {
                reach.row_ends[at - 1] = reach.row_ends[at];
            }
        }
        reach.open_of = vec![0; 2 * leaves];
        reach.conflict_of = vec![0; seen.len() * survey.plain.len()];
        // What several values have in common may shrink with each device, which no pair of devices tells.
        let mut sights = survey.sights.iter();
        let is_shrinking = sights.any(|at| matches!(at.value, Value::Many(_)) && !seen[at.claim][at.constraint].is_distinct);
        reach.has_forms = fits_with_label(leaves)
            && survey.plain.len() < LABELS_MAX as usize
            && survey.sights.iter().all(|sight| matches!(sight.value, Value::One(_)));
        reach.is_exact = !is_shrinking && reach.odd.iter().all(|word| *word == 0);
        reach.has_forms &= reach.is_exact;
        reach
    }

    /// Only so many devices are still taken as before.
    #[inline]
    pub fn retreat(&mut self, taken: usize) {
        self.depth = self.depth.min(taken);
    }

    /// What cannot be left out of a word of a range, those in it that are refused by constraints of the claim, and those that
    /// are taken.
    #[inline]
    pub fn word(&self, sets: &Sets, range: &Range<usize>, word: usize) -> (u64, u64, u64) {
        let refused = if sets.is_refusing { self.levels[sets.level + word] } else { 0 };
        let taken = self.levels[sets.level + self.words + word];
        let (open, others) = (self.open[sets.open + word], self.open[sets.open + self.words + word]);
        let mut plain = open & !refused | others;
        if !sets.has_admin {
            plain &= !taken;
        }
        let within = lowest(range.end.saturating_sub(64 * word)) & !lowest(range.start.saturating_sub(64 * word));
        ((plain | self.odd[word]) & within, refused, taken)
    }
}

/// Where the sets for a description begin.
#[derive(Clone, Copy, Debug)]
pub struct Sets {
    open: usize,
    /// Where the forms of classes begin, if there are any.
    pub forms: Option<usize>,
    level: usize,
    /// True if what is taken rules out anything for the claim that is being served.
    is_refusing: bool,
    /// True if leaves with admin access are concerned, which see what is taken.
    pub has_admin: bool,
}

impl Search<'_, '_> {
    /// The sets for an audience and what is taken.
    pub fn reach(&mut self, audience: Audience) -> Sets {
        while self.residual.reach.depth < self.state.picks.len() {
            self.reach_after(self.residual.reach.depth);
        }
        let claim_of = |pick: &Pick| self.facts.leaves[pick.leaf].claim;
        let is_refusing = self.state.picks.last().map(claim_of) == Some(audience.claim);
        let has_admin = audience.leaves & self.plan.admin != 0;
        let level = 2 * self.residual.reach.words * self.state.picks.len();
        let number = self.open(audience);
        let reach = &self.residual.reach;
        let forms = reach.has_forms.then_some(number * self.residual.survey.plain.len());
        Sets { open: 2 * reach.words * number, forms, level, is_refusing, has_admin }
    }

    fn open(&mut self, audience: Audience) -> usize {
        let Audience { leaf, claim, leaves, is_later } = audience;
        let (reach, survey) = (&mut self.residual.reach, &self.residual.survey);
        let at = 2 * leaf + usize::from(is_later);
        if reach.open_of[at] == 0 {
            let start = reach.open.len();
            reach.open.resize(start + 2 * reach.words, 0);
            for (position, class) in survey.classes.iter().enumerate() {
                let Some(class) = class else { continue };
                let open = survey.plain[*class as usize].open & leaves;
                let is_other = open & !self.plan.of_claim[claim] != 0;
                reach.open[start + position / 64] |= u64::from(open != 0) << (position % 64);
                reach.open[start + reach.words + position / 64] |= u64::from(is_other) << (position % 64);
            }
            reach.open_of[at] = (start / (2 * reach.words)) as u32 + 1;
            if reach.has_forms {
                let forms = survey.plain.iter().map(|class| self.form(class, audience));
                let forms: Vec<Form> = forms.collect();
                self.residual.reach.forms.extend(forms);
            }
        }
        self.residual.reach.open_of[at] as usize - 1
    }

    fn form(&self, class: &Class, audience: Audience) -> Form {
        let open = class.open & audience.leaves;
        let sights = part(&self.residual.survey.sights, class.sights).iter();
        let mut sights = sights.filter(|sight| sight.claim >= audience.claim && open & self.plan.of_claim[sight.claim] != 0);
        let word = (open as u32) << FLAG_BITS;
        match (sights.next(), sights.next()) {
            _ if class.is_drawing => Form::default(),
            (None, _) => Form { word, ..Form::default() },
            (Some(Sight { claim, constraint, value: Value::One(element) }), None) => {
                let constraint = self.residual.labels.number(*claim, *constraint) as u32 + 1;
                Form { word, constraint, element: *element }
            }
            _ => Form::default(),
        }
    }

    /// Writes the level after the device that was taken as number `at`.
    fn reach_after(&mut self, at: usize) {
        let pick = self.state.picks[at];
        let claim = self.facts.leaves[pick.leaf].claim;
        let goes_on = at > 0 && self.facts.leaves[self.state.picks[at - 1].leaf].claim == claim;
        let conflict = self.residual.survey.classes[pick.position].map(|class| self.conflict(claim, class));
        let reach = &mut self.residual.reach;
        let (words, before, after) = (reach.words, 2 * reach.words * at, 2 * reach.words * (at + 1));
        if reach.levels.len() < after + 2 * words {
            reach.levels.resize(after + 2 * words, 0);
        }
        for word in 0..words {
            let refused = if goes_on { reach.levels[before + word] } else { 0 };
            reach.levels[after + word] = refused | conflict.map_or(0, |start| reach.conflicts[start + word]);
            reach.levels[after + words + word] = reach.levels[before + words + word];
        }
        if !self.scene.spots[pick.position].is_multi {
            reach.levels[after + words + pick.position / 64] |= 1 << (pick.position % 64);
        }
        reach.depth = at + 1;
    }

    /// What constraints of a claim refuse once it has taken a device of a class.
    fn conflict(&mut self, claim: usize, class: u32) -> usize {
        let (reach, survey) = (&mut self.residual.reach, &self.residual.survey);
        let at = claim * survey.plain.len() + class as usize;
        if reach.conflict_of[at] == 0 {
            let start = reach.conflicts.len();
            reach.conflicts.resize(start + reach.words, 0);
            let values = &mut self.facts.values;
            let mut refused = vec![false; survey.plain.len()];
            for taken in part(&survey.sights, survey.plain[class as usize].sights).iter().filter(|sight| sight.claim == claim) {
                let mut seen = Seen::new(self.state.seen[claim][taken.constraint].is_distinct);
                if let Some(remembered) = seen.admits(taken.value, values) {
                    seen.push(remembered, values);
                }
                for (other, refused) in survey.plain.iter().zip(&mut refused) {
                    let mut same = part(&survey.sights, other.sights).iter();
                    let same = same.find(|sight| (sight.claim, sight.constraint) == (claim, taken.constraint));
                    *refused |= same.is_some_and(|sight| !seen.allows(sight.value, values));
                }
            }
            for (position, class) in survey.classes.iter().enumerate() {
                let is_refused = class.is_some_and(|class| refused[class as usize]);
                reach.conflicts[start + position / 64] |= u64::from(is_refused) << (position % 64);
            }
            reach.conflict_of[at] = (start / reach.words) as u32 + 1;
        }
        reach.words * (reach.conflict_of[at] as usize - 1)
    }
}
