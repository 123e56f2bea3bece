//! The scheduler: decisions a second by both paths.
//!
//! `cargo bench --bench sched`, or `cargo bench --bench sched -- NAME` for the rows whose name has NAME in it.

use std::sync::Arc;
use std::time::Duration;

use cpu_time::ProcessTime;
use drasim::base::{Id, Moment, NameId, PodId, ShapeId};
use drasim::kube;
use drasim::kube::core::CoreInterning;
use drasim::model::Gates;
use drasim::model::core::{Pod, PodSpec};
use drasim::model::dra::Claim;
use drasim::sched::attempt::{self, Outcome};
use drasim::sched::dra::{ClaimUid, Manager, Objects, Settings, StoredClaim};
use drasim::sched::fast::Scheduler;
use drasim::sched::fast::scheduler::Path as Way;
use drasim::sched::framework::cx::Neighbours;
use drasim::sched::framework::{Configuration, Snapshot, WellKnown};

/// The allocator of the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A cluster and what arrives.
struct Case {
    name: &'static str,
    nodes: usize,
    /// Kinds of node, in turn.
    kinds: usize,
    /// Pod specifications, in turn.
    specs: Vec<String>,
    /// Decisions by the fast path, and by the exact one.
    decisions: (usize, usize),
    /// Devices of a node, and what the claim of a pod asks for; none without devices.
    claim: Option<&'static str>,
    /// Distinct values of the pods' label `app`.
    apps: usize,
}

/// GPUs of a node with claims.
const GPUS: usize = 8;

const ONE_GPU: &str = r#"[{"name":"gpu","exactly":{"deviceClassName":"gpu","allocationMode":"ExactCount","count":1,
    "selectors":[{"cel":{"expression":"device.attributes[\"gpu.example.com\"].model == \"h100\""}}]}}]"#;
const FOUR_ALIGNED: &str = r#"[{"name":"gpu","exactly":{"deviceClassName":"gpu","allocationMode":"ExactCount","count":4}}],
    "constraints":[{"matchAttribute":"gpu.example.com/numa"}]"#;
const SPREAD: &str = r#""topologySpreadConstraints":[{"maxSkew":5,"topologyKey":"topology.kubernetes.io/zone",
    "whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"%"}}},{"maxSkew":1,
    "topologyKey":"kubernetes.io/hostname","whenUnsatisfiable":"ScheduleAnyway","labelSelector":{"matchLabels":{"app":"%"}}}]"#;
const AFFINITY: &str = r#""affinity":{"podAntiAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[
    {"topologyKey":"kubernetes.io/hostname","labelSelector":{"matchLabels":{"app":"%"}}}]},"podAffinity":{
    "preferredDuringSchedulingIgnoredDuringExecution":[{"weight":10,"podAffinityTerm":{
    "topologyKey":"topology.kubernetes.io/zone","labelSelector":{"matchLabels":{"app":"%"}}}}]}}"#;

const BASIC: &str = r#""containers":[{"name":"main","image":"app","resources":{"requests":{"cpu":"100m","memory":"200Mi"}}}]"#;
const HUGE: &str = r#""containers":[{"name":"main","image":"app","resources":{"requests":{"cpu":"500"}}}]"#;

