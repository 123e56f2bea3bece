//! The attempt, and what came of it as data.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::ask::objects::Objects;
use crate::ask::pod::eviction::{Eviction, eviction};
use crate::ask::pod::refusals::{Refused, refusals};
use crate::ask::pod::stage::{Request, Stage, Standing, stage};
use crate::ask::state::full_name;
use crate::base::{Findings, NameId, NodeId};
use crate::kube::core::CoreInterning;
use crate::model::core::Pod;
use crate::sched::attempt::{Attempt, Outcome, PreFilterRecord, Scores};
use crate::sched::framework::Plugin;
use crate::sched::plugins::dynamic_resources::pre_enqueue;

/// How an attempt for the pod ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It is not tried: PreEnqueue keeps it from the queue.
    Gated,
    /// It goes to this node.
    Goes(String),
    /// No node will do.
    Nowhere,
    /// The attempt ends with an error.
    Failed,
    /// The scheduler does not try such pods.
    NotTried,
}

/// A plugin that speaks of the pod and not of nodes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Objection {
    /// The plugin; empty where several narrowed the nodes to none.
    pub plugin: &'static str,
    /// Upstream's words.
    pub reason: String,
}

/// A node that fits, with its points.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Feasible {
    /// The node.
    pub node: String,
    /// Weighted sum; `None` where nothing was scored.
    pub total: Option<i64>,
    /// Weighted points by plugin, in the order of [`PodAccount::plugins`].
    pub points: Vec<i64>,
}

/// A claim of the pod.
#[derive(Clone, PartialEq, Debug)]
pub struct Given {
    /// `namespace/name`
    pub name: String,
    /// It was allocated before.
    pub was_allocated: bool,
    /// Its `status`, as it is or would be.
    pub status: Value,
}

/// Everything about one attempt for one pod.
#[derive(Clone, PartialEq, Debug)]
pub struct PodAccount {
    /// `namespace/name`
    pub pod: String,
    /// Where it is in its life.
    pub standing: Standing,
    /// `spec.priority`, and the class that gives it.
    pub priority: (i32, String),
    /// The profile.
    pub profile: String,
    /// How many nodes there are.
    pub nodes: usize,
    /// How the attempt ends.
    pub fate: Fate,
    /// Text of the event, word for word; empty after a success.
    pub message: String,
    /// What keeps the pod from the queue.
    pub gate: Option<Objection>,
    /// What refuses the pod before nodes are looked at.
    pub pre_filter: Option<Objection>,
    /// Nodes that were refused.
    pub refused: Vec<Refused>,
    /// Nodes that fit, the winner first, then by total.
    pub feasible: Vec<Feasible>,
    /// Plugins that scored, with their weights.
    pub plugins: Vec<(Plugin, i64)>,
    /// The node whose nomination was tried first and fits.
    pub is_nominated: bool,
    /// Nodes that were not looked at, since enough others fit.
    pub not_looked_at: Vec<String>,
    /// Preemption, where it runs.
    pub eviction: Option<Eviction>,
    /// The claims of the pod.
    pub claims: Vec<Given>,
    /// All names of nodes.
    pub node_names: BTreeSet<String>,
    /// What was supposed.
    pub notes: Vec<String>,
}

impl Stage {
    /// A text.
    pub fn text(&self, name: NameId) -> String {
        self.scheduler.names.text(name).to_owned()
    }

    /// `namespace/name`
    pub fn pod_name(&self, pod: &Pod) -> String {
        full_name(&self.text(pod.spec.namespace), &self.text(pod.name))
    }

    fn node(&self, node: NodeId) -> String {
        self.text(self.scheduler.snapshot.nodes[node].node.name)
    }
}

impl PodAccount {
    /// Nodes that share the highest total.
    pub fn best(&self) -> Vec<&str> {
        let highest = self.feasible.iter().filter_map(|feasible| feasible.total).max();
        let best = self.feasible.iter().filter(|feasible| highest.is_some() && feasible.total == highest);
        best.map(|feasible| feasible.node.as_str()).collect()
    }

    /// True if devices are a reason of refusal.
    pub fn lacks_devices(&self) -> bool {
        let plugin = Plugin::DynamicResources.name();
        let objections = self.gate.iter().chain(&self.pre_filter).map(|objection| objection.plugin);
        self.refused.iter().flat_map(|group| group.plugins.iter().copied()).chain(objections).any(|name| name == plugin)
    }
}

/// Lets a scheduler that is given these objects try the pod. `None` if no pod has the name.
pub fn account(objects: Objects, request: &Request, core: CoreInterning, findings: &mut Findings) -> Option<PodAccount> {
    let mut stage = stage(objects, request, core, findings)?;
    let mut told = empty(&stage, request);
    if !matches!(stage.standing, Standing::Pending | Standing::Bound(_)) {
        return Some(told);
    }
    if stage.standing == Standing::Pending
        && let Some(plugin) = stage.scheduler.gating_plugin(&stage.pod)
    {
        told.gate = Some(gate(&stage, plugin));
        if plugin != Plugin::SchedulingGates {
            told.fate = Fate::Gated;
            return Some(told);
        }
    }
    let attempt = stage.scheduler.attempt(&stage.pod.clone());
    tell(&stage, &attempt, &mut told);
    Some(told)
}

