//! [`Simulated`]: the scheduler of a simulation.

use std::sync::Arc;

use crate::alloc::lower::Lowered;
use crate::base::{DeviceId, DeviceKeyId, IdVec, NameId, Names, NodeId, PodId, ShapeId};
use crate::model::core::{Pod, PodSpec};
use crate::model::dra::Claim;
use crate::model::{Inventory, ShapeDevices};
use crate::sched::dra::{ClaimUid, Manager, Settings, StoredClaim};
use crate::sched::fast::scheduler::Path;
use crate::sched::fast::{self, Decision};
use crate::sched::framework::cx::Neighbours;
use crate::sched::framework::{Snapshot, WellKnown};
use crate::sched::simulated::{nodes, specs};
use crate::sched::{Profile, attempt};

/// kube-scheduler with the cluster of a simulation. A pod is known by its number and its shape, and so is its claim, of which
/// it has one at most.
#[derive(Debug)]
pub struct Simulated {
    pub(super) scheduler: fast::Scheduler,
    specs: IdVec<ShapeId, Arc<PodSpec>>,
    /// What claims of a shape ask for, if it has claims.
    asked: IdVec<ShapeId, Option<Arc<Claim>>>,
    /// Devices by their published identity.
    pub(super) devices: IdVec<DeviceKeyId, DeviceId>,
}

/// The number of a pod that stands for all waiting pods of a shape. It is never placed; its claim is always there.
fn probe(shape: ShapeId) -> PodId {
    PodId((1 << 31) - 1 - shape.0)
}

impl Simulated {
    /// A scheduler that has placed nothing yet. What drivers publish is taken out of `lowered`.
    pub fn new(inventory: &Inventory, lowered: &mut Lowered, profile: &Profile, path: Path) -> Simulated {
        let (mut names, config) = profile.configuration();
        let known = WellKnown::new(&mut names);
        let cluster = lowered.cluster.take();
        let with_plugins = cluster.is_none();
        let nodes = inventory.nodes.ids().map(|id| Arc::new(nodes::node(inventory, id, with_plugins, &mut names))).collect();
        let snapshot = Snapshot::new(nodes, |node| known.zone_of(&node.labels));
        // A simulation evicts nobody yet. Between pods of one priority preemption finds nobody, which is said as upstream says
        // it; where priorities differ, pods do as those of `preemptionPolicy: Never`.
        let may_preempt = lowered.shapes.iter().all(|shape| shape.priority == lowered.shapes[ShapeId(0)].priority);
        let specs = lowered.shapes.iter_ids().map(|shape| Arc::new(specs::spec(inventory, shape, may_preempt, &mut names)));
        let specs = specs.collect();
        let settings = Settings::of(&config.gates);
        let manager = match cluster {
            Some(cluster) => Manager::of_cluster(settings, cluster, &mut names),
            None => Manager::default(),
        };
        let devices = by_key(&manager);
        let exact = attempt::Scheduler::new((names, known), config, snapshot, Neighbours::default(), manager);
        let asked = lowered.shapes.iter().map(|shape| match &shape.devices {
            ShapeDevices::Claim(claim) => Some(Arc::new(named(claim))),
            _ => None,
        });
        let mut simulated = Simulated { scheduler: fast::Scheduler::new(exact, path), specs, asked: asked.collect(), devices };
        for shape in lowered.shapes.ids() {
            simulated.claim_appears(probe(shape), shape);
        }
        simulated
    }

    /// The claim of a pod is there, and the scheduler knows of it. Nothing happens for shapes without claims.
    pub fn claim_appears(&mut self, pod: PodId, shape: ShapeId) {
        let Some(asked) = &self.asked[shape] else { return };
        let name = Names::numbered(pod.0);
        let claim =
            StoredClaim::made_by((name, name), (self.specs[shape].namespace, name), ClaimUid::Stored(name), asked.clone());
        self.scheduler.exact.dra.tracker_mut().store(claim);
    }

    /// One attempt. A pod that is placed holds its node and its devices from now on.
    pub fn decide(&mut self, pod: PodId, shape: ShapeId) -> Decision {
        let pod = Arc::new(self.pod(pod, shape, None));
        self.scheduler.decide(&pod, shape)
    }

    /// The devices that the claim of a pod holds, in the order of its requests; none without claim.
    pub fn devices_of(&self, pod: PodId, shape: ShapeId) -> Vec<DeviceId> {
        let key = (self.specs[shape].namespace, Names::numbered(pod.0));
        let claim = self.scheduler.exact.dra.tracker().get(key);
        let held = claim.and_then(|claim| claim.allocation.as_ref()).map_or(&[][..], |allocation| &allocation.held);
        held.iter().map(|held| self.devices[held.key]).collect()
    }

    /// The scheduler sees that a placed pod is gone. What its claim holds stays.
    pub fn pod_goes(&mut self, pod: PodId, shape: ShapeId, node: NodeId) {
        let pod = self.pod(pod, shape, Some(node));
        let gone = self.scheduler.exact.forget(&pod);
        assert!(gone.is_some(), "{:?} is not on {node:?}", pod.id);
    }

    /// The scheduler sees that the claim of a pod is gone, and its devices are free.
    pub fn claim_goes(&mut self, pod: PodId, shape: ShapeId) {
        let key = (self.specs[shape].namespace, Names::numbered(pod.0));
        let gone = self.scheduler.exact.dra.tracker_mut().remove(key);
        assert!(gone.is_some(), "{pod:?} has no claim");
    }

    /// True if `node` would pass all filters for a waiting pod of `shape` now.
    pub fn fits(&mut self, shape: ShapeId, node: NodeId) -> bool {
        let pod = Arc::new(self.pod(probe(shape), shape, None));
        self.scheduler.fits(&pod, shape, node)
    }

    fn pod(&self, id: PodId, shape: ShapeId, node: Option<NodeId>) -> Pod {
        let name = Names::numbered(id.0);
        let node_name = |node| -> NameId { self.scheduler.exact.snapshot.nodes[node].node.name };
        Pod {
            id,
            name,
            uid: name,
            spec: self.specs[shape].clone(),
            node_name: node.map(node_name),
            nominated_node_name: None,
            start_time: None,
            is_terminating: false,
            is_preempted: false,
            made_claims: self.specs[shape].claims.iter().map(|_| Some(Some(name))).collect(),
            extended_claim: None,
        }
    }
}

/// A claim with the name that texts give to it.
fn named(claim: &Claim) -> Claim {
    Claim { namespace: "default".to_owned(), name: "generated".to_owned(), ..claim.clone() }
}

/// Devices by identity: a simulation publishes every device once, under the id that the inventory has for it
/// ([`crate::model::publish::publish`]).
fn by_key(manager: &Manager) -> IdVec<DeviceKeyId, DeviceId> {
    let published = manager.published();
    let mut devices = IdVec::filled(DeviceId(u32::MAX), published.keys.len());
    for (id, device) in published.devices.iter_ids() {
        devices[device.key] = id;
    }
    devices
}