fn cases() -> Vec<Case> {
    let plain = |name, nodes, specs, decisions| Case { name, nodes, kinds: 1, specs, decisions, claim: None, apps: 1 };
    let basic = |name, nodes, kinds, decisions| Case { kinds, ..plain(name, nodes, vec![BASIC.to_owned()], decisions) };
    let claimed = format!(r#"{BASIC},"resourceClaims":[{{"name":"gpu","resourceClaimTemplateName":"gpu"}}]"#);
    let with_claim = |name, asks, decisions| Case { claim: Some(asks), ..plain(name, 5000, vec![claimed.clone()], decisions) };
    let with_apps = |name, more: &str, decisions| {
        let spec = |app: usize| format!("{BASIC},{}", more.replace('%', &format!("app-{app}")));
        Case { apps: 1000, ..plain(name, 5000, (0..1000).map(spec).collect(), decisions) }
    };
    let sizes = (1..=50).map(|n| BASIC.replace("100m", &format!("{}m", 50 + 10 * n))).collect();
    vec![
        basic("basic, 1,000 nodes", 1000, 1, (100_000, 2_000)),
        basic("basic, 5,000 nodes", 5000, 1, (500_000, 2_000)),
        basic("basic, 20,000 nodes", 20_000, 1, (500_000, 1_000)),
        basic("basic, 5,000 nodes of 200 kinds", 5000, 200, (500_000, 2_000)),
        plain("50 sizes, 5,000 nodes", 5000, sizes, (300_000, 2_000)),
        plain("nothing fits, 5,000 nodes", 5000, vec![HUGE.to_owned()], (500_000, 200)),
        with_claim("one GPU by CEL, 5,000 nodes x 8", ONE_GPU, (39_000, 500)),
        with_claim("four GPUs aligned, 5,000 nodes x 8", FOUR_ALIGNED, (9_800, 500)),
        with_apps("spread, 1,000 apps, 5,000 nodes", SPREAD, (20_000, 200)),
        with_apps("affinity, 1,000 apps, 5,000 nodes", AFFINITY, (20_000, 200)),
    ]
}

fn node(at: usize, kinds: usize) -> kube::Node {
    let text = format!(
        r#"{{"metadata":{{"name":"node-{at}","labels":{{"topology.kubernetes.io/zone":"zone-{}",
            "kubernetes.io/hostname":"node-{at}"}}}},
            "status":{{"allocatable":{{"cpu":"{}","memory":"{}Gi","pods":"110"}}}}}}"#,
        at % 3,
        32 + at % kinds,
        128 + at % kinds,
    );
    serde_json::from_str(&text).expect("a node")
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).expect(text)
}

fn slice(node: usize) -> kube::ResourceSlice {
    let device = |at: usize| {
        let numa = at / 4;
        format!(r#"{{"name":"gpu-{at}","attributes":{{"model":{{"string":"h100"}},"numa":{{"int":{numa}}}}}}}"#)
    };
    let devices: Vec<String> = (0..GPUS).map(device).collect();
    read(&format!(
        r#"{{"metadata":{{"name":"slice-{node}"}},"spec":{{"driver":"gpu.example.com","nodeName":"node-{node}",
            "pool":{{"name":"node-{node}","generation":1,"resourceSliceCount":1}},"devices":[{}]}}}}"#,
        devices.join(",")
    ))
}

