//! From objects to a scheduler that is about to try one pod.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::ask::objects::Objects;
use crate::ask::pod::admission::{make_claims, set_priority, set_uids};
use crate::ask::state::{STEPS_MAX, full_name};
use crate::ask::words::count;
use crate::base::{Findings, Id, Place, PodId};
use crate::kube::core::CoreInterning;
use crate::kube::pod::PodPhase;
use crate::kube::{Pod as Written, ResourceClaim};
use crate::model::core::Pod;
use crate::sched::attempt::Scheduler;
use crate::sched::dra::{self, Manager};
use crate::sched::framework::cx::Neighbours;
use crate::sched::framework::{Configuration, Snapshot, WellKnown};

/// What is asked.
#[derive(Debug)]
pub struct Request {
    /// The pod, `namespace/name`; there is one.
    pub pod: String,
    /// Name of the profile.
    pub profile: String,
    /// What the profile says.
    pub config: Configuration,
    /// The claims of the pod are taken as not allocated.
    pub again: bool,
}

/// Where a pod is in its life.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Standing {
    /// It waits for a node.
    Pending,
    /// It is on this node.
    Bound(String),
    /// It is being deleted, and the scheduler leaves it alone.
    Deleting,
    /// It has ended, in this phase.
    Ended(String),
}

/// A scheduler and the pod that it is to try.
#[derive(Debug)]
pub struct Stage {
    /// With all bound pods on their nodes.
    pub scheduler: Scheduler,
    /// Pods by [`PodId`].
    pub pods: Vec<Arc<Pod>>,
    /// The pod at hand, taken from its node if it is on one.
    pub pod: Arc<Pod>,
    /// The same as an object.
    pub written: Written,
    /// Where it is in its life.
    pub standing: Standing,
    /// Its claims before the attempt.
    pub claims: Vec<ResourceClaim>,
    /// What was supposed.
    pub notes: Vec<String>,
}

/// True for the pod of this name, `namespace/name`.
pub fn is_named(pod: &Written, name: &str) -> bool {
    full_name(&pod.metadata.namespace, &pod.metadata.name) == name
}

/// Where a pod is in its life.
pub fn standing(pod: &Written) -> Standing {
    match &pod.status.phase {
        Some(PodPhase::Succeeded) => Standing::Ended("Succeeded".to_owned()),
        Some(PodPhase::Failed) => Standing::Ended("Failed".to_owned()),
        _ if !pod.spec.node_name.is_empty() => Standing::Bound(pod.spec.node_name.clone()),
        _ if pod.metadata.deletion_timestamp.is_some() => Standing::Deleting,
        _ => Standing::Pending,
    }
}

/// Sets the stage. `None` if no pod has the name. `core` has read the profile.
pub fn stage(mut objects: Objects, request: &Request, mut core: CoreInterning, findings: &mut Findings) -> Option<Stage> {
    core.gates = request.config.gates.clone();
    let at = objects.pods.iter().position(|pod| is_named(pod, &request.pod))?;
    let standing = standing(&objects.pods[at]);
    let notes = prepare(&mut objects, at, request);
    let written = objects.pods[at].clone();
    core.object("Pod", &written.metadata, |core| warn_of_missing_keys(&objects, &written, &mut core.findings));
    let claims = claims_of(&objects, &written);
    let known = WellKnown::new(&mut core.names);
    let nodes = objects.nodes.iter().map(|node| Arc::new(core.node(node))).collect();
    let mut snapshot = Snapshot::new(nodes, |node| (node.labels.get(known.region), node.labels.get(known.zone)));
    let (pods, pod) = pods(&objects, at, &mut core);
    for pod in &pods {
        if let Some(node) = pod.node_name.and_then(|name| snapshot.named(name)) {
            snapshot.add_pod(node, pod.clone());
        }
    }
    let neighbours = neighbours(&objects, &mut core);
    let devices = dra::Objects {
        nodes: &objects.nodes,
        classes: &objects.classes,
        slices: &objects.slices,
        taint_rules: if request.config.gates.is_on("DRADeviceTaintRules") { &objects.rules } else { &[] },
        claims: &objects.claims,
    };
    let manager = Manager::new(dra::Settings::of(&request.config.gates), &devices, &mut core);
    let CoreInterning { names, findings: found, .. } = core;
    findings.append(found);
    let mut config = request.config.clone();
    config.filter_step_budget = config.gates.is_on("DRASchedulerFilterTimeout").then_some(STEPS_MAX);
    let mut scheduler = Scheduler::new((names, known), config, snapshot, neighbours, manager);
    for other in pods.iter().filter(|other| other.node_name.is_none() && other.id != pod.id) {
        if let Some(node) = other.nominated_node_name {
            scheduler.nominator.add(other.clone(), node);
        }
    }
    Some(Stage { scheduler, pods, pod, written, standing, claims, notes })
}

