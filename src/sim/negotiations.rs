//! Negotiations between scheduler and drivers under classic DRA. Fields and no behaviour: handlers are in `handle::classic`.

use std::collections::{BTreeMap, BTreeSet};

use crate::alloc::classic::{Claim, Devices, Talk};
use crate::alloc::lower::Lowered;
use crate::base::{DeviceId, PodId, ShapeId, SimTime};
use crate::control::{TokenBucket, WorkQueue};
use crate::sim::Setup;
use crate::sim::world::World;

/// All that is negotiated.
#[derive(Debug)]
pub struct Negotiations {
    /// By pod: from the making of its claims until they are gone.
    pub pods: BTreeMap<PodId, Negotiation>,
    /// The controllers of drivers.
    pub drivers: Vec<Driver>,
    /// What only drivers know.
    pub devices: Devices,
}

/// A negotiation about a pod.
#[derive(Clone, Debug)]
pub struct Negotiation {
    /// As the API server has it.
    pub stored: Talk,
    /// As scheduler and drivers have seen it. A watcher that is told of one write catches up with all; what the scheduler itself
    /// writes about claims it knows at once.
    pub seen: Talk,
    /// Devices that drivers gave to each claim.
    pub given: Vec<Vec<DeviceId>>,
    /// Claims that their driver is about to let go of, one bit for each: it does not allocate them before that is done.
    pub closing: u32,
    /// How often something happened that is worth another attempt.
    pub changes: u32,
    /// The last attempt, and how many there have been at that instant.
    pub attempts: (SimTime, u32),
    /// How often it had to pause since there were too many.
    pub pauses: u32,
    /// Requests so far, for the keys of their delays.
    pub requests: u16,
}

impl Negotiation {
    /// Claims that are made, and nothing else.
    pub fn new(claims: usize) -> Negotiation {
        let talk = Talk { claims: vec![Claim::default(); claims], context: None };
        let given = vec![Vec::new(); claims];
        Negotiation {
            stored: talk.clone(),
            seen: talk,
            given,
            closing: 0,
            changes: 0,
            attempts: (SimTime::ZERO, 0),
            pauses: 0,
            requests: 0,
        }
    }
}

/// The controller of a driver.
#[derive(Debug)]
pub struct Driver {
    /// What it has to look at.
    pub queue: WorkQueue<Key>,
    /// Its client.
    pub client: TokenBucket,
    /// Pods whose contexts it will look at again by itself.
    pub rechecks: BTreeSet<PodId>,
}

/// A key of a driver's work queue.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Key {
    /// `schedulingCtx:`, the context of a pod.
    Context(PodId),
    /// `claim:`, one of a pod's claims.
    Claim(PodId, u8),
}

impl Key {
    /// The pod that it is about.
    pub const fn pod(self) -> PodId {
        match self {
            Key::Context(pod) | Key::Claim(pod, _) => pod,
        }
    }
}

impl Negotiations {
    /// Nothing negotiated yet; `None` unless the strategy is classic DRA. What drivers know is taken out of `lowered`.
    pub fn new(setup: &Setup<'_>, lowered: &mut Lowered) -> Option<Negotiations> {
        let cluster = lowered.cluster.take_if(|_| setup.mechanism.negotiates())?;
        let devices = Devices::new(setup.inventory, cluster, &lowered.shapes);
        let constants = &setup.control.classic;
        let driver = |_| Driver {
            queue: WorkQueue::new(constants),
            client: TokenBucket::new(constants.client),
            rechecks: BTreeSet::new(),
        };
        Some(Negotiations { pods: BTreeMap::new(), drivers: (0..devices.drivers()).map(driver).collect(), devices })
    }

    /// The driver of a claim.
    pub fn driver_of(&self, shape: ShapeId, claim: u8) -> usize {
        self.devices.driver_of(shape, usize::from(claim))
    }
}

/// The negotiations of a run under classic DRA.
pub fn negotiating<'w>(world: &'w mut World<'_>) -> &'w mut Negotiations {
    world.negotiations.as_mut().expect("scheduler and drivers negotiate under classic DRA")
}

/// The negotiation about a pod that has one.
pub fn negotiation<'w>(world: &'w mut World<'_>, pod: PodId) -> &'w mut Negotiation {
    let found = negotiating(world).pods.get_mut(&pod);
    found.unwrap_or_else(|| panic!("nothing is negotiated about {pod:?}"))
}

/// True if pods of this shape have claims of classic DRA.
pub fn negotiates(world: &World<'_>, shape: ShapeId) -> bool {
    world.negotiations.is_some() && world.lowered.shapes[shape].devices.is_claim()
}

/// What is wrong between negotiations and pods, as sentences: a pod on a node has all of its devices there.
pub fn differences(world: &World<'_>) -> Vec<String> {
    let negotiations = world.negotiations.iter().flat_map(|all| &all.pods);
    let placed = negotiations.filter_map(|(id, talk)| Some((id, talk, world.pods.get(*id)?)));
    let is_wrong = |(_, talk, pod): &(&PodId, &Negotiation, &crate::sim::pods::Pod)| {
        let is_there = |claim: &Claim| claim.is_reserved && claim.allocated == pod.node;
        pod.node.is_some() && !pod.has_ended && pod.is_bound && !talk.stored.claims.iter().all(is_there)
    };
    placed.filter(is_wrong).map(|(id, talk, pod)| format!("{id:?} is on {:?} with {:?}", pod.node, talk.stored.claims)).collect()
}
