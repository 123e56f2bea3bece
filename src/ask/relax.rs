//! Which single change would make claims fit: every change that could matter is put to the allocator, and only what then
//! fits is told.

use std::collections::BTreeSet;

use crate::alloc::dra::Fast;
use crate::alloc::dra::problem::Outcome;
use crate::ask::reach::Purse;
use crate::ask::sieve::{LeafAt, Obstacle, Sieve, leaves};
use crate::ask::state::State;
use crate::base::{ClassId, Id, IdVec, NameId};
use crate::model::dra::{AllocatedState, Asked, Claim, CountMode, DeviceClass, Leaf, Published, Toleration};

/// Most claims whose release is tried out one by one.
const HOLDERS_MAX: usize = 100;

/// A change to claims, cluster or what is held.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Change {
    /// This claim gives its devices back.
    Free(String),
    /// Everything that is held is given back.
    FreeAll,
    /// The request asks for so many devices only.
    Fewer(LeafAt, i64),
    /// The requests tolerate this taint, as `key=value:effect`.
    Tolerate(String),
    /// The claim goes without this constraint.
    Constraint(usize, usize),
    /// The request goes without this selector.
    Selector(LeafAt, usize),
    /// The request asks for no amounts of capacity.
    Capacity(LeafAt),
    /// The class goes without this selector.
    ClassSelector(ClassId, usize),
    /// Partitions draw nothing from shared counters.
    Counters,
}

/// A change with which the claims fit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cure {
    /// What changes.
    pub change: Change,
    /// Index of the first node on which they then fit.
    pub node: usize,
}

/// What is known about the failure.
pub struct Failure<'a> {
    /// The cluster.
    pub state: &'a State,
    /// What is held.
    pub allocated: &'a AllocatedState,
    /// The claims.
    pub claims: &'a [Claim],
    /// Nodes that were tried, without those that other claims of the pod rule out.
    pub nodes: &'a [usize],
    /// What the sieves of all these nodes turned away.
    pub sieves: &'a [Sieve],
}

