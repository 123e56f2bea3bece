//! Which devices of a node a request could take, and what stands in the way of the others.
//!
//! Every device of the node is put before the same questions as in the allocator (`dra.md` 2.8, 2.9), one leaf at a time and
//! before anything is taken: the first that turns it away is counted. What a device is comes before who holds it here, so that
//! what others hold is told of devices that would do; a selector that fails on a device in use is no error, as it is not asked
//! upstream.

use std::collections::BTreeMap;

use crate::alloc::dra::candidate::{Candidate, candidates};
use crate::alloc::dra::capacity::{CapacityRequest, fits};
use crate::alloc::dra::constraint::AttributeName;
use crate::alloc::dra::gather::Gathering;
use crate::alloc::dra::nodes::node_matches;
use crate::alloc::dra::pool::{Pool, PoolState};
use crate::alloc::dra::slices::SliceIndex;
use crate::alloc::dra::taints::tolerates;
use crate::alloc::dra::{Features, Variant};
use crate::ask::counter::{Left, Shortage};
use crate::ask::state::State;
use crate::base::{ClassId, DeviceId, ProfileId, SelectorId};
use crate::model::dra::{AllocatedState, Asked, Claim, ConstraintKind, CountMode, Leaf, Node};
use crate::select::Device;

/// Where a leaf is in the claims of a subject.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct LeafAt {
    /// Index of the claim.
    pub claim: usize,
    /// Index of the request.
    pub request: usize,
    /// Index of the alternative, where there are any.
    pub alternative: Option<usize>,
}

/// Why a device is not for a leaf, in the order of the questions.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Obstacle {
    /// It has binding conditions, and the feature is off.
    BindingConditions,
    /// A selector of the class says no.
    ClassSelector(ClassId, usize),
    /// A selector of the request says no.
    Selector(usize),
    /// A selector cannot be evaluated on it; the text is the reason.
    SelectorError {
        /// The class, if it is a selector of the class.
        class: Option<ClassId>,
        /// Its index.
        index: usize,
        /// What went wrong.
        text: String,
    },
    /// It is for other nodes.
    OtherNode,
    /// It lacks the attribute that a constraint compares.
    NoAttribute(usize),
    /// A taint that the request does not tolerate, as `key=value:effect`.
    Taint(String),
    /// The node cannot do without the operations that its slice skips.
    NodeOperations,
    /// It is a partition, and the feature is off.
    Partition,
    /// It lacks a capacity that is asked for, or does not take the amount.
    CapacityUnfit,
    /// Others hold it.
    InUse,
    /// Too little of a capacity is left.
    CapacityShort,
    /// A counter of its pool is short.
    Counter(Shortage),
}

/// What became of the devices of a node for one leaf.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sieve {
    /// Which leaf.
    pub leaf: LeafAt,
    /// How many devices it wants; `None` for all that match.
    pub wanted: Option<i64>,
    /// Devices of the usable pools of the node.
    pub devices: usize,
    /// Devices by what turns them away.
    pub turned_away: BTreeMap<Obstacle, Vec<DeviceId>>,
    /// Devices that it could take, in the order of search.
    pub left: Vec<DeviceId>,
}

impl Sieve {
    /// True if there are too few devices even if nobody else wanted any.
    pub fn is_short(&self) -> bool {
        match self.wanted {
            Some(wanted) => (self.left.len() as i64) < wanted,
            None => self.left.is_empty(),
        }
    }
}

/// A pool that cannot be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadPool {
    /// `driver/pool`
    pub name: String,
    /// Why, in words.
    pub why: String,
}

/// A node under examination.
pub struct Bench<'a> {
    state: &'a State,
    allocated: &'a AllocatedState,
    features: Features,
    node: &'a Node,
    pools: Vec<Pool<'a>>,
    candidates: Vec<Candidate>,
    /// What is left of the counters of each pool.
    counters: Vec<Left>,
}

/// All slices in the order that [`Bench::new`] wants.
pub fn slice_index(state: &State) -> SliceIndex {
    SliceIndex::new(&state.published)
}

impl<'a> Bench<'a> {
    /// Gathers the devices of a node; `None` if a node selector cannot be read.
    pub fn new(state: &'a State, allocated: &'a AllocatedState, index: &SliceIndex, node: &'a Node) -> Option<Bench<'a>> {
        let features = Features::of(&state.gates).supported_by(state.variant);
        let gathering = Gathering { published: &state.published, index, features, variant: state.variant };
        let pools = gathering.pools(node).ok()?;
        let candidates = candidates(&state.published, &pools);
        let left = |pool| Left::of(&state.published, pool, |key| allocated.holds(key));
        let counters = pools.iter().map(left).collect();
        Some(Bench { state, allocated, features, node, pools, candidates, counters })
    }

    /// Pools that cannot be used.
    pub fn bad_pools(&self) -> Vec<BadPool> {
        let why = |state: &PoolState| match state {
            PoolState::Usable => None,
            PoolState::Incomplete => Some("not all of its slices are published yet".to_owned()),
            PoolState::Invalid(reason) => Some(format!("it contradicts itself: {reason}")),
        };
        let name = |pool: &Pool<'_>| pool.key.text(&self.state.published.names);
        self.pools.iter().filter_map(|pool| Some(BadPool { name: name(pool), why: why(&pool.state)? })).collect()
    }

    /// The devices of all usable pools, in the order of search.
    pub fn devices(&self) -> impl Iterator<Item = DeviceId> + '_ {
        self.candidates.iter().map(|candidate| candidate.id)
    }

