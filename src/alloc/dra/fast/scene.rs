//! One node in numbers: its devices in the order of search, and what is free of what they share.

use std::sync::Arc;

use crate::alloc::dra::candidate::Candidate;
use crate::alloc::dra::counters::Available;
use crate::alloc::dra::fast::facts::{Exotic, Facts, Kind, Numbers, Reach, nano};
use crate::alloc::dra::fast::seen::Seen;
use crate::alloc::dra::fast::sets::Sets;
use crate::alloc::dra::fast::state::State;
use crate::alloc::dra::features::Variant;
use crate::alloc::dra::groups::{Common, Commons, baseline};
use crate::alloc::dra::nodes::node_matches;
use crate::alloc::dra::pool::Pool;
use crate::alloc::dra::problem::World;
use crate::alloc::dra::slices::SliceIndex;
use crate::alloc::dra::take::{Attempt, can_skip};
use crate::base::DeviceKeyId;
use crate::model::dra::Node;

/// A stretch of a list: first index and one past the last.
pub type Stretch = (u32, u32);

/// The part of a list that a stretch means.
pub fn part<T>(list: &[T], (start, end): Stretch) -> &[T] {
    &list[start as usize..end as usize]
}

/// A device at a position.
#[derive(Clone, Copy, Debug)]
pub struct Spot {
    /// Its kind, as a number of [`Facts::kind`].
    pub kind: u32,
    /// Its pool, as an index into [`Scene::pools`].
    pub pool: u32,
    /// True if another claim holds it as a whole.
    pub is_held: bool,
    /// True if it can be shared.
    pub is_multi: bool,
    /// True if another claim has a share of it.
    pub is_shared: bool,
    /// True if it draws from counters.
    pub is_drawing: bool,
    /// Its free capacity in [`State::free`], by index of its capacities.
    pub free: Stretch,
    /// What it draws, in [`Scene::draws`].
    pub draws: Stretch,
    /// The counter sets that it joins with groups, in [`Scene::parts`].
    pub parts: Stretch,
}

/// What a device draws from a counter.
#[derive(Clone, Copy, Debug)]
pub struct Draw {
    /// Index into [`State::counters`].
    pub counter: u32,
    /// How much, in nano-units.
    pub amount: i128,
    /// The amount as a number.
    pub amount_id: u32,
}

/// A counter set that a device joins.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Index into [`State::sets`].
    pub set: u32,
    /// The groups of the device, as a number of [`Sets::groups`].
    pub groups: u32,
}

/// What is particular to a pool.
#[derive(Clone, Debug, Default)]
pub struct ScenePool {
    /// True if some counter is overdrawn, so that nothing can be drawn at all.
    pub is_overdrawn: bool,
    /// True if other nodes may see the pool differently. Then it matters whether the search ever looked at its counters:
    /// upstream keeps for all nodes what the first one has found.
    pub is_varying: bool,
    available: Option<Arc<Available>>,
    baseline: Option<Arc<Commons>>,
    first_counter: u32,
    first_set: u32,
    has_groups: bool,
}

/// A node.
#[derive(Debug, Default)]
pub struct Scene {
    /// Devices by position.
    pub spots: Vec<Spot>,
    /// What devices draw.
    pub draws: Vec<Draw>,
    /// Which counter sets devices join.
    pub parts: Vec<Part>,
    /// Pools, as the node has them.
    pub pools: Vec<ScenePool>,
}

/// What scenes of all nodes have in common.
#[derive(Debug, Default)]
pub struct Shared {
    /// Numbers of compatibility groups.
    pub sets: Sets,
    /// Numbers of amounts drawn.
    pub drawn: Numbers<i128>,
}

/// Everything a scene is made of.
pub struct Setting<'s, 'a> {
    /// The attempt.
    pub world: &'s World<'a>,
    /// All slices.
    pub index: &'s SliceIndex,
    /// The node.
    pub node: &'s Node,
    /// Its pools.
    pub pools: &'s [Pool<'a>],
    /// Its devices.
    pub candidates: &'s [Candidate],
}

impl Setting<'_, '_> {
    fn is_allocated(&self, key: DeviceKeyId) -> bool {
        let allocated = self.world.allocated;
        if self.world.variant == Variant::Stable { allocated.dedicated.contains(&key) } else { allocated.holds(key) }
    }
}