impl Failure<'_> {
    /// All single changes that suffice, the easiest first. `false` beside them: the purse ran out before all were tried.
    pub fn cures(&self, purse: &mut Purse) -> (Vec<Cure>, bool) {
        let mut cures = Vec::new();
        for change in self.changes() {
            let found = match change {
                Change::Fewer(leaf, count) => self.most(leaf, count, purse),
                change => self.fits_with(&change, purse).map(|node| Cure { change, node }),
            };
            cures.extend(found);
        }
        (cures, !purse.is_empty())
    }

    /// True for a selector that says whose devices a class has: without it, a request for GPUs would take anything.
    fn names_driver(&self, class: ClassId, index: usize) -> bool {
        let selector = self.state.classes[class].selectors.get(index).copied().flatten();
        selector.is_some_and(|id| self.state.texts[id].contains("device.driver"))
    }

    /// Changes that touch something that stands in the way.
    fn changes(&self) -> Vec<Change> {
        let holders = self.holders();
        let mut changes: Vec<Change> = holders.iter().take(HOLDERS_MAX).cloned().map(Change::Free).collect();
        let mut others = BTreeSet::new();
        for sieve in self.sieves {
            for obstacle in sieve.turned_away.keys() {
                others.extend(match obstacle {
                    Obstacle::ClassSelector(class, index) | Obstacle::SelectorError { class: Some(class), index, .. } => {
                        (!self.names_driver(*class, *index)).then_some(Change::ClassSelector(*class, *index))
                    }
                    Obstacle::Selector(index) | Obstacle::SelectorError { class: None, index, .. } => {
                        Some(Change::Selector(sieve.leaf, *index))
                    }
                    Obstacle::CapacityUnfit | Obstacle::CapacityShort => Some(Change::Capacity(sieve.leaf)),
                    Obstacle::Counter(_) => Some(Change::Counters),
                    Obstacle::Taint(taint) => Some(Change::Tolerate(taint.clone())),
                    _ => None,
                });
            }
            // Partitions may be short of counters only together.
            let draws = |device: &_| {
                let traits = self.state.published.devices[*device].traits;
                !self.state.published.traits[traits].consumes.is_empty()
            };
            others.extend(sieve.left.iter().any(draws).then_some(Change::Counters));
        }
        for (at, leaf) in leaves(self.claims) {
            if let CountMode::Exact(count) = leaf.mode {
                others.extend((count > 1).then_some(Change::Fewer(at, count - 1)));
            }
        }
        for (at, claim) in self.claims.iter().enumerate() {
            others.extend((0..claim.constraints.len()).map(|index| Change::Constraint(at, index)));
        }
        changes.extend(others);
        if holders.len() > 1 {
            changes.push(Change::FreeAll);
        }
        changes
    }

    /// Claims that hold what is in the way, and for partitions anything of the pool.
    fn holders(&self) -> BTreeSet<String> {
        let published = &self.state.published;
        let (mut devices, mut pools) = (BTreeSet::new(), BTreeSet::<(NameId, NameId)>::new());
        for (obstacle, turned_away) in self.sieves.iter().flat_map(|sieve| &sieve.turned_away) {
            let keys = turned_away.iter().map(|device| published.devices[*device].key);
            match obstacle {
                Obstacle::InUse | Obstacle::CapacityShort => devices.extend(keys),
                Obstacle::Counter(_) => pools.extend(keys.map(|key| (published.keys[key].driver, published.keys[key].pool))),
                _ => {}
            }
        }
        let is_in_the_way = |key| {
            let identity = &published.keys[key];
            devices.contains(&key) || pools.contains(&(identity.driver, identity.pool))
        };
        let holdings = self.state.holdings.iter().filter(|holding| !holding.admin && is_in_the_way(holding.device));
        holdings.map(|holding| holding.claim.clone()).collect()
    }

    /// The greatest number of devices, up to `count`, with which the claims fit.
    fn most(&self, leaf: LeafAt, count: i64, purse: &mut Purse) -> Option<Cure> {
        let (mut fits, mut fails) = (0, count + 1);
        let mut best = None;
        while fails - fits > 1 {
            let middle = fits.midpoint(fails);
            let change = Change::Fewer(leaf, middle);
            match self.fits_with(&change, purse) {
                Some(node) => (fits, best) = (middle, Some(Cure { change, node })),
                None => fails = middle,
            }
        }
        best
    }

    /// The first node on which the claims fit after a change.
    fn fits_with(&self, change: &Change, purse: &mut Purse) -> Option<usize> {
        let mut claims = self.claims.to_vec();
        let (mut classes, mut published): (Option<IdVec<ClassId, DeviceClass>>, Option<Published>) = (None, None);
        let mut allocated = self.allocated.clone();
        match change {
            Change::Free(claim) => allocated = self.state.allocated(Some(claim)),
            Change::FreeAll => allocated = AllocatedState::default(),
            Change::Fewer(leaf, count) => leaf_mut(&mut claims, *leaf)?.mode = CountMode::Exact(*count),
            Change::Tolerate(taint) => tolerate(&mut claims, taint),
            Change::Constraint(claim, index) => drop(claims[*claim].constraints.remove(*index)),
            Change::Selector(leaf, index) => drop(leaf_mut(&mut claims, *leaf)?.selectors.remove(*index)),
            Change::Capacity(leaf) => leaf_mut(&mut claims, *leaf)?.capacity = None,
            Change::ClassSelector(class, index) => {
                let mut changed = self.state.classes.clone();
                changed[*class].selectors.remove(*index);
                classes = Some(changed);
            }
            Change::Counters => published = Some(without_counters(&self.state.published)),
        }
        let mut world = self.state.world(&claims, &allocated);
        world.classes = classes.as_ref().unwrap_or(world.classes);
        world.published = published.as_ref().unwrap_or(world.published);
        world.step_budget = Some(purse.each.min(purse.steps));
        let mut allocator = match &published {
            Some(_) => Fast::new(world),
            None => Fast::with_index(world, self.state.index.clone()),
        };
        for &node in self.nodes {
            if purse.is_empty() {
                return None;
            }
            let (outcome, stats) = allocator.allocate(&self.state.nodes[node]);
            purse.pay(stats.steps);
            match outcome {
                Outcome::Allocated(_) => return Some(node),
                Outcome::Error(_) => return None,
                Outcome::Unsatisfiable | Outcome::NodeError | Outcome::GaveUp => {}
            }
        }
        None
    }
}

fn leaf_mut(claims: &mut [Claim], at: LeafAt) -> Option<&mut Leaf> {
    match (&mut claims[at.claim].requests[at.request].asked, at.alternative) {
        (Asked::Exactly(leaf), _) => Some(leaf),
        (Asked::FirstAvailable(list), Some(alternative)) => list.get_mut(alternative),
        _ => None,
    }
}

/// Adds a toleration for a taint, as `key=value:effect`, to all requests.
fn tolerate(claims: &mut [Claim], taint: &str) {
    let (rest, effect) = taint.rsplit_once(':').unwrap_or((taint, ""));
    let (key, value) = rest.split_once('=').unwrap_or((rest, ""));
    let toleration = Toleration {
        key: key.to_owned(),
        operator: "Equal".to_owned(),
        value: value.to_owned(),
        effect: effect.to_owned(),
        seconds: None,
    };
    for request in claims.iter_mut().flat_map(|claim| &mut claim.requests) {
        match &mut request.asked {
            Asked::Exactly(leaf) => leaf.tolerations.push(toleration.clone()),
            Asked::FirstAvailable(list) => list.iter_mut().for_each(|leaf| leaf.tolerations.push(toleration.clone())),
            Asked::Nothing => {}
        }
    }
}

fn without_counters(published: &Published) -> Published {
    let mut free = published.clone();
    for at in 0..free.traits.len() {
        free.traits[Id::from_index(at)].consumes.clear();
    }
    free
}
