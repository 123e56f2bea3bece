//! The fast path against the reference: random clusters with churn, preemption and failures.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::rng::{Seed, SimRng, Stream};
use crate::base::{Id, PodId, ShapeId, SimTime};
use crate::kube;
use crate::kube::core::CoreInterning;
use crate::model::Gates;
use crate::model::core::{Pod, PodSpec};
use crate::model::dra::Claim;
use crate::sched::attempt::{self, Nominating, Outcome};
use crate::sched::dra::{self, ClaimUid, Manager, StoredClaim};
use crate::sched::fast::scheduler::Path as Way;
use crate::sched::fast::{Decision, Scheduler};
use crate::sched::framework::cx::Neighbours;
use crate::sched::framework::{Configuration, Snapshot, WellKnown};

/// Decisions of one cluster.
const DECISIONS: usize = 120;

/// `DRASIM_CLUSTERS`, `DRASIM_SEED` and `DRASIM_FIRST` in the environment ask for other clusters than these.
#[test]
fn the_fast_path_is_the_reference() {
    let setting = |name: &str, default: u32| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (count, seed, first) = (setting("DRASIM_CLUSTERS", 60), setting("DRASIM_SEED", 1), setting("DRASIM_FIRST", 0));
    let mut fast = 0;
    for number in first..first + count {
        match churn(u64::from(seed), number) {
            Ok(decisions) => fast += decisions,
            Err(why) => panic!(
                "DRASIM_SEED={seed} DRASIM_FIRST={number} DRASIM_CLUSTERS=1 cargo test --lib the_fast_path_is_the_reference\n{why}"
            ),
        }
    }
    println!("{fast} decisions by the fast path");
    assert!(count < 10 || fast > u64::from(count) * 30, "the fast path took {fast} decisions only");
}

struct Draw(SimRng);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0.below(n as u64) as usize
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }
}

/// One cluster under both paths, and pods as the API server has them.
struct Pair {
    fast: Scheduler,
    exact: Scheduler,
    pods: Vec<Arc<Pod>>,
    specs: Vec<Arc<PodSpec>>,
    /// What the claim of each specification asks for.
    templates: Vec<Arc<Claim>>,
    bound: Vec<PodId>,
    waiting: Vec<(PodId, ShapeId)>,
}

/// How many decisions the fast path took.
fn churn(seed: u64, number: u32) -> Result<u64, String> {
    let mut draw = Draw(Seed { root: seed, replicate: 0 }.stream(Stream::Asks, number, 1));
    let mut pair = Pair::new(&mut draw);
    for step in 0..DECISIONS {
        match draw.below(10) {
            0..2 => pair.remove(&mut draw),
            2..4 if !pair.waiting.is_empty() => {
                let at = draw.below(pair.waiting.len());
                let (pod, spec) = pair.waiting.swap_remove(at);
                pair.attempt(pod, spec).map_err(|why| format!("step {step}: {why}"))?;
            }
            _ => {
                let spec = draw.below(pair.specs.len());
                let pod = pair.create(spec);
                pair.attempt(pod, ShapeId::from_index(spec)).map_err(|why| format!("step {step}: {why}"))?;
            }
        }
    }
    Ok(pair.fast.fast_decisions)
}

fn node(draw: &mut Draw, at: usize) -> kube::Node {
    let taints = match draw.below(8) {
        0 => r#"{"key":"gpu","effect":"NoSchedule"}"#,
        1 => r#"{"key":"spot","effect":"PreferNoSchedule"}"#,
        _ => "",
    };
    let gpu = draw.of(&["", "", r#","nvidia.com/gpu":"4""#]);
    let text = format!(
        r#"{{"metadata":{{"name":"node-{at}","labels":{{"zone":"{zone}","disk":"{disk}","kubernetes.io/hostname":"node-{at}"}}}},
            "spec":{{"unschedulable":{off},"taints":[{taints}]}},
            "status":{{"allocatable":{{"cpu":"{cpu}","memory":"{memory}Gi","pods":"{pods}"{gpu}}}}}}}"#,
        zone = draw.of(&["a", "b", "c"]),
        disk = draw.of(&["ssd", "hdd"]),
        off = draw.one_in(12),
        cpu = draw.of(&["4", "8", "16"]),
        memory = draw.of(&["8", "16", "32"]),
        pods = draw.of(&["3", "10", "110"]),
    );
    serde_json::from_str(&text).expect(&text)
}

