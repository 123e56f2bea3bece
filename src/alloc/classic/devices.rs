//! What only drivers know: the devices of a cluster, who has them, and what claims ask of them.
//!
//! How a driver chose devices was its own business (`driver.UnsuitableNodes`, `driver.Allocate`). Here every driver is as good
//! as the structured allocator, which it asks about its own claims of the pod, so that what differs is the negotiation.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::alloc::classic::context::CLAIMS_MAX;
use crate::alloc::dra::{Cluster, Fast, Outcome, Reference, World};
use crate::base::{DeviceId, DeviceKeyId, IdVec, NodeId, ShapeId};
use crate::model::dra::{AllocatedState, Claim, Constraint, Request};
use crate::model::{Inventory, Shape, ShapeDevices};

/// Searches up to this many steps are made step by step.
const WALKED_STEPS: u64 = 4096;

/// A set of a pod's claims, one bit for each.
pub type ClaimSet = u32;

/// Which driver has which of a pod's claims.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Asked {
    /// All that the pod asks for; each request stands for a claim of classic DRA.
    claim: Claim,
    /// Number of the driver of each claim.
    drivers: Vec<u8>,
}

/// The devices of all drivers. A driver reads and changes what is of its own only.
#[derive(Debug)]
pub struct Devices {
    cluster: Cluster,
    /// Names of drivers, ascending.
    drivers: Vec<String>,
    asked: IdVec<ShapeId, Asked>,
    allocated: AllocatedState,
    /// How often what is held of a node has changed.
    versions: IdVec<NodeId, u32>,
    /// What was found out about a set of claims of a shape: for each node, its version then, and whether it suits.
    known: BTreeMap<(ShapeId, ClaimSet), Vec<(u32, bool)>>,
}

impl Devices {
    /// Nothing given away. `cluster` is what drivers would publish, if they did.
    pub fn new(inventory: &Inventory, cluster: Cluster, shapes: &IdVec<ShapeId, Shape>) -> Devices {
        let driver_of = drivers_by_class(inventory);
        let drivers: Vec<String> = driver_of.values().copied().collect::<BTreeSet<_>>().into_iter().map(str::to_owned).collect();
        let number = |request: &Request| {
            let driver = request.leaves().first().and_then(|leaf| driver_of.get(leaf.class.name.as_str()));
            let found = driver.and_then(|driver| drivers.iter().position(|known| known == driver));
            found.expect("a lowered request names the class of a driver") as u8
        };
        let asked = |shape: &Shape| match &shape.devices {
            ShapeDevices::Claim(claim) => {
                assert!(claim.requests.len() <= CLAIMS_MAX, "lowering makes few claims");
                Asked { claim: claim.clone(), drivers: claim.requests.iter().map(number).collect() }
            }
            _ => Asked::default(),
        };
        Devices {
            asked: shapes.iter().map(asked).collect(),
            versions: IdVec::filled(1, inventory.nodes.len()),
            cluster,
            drivers,
            allocated: AllocatedState::default(),
            known: BTreeMap::new(),
        }
    }

    /// How many drivers there are.
    pub fn drivers(&self) -> usize {
        self.drivers.len()
    }

    /// How many claims a pod of this shape has.
    pub fn claims(&self, shape: ShapeId) -> usize {
        self.asked[shape].drivers.len()
    }

    /// The driver of a claim.
    pub fn driver_of(&self, shape: ShapeId, claim: usize) -> usize {
        usize::from(self.asked[shape].drivers[claim])
    }

    /// Devices that claims hold.
    pub fn held(&self) -> impl Iterator<Item = DeviceId> {
        self.allocated.dedicated.iter().map(|key| DeviceId(key.0))
    }

    /// True if a node has devices for all of these claims together, which are of one driver.
    pub fn suits(&mut self, shape: ShapeId, claims: ClaimSet, node: NodeId) -> bool {
        let version = self.versions[node];
        let known = self.known.get(&(shape, claims)).map_or((0, false), |known| known[node.0 as usize]);
        if known.0 == version {
            return known.1;
        }
        let suits = self.find(shape, claims, node).is_some();
        let nodes = self.versions.len();
        let known = self.known.entry((shape, claims)).or_insert_with(|| vec![(0, false); nodes]);
        known[node.0 as usize] = (version, suits);
        suits
    }

    /// True if each driver finds its devices for a pod of this shape on a node.
    pub fn suit_all(&mut self, shape: ShapeId, node: NodeId) -> bool {
        self.by_driver(shape).into_iter().all(|claims| self.suits(shape, claims, node))
    }

    /// The same, without what was found out before.
    pub fn suit_all_afresh(&self, shape: ShapeId, node: NodeId) -> bool {
        self.by_driver(shape).into_iter().all(|claims| self.find(shape, claims, node).is_some())
    }

    /// Gives devices to these claims of one driver, in their order; `None` if the node has too few.
    pub fn allocate(&mut self, shape: ShapeId, claims: ClaimSet, node: NodeId) -> Option<Vec<Vec<DeviceId>>> {
        let found = self.find(shape, claims, node)?;
        for device in found.iter().flatten() {
            assert!(self.allocated.dedicated.insert(DeviceKeyId(device.0)), "{device:?} is given away twice");
        }
        self.versions[node] += 1;
        Some(found)
    }