fn manager(case: &Case, nodes: &[kube::Node], core: &mut CoreInterning) -> (Manager, Option<Arc<Claim>>) {
    let Some(asks) = case.claim else { return (Manager::default(), None) };
    let slices: Vec<_> = (0..case.nodes).map(slice).collect();
    let classes = [read(
        r#"{"metadata":{"name":"gpu"},"spec":{"selectors":[{"cel":{"expression":"device.driver == \"gpu.example.com\""}}]}}"#,
    )];
    let objects = Objects { nodes, classes: &classes, slices: &slices, ..Objects::default() };
    let mut manager = Manager::new(Settings::of(&Gates::default()), &objects, core);
    let text =
        format!(r#"{{"metadata":{{"name":"template","namespace":"default"}},"spec":{{"devices":{{"requests":{asks}}}}}}}"#);
    let template = manager.add_claim(&read(&text), core).asked.clone();
    (manager, Some(template))
}

struct Run {
    scheduler: Scheduler,
    pods: Vec<(Arc<Pod>, ShapeId)>,
}

impl Run {
    /// A cluster, and so many pods that wait.
    fn new(case: &Case, way: Way, decisions: usize) -> Run {
        let mut core = CoreInterning::default();
        let known = WellKnown::new(&mut core.names);
        let written: Vec<kube::Node> = (0..case.nodes).map(|at| node(at, case.kinds)).collect();
        let nodes = written.iter().map(|node| Arc::new(core.node(node))).collect();
        let spec = |(at, spec): (usize, &String)| {
            let app = at % case.apps;
            let text = format!(r#"{{"metadata":{{"namespace":"default","labels":{{"app":"app-{app}"}}}},"spec":{{{spec}}}}}"#);
            Arc::new(core.pod_spec(&read(&text)))
        };
        let specs: Vec<Arc<PodSpec>> = case.specs.iter().enumerate().map(spec).collect();
        let (mut manager, template) = manager(case, &written, &mut core);
        let pods = (0..decisions).map(|n| {
            let spec = n % specs.len();
            let pod = pod(n, &specs[spec], known.empty, template.as_ref().map(|_| core.name(&format!("pod-{n}"))));
            if let Some(template) = &template {
                manager.tracker_mut().store(claim(&pod, template));
            }
            (Arc::new(pod), ShapeId::from_index(spec))
        });
        let pods = pods.collect();
        let snapshot = Snapshot::new(nodes, |node| (node.labels.get(known.region), node.labels.get(known.zone)));
        let parts = (core.names, known);
        let exact = attempt::Scheduler::new(parts, Configuration::default(), snapshot, Neighbours::default(), manager);
        Run { scheduler: Scheduler::new(exact, way), pods }
    }

    /// Time of all decisions, and how many pods found a node.
    fn decide(&mut self) -> (Duration, usize) {
        let start = ProcessTime::now();
        let mut placed = 0;
        for (pod, spec) in &self.pods {
            let decision = self.scheduler.decide(pod, *spec);
            placed += usize::from(matches!(decision.outcome, Outcome::Scheduled(_)));
        }
        (start.elapsed(), placed)
    }
}

/// A pod; with a name if it has a claim, which has the same name.
fn pod(n: usize, spec: &Arc<PodSpec>, empty: NameId, name: Option<NameId>) -> Pod {
    let own = name.unwrap_or(empty);
    Pod {
        id: PodId::from_index(n),
        name: own,
        uid: own,
        spec: spec.clone(),
        node_name: None,
        nominated_node_name: None,
        start_time: Moment::NOT_YET,
        is_terminating: false,
        is_preempted: false,
        made_claims: name.map(Some).into_iter().map(Some).collect(),
        extended_claim: None,
    }
}

fn claim(pod: &Pod, template: &Arc<Claim>) -> StoredClaim {
    StoredClaim {
        namespace: pod.spec.namespace,
        name: pod.name,
        uid: ClaimUid::Stored(pod.uid),
        controller: Some((pod.name, pod.uid)),
        is_extended: false,
        is_deleting: false,
        has_finalizer: false,
        asked: template.clone(),
        allocation: None,
        reserved_for: Box::default(),
        devices: Box::default(),
        version: 0,
    }
}

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    println!("{:<34} {:>12} {:>12} {:>8} {:>10} {:>8}", "case", "fast, 1/s", "exact, 1/s", "ratio", "us each", "placed");
    for case in cases() {
        if !wanted.is_empty() && !wanted.iter().any(|part| case.name.contains(part.as_str())) {
            continue;
        }
        let rate = |path, decisions: usize| {
            let (time, placed) = Run::new(&case, path, decisions).decide();
            (decisions as f64 / time.as_secs_f64(), placed)
        };
        let (fast, placed) = rate(Way::Fast, case.decisions.0);
        let (exact, _) = rate(Way::Exact, case.decisions.1);
        let us = 1e6 / fast;
        println!("{:<34} {fast:>12.0} {exact:>12.0} {:>8.0} {us:>10.2} {placed:>8}", case.name, fast / exact);
    }
}
