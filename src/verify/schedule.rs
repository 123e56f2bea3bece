//! Kind `schedule`: kube-scheduler, pod after pod (`pkg/scheduler`).
//!
//! The recorder takes the smallest name where upstream's choice is a tie, evicts victims at once, and lets no cluster event
//! reach the queue; this driver does the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::base::{Id, NodeId, PodId, SimTime};
use crate::kube::core::CoreInterning;
use crate::kube::neighbours::{Controller, Namespace, PodDisruptionBudget, PriorityClass, Service};
use crate::kube::{DeviceClass, Node, Pod as Written, ResourceClaim, ResourceSlice};
use crate::model::Gates;
use crate::model::core::Pod;
use crate::sched::attempt::{Attempt, Nominating, Outcome, PreFilterRecord, PreemptionRecord, Scheduler, TieRule};
use crate::sched::dra::{self, Manager};
use crate::sched::framework::cx::Neighbours;
use crate::sched::framework::from_config::with_plugin_config;
use crate::sched::framework::{Configuration, Plugin, Rejection, Snapshot, WellKnown};
use crate::verify::answer::{Answer, Answered};
use crate::verify::case_file::{Fault, question};
use crate::verify::compare::{self, Difference};

/// Start time of the first pod that is bound in a case: 2030-01-01T00:00:00Z, in nanoseconds since 1970.
const FIRST_START: u64 = 1_893_456_000 * 1_000_000_000;

