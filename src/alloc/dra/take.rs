//! One pass: what is taken on one node so far, and taking a device or giving it back.
//!
//! Source: `allocateDevice` and `rollbackDevice` upstream (`dra.md` 2.9). The order of the checks can be seen from outside.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::alloc::dra::candidate::Candidate;
use crate::alloc::dra::capacity::{Fault, fits};
use crate::alloc::dra::counters::{self, Available, Drawn};
use crate::alloc::dra::features::Variant;
use crate::alloc::dra::groups::{self, Commons, Joined, baseline};
use crate::alloc::dra::pool::{Pool, PoolKey};
use crate::alloc::dra::prepare::{PreparedClaim, PreparedLeaf, capacity_reason, claim_text};
use crate::alloc::dra::problem::{ErrorKind, Reason, Stats, World};
use crate::alloc::dra::selectable::{MatchCache, Matching, Said, Verdicts};
use crate::alloc::dra::taints::is_kept_away;
use crate::base::{DeviceKeyId, ProfileId, Quantity};
use crate::model::dra::{Node, Slice};

/// The gate whose presence on a node lets slices skip node operations.
const OPTIONAL_NODE_OPERATIONS: &str = "DRAOptionalNodeOperations";

/// What is kept for all nodes of an attempt.
#[derive(Debug, Default)]
pub struct Attempt<'a> {
    /// Answers of selectors.
    pub verdicts: Verdicts<'a>,
    /// What is left of counters, by pool.
    pub available: BTreeMap<PoolKey, Arc<Available>>,
    /// What devices in use have in common, by pool.
    pub baselines: BTreeMap<PoolKey, Arc<Commons>>,
}

/// What [`Attempt`] keeps, without the devices that it borrows: it can be put away between two nodes.
#[derive(Clone, Debug, Default)]
pub struct Learnt {
    said: Said,
    available: BTreeMap<PoolKey, Arc<Available>>,
    baselines: BTreeMap<PoolKey, Arc<Commons>>,
}

impl Attempt<'_> {
    /// What it keeps.
    pub fn put_away(self) -> Learnt {
        Learnt { said: self.verdicts.said, available: self.available, baselines: self.baselines }
    }

    /// The attempt that goes on with what was put away. The world must be the same but for its claims.
    pub fn resume(learnt: Learnt) -> Self {
        Attempt { verdicts: Verdicts::resume(learnt.said), available: learnt.available, baselines: learnt.baselines }
    }
}

/// Shares of a device that this pass has taken.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Shares {
    count: usize,
    /// Their sum, by index of the device's capacities.
    amounts: Vec<Quantity>,
}

/// A device taken for a leaf.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pick {
    /// The leaf.
    pub leaf: usize,
    /// The device.
    pub position: usize,
    /// What a share consumes, by index of the device's capacities; `None` if it is no share.
    pub share: Option<Arc<[Quantity]>>,
}

/// Whether the node can do without the operations that the slice says to skip. Experimental only; the others do not know
/// the field.
pub fn can_skip(world: &World<'_>, node: &Node, slice: &Slice) -> bool {
    world.variant != Variant::Experimental
        || slice.skip_node_operations.is_empty()
        || world.features.optional_node_operations
            && node.declared_features.iter().any(|feature| feature == OPTIONAL_NODE_OPERATIONS)
}

/// What to undo; made by [`Pass::take`], used once by [`Pass::undo`].
#[derive(Debug, Default)]
pub struct Taken {
    groups: Option<Vec<groups::Before>>,
    counters: Option<counters::Before>,
    constraints: usize,
    is_marked: bool,
    /// The shares of the device before this one.
    shares: Option<Shares>,
    is_picked: bool,
}

/// What a request consumes of devices with a profile: see [`crate::alloc::dra::capacity::CapacityRequest::resolve`].
type Resolved = Result<Option<Arc<[Quantity]>>, Fault>;

