//! What is the same on every node: what a leaf sees of a device of one kind.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::alloc::dra::candidate::Candidate;
use crate::alloc::dra::fast::values::{Value, Values};
use crate::alloc::dra::prepare::{PreparedClaim, PreparedLeaf};
use crate::alloc::dra::problem::World;
use crate::alloc::dra::selectable::{MatchCache, Matching};
use crate::alloc::dra::taints::is_kept_away;
use crate::alloc::dra::take::Attempt;
use crate::base::{ProfileId, Quantity, TraitsId};
use crate::model::dra::{ConstraintKind, Node};

/// Amounts beyond this many nano-units are left to the reference, so that no sum overflows.
const NANO_MAX: i128 = 1 << 90;

/// The case is too strange for the fast search; the reference decides it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Exotic;

/// Devices of one kind look the same to every leaf.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Kind {
    /// Attributes and capacities.
    pub profile: ProfileId,
    /// The rest.
    pub traits: TraitsId,
    /// Whether the device is for the node.
    pub reach: Reach,
    /// Whether the node can skip the operations that the slice says to skip.
    pub is_skippable: bool,
}

/// Whether a device that names its own nodes is for a node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Reach {
    /// It is, or it names none.
    Here,
    /// It is for others.
    Elsewhere,
    /// Its node selector cannot be parsed.
    Fault,
}

/// What a leaf finds when it looks at a device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Look {
    /// The device is not for it.
    No,
    /// The device is, as far as selectors, policies and unused capacity tell.
    Yes,
    /// An error.
    Fatal,
}

/// What a leaf sees of devices of one kind.
#[derive(Clone, Debug)]
pub struct Row {
    /// The first answer.
    pub look: Look,
    /// Selectors evaluated for it.
    pub evaluations: u64,
    /// What it consumes, as an index for [`Facts::amounts`]; `None` where capacity is not looked at.
    pub amounts: Option<u32>,
    /// True if node or gates forbid the device, before anything is drawn for it.
    pub is_barred: bool,
    /// True if a taint keeps the device away.
    pub is_tainted: bool,
    /// What each constraint of the claim sees.
    pub values: Box<[Value]>,
}

/// Numbers for equal things.
#[derive(Clone, Debug)]
pub struct Numbers<T> {
    ids: BTreeMap<T, u32>,
}

impl<T> Default for Numbers<T> {
    fn default() -> Numbers<T> {
        Numbers { ids: BTreeMap::new() }
    }
}

impl<T: Ord> Numbers<T> {
    /// The number of `value`.
    pub fn of<Q>(&mut self, value: &Q) -> u32
    where
        T: std::borrow::Borrow<Q>,
        Q: Ord + ToOwned<Owned = T> + ?Sized,
    {
        if let Some(id) = self.ids.get(value) {
            return *id;
        }
        let id = self.ids.len() as u32;
        self.ids.insert(value.to_owned(), id);
        id
    }
}

/// What a share consumes, in nano-units and as it is written.
type Amounts = (Box<[i128]>, Arc<[Quantity]>);

/// Claims and what their leaves see, filled as it is asked for.
#[derive(Debug)]
pub struct Facts<'a> {
    /// Claims.
    pub claims: Vec<PreparedClaim<'a>>,
    /// Leaves of all claims.
    pub leaves: Vec<PreparedLeaf<'a>>,
    /// Numbers of attribute values.
    pub values: Values,
    kind_ids: BTreeMap<Kind, u32>,
    kinds: Vec<Kind>,
    /// Index into `rows` plus one by (kind, leaf).
    row_of: Vec<u32>,
    rows: Vec<Row>,
    amount_ids: BTreeMap<Vec<i128>, u32>,
    amounts: Vec<Amounts>,
    capacities: BTreeMap<ProfileId, Arc<[i128]>>,
    /// What all leaves consume of a kind, as a number; by kind.
    shapes: BTreeMap<u32, u32>,
    shape_ids: Numbers<Vec<u32>>,
}

/// An exact amount in nano-units.
pub fn nano(quantity: &Quantity) -> Result<i128, Exotic> {
    quantity.nano().filter(|nano| nano.abs() <= NANO_MAX).ok_or(Exotic)
}