    /// Puts all devices before the questions of every leaf.
    pub fn sieve(&self, claims: &[Claim]) -> Vec<Sieve> {
        leaves(claims).into_iter().map(|(at, leaf)| self.of_leaf(&claims[at.claim], at, leaf)).collect()
    }

    fn of_leaf(&self, claim: &Claim, at: LeafAt, leaf: &Leaf) -> Sieve {
        let wanted = match leaf.mode {
            CountMode::Exact(count) => Some(count),
            CountMode::All | CountMode::Other(_) => None,
        };
        let mut selected = BTreeMap::new();
        let mut sieve =
            Sieve { leaf: at, wanted, devices: self.candidates.len(), turned_away: BTreeMap::new(), left: Vec::new() };
        for candidate in &self.candidates {
            let profile = candidate.device.profile;
            let verdict = selected.entry(profile).or_insert_with(|| self.select(leaf, profile)).clone();
            match self.judge(claim, at, leaf, candidate, verdict) {
                Some(obstacle) => sieve.turned_away.entry(obstacle).or_default().push(candidate.id),
                None => sieve.left.push(candidate.id),
            }
        }
        sieve
    }

    /// What the selectors of class and request say.
    fn select(&self, leaf: &Leaf, profile: ProfileId) -> Option<Obstacle> {
        let device = Device::published(&self.state.published, profile, self.state.variant != Variant::Stable);
        let says = |selector: Option<SelectorId>| match selector.map(|id| &self.state.programs[id]) {
            Some(Ok(program)) => program.matches(&device),
            Some(Err(error)) => Err(format!("does not compile: {}", error.text)),
            None => Err("has no CEL expression".to_owned()),
        };
        let class = leaf.class.id.map(|id| (id, &self.state.classes[id].selectors));
        for (index, selector) in class.iter().flat_map(|(_, selectors)| selectors.iter()).enumerate() {
            match says(*selector) {
                Ok(true) => {}
                Ok(false) => return class.map(|(id, _)| Obstacle::ClassSelector(id, index)),
                Err(text) => return Some(Obstacle::SelectorError { class: leaf.class.id, index, text }),
            }
        }
        for (index, selector) in leaf.selectors.iter().enumerate() {
            match says(*selector) {
                Ok(true) => {}
                Ok(false) => return Some(Obstacle::Selector(index)),
                Err(text) => return Some(Obstacle::SelectorError { class: None, index, text }),
            }
        }
        None
    }

    fn judge(
        &self,
        claim: &Claim,
        at: LeafAt,
        leaf: &Leaf,
        candidate: &Candidate,
        selected: Option<Obstacle>,
    ) -> Option<Obstacle> {
        let published = &self.state.published;
        let device = candidate.device;
        let (traits, slice) = (&published.traits[device.traits], &published.slices[device.slice]);
        let is_admin = leaf.admin_access == Some(true);
        let is_held = !is_admin && self.allocated.dedicated.contains(&device.key);
        if traits.binding_conditions.as_ref().is_some_and(|list| !list.is_empty()) && !self.features.binding_and_status {
            return Some(Obstacle::BindingConditions);
        }
        if let Some(obstacle) = selected {
            let is_error = matches!(obstacle, Obstacle::SelectorError { .. });
            return Some(if is_error && is_held && leaf.mode != CountMode::All { Obstacle::InUse } else { obstacle });
        }
        if slice.per_device_node_selection == Some(true)
            && !node_matches(self.node, &traits.nodes, &published.names).unwrap_or(false)
        {
            return Some(Obstacle::OtherNode);
        }
        (self.attribute(claim, at, leaf, candidate))
            .or_else(|| self.taint(leaf, candidate))
            .or_else(|| self.operations(candidate))
            .or_else(|| self.capacity(leaf, candidate, is_held))
            .or_else(|| is_held.then_some(Obstacle::InUse))
            .or_else(|| self.counters(candidate))
    }