/// What upstream keeps while it allocates on one node.
pub struct Pass<'p, 'a> {
    /// The attempt.
    pub world: World<'a>,
    /// The node.
    pub node: &'p Node,
    /// Pools of the node.
    pub pools: &'p [Pool<'a>],
    /// Their devices, by position.
    pub candidates: &'p [Candidate],
    /// Caches of the attempt.
    pub attempt: &'p mut Attempt<'a>,
    /// Claims.
    pub claims: Vec<PreparedClaim<'a>>,
    /// Leaves of all claims.
    pub leaves: Arc<[PreparedLeaf<'a>]>,
    /// Devices taken, by claim.
    pub picks: Vec<Vec<Pick>>,
    /// Work so far.
    pub stats: Stats,
    cache: MatchCache,
    /// Claims that have taken the device, by position.
    marks: Vec<Vec<usize>>,
    shares: BTreeMap<usize, Shares>,
    resolved: BTreeMap<(usize, ProfileId), Resolved>,
    drawn: BTreeMap<usize, Drawn>,
    joined: BTreeMap<usize, Joined>,
}

impl<'p, 'a> Pass<'p, 'a> {
    /// Nothing taken yet; claims are to be prepared.
    pub fn new(
        world: World<'a>,
        node: &'p Node,
        pools: &'p [Pool<'a>],
        candidates: &'p [Candidate],
        attempt: &'p mut Attempt<'a>,
    ) -> Pass<'p, 'a> {
        Pass {
            world,
            node,
            pools,
            candidates,
            attempt,
            claims: Vec::new(),
            leaves: Arc::new([]),
            picks: vec![Vec::new(); world.claims.len()],
            stats: Stats::default(),
            cache: MatchCache::default(),
            marks: vec![Vec::new(); candidates.len()],
            shares: BTreeMap::new(),
            resolved: BTreeMap::new(),
            drawn: BTreeMap::new(),
            joined: BTreeMap::new(),
        }
    }

    /// What answers whether devices are selectable.
    pub fn matching(&mut self) -> Matching<'_, 'a> {
        Matching {
            world: &self.world,
            node: self.node,
            candidates: self.candidates,
            verdicts: &mut self.attempt.verdicts,
            cache: &mut self.cache,
            evaluations: &mut self.stats.cel_evaluations,
        }
    }

    /// Whether the device at `position` is for a leaf.
    pub fn is_selectable(&mut self, leaf: usize, position: usize) -> Result<bool, Reason> {
        let leaves = self.leaves.clone();
        self.matching().is_selectable(leaf, &leaves[leaf], position)
    }

    /// True if another claim holds the device as a whole, or this pass has taken it as a whole.
    fn is_in_use(&self, position: usize) -> bool {
        self.world.allocated.dedicated.contains(&self.candidates[position].device.key) || !self.marks[position].is_empty()
    }

    /// True if a leaf need not look at a device. Admin access is stopped by its own claim only.
    pub fn is_out_of_reach(&self, leaf: usize, position: usize) -> bool {
        let PreparedLeaf { claim, is_admin, .. } = self.leaves[leaf];
        if is_admin { self.marks[position].contains(&claim) } else { self.is_in_use(position) }
    }

    /// What the leaf consumes of the device at `position`, if that fits beside what is used and taken.
    pub fn check_capacity(&mut self, leaf: usize, position: usize, doing: &str) -> Result<Option<Arc<[Quantity]>>, Reason> {
        let (published, allocated) = (self.world.published, self.world.allocated);
        let device = self.candidates[position].device;
        let request = &self.leaves[leaf].capacity;
        let is_fractional = self.world.features.fractional_capacity_range;
        let resolved = self.resolved.entry((leaf, device.profile)).or_insert_with(|| {
            let amounts = request.resolve(published, device.profile, is_fractional);
            amounts.map(|amounts| amounts.map(Arc::from))
        });
        let used = allocated.consumed.get(&device.key);
        let taken = self.shares.get(&position).map(|shares| shares.amounts.as_slice());
        let checked = resolved.clone().and_then(|amounts| match amounts {
            Some(amounts) => Ok(fits(published, device.profile, &amounts, used, taken)?.then_some(amounts)),
            None => Ok(None),
        });
        checked.map_err(|fault| capacity_reason(&self.world, &self.leaves[leaf], doing, &published.key_text(device.key), &fault))
    }

    /// Takes the device at `position` for a leaf; `None`, and nothing changed, if that cannot be. With `must`, a device
    /// that a constraint refuses is an error.
    pub fn take(&mut self, leaf: usize, position: usize, must: bool) -> Result<Option<Taken>, Reason> {
        let mut taken = Taken::default();
        let is_taken = self.try_to_take(leaf, position, must, &mut taken);
        if !matches!(is_taken, Ok(true)) {
            self.undo(leaf, position, taken);
            return is_taken.map(|_| None);
        }
        Ok(Some(taken))
    }

    /// Takes a device step by step; what was done before a refusal is in `taken`.
    fn try_to_take(&mut self, leaf: usize, position: usize, must: bool, taken: &mut Taken) -> Result<bool, Reason> {
        let candidate = self.candidates[position];
        let traits = &self.world.published.traits[candidate.device.traits];
        let features = self.world.features;
        let profile = &self.world.published.profiles[candidate.device.profile];
        let is_multi = features.consumable_capacity && profile.allow_multiple_allocations;
        let PreparedLeaf { claim, is_admin, leaf: asked, .. } = self.leaves[leaf];
        let is_barred = if is_admin { !is_multi && self.marks[position].contains(&claim) } else { self.is_in_use(position) };
        if is_barred
            || !can_skip(&self.world, self.node, &self.world.published.slices[candidate.device.slice])
            || !features.partitionable_devices && !traits.consumes.is_empty()
        {
            return Ok(false);
        }
        // The first share of a device draws its counters, further ones do not.
        let is_shared_already =
            is_multi && (self.world.allocated.is_shared(candidate.device.key) || self.shares.contains_key(&position));
        if !traits.consumes.is_empty() && !is_shared_already && !self.draw(&candidate, taken)? {
            return Ok(false);
        }
        if features.device_taints && is_kept_away(&traits.taints, &asked.tolerations) {
            return Ok(false);
        }
        if !self.add_to_constraints(leaf, position, taken)? {
            return if must { Err(self.unsatisfied(leaf, &candidate)) } else { Ok(false) };
        }
        if !is_multi {
            self.marks[position].push(claim);
            taken.is_marked = true;
        }
        let mut share = None;
        if features.consumable_capacity {
            let Some(amounts) = self.check_capacity(leaf, position, "rechecking")? else { return Ok(false) };
            if is_multi {
                taken.shares = Some(self.add_share(position, &amounts, leaf)?);
                share = Some(amounts);
            }
        }
        self.picks[claim].push(Pick { leaf, position, share });
        taken.is_picked = true;
        Ok(true)
    }

    /// Joins the groups and draws the counters of a device; false if either cannot be.
    fn draw(&mut self, candidate: &Candidate, taken: &mut Taken) -> Result<bool, Reason> {
        let (published, allocated) = (self.world.published, self.world.allocated);
        let is_stable = self.world.variant == Variant::Stable;
        let is_allocated = |key: DeviceKeyId| {
            if is_stable { allocated.dedicated.contains(&key) } else { allocated.holds(key) }
        };
        let pool = &self.pools[candidate.pool];
        let uses = &published.traits[candidate.device.traits].consumes;
        if self.world.features.compatibility_groups {
            let baselines = &mut self.attempt.baselines;
            let baseline = baselines.entry(pool.key).or_insert_with(|| Arc::new(baseline(published, pool, is_allocated)));
            taken.groups = self.joined.entry(candidate.pool).or_default().join(uses, baseline);
            if taken.groups.is_none() {
                return Ok(false);
            }
        }
        let drawn = match self.drawn.entry(candidate.pool) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => {
                let available = match self.attempt.available.get(&pool.key) {
                    Some(available) => available.clone(),
                    None => Arc::new(Available::of(published, pool, is_allocated)?),
                };
                self.attempt.available.insert(pool.key, available.clone());
                entry.insert(Drawn::new(available))
            }
        };
        taken.counters = drawn.reserve(uses)?;
        Ok(taken.counters.is_some())
    }

    /// Shows the device to the constraints of the claim, in order; false if one refuses it.
    fn add_to_constraints(&mut self, leaf: usize, position: usize, taken: &mut Taken) -> Result<bool, Reason> {
        let candidate = self.candidates[position];
        let claim = self.leaves[leaf].claim;
        let first = self.claims[claim].requests[0].leaves.start;
        for constraint in &mut self.claims[claim].constraints {
            self.stats.constraint_checks += 1;
            let concern = constraint.concerns[leaf - first];
            if concern.applies {
                let value = match concern.derived {
                    Some(selector) => {
                        let name = constraint.name.text();
                        let value = self.attempt.verdicts.derived(&self.world, selector, &candidate, name)?;
                        Some(Cow::Owned((*value).clone()))
                    }
                    None => constraint.name.value(self.world.published, candidate.device.profile).map(Cow::Borrowed),
                };
                if !value.is_some_and(|value| constraint.add(value)) {
                    return Ok(false);
                }
            }
            taken.constraints += 1;
        }
        Ok(true)
    }

    fn unsatisfied(&self, leaf: usize, candidate: &Candidate) -> Reason {
        let leaf = &self.leaves[leaf];
        let text = format!(
            "claim {}, request {}: cannot add device {} because a claim constraint would not be satisfied",
            claim_text(self.claims[leaf.claim].claim),
            leaf.leaf.name,
            self.world.published.key_text(candidate.device.key)
        );
        Reason { kind: ErrorKind::Constraint, text }
    }

    /// Adds a share, and says what there was before.
    fn add_share(&mut self, position: usize, amounts: &[Quantity], leaf: usize) -> Result<Shares, Reason> {
        let before = self.shares.get(&position).cloned().unwrap_or_default();
        let mut sum = amounts.to_vec();
        for (at, taken) in before.amounts.iter().enumerate() {
            sum[at] = sum[at].checked_add(taken).ok_or_else(|| {
                let device = self.candidates[position].device;
                let name = self.world.published.capacities[self.world.published.profiles[device.profile].capacity[at]].name;
                let fault = Fault { name, text: "the sum has too many digits".to_owned() };
                let device = self.world.published.key_text(device.key);
                capacity_reason(&self.world, &self.leaves[leaf], "rechecking", &device, &fault)
            })?;
        }
        self.shares.insert(position, Shares { count: before.count + 1, amounts: sum });
        Ok(before)
    }

    /// Gives back what was taken last, in the opposite order.
    pub fn undo(&mut self, leaf: usize, position: usize, taken: Taken) {
        let claim = self.leaves[leaf].claim;
        if taken.is_picked {
            self.picks[claim].pop();
        }
        match taken.shares {
            Some(before) if before.count > 0 => drop(self.shares.insert(position, before)),
            Some(_) => drop(self.shares.remove(&position)),
            None => {}
        }
        if taken.is_marked {
            self.marks[position].retain(|marked| *marked != claim);
        }
        if taken.constraints > 0 {
            let first = self.claims[claim].requests[0].leaves.start;
            let added = &mut self.claims[claim].constraints[..taken.constraints];
            added.iter_mut().filter(|constraint| constraint.concerns[leaf - first].applies).for_each(|c| c.remove());
        }
        let pool = self.candidates[position].pool;
        if let (Some(before), Some(joined)) = (taken.groups, self.joined.get_mut(&pool)) {
            joined.leave(before);
        }
        if let (Some(before), Some(drawn)) = (taken.counters, self.drawn.get_mut(&pool)) {
            drawn.release(before);
        }
    }
}

