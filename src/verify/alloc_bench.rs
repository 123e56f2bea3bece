//! Kind `alloc-bench`: a queue of equal pods, placed one after the other.
//!
//! Every pod has an allocator of its own, as in a scheduling cycle. Nodes are tried in order, beginning with the node where
//! the previous pod landed and wrapping around, until `feasible` nodes fit; the first of them gets the pod, and its devices
//! are taken.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use std::sync::Arc;

use crate::alloc::dra::fleet::Fleet;
use crate::alloc::dra::kinds::Kinds;
use crate::alloc::dra::problem::Outcome;
use crate::alloc::dra::reference::Reference;
use crate::alloc::dra::relevance::Relevance;
use crate::alloc::dra::slices::SliceIndex;
use crate::alloc::dra::{Asking, Verdict, World};
use crate::base::{DeviceKeyId, Findings, Id, NodeId};
use crate::kube::intern::Interning;
use crate::kube::{DeviceClass, Node, ResourceClaim, ResourceSlice};
use crate::model::dra::{AllocatedState, Claim};
use crate::verify::alloc::{Problem, objects};
use crate::verify::answer::{Answer, Answered, Search};
use crate::verify::case_file::{Fault, question};

/// What is compared.
pub(super) const KEYS: [&str; 3] = ["placements", "allocateCalls", "allocateOneInvocations"];

/// The queue and the cluster.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    features: Vec<String>,
    #[serde(default)]
    variant: Option<String>,
    #[serde(default)]
    device_classes: Vec<DeviceClass>,
    #[serde(default)]
    resource_slices: Vec<ResourceSlice>,
    #[serde(default)]
    nodes: Vec<Node>,
    #[serde(default)]
    claims: Vec<ResourceClaim>,
    /// Instead of `claims`: those of several kinds of pod.
    #[serde(default)]
    shapes: Vec<Vec<ResourceClaim>>,
    /// With `shapes`: the kind of each pod, repeated from the start if there are more pods.
    #[serde(default)]
    order: Vec<usize>,
    pods: u64,
    feasible: u64,
}

/// Answers a case by each of `searches`.
pub fn answer(line: &str, searches: &[Search]) -> Result<Answered, Fault> {
    let (name, workload, unknown) = Workload::read(line)?;
    let answers = searches.iter().map(|search| workload.answer(*search)).collect();
    Ok(Answered { name, answers, unknown })
}

/// A cluster and the pods that are to be placed on it.
pub struct Workload {
    problem: Problem,
    /// The claims of each kind of pod.
    shapes: Vec<Vec<Claim>>,
    /// The kind of each pod, repeated.
    order: Vec<usize>,
    pods: u64,
    feasible: u64,
}

/// Where pods went and what it took upstream to find out.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Placements {
    /// For each pod the index of its node and its devices; `None` if no node fits.
    pub of_pods: Vec<Option<(usize, Vec<DeviceKeyId>)>>,
    /// Nodes asked.
    pub calls: u64,
    /// Search steps on all of them.
    pub steps: u128,
    /// What ended the queue before its time. Upstream's program has no answer then.
    pub error: Option<String>,
}

impl Workload {
    /// Reads the case in a line: its name, the workload, and paths of fields that had no effect.
    pub fn read(line: &str) -> Result<(String, Workload, Vec<String>), Fault> {
        let (name, input, unknown) = question::<Input>(line)?;
        let mut interning = Interning::default();
        let mut findings = Findings::default();
        let shapes = if input.shapes.is_empty() { vec![input.claims] } else { input.shapes };
        let order = if input.order.is_empty() { vec![0] } else { input.order };
        if let Some(strange) = order.iter().find(|shape| **shape >= shapes.len()) {
            let text = format!("there is no kind of pod {strange}, only {}", shapes.len());
            return Err(Fault::case(Some("in.order".to_owned()), text));
        }
        let claims: Vec<ResourceClaim> = shapes.iter().flatten().cloned().collect();
        objects(&input.device_classes, &input.resource_slices, &claims, &mut interning, &mut findings);
        for node in &input.nodes {
            interning.node(node);
        }
        if findings.has_errors() {
            return Err(Fault(findings));
        }
        let problem = Problem::new(&input.features, input.variant.as_deref(), interning.finish())?;
        let mut claims = problem.interned.claims.iter().cloned();
        let shapes = shapes.iter().map(|shape| claims.by_ref().take(shape.len()).collect()).collect();
        Ok((name, Workload { problem, shapes, order, pods: input.pods, feasible: input.feasible }, unknown))
    }

    /// The same with another number of pods.
    pub fn set_pods(&mut self, pods: u64) {
        self.pods = pods;
    }

    /// Places all pods.
    pub fn place(&self, search: Search) -> Placements {
        match search {
            Search::Fast => self.by_fleet().unwrap_or_else(|| self.one_by_one()),
            Search::Reference => self.one_by_one(),
        }
    }