impl Scene {
    /// Sets the scene, and `state` to its beginning.
    pub fn set<'a>(
        setting: &Setting<'_, 'a>,
        facts: &mut Facts<'a>,
        shared: &mut Shared,
        attempt: &mut Attempt<'a>,
        state: &mut State,
    ) -> Result<Scene, Exotic> {
        let mut scene = Scene { pools: vec![ScenePool::default(); setting.pools.len()], ..Scene::default() };
        scene.spots.reserve(setting.candidates.len());
        reset(state, setting, facts);
        for candidate in setting.candidates {
            let spot = scene.spot(setting, facts, shared, attempt, state, candidate)?;
            scene.spots.push(spot);
        }
        Ok(scene)
    }

    fn spot<'a>(
        &mut self,
        setting: &Setting<'_, 'a>,
        facts: &mut Facts<'a>,
        shared: &mut Shared,
        attempt: &mut Attempt<'a>,
        state: &mut State,
        candidate: &Candidate,
    ) -> Result<Spot, Exotic> {
        let Setting { world, .. } = *setting;
        let device = candidate.device;
        let profile = &world.published.profiles[device.profile];
        let is_multi = world.features.consumable_capacity && profile.allow_multiple_allocations;
        let is_drawing = world.features.partitionable_devices && !world.published.traits[device.traits].consumes.is_empty();
        let mut spot = Spot {
            kind: facts.kind(kind(setting, candidate)),
            pool: candidate.pool as u32,
            is_held: world.allocated.dedicated.contains(&device.key),
            is_multi,
            is_shared: is_multi && world.allocated.is_shared(device.key),
            is_drawing,
            free: (0, 0),
            draws: (0, 0),
            parts: (0, 0),
        };
        if world.features.consumable_capacity && !profile.capacity.is_empty() {
            spot.free = free(setting, facts, state, candidate)?;
        }
        if is_drawing {
            self.open(setting, shared, attempt, state, candidate.pool)?;
            spot.draws = self.draw(setting, shared, candidate)?;
            spot.parts = self.join(setting, shared, candidate);
        }
        Ok(spot)
    }

    /// Reads the counters and groups of a pool, once.
    fn open(
        &mut self,
        setting: &Setting<'_, '_>,
        shared: &mut Shared,
        attempt: &mut Attempt<'_>,
        state: &mut State,
        index: usize,
    ) -> Result<(), Exotic> {
        let (pool, published) = (&setting.pools[index], setting.world.published);
        let scene = &mut self.pools[index];
        if scene.available.is_some() {
            return Ok(());
        }
        let is_allocated = |key: DeviceKeyId| setting.is_allocated(key);
        // Which groups are in use can depend on the order of those who use them.
        let has_one_order = !setting.world.features.compatibility_groups || setting.index.has_one_audience(published, pool.key);
        scene.is_varying = !(setting.index.is_uniform(published, pool.key) && has_one_order);
        let available = match attempt.available.get(&pool.key) {
            Some(known) => known.clone(),
            None => Arc::new(Available::of(published, pool, is_allocated).map_err(|_| Exotic)?),
        };
        scene.first_counter = state.counters.len() as u32;
        for amount in available.amounts() {
            let left = nano(amount)?;
            scene.is_overdrawn |= left < 0;
            state.counters.push(left);
        }
        scene.available = Some(available.clone());
        if !scene.is_varying {
            attempt.available.insert(pool.key, available);
        }
        if setting.world.features.compatibility_groups {
            let known = attempt.baselines.get(&pool.key).cloned();
            let commons = known.unwrap_or_else(|| Arc::new(baseline(published, pool, is_allocated)));
            scene.first_set = state.sets.len() as u32;
            let commons_of = |set| commons.get(set).cloned().unwrap_or_default();
            let initial: Vec<Common> = pool.counter_sets.keys().map(commons_of).collect();
            scene.has_groups = has_groups(setting, index) || initial.iter().any(|common| matches!(common, Common::Groups(_)));
            state.sets.extend(initial.iter().map(|common| shared.sets.common(common)));
            scene.baseline = Some(commons.clone());
            if !scene.is_varying {
                attempt.baselines.insert(pool.key, commons);
            }
        }
        Ok(())
    }

    fn draw(&mut self, setting: &Setting<'_, '_>, shared: &mut Shared, candidate: &Candidate) -> Result<Stretch, Exotic> {
        let pool = &self.pools[candidate.pool];
        let uses = &setting.world.published.traits[candidate.device.traits].consumes;
        let start = self.draws.len();
        for (at, amount) in pool.available.iter().flat_map(|available| available.draws(uses)) {
            let (counter, amount) = (pool.first_counter + at as u32, nano(amount)?);
            if amount < 0 {
                return Err(Exotic);
            }
            match self.draws[start..].iter_mut().find(|draw| draw.counter == counter) {
                Some(draw) => draw.amount += amount,
                None => self.draws.push(Draw { counter, amount, amount_id: 0 }),
            }
        }
        for draw in &mut self.draws[start..] {
            draw.amount_id = shared.drawn.of(&draw.amount);
        }
        Ok((start as u32, self.draws.len() as u32))
    }

    fn join(&mut self, setting: &Setting<'_, '_>, shared: &mut Shared, candidate: &Candidate) -> Stretch {
        let start = self.parts.len() as u32;
        let pool = &self.pools[candidate.pool];
        if pool.has_groups {
            let sets = &setting.pools[candidate.pool].counter_sets;
            for used in &setting.world.published.traits[candidate.device.traits].consumes {
                // Every set that a device names exists, else the pool is invalid.
                let Some(at) = sets.keys().position(|set| *set == used.set) else { continue };
                let groups = shared.sets.groups(&used.compatibility_groups);
                self.parts.push(Part { set: pool.first_set + at as u32, groups });
            }
        }
        (start, self.parts.len() as u32)
    }

    /// Keeps for other nodes what was found out about the groups of a pool, as upstream does at this moment.
    pub fn touch_groups<'a>(&self, pool: &Pool<'a>, index: usize, attempt: &mut Attempt<'a>) {
        if let Some(baseline) = &self.pools[index].baseline {
            attempt.baselines.entry(pool.key).or_insert_with(|| baseline.clone());
        }
    }

    /// The same for its counters.
    pub fn touch_counters<'a>(&self, pool: &Pool<'a>, index: usize, attempt: &mut Attempt<'a>) {
        if let Some(available) = &self.pools[index].available {
            attempt.available.entry(pool.key).or_insert_with(|| available.clone());
        }
    }
}