/// All that taking changes, as far as it can be told from outside.
#[cfg(test)]
#[derive(PartialEq, Debug)]
pub struct Snapshot<'a> {
    picks: Vec<Vec<Pick>>,
    marks: Vec<Vec<usize>>,
    shares: BTreeMap<usize, Shares>,
    constraints: Vec<crate::alloc::dra::constraint::Constraint<'a>>,
    drawn: Vec<(usize, Drawn)>,
    joined: Vec<(usize, Joined)>,
}

#[cfg(test)]
impl<'a> Pass<'_, 'a> {
    /// The state of the pass.
    pub fn snapshot(&self) -> Snapshot<'a> {
        let drawn = self.drawn.iter().filter(|(_, drawn)| !drawn.is_unused());
        let joined = self.joined.iter().filter(|(_, joined)| **joined != Joined::default());
        Snapshot {
            picks: self.picks.clone(),
            marks: self.marks.clone(),
            shares: self.shares.clone(),
            constraints: self.claims.iter().flat_map(|claim| claim.constraints.iter().map(|c| c.settled())).collect(),
            drawn: drawn.map(|(pool, drawn)| (*pool, drawn.clone())).collect(),
            joined: joined.map(|(pool, joined)| (*pool, joined.clone())).collect(),
        }
    }
}