    /// Takes the devices of a claim back.
    pub fn deallocate(&mut self, node: NodeId, devices: &[DeviceId]) {
        for device in devices {
            assert!(self.allocated.dedicated.remove(&DeviceKeyId(device.0)), "{device:?} is given back twice");
        }
        self.versions[node] += 1;
    }

    /// The claims of a pod, driver by driver.
    fn by_driver(&self, shape: ShapeId) -> Vec<ClaimSet> {
        let own = |driver: usize| {
            let claims = self.asked[shape].drivers.iter().enumerate();
            claims.filter(|(_, other)| usize::from(**other) == driver).fold(0, |bits, (at, _)| bits | 1 << at)
        };
        (0..self.drivers.len()).map(own).filter(|claims| *claims != 0).collect()
    }

    /// Devices for each of these claims, if the node has them.
    fn find(&self, shape: ShapeId, claims: ClaimSet, node: NodeId) -> Option<Vec<Vec<DeviceId>>> {
        let asked = [part_of(&self.asked[shape].claim, claims)];
        let world = self.cluster.world(&self.allocated, &asked);
        let node = self.cluster.node(node);
        let walked = World { step_budget: Some(WALKED_STEPS), ..world };
        let (mut outcome, _) = Reference::with_index(walked, Arc::clone(self.cluster.index())).allocate(node);
        if outcome == Outcome::GaveUp {
            (outcome, _) = Fast::with_index(world, Arc::clone(self.cluster.index())).allocate(node);
        }
        let Outcome::Allocated(results) = outcome else { return None };
        let mut found = vec![Vec::new(); asked[0].requests.len()];
        for result in results.iter().flat_map(|result| &result.results) {
            found[result.leaf.0 as usize].push(result.device);
        }
        Some(found)
    }
}

/// Drivers by the names of classes.
fn drivers_by_class(inventory: &Inventory) -> BTreeMap<&str, &str> {
    let of = |device: &crate::model::Device| {
        (inventory.models[device.model].class.as_str(), inventory.profiles[device.profile].driver.as_str())
    };
    inventory.devices.iter().map(of).collect()
}

/// Some of the requests of a claim, with what is said about these alone.
fn part_of(claim: &Claim, claims: ClaimSet) -> Claim {
    let is_in = |at: usize| claims >> at & 1 == 1;
    let requests: Vec<Request> =
        claim.requests.iter().enumerate().filter(|(at, _)| is_in(*at)).map(|(_, request)| request.clone()).collect();
    let left = |constraint: &Constraint| {
        let is_left = |name: &&String| requests.iter().any(|request| request.name == **name);
        let left: Vec<String> = constraint.requests.iter().filter(is_left).cloned().collect();
        // One that names nothing is about all requests.
        (constraint.requests.is_empty() || !left.is_empty()).then(|| Constraint { requests: left, ..constraint.clone() })
    };
    let constraints = claim.constraints.iter().filter_map(left).collect();
    Claim { requests, constraints, ..claim.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alloc::Mechanism;
    use crate::alloc::lower::lower;
    use crate::model::fit::tests::gpu_node;
    use crate::model::{Ask, DeviceAsk, DeviceKind};

    fn ask(counts: &[u32]) -> Ask {
        let gpus = |count: &u32| DeviceAsk {
            kind: DeviceKind::Gpu,
            count: *count,
            share_milli: 1000,
            models: vec![],
            memory_bytes_min: 0,
        };
        let devices = counts.iter().map(gpus).collect();
        Ask { name: "ask".to_owned(), cpu_milli: 0, memory_bytes: 0, priority: 0, devices, alignments: vec![] }
    }

    #[test]
    fn claims_of_a_driver_are_judged_together() {
        let inventory = gpu_node(&[(0, 0), (0, 1), (0, 2), (0, 3)]);
        let mut lowered = lower(Mechanism::ClassicDra, &inventory, &vec![ask(&[1, 2]), ask(&[3, 2])].into());
        let cluster = lowered.cluster.take().expect("claims are lowered");
        let mut devices = Devices::new(&inventory, cluster, &lowered.shapes);
        let (small, large, node) = (ShapeId(0), ShapeId(1), NodeId(0));
        assert_eq!((devices.drivers(), devices.claims(small), devices.driver_of(small, 1)), (1, 2, 0));
        assert!(devices.suits(large, 0b01, node) && devices.suits(large, 0b10, node));
        assert!(!devices.suits(large, 0b11, node), "five of four devices");
        let given = devices.allocate(small, 0b11, node).expect("there are four");
        assert_eq!(given.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(devices.held().count(), 3);
        assert!(!devices.suits(large, 0b10, node) && devices.allocate(large, 0b10, node).is_none());
        assert!(devices.suits(small, 0b01, node) && !devices.suit_all(small, node));
        devices.deallocate(node, &given[1]);
        assert!(devices.suit_all(small, node) && devices.suit_all_afresh(small, node));
    }
}