fn reset(state: &mut State, setting: &Setting<'_, '_>, facts: &Facts<'_>) {
    let positions = setting.candidates.len();
    state.picks.clear();
    state.counts.clear();
    state.counts.resize(facts.claims.len(), 0);
    state.marks.clear();
    state.marks.resize(positions, 0);
    state.shares.clear();
    state.shares.resize(positions, 0);
    state.free.clear();
    state.counters.clear();
    state.sets.clear();
    state.sets_before.clear();
    let distinct = facts.distinct();
    state.seen = distinct.into_iter().map(|of_claim| of_claim.into_iter().map(Seen::new).collect()).collect();
}

fn kind(setting: &Setting<'_, '_>, candidate: &Candidate) -> Kind {
    let Setting { world, node, .. } = *setting;
    let device = candidate.device;
    let slice = &world.published.slices[device.slice];
    let reach = if slice.per_device_node_selection == Some(true) {
        match node_matches(node, &world.published.traits[device.traits].nodes, &world.published.names) {
            Ok(true) => Reach::Here,
            Ok(false) => Reach::Elsewhere,
            Err(_) => Reach::Fault,
        }
    } else {
        Reach::Here
    };
    Kind { profile: device.profile, traits: device.traits, reach, is_skippable: can_skip(world, node, slice) }
}

/// The capacity that other claims leave.
fn free<'a>(
    setting: &Setting<'_, 'a>,
    facts: &mut Facts<'a>,
    state: &mut State,
    candidate: &Candidate,
) -> Result<Stretch, Exotic> {
    let Setting { world, .. } = *setting;
    let device = candidate.device;
    let values = facts.capacities(world, device.profile)?;
    let start = state.free.len();
    state.free.extend_from_slice(&values);
    if let Some(used) = world.allocated.consumed.get(&device.key) {
        let names = world.published.profiles[device.profile].capacity.iter().map(|id| world.published.capacities[*id].name);
        for (free, name) in state.free[start..].iter_mut().zip(names) {
            if let Some(used) = used.get(&name) {
                *free -= nano(used)?;
            }
        }
    }
    Ok((start as u32, state.free.len() as u32))
}

fn has_groups(setting: &Setting<'_, '_>, pool: usize) -> bool {
    let devices = setting.candidates.iter().filter(|candidate| candidate.pool == pool);
    let mut uses = devices.flat_map(|candidate| &setting.world.published.traits[candidate.device.traits].consumes);
    uses.any(|part| !part.compatibility_groups.is_empty())
}
