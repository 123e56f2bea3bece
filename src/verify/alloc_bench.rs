//! Kind `alloc-bench`: a queue of equal pods, placed one after the other.
//!
//! Every pod has an allocator of its own, as in a scheduling cycle. Nodes are tried in order, beginning with the node where
//! the previous pod landed and wrapping around, until `feasible` nodes fit; the first of them gets the pod, and its devices
//! are taken.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::alloc::dra::problem::Outcome;
use crate::alloc::dra::reference::Reference;
use crate::base::Findings;
use crate::kube::intern::Interning;
use crate::kube::{DeviceClass, Node, ResourceClaim, ResourceSlice};
use crate::model::dra::AllocatedState;
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
    pods: u64,
    feasible: u64,
}

/// Answers a case by each of `searches`.
pub fn answer(line: &str, searches: &[Search]) -> Result<Answered, Fault> {
    let (name, input, unknown) = question::<Input>(line)?;
    let mut interning = Interning::default();
    let mut findings = Findings::default();
    objects(&input.device_classes, &input.resource_slices, &input.claims, &mut interning, &mut findings);
    for node in &input.nodes {
        interning.node(node);
    }
    if findings.has_errors() {
        return Err(Fault(findings));
    }
    let problem = Problem::new(&input.features, input.variant.as_deref(), interning.finish())?;
    let answers = searches.iter().map(|search| by(*search, &problem, input.pods, input.feasible)).collect();
    Ok(Answered { name, answers, unknown })
}

fn by(search: Search, problem: &Problem, pods: u64, feasible: u64) -> Answer {
    let mut queue = Queue { problem, search, feasible, start: 0, calls: 0, steps: 0, held: AllocatedState::default() };
    let mut placements = Vec::new();
    let mut error = None;
    for _ in 0..pods {
        match queue.place() {
            Ok(placement) => placements.push(placement),
            Err(text) => {
                error = Some(text);
                break;
            }
        }
    }
    let (calls, steps) = (queue.calls, queue.steps);
    let mut got = json!({"placements": placements, "allocateCalls": calls, "allocateOneInvocations": steps});
    if let Some(text) = error {
        // Upstream's program has no answer then.
        got["error"] = text.into();
    }
    Answer { search: Some(search), got, error: None }
}

struct Queue<'a> {
    problem: &'a Problem,
    search: Search,
    feasible: u64,
    start: usize,
    calls: u64,
    steps: u64,
    held: AllocatedState,
}

impl Queue<'_> {
    /// Places the next pod: `{}` if no node fits.
    fn place(&mut self) -> Result<Value, String> {
        let nodes = &self.problem.interned.nodes;
        let mut taken = Vec::new();
        let mut placement = Map::new();
        {
            let Search::Reference = self.search;
            let mut allocator = Reference::new(self.problem.world(&self.held));
            let mut found = 0;
            let first = self.start;
            for at in 0..nodes.len() {
                if found >= self.feasible {
                    break;
                }
                let node = (first + at) % nodes.len();
                self.calls += 1;
                let (outcome, stats) = allocator.allocate(&nodes[node]);
                self.steps += stats.steps;
                let results = match outcome {
                    Outcome::Allocated(results) => results,
                    Outcome::Unsatisfiable => continue,
                    Outcome::NodeError => return Err("invalid resource pools were encountered".to_owned()),
                    Outcome::Error(reason) => return Err(reason.text),
                    Outcome::GaveUp => return Err("the search gave up".to_owned()),
                };
                found += 1;
                if found == 1 {
                    self.start = node;
                    placement.insert("node".to_owned(), nodes[node].name.as_str().into());
                    let published = &self.problem.interned.published;
                    let devices = results.iter().flat_map(|result| &result.results);
                    taken.extend(devices.map(|device| published.devices[device.device].key));
                }
            }
        }
        if !taken.is_empty() {
            let published = &self.problem.interned.published;
            let devices: Vec<Value> = taken.iter().map(|key| published.key_text(*key).into()).collect();
            placement.insert("devices".to_owned(), devices.into());
            self.held.dedicated.extend(taken);
        }
        Ok(placement.into())
    }
}