#[derive(Deserialize)]
struct Input {
    options: Options,
    objects: Objects,
    #[serde(default)]
    pods: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Options {
    #[serde(default)]
    percentage_of_nodes_to_score: i32,
    #[serde(default)]
    feature_gates: BTreeMap<String, bool>,
    #[serde(default)]
    scoring_strategy: Option<Value>,
    #[serde(default)]
    plugin_config: Vec<Value>,
    #[serde(default)]
    retries: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Objects {
    #[serde(default)]
    nodes: Vec<Node>,
    #[serde(default)]
    pods: Vec<Written>,
    #[serde(default)]
    namespaces: Vec<Namespace>,
    #[serde(default)]
    services: Vec<Service>,
    #[serde(default)]
    replica_sets: Vec<Controller>,
    #[serde(default)]
    #[expect(dead_code, reason = "priorities are resolved in the recorded pods")]
    priority_classes: Vec<PriorityClass>,
    #[serde(default)]
    pod_disruption_budgets: Vec<PodDisruptionBudget>,
    #[serde(default)]
    device_classes: Vec<DeviceClass>,
    #[serde(default)]
    resource_slices: Vec<ResourceSlice>,
    #[serde(default)]
    resource_claims: Vec<ResourceClaim>,
}

/// The case on its way: a scheduler, and the pods as the API server has them.
struct Driver {
    scheduler: Scheduler,
    pods: Vec<Arc<Pod>>,
    bound: u64,
}

/// Answers a case.
pub fn answer(line: &str) -> Result<Answered, Fault> {
    let (name, input, unknown) = question::<Input>(line)?;
    let (mut driver, arriving) = start(&input)?;
    let mut attempts = Vec::new();
    let mut nominated: BTreeMap<PodId, bool> = BTreeMap::new();
    for &pod in &arriving {
        let (entry, is_nominated) = driver.attempt(pod, 0);
        nominated.insert(pod, is_nominated);
        attempts.push(entry);
    }
    for retry in 1..=input.options.retries {
        for &pod in &arriving {
            if nominated.get(&pod) == Some(&true) {
                let (entry, is_nominated) = driver.attempt(pod, retry);
                nominated.insert(pod, is_nominated);
                attempts.push(entry);
            }
        }
    }
    Ok(Answered { name, answers: vec![Answer::only(json!({ "pods": attempts }))], unknown })
}

fn start(input: &Input) -> Result<(Driver, Vec<PodId>), Fault> {
    let mut core = CoreInterning::default();
    let config = configuration(&input.options, &mut core)?;
    core.gates = config.gates.clone();
    let known = WellKnown::new(&mut core.names);
    let objects = &input.objects;
    let nodes = objects.nodes.iter().map(|node| Arc::new(core.node(node))).collect();
    let neighbours = Neighbours {
        namespaces: objects
            .namespaces
            .iter()
            .map(|namespace| (core.name(&namespace.metadata.name), core.labels(&namespace.metadata.labels)))
            .collect(),
        services: objects.services.iter().map(|service| core.service(service)).collect(),
        controllers: objects.replica_sets.iter().map(|set| core.controller(set, "ReplicaSet")).collect(),
        budgets: objects.pod_disruption_budgets.iter().map(|budget| core.budget(budget)).collect(),
    };
    let mut snapshot = Snapshot::new(nodes, |node| known.zone_of(&node.labels));
    let mut pods = Vec::new();
    for pod in objects.pods.iter().chain(&input.pods) {
        pods.push(Arc::new(core.pod(PodId::from_index(pods.len()), pod)));
    }
    for pod in &pods[..objects.pods.len()] {
        if let Some(node) = pod.node_name.and_then(|name| snapshot.named(name)) {
            snapshot.add_pod(node, pod.clone());
        }
    }
    let devices = dra::Objects {
        nodes: &objects.nodes,
        classes: &objects.device_classes,
        slices: &objects.resource_slices,
        claims: &objects.resource_claims,
        ..dra::Objects::default()
    };
    let mut manager = Manager::new(dra::Settings::of(&config.gates), &devices, &mut core);
    manager.set_now(SimTime(FIRST_START));
    let CoreInterning { names, findings, .. } = core;
    if findings.has_errors() {
        return Err(Fault(findings));
    }
    let mut scheduler = Scheduler::new((names, known), config, snapshot, neighbours, manager);
    scheduler.tie_rule = TieRule::SmallestName;
    let arriving = (objects.pods.len()..pods.len()).map(PodId::from_index).collect();
    Ok((Driver { scheduler, pods, bound: 0 }, arriving))
}

fn configuration(options: &Options, core: &mut CoreInterning) -> Result<Configuration, Fault> {
    let mut gates = Gates::default();
    for (gate, on) in &options.feature_gates {
        if !gates.set(gate, *on) {
            return Err(Fault::case(Some("in.options.featureGates".to_owned()), format!("there is no gate `{gate}`")));
        }
    }
    let strategy = options
        .scoring_strategy
        .as_ref()
        .map(|strategy| json!({ "name": "NodeResourcesFit", "args": { "scoringStrategy": strategy } }));
    let plugin_config: Vec<Value> = options.plugin_config.iter().cloned().chain(strategy).collect();
    with_plugin_config(options.percentage_of_nodes_to_score, &gates, &plugin_config, core).map_err(Fault)
}

impl Driver {
    /// One attempt, with all its effects; and whether the pod is nominated after it.
    fn attempt(&mut self, id: PodId, retry: usize) -> (Value, bool) {
        let pod = self.pods[id.index()].clone();
        let name = self.pod_name(id);
        let mut entry = Map::new();
        entry.insert("name".to_owned(), name.into());
        if retry > 0 {
            entry.insert("retry".to_owned(), retry.into());
        }
        if let Some(plugin) = self.scheduler.gating_plugin(&pod) {
            let next_start = self.scheduler.next_start;
            entry.extend(fields(json!({
                "status": "Gated", "gatingPlugin": plugin.name(), "evaluated": 0, "feasible": 0, "nextStart": next_start,
            })));
            return (entry.into(), false);
        }
        let attempt = self.scheduler.attempt(&pod);
        self.tell(&attempt, &mut entry);
        self.apply(&pod, &attempt);
        self.tell_claims(id, &mut entry);
        let nominated = attempt.preemption.as_ref().is_some_and(|preemption| preemption.nominated.is_some());
        (entry.into(), nominated)
    }

    fn tell_claims(&self, id: PodId, entry: &mut Map<String, Value>) {
        let Scheduler { dra, names, .. } = &self.scheduler;
        let pod = &self.pods[id.index()];
        let claims = dra.claims_written(names, pod);
        if !claims.is_empty() {
            entry.insert("claims".to_owned(), claims.into_iter().collect::<Map<_, _>>().into());
        }
        if let Some(claim) = dra.extended_claim_written(names, pod) {
            entry.insert("extendedClaim".to_owned(), claim);
        }
    }

    /// What the API server and the watch bring about before the next attempt.
    fn apply(&mut self, pod: &Arc<Pod>, attempt: &Attempt) {
        match attempt.outcome {
            Outcome::Scheduled(node) => self.bind(pod, node),
            Outcome::Unschedulable | Outcome::Error => self.nominate(pod, attempt.nominating),
        }
        let Some(preemption) = &attempt.preemption else { return };
        let Some(node) = preemption.nominated else { return };
        for &victim in &preemption.victims {
            self.scheduler.forget(&self.pods[victim.index()].clone());
        }
        self.clear_lower(pod, node);
    }

    fn bind(&mut self, pod: &Arc<Pod>, node: NodeId) {
        let mut bound = Pod::clone(pod);
        bound.node_name = Some(self.scheduler.snapshot.nodes[node].node.name);
        bound.nominated_node_name = None;
        bound.start_time = SimTime(FIRST_START + self.bound * 1_000_000_000).into();
        self.bound += 1;
        let bound = Arc::new(bound);
        self.scheduler.snapshot.remove_pod(node, bound.id);
        self.scheduler.snapshot.add_pod(node, bound.clone());
        let at = bound.id.index();
        self.pods[at] = bound;
    }

    fn nominate(&mut self, pod: &Arc<Pod>, nominating: Nominating) {
        let mut updated = Pod::clone(pod);
        match nominating {
            Nominating::Keep => {}
            Nominating::Clear => updated.nominated_node_name = None,
            Nominating::Set(node) => updated.nominated_node_name = Some(self.scheduler.snapshot.nodes[node].node.name),
        }
        let updated = Arc::new(updated);
        self.pods[updated.id.index()] = updated.clone();
        match updated.nominated_node_name {
            Some(node) => self.scheduler.nominator.add(updated, node),
            None => self.scheduler.nominator.remove(updated.id),
        }
    }

    /// Pods of lower priority that are nominated to the node lose their nomination.
    fn clear_lower(&mut self, pod: &Pod, node: NodeId) {
        let name = self.scheduler.snapshot.nodes[node].node.name;
        let is_lower = |other: &&Arc<Pod>| other.priority() < pod.priority();
        let lower: Vec<Arc<Pod>> = self.scheduler.nominator.on(name).iter().filter(is_lower).cloned().collect();
        for other in lower {
            self.nominate(&other, Nominating::Clear);
        }
    }

    fn pod_name(&self, id: PodId) -> String {
        let pod = &self.pods[id.index()];
        let names = &self.scheduler.names;
        format!("{}/{}", names.text(pod.spec.namespace), names.text(pod.name))
    }

    fn node_name(&self, id: NodeId) -> &str {
        self.scheduler.names.text(self.scheduler.snapshot.nodes[id].node.name)
    }

    fn node_names(&self, ids: &[NodeId]) -> Vec<&str> {
        let mut names: Vec<&str> = ids.iter().map(|id| self.node_name(*id)).collect();
        names.sort_unstable();
        names
    }

    fn verdict(&self, plugin: Option<Plugin>, rejection: &Rejection) -> Value {
        let reasons: Vec<String> = rejection.reasons.iter().map(|reason| reason.text(&self.scheduler.names)).collect();
        json!({ "plugin": plugin.map_or("", Plugin::name), "code": rejection.code.name(), "reasons": reasons })
    }

    fn tell(&self, attempt: &Attempt, entry: &mut Map<String, Value>) {
        let status = match attempt.outcome {
            Outcome::Scheduled(node) => {
                entry.insert("node".to_owned(), self.node_name(node).into());
                "Scheduled"
            }
            Outcome::Unschedulable => "Unschedulable",
            Outcome::Error => "SchedulerError",
        };
        entry.extend(fields(json!({
            "status": status,
            "evaluated": attempt.evaluated,
            "feasible": attempt.feasible,
            "nextStart": attempt.next_start,
        })));
        let is_narrowed = matches!(attempt.pre_filter, Some(PreFilterRecord::Narrowed(..)));
        let mut put = |key: &str, value: Option<Value>| drop(value.map(|value| entry.insert(key.to_owned(), value)));
        put("firstNode", attempt.first.filter(|_| !is_narrowed).map(|node| self.node_name(node).into()));
        put("heapPick", attempt.heap_pick.filter(|_| !is_narrowed).map(|node| self.node_name(node).into()));
        put("hint", attempt.hint.map(|node| self.node_name(node).into()));
        put("preFilter", attempt.pre_filter.as_ref().map(|record| self.pre_filter(record)));
        put("verdicts", self.verdicts(attempt));
        put("message", Some(attempt.message.clone()).filter(|text| !text.is_empty()).map(Value::from));
        let plugins = attempt.unschedulable_plugins;
        put("unschedulablePlugins", (!plugins.is_empty()).then(|| plugins.names().into()));
        put(
            "postFilter",
            attempt.post_filter.as_ref().map(|said| {
                let mut told = fields(json!({ "code": said.code.map_or("Success", |code| code.name()) }));
                if !said.message.is_empty() {
                    told.insert("message".to_owned(), said.message.clone().into());
                }
                told.into()
            }),
        );
        put("preemption", attempt.preemption.as_ref().map(|preemption| self.preemption(preemption)));
        self.tell_scores(attempt, entry);
    }

    fn tell_scores(&self, attempt: &Attempt, entry: &mut Map<String, Value>) {
        let Some(scores) = &attempt.scores else { return };
        let best = scores.totals.iter().max().copied().unwrap_or(0);
        let mut by_node = Map::new();
        for (at, node) in scores.nodes.iter().enumerate() {
            let mut told: Map<String, Value> =
                scores.plugins.iter().map(|(plugin, column)| (plugin.name().to_owned(), column[at].into())).collect();
            told.insert("total".to_owned(), scores.totals[at].into());
            by_node.insert(self.node_name(*node).to_owned(), told.into());
        }
        let nodes = scores.nodes.iter().zip(&scores.totals);
        let tie: Vec<NodeId> = nodes.filter(|(_, total)| **total == best).map(|(node, _)| *node).collect();
        entry.insert("scores".to_owned(), by_node.into());
        entry.insert("tie".to_owned(), self.node_names(&tie).into());
    }

    fn verdicts(&self, attempt: &Attempt) -> Option<Value> {
        let told = attempt
            .verdicts
            .iter()
            .map(|(node, (plugin, rejection))| (self.node_name(*node).to_owned(), self.verdict(Some(*plugin), rejection)));
        let told: Map<String, Value> = told.collect();
        (!told.is_empty()).then(|| told.into())
    }

    fn pre_filter(&self, record: &PreFilterRecord) -> Value {
        let (mut told, plugins) = match record {
            PreFilterRecord::Rejected(plugin, rejection, plugins) => {
                (fields(json!({ "verdict": self.verdict(*plugin, rejection) })), plugins)
            }
            PreFilterRecord::Narrowed(names, plugins) => {
                let mut names: Vec<&str> = names.iter().map(|name| self.scheduler.names.text(*name)).collect();
                names.sort_unstable();
                (fields(json!({ "nodes": names })), plugins)
            }
        };
        if !plugins.is_empty() {
            told.insert("plugins".to_owned(), plugins.names().into());
        }
        told.into()
    }

    fn preemption(&self, record: &PreemptionRecord) -> Value {
        let pods = |ids: &[PodId]| ids.iter().map(|id| self.pod_name(*id)).collect::<Vec<_>>();
        let candidates = record.candidates.iter().map(|candidate| {
            let mut told = fields(json!({ "victims": pods(&candidate.victims) }));
            if candidate.violations > 0 {
                told.insert("pdbViolations".to_owned(), candidate.violations.into());
            }
            (self.node_name(candidate.node).to_owned(), Value::from(told))
        });
        let mut told = fields(json!({ "candidates": candidates.collect::<Map<_, _>>() }));
        told.insert("tie".to_owned(), self.node_names(&record.tie).into());
        if let Some(node) = record.nominated {
            told.insert("nominatedNode".to_owned(), self.node_name(node).into());
            told.insert("victims".to_owned(), pods(&record.victims).into());
        }
        told.into()
    }
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Everything that upstream told.
pub fn differences(answer: &Answer, want: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare::all("", Some(&answer.got), Some(want), &mut found);
    found
}
