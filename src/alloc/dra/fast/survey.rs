//! What all leaves see of all devices of a node while nothing is taken: what [`crate::alloc::dra::fast::residual`] starts
//! from.

use crate::alloc::dra::fast::facts::{Exotic, Look, Numbers};
use crate::alloc::dra::fast::plan::{LeafSet, members};
use crate::alloc::dra::fast::scene::part;
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

/// What leaves see, by position.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// Interest at the beginning, by position; empty until it is first needed.
    pub interests: Vec<Interest>,
    /// A number for everything that is fixed about a device, by position, for plain ones: those of which nothing matters but
    /// interest, marks, counters and values, and the same values for all leaves of a claim.
    pub classes: Vec<Option<u32>>,
    /// What constraints see of plain devices, by claim, position and constraint.
    pub plain_values: Vec<Vec<Value>>,
    /// Claims with constraints.
    pub constrained: Vec<usize>,
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
        let claims = 0..self.state.seen.len();
        survey.constrained = claims.filter(|claim| !self.state.seen[*claim].is_empty()).collect();
        survey.classes.resize(positions, None);
        // Leaves that want all devices keep those that are refused, so they are not like the others.
        if self.plan.all == 0 && self.plan.is_uniform.iter().all(|is_uniform| *is_uniform) {
            self.survey_plain(&mut survey)?;
        }
        Ok(survey)
    }

    fn survey_plain(&mut self, survey: &mut Survey) -> Result<(), Exotic> {
        survey.plain_values = vec![Vec::new(); self.state.seen.len()];
        let mut classes = Numbers::default();
        for (position, interest) in survey.interests.iter().enumerate() {
            let is_multi = self.scene.spots[position].is_multi;
            let mut is_plain = !is_multi && !self.is_grouped(position) && interest.fatal == 0;
            let mut seen = Vec::new();
            for claim in 0..self.state.seen.len() {
                let leaf = members(interest.open & !interest.fatal & self.plan.of_claim[claim]).next();
                let values = match leaf {
                    Some(leaf) => {
                        let row = self.row(Pick { leaf, position })?;
                        self.facts.at(row).values.to_vec()
                    }
                    // No leaf of the claim takes the device.
                    None => vec![Value::Unseen; self.state.seen[claim].len()],
                };
                is_plain &= !values.contains(&Value::Fault);
                seen.extend_from_slice(&values);
                survey.plain_values[claim].extend(values);
            }
            if is_plain {
                survey.classes[position] = Some(classes.of(&(interest.open, seen, self.drawing(position))));
            }
        }
        Ok(())
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