fn empty(stage: &Stage, request: &Request) -> PodAccount {
    let spec = &stage.written.spec;
    let nodes = &stage.scheduler.snapshot.nodes;
    let given = |claim: &crate::kube::ResourceClaim| Given {
        name: full_name(&claim.metadata.namespace, &claim.metadata.name),
        was_allocated: claim.status.allocation.is_some(),
        status: serde_json::to_value(&claim.status).expect("Kubernetes objects are plain data"),
    };
    PodAccount {
        pod: request.pod.clone(),
        standing: stage.standing.clone(),
        priority: (stage.pod.priority(), spec.priority_class_name.clone()),
        profile: request.profile.clone(),
        nodes: nodes.len(),
        fate: Fate::NotTried,
        message: String::new(),
        gate: None,
        pre_filter: None,
        refused: Vec::new(),
        feasible: Vec::new(),
        plugins: Vec::new(),
        is_nominated: false,
        not_looked_at: Vec::new(),
        eviction: None,
        claims: stage.claims.iter().map(given).collect(),
        node_names: nodes.iter().map(|node| stage.text(node.node.name)).collect(),
        notes: stage.notes.clone(),
    }
}

/// What keeps the pod from the queue, in the words of the plugins' PreEnqueue.
fn gate(stage: &Stage, plugin: Plugin) -> Objection {
    let names = &stage.scheduler.names;
    let reason = match plugin {
        Plugin::SchedulingGates => {
            let gates: Vec<&str> = stage.pod.spec.gates.iter().map(|gate| names.text(*gate)).collect();
            format!("waiting for scheduling gates: [{}]", gates.join(" "))
        }
        _ => pre_enqueue(&stage.scheduler.dra, names, &stage.pod).map_or_else(String::new, |said| said.message(names)),
    };
    Objection { plugin: plugin.name(), reason }
}

fn tell(stage: &Stage, attempt: &Attempt, told: &mut PodAccount) {
    told.fate = match attempt.outcome {
        Outcome::Scheduled(node) => Fate::Goes(stage.node(node)),
        Outcome::Unschedulable => Fate::Nowhere,
        Outcome::Error => Fate::Failed,
    };
    told.message = attempt.message.clone();
    if let Some(PreFilterRecord::Rejected(plugin, rejection, _)) = &attempt.pre_filter {
        let reason = rejection.message(&stage.scheduler.names);
        told.pre_filter = Some(Objection { plugin: plugin.map_or("", Plugin::name), reason });
    }
    told.refused = refusals(stage, attempt);
    told.plugins = plugins(stage, attempt.scores.as_ref());
    told.feasible = feasible(stage, attempt);
    let nominated = stage.pod.nominated_node_name.map(|name| stage.text(name));
    told.is_nominated = nominated.is_some_and(|name| told.fate == Fate::Goes(name)) && attempt.visited == 1;
    told.not_looked_at = not_looked_at(stage, told);
    told.eviction = eviction(stage, attempt);
    if matches!(attempt.outcome, Outcome::Scheduled(_)) {
        claims(stage, told);
    }
}

fn plugins(stage: &Stage, scores: Option<&Scores>) -> Vec<(Plugin, i64)> {
    let config = &stage.scheduler.config;
    let weight = |plugin| config.scores.iter().find(|(known, _)| *known == plugin).map_or(1, |(_, weight)| *weight);
    scores.iter().flat_map(|scores| &scores.plugins).map(|(plugin, _)| (*plugin, weight(*plugin))).collect()
}

/// The winner first, then by total, equals in the order in which they were found.
fn feasible(stage: &Stage, attempt: &Attempt) -> Vec<Feasible> {
    let winner = match attempt.outcome {
        Outcome::Scheduled(node) => Some(node),
        _ => None,
    };
    let Some(scores) = &attempt.scores else {
        let only = winner.map(|node| Feasible { node: stage.node(node), total: None, points: Vec::new() });
        return only.into_iter().collect();
    };
    let mut order: Vec<usize> = (0..scores.nodes.len()).collect();
    order.sort_by_key(|at| (Some(scores.nodes[*at]) != winner, std::cmp::Reverse(scores.totals[*at])));
    let row = |at: usize| Feasible {
        node: stage.node(scores.nodes[at]),
        total: Some(scores.totals[at]),
        points: scores.plugins.iter().map(|(_, column)| column[at]).collect(),
    };
    order.into_iter().map(row).collect()
}

fn not_looked_at(stage: &Stage, told: &PodAccount) -> Vec<String> {
    let is_over = !matches!(told.fate, Fate::Goes(_));
    if is_over {
        return Vec::new();
    }
    let refused = told.refused.iter().flat_map(|group| &group.nodes);
    let seen: BTreeSet<&String> = refused.chain(told.feasible.iter().map(|feasible| &feasible.node)).collect();
    let names = stage.scheduler.snapshot.list().map(|node| stage.text(node.node.name));
    names.filter(|name| !seen.contains(name)).collect()
}

/// What the claims have on the winner.
fn claims(stage: &Stage, told: &mut PodAccount) {
    let scheduler = &stage.scheduler;
    let written = scheduler.dra.claims_written(&scheduler.names, &stage.pod);
    for given in &mut told.claims {
        let name = given.name.rsplit('/').next().unwrap_or(&given.name);
        if let Some(status) = written.get(name) {
            given.status = status.clone();
        }
    }
    if let Some(extended) = scheduler.dra.extended_claim_written(&scheduler.names, &stage.pod) {
        let name = format!("{} (made for its extended resources)", told.pod);
        told.claims.push(Given { name, was_allocated: false, status: extended["status"].clone() });
    }
}