/// Where a row is asked for.
pub struct Place<'p, 'a> {
    /// The attempt.
    pub world: &'p World<'a>,
    /// The node.
    pub node: &'p Node,
    /// Devices by position.
    pub candidates: &'p [Candidate],
    /// Answers of selectors.
    pub attempt: &'p mut Attempt<'a>,
}

impl<'a> Facts<'a> {
    /// Nothing known yet.
    pub fn new(claims: Vec<PreparedClaim<'a>>, leaves: Vec<PreparedLeaf<'a>>) -> Facts<'a> {
        Facts {
            claims,
            leaves,
            values: Values::default(),
            kind_ids: BTreeMap::new(),
            kinds: Vec::new(),
            row_of: Vec::new(),
            rows: Vec::new(),
            amount_ids: BTreeMap::new(),
            amounts: Vec::new(),
            capacities: BTreeMap::new(),
            shapes: BTreeMap::new(),
            shape_ids: Numbers::default(),
        }
    }

    /// The number of a kind.
    pub fn kind(&mut self, kind: Kind) -> u32 {
        if let Some(id) = self.kind_ids.get(&kind) {
            return *id;
        }
        let id = self.kinds.len() as u32;
        self.kinds.push(kind);
        self.kind_ids.insert(kind, id);
        self.row_of.resize(self.kinds.len() * self.leaves.len(), 0);
        id
    }

    /// The row of a leaf for the device at `position`, which is of `kind`.
    pub fn row(&mut self, leaf: usize, kind: u32, position: usize, place: &mut Place<'_, 'a>) -> Result<usize, Exotic> {
        let at = kind as usize * self.leaves.len() + leaf;
        if self.row_of[at] == 0 {
            let row = self.look(leaf, kind, position, place)?;
            self.rows.push(row);
            self.row_of[at] = self.rows.len() as u32;
        }
        Ok(self.row_of[at] as usize - 1)
    }

    /// A row that is known.
    pub fn at(&self, row: usize) -> &Row {
        &self.rows[row]
    }

    /// Amounts in nano-units, by index of the capacities of the device.
    pub fn amounts(&self, id: u32) -> &[i128] {
        &self.amounts[id as usize].0
    }

    fn quantities(&self, id: u32) -> Arc<[Quantity]> {
        self.amounts[id as usize].1.clone()
    }

    /// The capacities of a profile in nano-units.
    pub fn capacities(&mut self, world: &World<'a>, profile: ProfileId) -> Result<Arc<[i128]>, Exotic> {
        if let Some(known) = self.capacities.get(&profile) {
            return Ok(known.clone());
        }
        let published = world.published;
        let values = published.profiles[profile].capacity.iter().map(|id| nano(&published.capacities[*id].value));
        let values: Arc<[i128]> = values.collect::<Result<Vec<i128>, Exotic>>()?.into();
        self.capacities.insert(profile, values.clone());
        Ok(values)
    }

    fn look(&mut self, leaf: usize, kind: u32, position: usize, place: &mut Place<'_, 'a>) -> Result<Row, Exotic> {
        let Kind { profile, traits, reach: _, is_skippable } = self.kinds[kind as usize];
        let world = place.world;
        let traits = &world.published.traits[traits];
        let mut evaluations = 0;
        let mut matching = Matching {
            world,
            node: place.node,
            candidates: place.candidates,
            verdicts: &mut place.attempt.verdicts,
            cache: &mut MatchCache::default(),
            evaluations: &mut evaluations,
        };
        let mut look = match matching.is_selectable(leaf, &self.leaves[leaf], position) {
            Ok(true) => Look::Yes,
            Ok(false) => Look::No,
            Err(_) => Look::Fatal,
        };
        let mut amounts = None;
        if look == Look::Yes && world.features.consumable_capacity {
            let is_fractional = world.features.fractional_capacity_range;
            match self.leaves[leaf].capacity.resolve(world.published, profile, is_fractional) {
                Ok(Some(consumed)) => amounts = Some(self.amount_id(consumed)?),
                Ok(None) => look = Look::No,
                Err(_) => look = Look::Fatal,
            }
        }
        let is_barred = !is_skippable || !world.features.partitionable_devices && !traits.consumes.is_empty();
        let is_tainted = world.features.device_taints && is_kept_away(&traits.taints, &self.leaves[leaf].leaf.tolerations);
        let mut row = Row { look, evaluations, amounts, is_barred, is_tainted, values: [].into() };
        if look == Look::Yes {
            row.values = self.values_of(leaf, profile, position, place);
        }
        Ok(row)
    }

    fn values_of(&mut self, leaf: usize, profile: ProfileId, position: usize, place: &mut Place<'_, 'a>) -> Box<[Value]> {
        let Facts { claims, leaves, values, .. } = self;
        let claim = &claims[leaves[leaf].claim];
        let first = claim.requests[0].leaves.start;
        let has_lists = place.world.features.list_type_attributes;
        let see = |constraint: &crate::alloc::dra::constraint::Constraint<'a>| {
            let concern = constraint.concerns[leaf - first];
            if !concern.applies {
                return Value::Unseen;
            }
            match concern.derived {
                Some(selector) => {
                    let (candidate, name) = (&place.candidates[position], constraint.name.text());
                    match place.attempt.verdicts.derived(place.world, selector, candidate, name) {
                        Ok(value) => values.of(Some(&value), has_lists),
                        Err(_) => Value::Fault,
                    }
                }
                None => values.of(constraint.name.value(place.world.published, profile), has_lists),
            }
        };
        claim.constraints.iter().map(see).collect()
    }

    fn amount_id(&mut self, amounts: Vec<Quantity>) -> Result<u32, Exotic> {
        let nanos = amounts.iter().map(nano).collect::<Result<Vec<i128>, Exotic>>()?;
        // Amounts that are equal in value may differ in spelling, which results show.
        let is_same = |id: &&u32| {
            let known = self.amounts[**id as usize].1.iter().zip(&amounts);
            known.fold(true, |same, (a, b)| same && a.cmp_representation(b).is_eq())
        };
        if let Some(id) = self.amount_ids.get(&nanos).filter(is_same) {
            return Ok(*id);
        }
        let id = self.amounts.len() as u32;
        self.amounts.push((nanos.as_slice().into(), amounts.into()));
        self.amount_ids.insert(nanos, id);
        Ok(id)
    }

    /// A number for what all leaves consume of devices of a kind.
    pub fn shape(&mut self, kind: u32, position: usize, place: &mut Place<'_, 'a>) -> Result<u32, Exotic> {
        if let Some(shape) = self.shapes.get(&kind) {
            return Ok(*shape);
        }
        let mut consumed = Vec::with_capacity(self.leaves.len());
        for leaf in 0..self.leaves.len() {
            let row = self.row(leaf, kind, position, place)?;
            consumed.push(self.rows[row].amounts.map_or(0, |id| id + 1));
        }
        let shape = self.shape_ids.of(consumed.as_slice());
        self.shapes.insert(kind, shape);
        Ok(shape)
    }

    /// What a leaf consumes of a device of this profile if it gets a share of it; the row has to be known.
    pub fn share(&self, leaf: usize, kind: u32, world: &World<'a>) -> Option<Arc<[Quantity]>> {
        let Kind { profile, .. } = self.kinds[kind as usize];
        if !world.features.consumable_capacity || !world.published.profiles[profile].allow_multiple_allocations {
            return None;
        }
        let row = self.row_of[kind as usize * self.leaves.len() + leaf].checked_sub(1)?;
        self.rows[row as usize].amounts.map(|id| self.quantities(id))
    }

    /// Whether each constraint of each claim demands different values.
    pub fn distinct(&self) -> Vec<Vec<bool>> {
        let is_distinct = |kind: &ConstraintKind| matches!(kind, ConstraintKind::Distinct(_));
        let of_claim = |claim: &PreparedClaim<'a>| claim.claim.constraints.iter().map(|own| is_distinct(&own.kind)).collect();
        self.claims.iter().map(of_claim).collect()
    }
}
