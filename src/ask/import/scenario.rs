//! The scenario of a cluster: its nodes as they are, its pods as a mix of entries.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::ask::build::{Rules, build};
use crate::ask::import::pods::{Catalogue, Demand, Lost, claims_of, requests};
use crate::ask::objects::Objects;
use crate::ask::state::{SubjectKind, full_name};
use crate::ask::subjects::Topic;
use crate::ask::words::count;
use crate::base::{Findings, Place, SimDuration};
use crate::kube::Pod;
use crate::model::fit::fits_when_empty;
use crate::model::{Ask, DeviceAsk, DeviceKind, Inventory, InventoryBuilder, Ledger, LinkLevel};
use crate::scenario::raw::{self, Kind, Level};
use crate::scenario::units::{Bytes, Cpu, Duration};
use crate::trace::add_kube_nodes;

/// How long pods run, which objects do not say: median and 99th percentile.
const HOURS: (u64, u64) = (1, 12);

/// What an import comes to.
#[derive(Clone, PartialEq, Debug)]
pub struct Imported {
    /// The scenario, as TOML.
    pub scenario: String,
    /// The objects that it names: Nodes and ResourceSlices.
    pub objects: Value,
    /// How many pods the entries stand for.
    pub pods: u64,
    /// How many kinds of demand they are.
    pub entries: usize,
    /// How many nodes there are.
    pub nodes: usize,
}

/// Makes a scenario called `name` whose nodes are read from `file`, which is to hold the objects. What cannot be carried
/// over is added to the findings. `None` if there are no nodes or no pods, which is an error finding.
pub fn import(objects: &Objects, name: &str, file: &str, findings: &mut Findings) -> Option<Imported> {
    let mut builder = InventoryBuilder::default();
    add_kube_nodes(&objects.nodes, &objects.slices, file, &mut builder, findings);
    let inventory = builder.finish();
    if inventory.nodes.is_empty() {
        let help = "import Nodes or ResourceSlices, such as `kubectl get nodes,resourceslices -o json`";
        findings.error("E4501", Place::default(), "the objects have no node", help);
        return None;
    }
    for (kind, _) in objects.of_scheduler_only() {
        let text = format!("objects of kind {:?} have no part in a scenario and are left out", kind.name());
        findings.warning("W4002", Place::default(), text, "");
    }
    let mut lost = Lost::default();
    let demands = demands(objects, &inventory, &mut lost, findings);
    for (what, (place, count)) in &lost.0 {
        let more = if *count > 1 { format!(" and {} more", count - 1) } else { String::new() };
        findings.warning("W4501", Place::default(), format!("{what} ({place}{more})"), "");
    }
    if demands.is_empty() {
        let help = "import Pods with their claims and templates; or write [[workload.entry]] tables yourself";
        findings.error("E4502", Place::default(), "the objects have no pod that could be simulated", help);
        return None;
    }
    let pods = demands.values().map(|pods| pods.len() as u64).sum();
    let scenario = text(name, file, &demands, &inventory);
    let items: Vec<Value> = (objects.nodes.iter().map(serde_json::to_value))
        .chain(objects.slices.iter().map(serde_json::to_value))
        .map(|value| value.expect("Kubernetes objects are plain data"))
        .collect();
    let objects = json!({"apiVersion": "v1", "kind": "List", "items": items});
    Some(Imported { scenario, objects, pods, entries: demands.len(), nodes: inventory.nodes.len() })
}

/// Pods by what they ask for.
type Demands = BTreeMap<Demand, Vec<String>>;

fn demands(objects: &Objects, inventory: &Inventory, lost: &mut Lost, findings: &mut Findings) -> Demands {
    let pods: Vec<&Pod> = objects.pods.iter().filter(|pod| is_workload(pod, lost)).collect();
    let topics: Vec<Topic> = pods.iter().map(|pod| topic(pod, objects, lost)).collect();
    let (state, subjects) = build(objects, topics, Rules::default(), findings);
    let catalogue = Catalogue::new(&state);
    let empty = Ledger::new(inventory);
    let mut found = Demands::new();
    for (pod, subject) in pods.iter().zip(&subjects) {
        let mut demand = requests(pod, lost);
        for claim in &subject.claims {
            catalogue.claim(claim, &subject.name, &mut demand, lost);
        }
        if pod.spec.affinity.is_some() || !pod.spec.node_selector.is_empty() {
            lost.add("node selectors and affinity of pods", &subject.name);
        }
        if !fits_when_empty(inventory, &empty, &ask(&demand, inventory)) {
            lost.add("pods that no node could hold, even if empty", &subject.name);
            continue;
        }
        found.entry(demand).or_default().push(pod.metadata.name.clone());
    }
    found
}

/// Pods of DaemonSets and of nodes themselves are part of the nodes.
fn is_workload(pod: &Pod, lost: &mut Lost) -> bool {
    let owner = pod.metadata.owner_references.iter().find(|owner| matches!(owner.kind.as_str(), "DaemonSet" | "Node"));
    if let Some(owner) = owner {
        lost.add(format!("pods of a {}", owner.kind), &full_name(&pod.metadata.namespace, &pod.metadata.name));
    }
    owner.is_none()
}

fn topic(pod: &Pod, objects: &Objects, lost: &mut Lost) -> Topic {
    Topic {
        kind: SubjectKind::Pod,
        name: full_name(&pod.metadata.namespace, &pod.metadata.name),
        claims: claims_of(pod, objects, lost),
        bound: Vec::new(),
        awaits: Vec::new(),
        node: None,
        refusal: None,
    }
}

