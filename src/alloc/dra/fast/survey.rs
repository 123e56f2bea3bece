//! What all leaves see of all devices of a node while nothing is taken: what [`crate::alloc::dra::fast::residual`] starts
//! from.

use crate::alloc::dra::fast::facts::{Exotic, Look, Numbers};
use crate::alloc::dra::fast::plan::{LeafSet, members};
use crate::alloc::dra::fast::scene::{Stretch, part};
use crate::alloc::dra::fast::search::Search;
use crate::alloc::dra::fast::state::Pick;
use crate::alloc::dra::fast::values::Value;

/// Which leaves a device can matter to, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct Interest {
    /// Leaves that may take it, or, of those that want all devices, have to.
    pub open: LeafSet,
    /// Leaves for which it is an error to look at it.
    pub fatal: LeafSet,
    /// Leaves that want all devices and cannot get this one.
    pub blocked: LeafSet,
    /// The same, if no constraint objects before.
    pub full: LeafSet,
}

/// What a constraint sees of a plain device.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Sight {
    /// The claim.
    pub claim: usize,
    /// Its constraint.
    pub constraint: usize,
    /// What is seen; not [`Value::Unseen`].
    pub value: Value,
}

/// Plain devices that are all alike.
#[derive(Clone, Copy, Debug)]
pub struct Class {
    /// Leaves that may take them.
    pub open: LeafSet,
    /// True if they draw from counters.
    pub is_drawing: bool,
    /// What constraints see of them, in [`Survey::sights`].
    pub sights: Stretch,
}

/// What leaves see, by position.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// Interest at the beginning, by position; empty until it is first needed.
    pub interests: Vec<Interest>,
    /// The class of a device, by position, if it is plain: if nothing matters of it but interest, marks, counters and values,
    /// and the same values for all leaves of a claim.
    pub classes: Vec<Option<u32>>,
    /// Classes of plain devices.
    pub plain: Vec<Class>,
    /// What constraints see of them.
    pub sights: Vec<Sight>,
}

impl Search<'_, '_> {
    /// Finds out what all leaves see of all devices while nothing is taken.
    pub fn survey(&mut self) -> Result<Survey, Exotic> {
        let positions = self.scene.spots.len();
        let mut survey = Survey::default();
        for position in 0..positions {
            let mut interest = Interest::default();
            for leaf in 0..self.facts.leaves.len() {
                self.survey_leaf(Pick { leaf, position }, &mut interest)?;
            }
            survey.interests.push(interest);
        }
        survey.classes.resize(positions, None);
        // Leaves that want all devices keep those that are refused, so they are not like the others.
        if self.plan.all == 0 && self.plan.is_uniform.iter().all(|is_uniform| *is_uniform) {
            self.survey_plain(&mut survey)?;
        }
        Ok(survey)
    }

    fn survey_plain(&mut self, survey: &mut Survey) -> Result<(), Exotic> {
        let mut classes = Numbers::default();
        for (position, interest) in survey.interests.iter().enumerate() {
            if self.scene.spots[position].is_multi || self.is_grouped(position) || interest.fatal != 0 {
                continue;
            }
            let sights = self.sights(position, interest.open)?;
            if sights.iter().any(|sight| sight.value == Value::Fault) {
                continue;
            }
            let drawing = self.drawing(position);
            let is_drawing = drawing.0;
            let class = classes.of(&(interest.open, sights.clone(), drawing));
            if class as usize == survey.plain.len() {
                let first = survey.sights.len() as u32;
                survey.sights.extend(sights);
                survey.plain.push(Class { open: interest.open, is_drawing, sights: (first, survey.sights.len() as u32) });
            }
            survey.classes[position] = Some(class);
        }
        Ok(())
    }

    /// What the constraints of all claims see of a device that `open` leaves may take. The leaves of a claim are all alike.
    fn sights(&mut self, position: usize, open: LeafSet) -> Result<Vec<Sight>, Exotic> {
        let mut sights = Vec::new();
        for claim in 0..self.state.seen.len() {
            let Some(leaf) = members(open & self.plan.of_claim[claim]).next() else { continue };
            let row = self.row(Pick { leaf, position })?;
            let values = self.facts.at(row).values.iter().enumerate();
            let seen = values.filter(|(_, value)| **value != Value::Unseen);
            sights.extend(seen.map(|(constraint, value)| Sight { claim, constraint, value: *value }));
        }
        Ok(sights)
    }

    /// Whether a device draws from counters, whether the counters of its pool are overdrawn, and what it draws from each.
    fn drawing(&self, position: usize) -> (bool, bool, Vec<(u32, u32)>) {
        let spot = self.scene.spots[position];
        let draws = part(&self.scene.draws, spot.draws).iter().map(|draw| (draw.counter, draw.amount_id));
        (spot.is_drawing, spot.is_drawing && self.scene.pools[spot.pool as usize].is_overdrawn, draws.collect())
    }

    /// True for devices whose counters are not the only thing that matters about their pool.
    fn is_grouped(&self, position: usize) -> bool {
        let spot = self.scene.spots[position];
        spot.parts.0 < spot.parts.1 || self.scene.pools[spot.pool as usize].is_varying
    }

    fn survey_leaf(&mut self, pick: Pick, interest: &mut Interest) -> Result<(), Exotic> {
        let leaf = &self.facts.leaves[pick.leaf];
        let bit: LeafSet = 1 << pick.leaf;
        let spot = self.scene.spots[pick.position];
        let is_held = spot.is_held && !leaf.is_admin;
        if let Some(all) = &leaf.all {
            if all.binary_search(&pick.position).is_err() {
                return Ok(());
            }
            let row = self.row(pick)?;
            let row = self.facts.at(row);
            interest.open |= bit;
            if is_held || row.is_barred || row.is_tainted {
                interest.blocked |= bit;
            }
            return Ok(());
        }
        if is_held {
            return Ok(());
        }
        let at = self.row(pick)?;
        let row = self.facts.at(at);
        match row.look {
            Look::No => {}
            Look::Fatal => {
                interest.open |= bit;
                interest.fatal |= bit;
            }
            Look::Yes => {
                let objection = row.values.iter().find(|value| matches!(value, Value::Absent | Value::Fault));
                let is_open = !row.is_barred && !row.is_tainted && objection != Some(&Value::Absent);
                if is_open && (spot.is_multi || self.fits(pick, at)) {
                    interest.open |= bit;
                }
            }
        }
        Ok(())
    }
}