/// Tells of labels by which the pod compares nodes and that no node has, which is legal, and seldom what was meant.
fn warn_of_missing_keys(objects: &Objects, pod: &Written, findings: &mut Findings) {
    if objects.nodes.is_empty() {
        return;
    }
    let affinity = pod.spec.affinity.iter().flat_map(|affinity| [&affinity.pod_affinity, &affinity.pod_anti_affinity]);
    let terms = affinity.flatten().flat_map(|pods| {
        let preferred = pods.preferred.iter().map(|one| &one.pod_affinity_term);
        pods.required.iter().chain(preferred).map(|term| &term.topology_key)
    });
    let spread = pod.spec.topology_spread_constraints.iter().map(|constraint| &constraint.topology_key);
    let missing = |key: &&String| !objects.nodes.iter().any(|node| node.metadata.labels.contains_key(*key));
    for key in terms.chain(spread).filter(missing).collect::<BTreeSet<_>>() {
        let place = Place { field: Some("topologyKey".to_owned()), ..Place::default() };
        findings.warning("W4202", place, format!("no node has the label `{key}`"), "");
    }
}

/// Does what others do before the scheduler comes; the result tells it.
fn prepare(objects: &mut Objects, at: usize, request: &Request) -> Vec<String> {
    let mut notes = Vec::new();
    if objects.nodes.is_empty() {
        notes.push("there are no Node objects: `kubectl get nodes -o json` prints them".to_owned());
    }
    // Upstream lists nodes in the order of their names, too.
    objects.nodes.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
    objects.nodes.dedup_by(|b, a| a.metadata.name == b.metadata.name);
    set_uids(objects);
    let mut others = 0;
    for (index, pod) in objects.pods.iter_mut().enumerate() {
        match set_priority(pod, &objects.priority_classes) {
            Some(class) if index == at => {
                notes.push(format!("PriorityClass {class} is not among the objects: the pod is taken to have priority 0"));
            }
            missing => others += usize::from(missing.is_some() && !pod.spec.node_name.is_empty()),
        }
    }
    if others > 0 {
        let pods = count(others, "pod");
        notes.push(format!("the PriorityClasses of {pods} on nodes are not among the objects: priority 0 is taken"));
    }
    for (claim, template) in make_claims(objects, at) {
        notes.push(format!("claim {claim} is taken as made from template {template}, as its controller will do"));
    }
    let pod = &mut objects.pods[at];
    if !pod.spec.node_name.is_empty() {
        // Were it still named, NodeName would turn away all other nodes.
        pod.spec.node_name.clear();
        pod.status.nominated_node_name.clear();
    }
    let volumes = pod.spec.rest.get("volumes").and_then(serde_json::Value::as_array);
    if volumes.is_some_and(|volumes| volumes.iter().any(|volume| volume.get("persistentVolumeClaim").is_some())) {
        notes.push("volumes are not looked at: the plugins for volumes may still turn nodes away".to_owned());
    }
    if request.again {
        let names = claim_names(pod);
        let namespace = pod.metadata.namespace.clone();
        for claim in &mut objects.claims {
            if claim.metadata.namespace == namespace && names.contains(&claim.metadata.name) {
                claim.status = Default::default();
            }
        }
    }
    notes
}

/// Names of a pod's claims, in the order of its entries.
fn claim_names(pod: &Written) -> Vec<String> {
    let status = &pod.status.resource_claim_statuses;
    let made = |entry: &str| status.iter().find(|made| made.name == entry).and_then(|made| made.resource_claim_name.clone());
    let entries = pod.spec.resource_claims.iter();
    entries.filter_map(|entry| entry.resource_claim_name.clone().or_else(|| made(&entry.name))).collect()
}

fn claims_of(objects: &Objects, pod: &Written) -> Vec<ResourceClaim> {
    let find = |name: String| {
        let is_it = |claim: &&ResourceClaim| claim.metadata.namespace == pod.metadata.namespace && claim.metadata.name == name;
        objects.claims.iter().find(is_it).cloned()
    };
    claim_names(pod).into_iter().filter_map(find).collect()
}

/// All pods that the scheduler knows (those that have ended are no longer shown to it), and the one at hand.
fn pods(objects: &Objects, at: usize, core: &mut CoreInterning) -> (Vec<Arc<Pod>>, Arc<Pod>) {
    let mut pods: Vec<Arc<Pod>> = Vec::new();
    let mut asked = None;
    for (index, pod) in objects.pods.iter().enumerate() {
        if index != at && matches!(standing(pod), Standing::Ended(_)) {
            continue;
        }
        let pod = Arc::new(core.pod(PodId::from_index(pods.len()), pod));
        if index == at {
            asked = Some(pod.clone());
        }
        pods.push(pod);
    }
    (pods, asked.expect("the position is one of a pod"))
}

fn neighbours(objects: &Objects, core: &mut CoreInterning) -> Neighbours {
    let replica_sets = objects.replica_sets.iter().map(|set| (set, "ReplicaSet"));
    let stateful_sets = objects.stateful_sets.iter().map(|set| (set, "StatefulSet"));
    let mut controllers: Vec<_> = replica_sets.chain(stateful_sets).map(|(set, kind)| core.controller(set, kind)).collect();
    controllers.extend(objects.replication_controllers.iter().map(|controller| core.replication_controller(controller)));
    let labels = |core: &mut CoreInterning, meta: &crate::kube::ObjectMeta| (core.name(&meta.name), core.labels(&meta.labels));
    Neighbours {
        namespaces: objects.namespaces.iter().map(|namespace| labels(core, &namespace.metadata)).collect(),
        services: objects.services.iter().map(|service| core.service(service)).collect(),
        controllers,
        budgets: objects.budgets.iter().map(|budget| core.budget(budget)).collect(),
    }
}
