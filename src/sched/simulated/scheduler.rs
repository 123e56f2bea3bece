//! [`Simulated`]: the scheduler of a simulation.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::alloc::classic;
use crate::alloc::lower::Lowered;
use crate::base::{DeviceId, DeviceKeyId, IdVec, Moment, NameId, Names, NodeId, PodId, ShapeId, SimTime};
use crate::model::core::{Node, Pod, PodSpec, Taint, TaintEffect};
use crate::model::dra::Claim;
use crate::model::{Inventory, ShapeDevices};
use crate::sched::Profile;
use crate::sched::attempt::binding::{Binding, PreBound};
use crate::sched::attempt::{self, Attempt};
use crate::sched::dra::{ClaimUid, Manager, Settings, StoredClaim};
use crate::sched::fast::scheduler::Path;
use crate::sched::fast::{self, Decision};
use crate::sched::framework::cx::Neighbours;
use crate::sched::framework::{Nominator, Rejection, Snapshot, WellKnown};
use crate::sched::queueing::ClaimView;
use crate::sched::queueing::handlers::Present;
use crate::sched::simulated::{nodes, specs};

/// kube-scheduler with the cluster of a simulation. A pod is known by its number and its shape, and so is its claim, of which
/// it has one at most.
#[derive(Debug)]
pub struct Simulated {
    pub(super) scheduler: fast::Scheduler,
    /// The one of all pods and claims.
    namespace: NameId,
    specs: IdVec<ShapeId, Arc<PodSpec>>,
    /// What claims of a shape ask for, if it has claims.
    asked: IdVec<ShapeId, Option<Arc<Claim>>>,
    /// Pods have claims of classic DRA, about whose devices the scheduler knows nothing.
    pub(super) negotiates: bool,
    /// Names of the pods that stand for all waiting pods of a shape, and of their claims.
    probes: IdVec<ShapeId, NameId>,
    /// Pods with claims whose binding cycle has not written them yet.
    bindings: BTreeMap<PodId, Binding>,
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
        let has_claims = lowered.shapes.iter().any(|shape| shape.devices.is_claim());
        let (negotiates, with_plugins) = (cluster.is_none() && has_claims, cluster.is_none() && !has_claims);
        let nodes = nodes::nodes(inventory, with_plugins, &mut names);
        let snapshot = Snapshot::new(nodes, |node| known.zone_of(&node.labels));
        let specs = lowered.shapes.iter_ids().map(|shape| Arc::new(specs::spec(inventory, shape, &mut names)));
        let specs = specs.collect();
        let namespace = names.intern(specs::NAMESPACE);
        let probes = lowered.shapes.ids().map(|shape| names.intern(&format!("probe-{}", shape.0))).collect();
        let settings = Settings::of(&config.gates);
        let manager = match cluster {
            Some(cluster) => Manager::of_cluster(settings, cluster, &mut names),
            None => Manager::default(),
        };
        assert!(is_published_in_order(&manager), "devices are not published in the order of the inventory");
        let exact = attempt::Scheduler::new((names, known), config, snapshot, Neighbours::default(), manager);
        let asked = lowered.shapes.iter().map(|shape| match &shape.devices {
            ShapeDevices::Claim(claim) if !negotiates => Some(Arc::new(named(claim))),
            _ => None,
        });
        let scheduler = fast::Scheduler::new(exact, path);
        let bindings = BTreeMap::new();
        let asked = asked.collect();
        let mut simulated = Simulated { scheduler, namespace, specs, asked, negotiates, probes, bindings };
        for shape in lowered.shapes.ids() {
            simulated.claim_named(simulated.probes[shape], shape);
        }
        simulated
    }

    /// The present, as operations of the queue see it.
    pub fn present(&self, now: SimTime) -> Present<'_> {
        let exact = &self.scheduler.exact;
        Present { now, names: &exact.names, known: &exact.known, config: &exact.config }
    }

    /// A new pod. Its claim is not made yet.
    pub fn pod(&self, id: PodId, shape: ShapeId) -> Pod {
        let name = Names::numbered(id.0);
        Pod {
            id,
            name,
            uid: name,
            spec: self.specs[shape].clone(),
            node_name: None,
            nominated_node_name: None,
            start_time: Moment::NOT_YET,
            is_terminating: false,
            is_preempted: false,
            made_claims: Box::default(),
            extended_claim: None,
        }
    }

    /// The same pod, whose claim is made.
    pub fn with_claim(&self, pod: Pod) -> Pod {
        Pod { made_claims: pod.spec.claims.iter().map(|_| Some(Some(pod.name))).collect(), ..pod }
    }

    /// Namespace and name of a pod, and of its claim.
    pub fn key(&self, pod: PodId) -> (NameId, NameId) {
        (self.namespace, Names::numbered(pod.0))
    }

    /// The claim of a pod as the queue sees it.
    pub fn claim_view(&self, pod: PodId, is_allocated: bool) -> ClaimView {
        let (namespace, name) = self.key(pod);
        let status = Names::numbered(u32::from(is_allocated));
        ClaimView { uid: name, namespace, name, owner: Some(name), is_deleting: false, is_allocated, status }
    }

    /// The claims of a pod under classic DRA as the queue sees them, and what is negotiated about them: one object, since they
    /// concern that pod alone. `status` is another for each change that is worth an attempt.
    pub fn negotiation_view(&self, pod: PodId, status: u32) -> ClaimView {
        ClaimView { status: Names::numbered(status), ..self.claim_view(pod, false) }
    }

    /// The claim of a pod is there, and the scheduler knows of it. Nothing happens for shapes without claims.
    pub fn claim_appears(&mut self, pod: PodId, shape: ShapeId) {
        self.claim_named(Names::numbered(pod.0), shape);
    }

    fn claim_named(&mut self, name: NameId, shape: ShapeId) {
        let Some(asked) = &self.asked[shape] else { return };
        let claim = StoredClaim::made_by((name, name), (self.namespace, name), ClaimUid::Stored(name), asked.clone());
        self.scheduler.exact.dra.tracker_mut().store(claim);
    }

    /// One scheduling cycle. A pod that finds a node is supposed there, and its devices are kept for it; its binding cycle has
    /// begun. `nominator` says for which other pods room is kept.
    pub fn schedule(&mut self, pod: &Arc<Pod>, shape: ShapeId, nominator: &Nominator) -> Decision {
        let known = &mut self.scheduler.exact.nominator;
        if known.changes() != nominator.changes() {
            *known = nominator.clone();
        }
        let (decision, binding) = self.scheduler.schedule(pod, shape);
        if let Some(binding) = binding.filter(|_| !pod.spec.claims.is_empty() && !self.negotiates) {
            self.bindings.insert(pod.id, binding);
        }
        decision
    }

    /// The same for a pod about which `attempt` says what is negotiated. What the attempt makes of it.
    pub fn negotiate(
        &mut self,
        pod: &Arc<Pod>,
        shape: ShapeId,
        nominator: &Nominator,
        attempt: classic::Attempt,
    ) -> (Decision, classic::Attempt) {
        self.scheduler.exact.classic = Some(attempt);
        let decision = self.schedule(pod, shape, nominator);
        (decision, self.scheduler.exact.classic.take().expect("an attempt leaves it"))
    }

    /// The pod as it is supposed on a node, or is there. Panics if it is not there.
    pub fn placed(&self, pod: PodId, node: NodeId) -> &Arc<Pod> {
        let mut pods = self.scheduler.exact.snapshot.nodes[node].pods.iter();
        pods.find(|other| other.id == pod).unwrap_or_else(|| panic!("{pod:?} is not on {node:?}"))
    }

    /// How many writes PreBind takes for the claim of a pod that is on its way.
    pub fn claim_writes(&self, pod: PodId) -> u32 {
        self.bindings.get(&pod).map_or(0, |binding| binding.claim_writes_ahead() as u32)
    }

    /// PreBind: writes the claim of a pod that is on its way. A refusal ends the binding ([`Simulated::give_up`]).
    pub fn write_claims(&mut self, pod: PodId) -> Result<(), Rejection> {
        let Some(binding) = self.bindings.get(&pod) else { return Ok(()) };
        match self.scheduler.exact.pre_bind(binding) {
            // Drivers of a simulation ask for no binding conditions, so there is nothing to wait for.
            PreBound::Ready | PreBound::Waiting => {
                self.bindings.remove(&pod);
                Ok(())
            }
            PreBound::Refused(rejection) => Err(rejection),
        }
    }

    /// Ends the binding cycle of a pod: what was kept for it is given back. What the failure says.
    pub fn give_up(&mut self, pod: PodId, rejection: Rejection) -> Decision {
        let binding = self.bindings.remove(&pod).unwrap_or_else(|| panic!("{pod:?} is not in PreBind"));
        let mut attempt = Attempt::default();
        self.scheduler.exact.fail(&binding, rejection, &mut attempt);
        attempt.into()
    }

    /// The pod is as `pod` says, on its node, and what it requests is what it requested.
    pub fn refresh(&mut self, pod: &Arc<Pod>) {
        let node = pod.node_name.and_then(|node| self.scheduler.exact.snapshot.named(node));
        let node = node.unwrap_or_else(|| panic!("{:?} is on no node", pod.id));
        self.scheduler.exact.snapshot.refresh_pod(node, pod);
    }

    /// The devices that the claim of a pod holds, in the order of its requests; none without claim.
    pub fn devices_of(&self, pod: PodId) -> Vec<DeviceId> {
        let tracker = self.scheduler.exact.dra.tracker();
        let Some(claim) = tracker.get(self.key(pod)) else { return Vec::new() };
        let allocation = claim.allocation.as_ref().or_else(|| tracker.pending(claim.uid));
        let held = allocation.map_or(&[][..], |allocation| &allocation.held);
        held.iter().map(|held| device_of(held.key)).collect()
    }

    /// Pods that are supposed on a node, or are there, by id.
    pub fn pods_on(&self, node: NodeId) -> Vec<PodId> {
        let mut pods: Vec<PodId> = self.scheduler.exact.snapshot.nodes[node].pods.iter().map(|pod| pod.id).collect();
        pods.sort_unstable();
        pods
    }

    /// The scheduler sees that a node cannot be reached, or can be again: by the taint `node.kubernetes.io/unreachable` with the
    /// effect NoSchedule. The taint with NoExecute tells it nothing, since all pods tolerate that for a while
    /// (DefaultTolerationSeconds). The node before and after.
    pub fn unreachable(&mut self, node: NodeId, is_unreachable: bool) -> (Arc<Node>, Arc<Node>) {
        let key = self.scheduler.exact.names.intern("node.kubernetes.io/unreachable");
        let taint = Taint { key, value: self.scheduler.exact.known.empty, effect: TaintEffect::NoSchedule };
        let taints = if is_unreachable { vec![taint] } else { Vec::new() };
        self.update_node(node, |node| node.taints = taints)
    }

    /// The scheduler sees that so much of an extended resource is allocatable on a node. The node before and after.
    pub fn offers(&mut self, node: NodeId, resource: &str, count: i64) -> (Arc<Node>, Arc<Node>) {
        let resource = self.scheduler.exact.names.intern(resource);
        self.update_node(node, |node| {
            let missing = count - node.allocatable.scalar(resource);
            node.allocatable.add_scalar(resource, missing);
        })
    }

    fn update_node(&mut self, id: NodeId, change: impl FnOnce(&mut Node)) -> (Arc<Node>, Arc<Node>) {
        let snapshot = &mut self.scheduler.exact.snapshot;
        let mut node = Node::clone(&snapshot.nodes[id].node);
        change(&mut node);
        let node = Arc::new(node);
        (snapshot.update_node(id, node.clone()), node)
    }

    /// The scheduler sees that a device has a taint that claims do not tolerate, or has it no longer.
    pub fn taint_device(&mut self, device: DeviceId, is_tainted: bool) {
        self.scheduler.exact.dra.tracker_mut().close(DeviceKeyId(device.0), is_tainted);
    }

    /// The scheduler sees that a placed pod is gone. What its claim holds stays.
    pub fn pod_goes(&mut self, pod: PodId, node: NodeId) {
        let gone = self.scheduler.exact.snapshot.remove_pod(node, pod);
        assert!(gone.is_some(), "{pod:?} is not on {node:?}");
    }

    /// The scheduler sees that the claim of a pod is gone, and its devices are free.
    pub fn claim_goes(&mut self, pod: PodId) {
        let key = self.key(pod);
        let gone = self.scheduler.exact.dra.tracker_mut().remove(key);
        assert!(gone.is_some(), "{pod:?} has no claim");
    }

    /// True if `node` would pass all filters for a waiting pod of `shape` now; under classic DRA, if drivers refuse nothing.
    pub fn fits(&mut self, shape: ShapeId, node: NodeId) -> bool {
        let name = self.probes[shape];
        let pod = Pod { name, uid: name, ..self.pod(probe(shape), shape) };
        let pod = Arc::new(self.with_claim(pod));
        self.scheduler.exact.classic = self.negotiates.then(classic::Attempt::of_nobody);
        let fits = self.scheduler.fits(&pod, shape, node);
        self.scheduler.exact.classic = None;
        fits
    }

    /// The name of a node.
    pub fn node_name(&self, node: NodeId) -> NameId {
        self.scheduler.exact.snapshot.nodes[node].node.name
    }
}

/// A claim with the name that texts give to it.
fn named(claim: &Claim) -> Claim {
    Claim { namespace: specs::NAMESPACE.to_owned(), name: "generated".to_owned(), ..claim.clone() }
}

/// The device with this identity: a simulation publishes every device once, in the order of the inventory
/// ([`crate::model::publish::publish`]).
pub(super) fn device_of(key: DeviceKeyId) -> DeviceId {
    DeviceId(key.0)
}

fn is_published_in_order(manager: &Manager) -> bool {
    let published = manager.published();
    let in_order = published.devices.iter_ids().all(|(id, device)| device_of(device.key) == id);
    in_order && published.keys.len() == published.devices.len()
}