    fn capacity(&self, leaf: &Leaf, candidate: &Candidate, is_held: bool) -> Option<Obstacle> {
        if !self.features.consumable_capacity {
            return None;
        }
        let (published, profile) = (&self.state.published, candidate.device.profile);
        let request = CapacityRequest::of(leaf, &published.names);
        let Ok(Some(amounts)) = request.resolve(published, profile, self.features.fractional_capacity_range) else {
            return Some(Obstacle::CapacityUnfit);
        };
        if is_held {
            return None;
        }
        let fits = |used| fits(published, profile, &amounts, used, None).unwrap_or(false);
        if !fits(None) {
            return Some(Obstacle::CapacityUnfit);
        }
        (!fits(self.allocated.consumed.get(&candidate.device.key))).then_some(Obstacle::CapacityShort)
    }

    fn operations(&self, candidate: &Candidate) -> Option<Obstacle> {
        let slice = &self.state.published.slices[candidate.device.slice];
        let is_capable = || self.node.declared_features.iter().any(|feature| feature == "DRAOptionalNodeOperations");
        let is_kept = self.state.variant == Variant::Experimental
            && !slice.skip_node_operations.is_empty()
            && !(self.features.optional_node_operations && is_capable());
        is_kept.then_some(Obstacle::NodeOperations)
    }

    fn counters(&self, candidate: &Candidate) -> Option<Obstacle> {
        let traits = &self.state.published.traits[candidate.device.traits];
        if traits.consumes.is_empty() {
            return None;
        }
        if !self.features.partitionable_devices {
            return Some(Obstacle::Partition);
        }
        let profile = &self.state.published.profiles[candidate.device.profile];
        let is_share = self.features.consumable_capacity && profile.allow_multiple_allocations;
        if is_share && self.allocated.is_shared(candidate.device.key) {
            return None;
        }
        self.counters[candidate.pool].shortage(&self.state.published, &traits.consumes).map(Obstacle::Counter)
    }

    fn taint(&self, leaf: &Leaf, candidate: &Candidate) -> Option<Obstacle> {
        if !self.features.device_taints {
            return None;
        }
        let taints = &self.state.published.traits[candidate.device.traits].taints;
        let keeps_away = |effect: &str| matches!(effect, "NoSchedule" | "NoExecute");
        let found = taints.iter().find(|t| keeps_away(&t.effect) && !leaf.tolerations.iter().any(|own| tolerates(own, t)));
        found.map(|taint| {
            let value = if taint.value.is_empty() { String::new() } else { format!("={}", taint.value) };
            Obstacle::Taint(format!("{}{value}:{}", taint.key, taint.effect))
        })
    }

    fn attribute(&self, claim: &Claim, at: LeafAt, leaf: &Leaf, candidate: &Candidate) -> Option<Obstacle> {
        let published = &self.state.published;
        let lacks = |(index, name): (usize, &str)| {
            let is_derived = leaf.derived.iter().any(|(derived, _)| derived == name);
            let value = || AttributeName::new(name, &published.names).value(published, candidate.device.profile);
            let is_missing = applies(claim, index, at) && !is_derived && value().is_none();
            is_missing.then_some(Obstacle::NoAttribute(index))
        };
        compared(claim).find_map(lacks)
    }
}

/// Constraints with the attributes that they compare.
pub fn compared(claim: &Claim) -> impl Iterator<Item = (usize, &str)> {
    claim.constraints.iter().enumerate().filter_map(|(index, constraint)| match &constraint.kind {
        ConstraintKind::Match(name) | ConstraintKind::Distinct(name) => Some((index, name.as_str())),
        ConstraintKind::Nothing => None,
    })
}

/// Whether a constraint compares the devices of a leaf (`dra.md` 2.10).
pub fn applies(claim: &Claim, constraint: usize, at: LeafAt) -> bool {
    let requests = &claim.constraints[constraint].requests;
    let request = &claim.requests[at.request];
    let full = leaf_name(claim, at);
    requests.is_empty() || requests.iter().any(|name| *name == request.name || *name == full)
}

/// `request` or `request/alternative`.
pub fn leaf_name(claim: &Claim, at: LeafAt) -> String {
    let request = &claim.requests[at.request];
    match (&request.asked, at.alternative) {
        (Asked::FirstAvailable(list), Some(alternative)) => format!("{}/{}", request.name, list[alternative].name),
        _ => request.name.clone(),
    }
}

/// All leaves of some claims, in order.
pub fn leaves(claims: &[Claim]) -> Vec<(LeafAt, &Leaf)> {
    let mut found = Vec::new();
    for (claim, requests) in claims.iter().map(|claim| &claim.requests).enumerate() {
        for (request, asked) in requests.iter().map(|request| &request.asked).enumerate() {
            match asked {
                Asked::Exactly(leaf) => found.push((LeafAt { claim, request, alternative: None }, leaf)),
                Asked::FirstAvailable(list) => {
                    let at = |alternative| LeafAt { claim, request, alternative: Some(alternative) };
                    found.extend(list.iter().enumerate().map(|(alternative, leaf)| (at(alternative), leaf)));
                }
                Asked::Nothing => {}
            }
        }
    }
    found
}