    /// The kind of a pod.
    fn shape(&self, pod: u64) -> usize {
        self.order[(pod % self.order.len() as u64) as usize]
    }

    /// Nodes that are alike are asked once; `None` if some node is not on its own.
    fn by_fleet(&self) -> Option<Placements> {
        let Problem { features, variant, selectors, interned } = &self.problem;
        let (features, variant, published) = (*features, *variant, &interned.published);
        let index = Arc::new(SliceIndex::new(published));
        let relevance = Relevance::of(selectors, &interned.claims);
        let kinds = Kinds::new(published, &index, (features, variant), &interned.nodes, &relevance);
        let asking = Asking {
            features,
            variant,
            published,
            index,
            classes: &interned.classes,
            selectors,
            nodes: &interned.nodes,
            kinds: &kinds,
            step_budget: None,
            walked_steps: 0,
        };
        let mut fleet = Fleet::new(asking, &self.shapes)?;
        let mut placements = Placements::default();
        let mut start = NodeId::from_index(0);
        for pod in 0..self.pods {
            match fleet.place(self.shape(pod), start, self.feasible as usize) {
                Ok(placement) => {
                    placements.calls += placement.calls;
                    placements.steps += placement.steps;
                    placements.of_pods.push(placement.placed.map(|(node, devices)| {
                        start = node;
                        (node.index(), devices.iter().map(|device| published.devices[*device].key).collect())
                    }));
                }
                Err(answer) => {
                    placements.error = Some(match &answer.verdict {
                        Verdict::Error(reason) => reason.text.clone(),
                        _ => INVALID.to_owned(),
                    });
                    break;
                }
            }
        }
        Some(placements)
    }

    /// Every node is asked for every pod, as upstream does it.
    fn one_by_one(&self) -> Placements {
        let mut queue = Queue { workload: self, start: 0, held: AllocatedState::default(), placements: Placements::default() };
        for pod in 0..self.pods {
            if let Err(text) = queue.place(self.shape(pod)) {
                queue.placements.error = Some(text);
                break;
            }
        }
        queue.placements
    }

    fn answer(&self, search: Search) -> Answer {
        let Placements { of_pods, calls, steps, error } = self.place(search);
        let (published, nodes) = (&self.problem.interned.published, &self.problem.interned.nodes);
        let placement = |placed: &Option<(usize, Vec<DeviceKeyId>)>| {
            let mut placement = Map::new();
            if let Some((node, devices)) = placed {
                placement.insert("node".to_owned(), nodes[*node].name.as_str().into());
                let devices: Vec<Value> = devices.iter().map(|key| published.key_text(*key).into()).collect();
                if !devices.is_empty() {
                    placement.insert("devices".to_owned(), devices.into());
                }
            }
            Value::from(placement)
        };
        let placements: Vec<Value> = of_pods.iter().map(placement).collect();
        let steps = u64::try_from(steps).unwrap_or(u64::MAX);
        let mut got = json!({"placements": placements, "allocateCalls": calls, "allocateOneInvocations": steps});
        if let Some(text) = error {
            got["error"] = text.into();
        }
        Answer { search: Some(search), got, error: None }
    }
}

const INVALID: &str = "invalid resource pools were encountered";

struct Queue<'a> {
    workload: &'a Workload,
    start: usize,
    held: AllocatedState,
    placements: Placements,
}

impl Queue<'_> {
    /// Places the next pod.
    fn place(&mut self, shape: usize) -> Result<(), String> {
        let Workload { problem, shapes, feasible, .. } = self.workload;
        let nodes = &problem.interned.nodes;
        let mut placed = None;
        let mut allocator = Reference::new(World { claims: &shapes[shape], ..problem.world(&self.held) });
        let (first, mut found) = (self.start, 0);
        for at in 0..nodes.len() {
            if found >= *feasible {
                break;
            }
            let node = (first + at) % nodes.len();
            self.placements.calls += 1;
            let (outcome, stats) = allocator.allocate(&nodes[node]);
            self.placements.steps += u128::from(stats.steps);
            let results = match outcome {
                Outcome::Allocated(results) => results,
                Outcome::Unsatisfiable => continue,
                Outcome::NodeError => return Err(INVALID.to_owned()),
                Outcome::Error(reason) => return Err(reason.text),
                Outcome::GaveUp => return Err("the search gave up".to_owned()),
            };
            found += 1;
            if found == 1 {
                self.start = node;
                let published = &problem.interned.published;
                let devices = results.iter().flat_map(|result| &result.results);
                placed = Some((node, devices.map(|device| published.devices[device.device].key).collect::<Vec<_>>()));
            }
        }
        drop(allocator);
        self.held.dedicated.extend(placed.iter().flat_map(|(_, devices)| devices));
        self.placements.of_pods.push(placed);
        Ok(())
    }
}