fn ask(demand: &Demand, inventory: &Inventory) -> Ask {
    let device = |wanted: &crate::ask::import::pods::Wanted| {
        let mut models: Vec<_> = wanted.models.iter().filter_map(|name| inventory.model_named(name)).collect();
        models.sort_unstable();
        DeviceAsk { kind: wanted.kind, count: wanted.count, share_milli: 1000, models, memory_bytes_min: 0 }
    };
    Ask {
        name: String::new(),
        cpu_milli: demand.cpu_milli,
        memory_bytes: demand.memory_bytes,
        priority: demand.priority,
        devices: demand.devices.iter().map(device).collect(),
        alignments: demand.alignments.clone(),
    }
}

fn text(name: &str, file: &str, demands: &Demands, inventory: &Inventory) -> String {
    let pods: usize = demands.values().map(Vec::len).sum();
    let load = load(demands, inventory);
    let mut names = BTreeSet::new();
    let entry = demands.iter().map(|(demand, pods)| entry(demand, pods, &mut names)).collect();
    let strategy = |name: &str| raw::Strategy { name: Some(name.to_owned()), ..raw::Strategy::default() };
    let scenario = raw::Scenario {
        name: Some(name.to_owned()),
        title: Some(format!("{name}: {} and {}, imported", count(inventory.nodes.len(), "node"), count(pods, "pod"))),
        cluster: raw::Cluster { nodes: Some(file.to_owned()), ..raw::Cluster::default() },
        workload: raw::Workload { entry, load: Some(load), ..raw::Workload::default() },
        strategy: ["device-plugin-naive", "device-plugin", "dra"].map(strategy).to_vec(),
        run: raw::Run { seed: Some(1), ..raw::Run::default() },
        ..raw::Scenario::default()
    };
    let toml = toml::to_string(&scenario).expect("a scenario is a table");
    // Empty tables of defaults say nothing.
    let tables = ["[scheduler]\n\n", "[control_plane]\n\n", "[control_plane.kubelet]\n\n", "[control_plane.cost]\n\n"];
    let toml = tables.iter().fold(toml, |toml, table| toml.replace(table, ""));
    format!(
        "# Imported from Kubernetes objects by `drasim import`. Nodes and devices are read from {file}; the entries are the\n\
         # pods, equal ones together, `weight` being how many. Two things are assumptions to edit:\n\
         # - duration: objects do not say how long pods run; {} h at the median and {} h at the 99th percentile.\n\
         # - load: what the pods ask for at once / what the cluster has.\n\n{toml}",
        HOURS.0, HOURS.1
    )
}

/// What all pods ask for at once / what the cluster has, in the basis that the scenario will take; two decimals.
fn load(demands: &Demands, inventory: &Inventory) -> f64 {
    let asked = |kind: DeviceKind| -> u64 {
        let of = |demand: &Demand| demand.devices.iter().filter(|d| d.kind == kind).map(|d| u64::from(d.count)).sum::<u64>();
        demands.iter().map(|(demand, pods)| of(demand) * pods.len() as u64).sum()
    };
    let basis = DeviceKind::ALL.into_iter().find(|kind| asked(*kind) > 0);
    let (asked, have) = match basis {
        Some(kind) => (asked(kind) as f64, inventory.count(kind) as f64),
        None => {
            let cpu: i64 = demands.iter().map(|(demand, pods)| demand.cpu_milli * pods.len() as i64).sum();
            let all: i64 = inventory.nodes.ids().map(|node| inventory.type_of(node).cpu_milli).sum();
            (cpu as f64, all as f64)
        }
    };
    let ratio = if have > 0.0 { asked / have } else { 0.9 };
    (libm::round(ratio * 100.0) / 100.0).clamp(0.01, 10.0)
}

fn entry(demand: &Demand, pods: &[String], names: &mut BTreeSet<String>) -> raw::Entry {
    let device = |wanted: &crate::ask::import::pods::Wanted| raw::Device {
        kind: Some(match wanted.kind {
            DeviceKind::Gpu => Kind::Gpu,
            DeviceKind::Tpu => Kind::Tpu,
            DeviceKind::Nic => Kind::Nic,
        }),
        count: Some(wanted.count),
        models: wanted.models.clone(),
        ..raw::Device::default()
    };
    let align = demand.alignments.iter().map(|alignment| raw::Align {
        level: Some(match alignment.level {
            LinkLevel::Link => Level::Link,
            LinkLevel::PcieRoot => Level::PcieRoot,
            LinkLevel::Numa => Level::Numa,
        }),
        devices: Some(alignment.entries.clone()),
    });
    let hours = |hours: u64| Some(Duration(SimDuration(hours * 3600 * crate::base::time::SECOND_NS)));
    raw::Entry {
        name: unique(&pods[0], names),
        weight: Some(u32::try_from(pods.len()).unwrap_or(u32::MAX).clamp(1, 1_000_000)),
        cpu: Some(Cpu(demand.cpu_milli)),
        memory: Some(Bytes(demand.memory_bytes)),
        completions: None,
        priority: (demand.priority != 0).then_some(demand.priority),
        device: demand.devices.iter().map(device).collect(),
        align: align.collect(),
        duration: Some(raw::Lasts { p50: hours(HOURS.0), p99: hours(HOURS.1), ..raw::Lasts::default() }),
    }
}

/// A name that no other entry has.
fn unique(pod: &str, names: &mut BTreeSet<String>) -> String {
    let base: String = pod.chars().take(80).collect();
    let candidates = std::iter::once(base.clone()).chain((2..).map(|n| format!("{base}.{n}")));
    let name = candidates.into_iter().find(|name| !names.contains(name)).unwrap_or(base);
    names.insert(name.clone());
    name
}