fn affinity(draw: &mut Draw) -> Vec<String> {
    let mut kinds = Vec::new();
    if draw.one_in(4) {
        let weight = draw.of(&["1", "40"]);
        kinds.push(format!(
            r#""nodeAffinity":{{"preferredDuringSchedulingIgnoredDuringExecution":[{{"weight":{weight},
            "preference":{{"matchExpressions":[{{"key":"disk","operator":"In","values":["ssd"]}}]}}}}]}}"#
        ));
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        if draw.one_in(12) {
            let term = term(draw);
            kinds.push(format!(r#""{kind}":{{"requiredDuringSchedulingIgnoredDuringExecution":[{term}]}}"#));
        } else if draw.one_in(8) {
            let (weight, term) = (draw.of(&["1", "40"]), term(draw));
            let preferred = format!(r#"{{"weight":{weight},"podAffinityTerm":{term}}}"#);
            kinds.push(format!(r#""{kind}":{{"preferredDuringSchedulingIgnoredDuringExecution":[{preferred}]}}"#));
        }
    }
    kinds
}

fn term(draw: &mut Draw) -> String {
    let (key, app) = (draw.of(&["zone", "kubernetes.io/hostname"]), draw.of(&["web", "lonely", "db"]));
    format!(r#"{{"topologyKey":"{key}","labelSelector":{{"matchLabels":{{"app":"{app}"}}}}}}"#)
}

fn constraint(draw: &mut Draw) -> String {
    let when = draw.of(&["DoNotSchedule", "ScheduleAnyway", "ScheduleAnyway"]);
    let term = term(draw);
    format!(r#"{{"maxSkew":{},"whenUnsatisfiable":"{when}",{}"#, draw.of(&["1", "3"]), &term[1..])
}

fn spec(draw: &mut Draw) -> kube::Pod {
    let mut parts = vec![format!(
        r#""containers":[{{"name":"main","image":"app","resources":{{"requests":{{"cpu":"{}","memory":"{}Gi"{}}}}}{}}}]"#,
        draw.of(&["0", "500m", "1", "3", "20"]),
        draw.of(&["0", "1", "4", "12"]),
        if draw.one_in(4) { r#","nvidia.com/gpu":"1""# } else { "" },
        if draw.one_in(6) { r#","ports":[{"containerPort":80,"hostPort":8080}]"# } else { "" },
    )];
    if draw.one_in(2) {
        parts.push(r#""tolerations":[{"key":"gpu","operator":"Exists"}]"#.to_owned());
    }
    if draw.one_in(4) {
        parts.push(format!(r#""nodeSelector":{{"zone":"{}"}}"#, draw.of(&["a", "b", "none"])));
    }
    let affinity = affinity(draw);
    if !affinity.is_empty() {
        parts.push(format!(r#""affinity":{{{}}}"#, affinity.join(",")));
    }
    if draw.one_in(3) {
        parts.push(r#""resourceClaims":[{"name":"devices","resourceClaimTemplateName":"template"}]"#.to_owned());
    }
    if draw.one_in(6) {
        let constraints: Vec<String> = (0..1 + draw.below(2)).map(|_| constraint(draw)).collect();
        parts.push(format!(r#""topologySpreadConstraints":[{}]"#, constraints.join(",")));
    }
    parts.push(format!(r#""priority":{}"#, draw.of(&["0", "0", "0", "10", "100"])));
    if draw.one_in(5) {
        parts.push(r#""preemptionPolicy":"Never""#.to_owned());
    }
    let labels = draw.of(&["web", "lonely", "db"]);
    let text =
        format!(r#"{{"metadata":{{"namespace":"default","labels":{{"app":"{labels}"}}}},"spec":{{{}}}}}"#, parts.join(","));
    serde_json::from_str(&text).expect(&text)
}

/// What claims of pods ask for.
const CLAIMS: &[&str] = &[
    r#"[{"name":"one","exactly":{"deviceClassName":"gpu","allocationMode":"ExactCount","count":1}}]"#,
    r#"[{"name":"two","exactly":{"deviceClassName":"gpu","allocationMode":"ExactCount","count":2}}],
       "constraints":[{"matchAttribute":"gpu.example.com/numa"}]"#,
    r#"[{"name":"big","exactly":{"deviceClassName":"gpu","allocationMode":"ExactCount","count":1,
       "selectors":[{"cel":{"expression":"device.attributes[\"gpu.example.com\"].model == \"big\""}}]}}]"#,
    r#"[{"name":"some","firstAvailable":[
       {"name":"big","deviceClassName":"gpu","allocationMode":"ExactCount","count":2,
        "selectors":[{"cel":{"expression":"device.attributes[\"gpu.example.com\"].model == \"big\""}}]},
       {"name":"any","deviceClassName":"gpu","allocationMode":"ExactCount","count":1}]}]"#,
    r#"[{"name":"all","exactly":{"deviceClassName":"gpu","allocationMode":"All"}}]"#,
];

fn claim(asks: &str) -> kube::ResourceClaim {
    let text = format!(r#"{{"metadata":{{"name":"x","namespace":"default"}},"spec":{{"devices":{{"requests":{asks}}}}}}}"#);
    serde_json::from_str(&text).expect(&text)
}

fn slice(draw: &mut Draw, node: usize) -> kube::ResourceSlice {
    let device = |draw: &mut Draw, at: usize| {
        let model = match draw.one_in(200) {
            // Now and then a driver forgets something, and a selector fails on it.
            true => String::new(),
            false => format!(r#","model":{{"string":"{}"}}"#, draw.of(&["big", "small"])),
        };
        format!(r#"{{"name":"gpu-{at}","attributes":{{"numa":{{"int":{}}}{model}}}}}"#, at / 2)
    };
    let devices: Vec<String> = (0..1 + draw.below(4)).map(|at| device(draw, at)).collect();
    let text = format!(
        r#"{{"metadata":{{"name":"slice-{node}"}},"spec":{{"driver":"gpu.example.com","nodeName":"node-{node}",
            "pool":{{"name":"node-{node}","generation":1,"resourceSliceCount":1}},"devices":[{}]}}}}"#,
        devices.join(",")
    );
    serde_json::from_str(&text).expect(&text)
}

fn class() -> kube::DeviceClass {
    let text =
        r#"{"metadata":{"name":"gpu"},"spec":{"selectors":[{"cel":{"expression":"device.driver == \"gpu.example.com\""}}]}}"#;
    serde_json::from_str(text).expect("a class")
}

impl Pair {
    fn new(draw: &mut Draw) -> Pair {
        let mut core = CoreInterning::default();
        let known = WellKnown::new(&mut core.names);
        let zone = core.name("zone");
        let count = if draw.one_in(4) { 100 + draw.below(120) } else { 1 + draw.below(40) };
        let written: Vec<_> = (0..count).map(|at| node(draw, at)).collect();
        let nodes: Vec<_> = written.iter().map(|node| Arc::new(core.node(node))).collect();
        let specs: Vec<_> = (0..1 + draw.below(8)).map(|_| Arc::new(core.pod_spec(&spec(draw)))).collect();
        let with_devices: Vec<usize> = (0..count).filter(|_| !draw.one_in(4)).collect();
        let slices: Vec<_> = with_devices.into_iter().map(|at| slice(draw, at)).collect();
        let asks: Vec<_> = specs.iter().map(|_| claim(draw.of(CLAIMS))).collect();
        let classes = [class()];
        let objects = dra::Objects { nodes: &written, classes: &classes, slices: &slices, ..dra::Objects::default() };
        let percentage = if draw.one_in(3) { 40 } else { 0 };
        let mut templates = Vec::new();
        let mut scheduler = |path| {
            let mut manager = Manager::new(dra::Settings::of(&Gates::default()), &objects, &mut core);
            let mut template = |claim| manager.add_claim(claim, &mut core).asked.clone();
            templates = asks.iter().map(&mut template).collect();
            let config = Configuration { percentage_of_nodes_to_score: percentage, ..Configuration::default() };
            let snapshot = Snapshot::new(nodes.clone(), |node| node.labels.get(zone));
            let neighbours = Neighbours::default();
            let exact = attempt::Scheduler::new((core.names.clone(), known), config, snapshot, neighbours, manager);
            Scheduler::new(exact, path)
        };
        let (fast, exact) = (scheduler(Way::Fast), scheduler(Way::Exact));
        Pair { fast, exact, pods: Vec::new(), specs, templates, bound: Vec::new(), waiting: Vec::new() }
    }

    fn create(&mut self, spec: usize) -> PodId {
        let id = PodId::from_index(self.pods.len());
        let has_claim = !self.specs[spec].claims.is_empty();
        let mut name = self.fast.exact.known.empty;
        for scheduler in [&mut self.fast, &mut self.exact] {
            let exact = &mut scheduler.exact;
            name = exact.names.intern(&format!("pod-{}", id.0));
            if has_claim {
                exact.dra.tracker_mut().store(StoredClaim::made_by(
                    (name, name),
                    (self.specs[spec].namespace, name),
                    ClaimUid::Stored(name),
                    self.templates[spec].clone(),
                ));
            }
        }
        self.pods.push(Arc::new(Pod {
            id,
            name,
            uid: name,
            spec: self.specs[spec].clone(),
            node_name: None,
            nominated_node_name: None,
            start_time: SimTime(u64::from(id.0)).into(),
            is_terminating: false,
            is_preempted: false,
            made_claims: has_claim.then_some(Some(Some(name))).into_iter().collect(),
            extended_claim: None,
        }));
        id
    }

    fn remove(&mut self, draw: &mut Draw) {
        if self.bound.is_empty() {
            return;
        }
        let at = draw.below(self.bound.len());
        let pod = self.bound.swap_remove(at);
        self.forget(pod);
    }

    fn forget(&mut self, pod: PodId) {
        let pod = self.pods[pod.index()].clone();
        for scheduler in [&mut self.fast, &mut self.exact] {
            scheduler.exact.forget(&pod).expect("a bound pod is on its node");
            scheduler.exact.dra.tracker_mut().remove((pod.spec.namespace, pod.name));
        }
    }

    fn attempt(&mut self, id: PodId, spec: ShapeId) -> Result<(), String> {
        let pod = self.pods[id.index()].clone();
        let got = self.fast.decide(&pod, spec);
        let want = self.exact.decide(&pod, spec);
        if got != want {
            return Err(format!("fast: {got:#?}\nreference: {want:#?}\npod: {pod:#?}"));
        }
        let [fast, exact] = [&self.fast, &self.exact].map(|scheduler| scheduler.exact.dra.tracker().allocated());
        if fast != exact {
            return Err(format!("fast took {fast:?}\nreference: {exact:?}\npod: {pod:#?}"));
        }
        self.apply(&pod, spec, &got);
        Ok(())
    }

    /// Binds, nominates and evicts at once.
    fn apply(&mut self, pod: &Arc<Pod>, spec: ShapeId, decision: &Decision) {
        let name = |node| self.fast.exact.snapshot.nodes[node].node.name;
        if let Outcome::Scheduled(node) = decision.outcome {
            let bound = Pod { node_name: Some(name(node)), nominated_node_name: None, ..Pod::clone(pod) };
            self.pods[pod.id.index()] = Arc::new(bound);
            self.bound.push(pod.id);
            return;
        }
        let nominated = match decision.nominating {
            Nominating::Keep => pod.nominated_node_name,
            Nominating::Clear => None,
            Nominating::Set(node) => Some(name(node)),
        };
        let updated = Arc::new(Pod { nominated_node_name: nominated, ..Pod::clone(pod) });
        self.pods[pod.id.index()] = updated.clone();
        self.waiting.push((pod.id, spec));
        for scheduler in [&mut self.fast, &mut self.exact] {
            match nominated {
                Some(node) => scheduler.exact.nominator.add(updated.clone(), node),
                None => scheduler.exact.nominator.remove(updated.id),
            }
        }
        let victims: BTreeMap<PodId, ()> =
            decision.preemption.iter().flat_map(|found| &found.victims).map(|pod| (*pod, ())).collect();
        self.bound.retain(|pod| !victims.contains_key(pod));
        victims.keys().for_each(|pod| self.forget(*pod));
    }
}
