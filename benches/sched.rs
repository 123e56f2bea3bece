//! The scheduler: decisions a second by both paths.
//!
//! `cargo bench --bench sched`, or `cargo bench --bench sched -- NAME` for the rows whose name has NAME in it.

use std::sync::Arc;
use std::time::Duration;

use cpu_time::ProcessTime;
use drasim::base::{Id, PodId, ShapeId};
use drasim::kube;
use drasim::kube::core::CoreInterning;
use drasim::model::core::{Pod, PodSpec};
use drasim::sched::attempt::{self, Outcome};
use drasim::sched::dra::Manager;
use drasim::sched::fast::Scheduler;
use drasim::sched::fast::scheduler::Path;
use drasim::sched::framework::cx::Neighbours;
use drasim::sched::framework::{Configuration, Snapshot, WellKnown};

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
}

const BASIC: &str = r#""containers":[{"name":"main","image":"app","resources":{"requests":{"cpu":"100m","memory":"200Mi"}}}]"#;
const HUGE: &str = r#""containers":[{"name":"main","image":"app","resources":{"requests":{"cpu":"500"}}}]"#;

fn cases() -> Vec<Case> {
    let basic = |name, nodes, kinds, decisions| Case { name, nodes, kinds, specs: vec![BASIC.to_owned()], decisions };
    let sizes = (1..=50).map(|n| BASIC.replace("100m", &format!("{}m", 50 + 10 * n))).collect();
    vec![
        basic("basic, 1,000 nodes", 1000, 1, (100_000, 2_000)),
        basic("basic, 5,000 nodes", 5000, 1, (500_000, 2_000)),
        basic("basic, 20,000 nodes", 20_000, 1, (500_000, 1_000)),
        basic("basic, 5,000 nodes of 200 kinds", 5000, 200, (500_000, 2_000)),
        Case { name: "50 sizes, 5,000 nodes", nodes: 5000, kinds: 1, specs: sizes, decisions: (300_000, 2_000) },
        Case {
            name: "nothing fits, 5,000 nodes",
            nodes: 5000,
            kinds: 1,
            specs: vec![HUGE.to_owned()],
            decisions: (500_000, 200),
        },
    ]
}

fn node(at: usize, kinds: usize) -> kube::Node {
    let text = format!(
        r#"{{"metadata":{{"name":"node-{at}","labels":{{"topology.kubernetes.io/zone":"zone-{}"}}}},
            "status":{{"allocatable":{{"cpu":"{}","memory":"{}Gi","pods":"110"}}}}}}"#,
        at % 3,
        32 + at % kinds,
        128 + at % kinds,
    );
    serde_json::from_str(&text).expect("a node")
}

struct Run {
    scheduler: Scheduler,
    specs: Vec<Arc<PodSpec>>,
}

impl Run {
    fn new(case: &Case, path: Path) -> Run {
        let mut core = CoreInterning::default();
        let known = WellKnown::new(&mut core.names);
        let nodes = (0..case.nodes).map(|at| Arc::new(core.node(&node(at, case.kinds)))).collect();
        let specs = case.specs.iter().map(|spec| {
            let text = format!(r#"{{"metadata":{{"namespace":"default"}},"spec":{{{spec}}}}}"#);
            Arc::new(core.pod_spec(&serde_json::from_str(&text).expect("a pod")))
        });
        let specs = specs.collect();
        let snapshot = Snapshot::new(nodes, |node| (node.labels.get(known.region), node.labels.get(known.zone)));
        let parts = (core.names, known);
        let exact = attempt::Scheduler::new(parts, Configuration::default(), snapshot, Neighbours::default(), Manager::default());
        Run { scheduler: Scheduler::new(exact, path), specs }
    }

    /// Time of so many decisions, and how many pods found a node.
    fn decide(&mut self, decisions: usize) -> (Duration, usize) {
        let empty = self.scheduler.exact.known.empty;
        let start = ProcessTime::now();
        let mut placed = 0;
        for n in 0..decisions {
            let spec = n % self.specs.len();
            let pod = Arc::new(Pod {
                id: PodId::from_index(n),
                name: empty,
                uid: empty,
                spec: self.specs[spec].clone(),
                node_name: None,
                nominated_node_name: None,
                start_time: None,
                is_terminating: false,
                is_preempted: false,
                made_claims: Vec::new(),
                extended_claim: None,
            });
            let decision = self.scheduler.decide(&pod, ShapeId::from_index(spec));
            placed += usize::from(matches!(decision.outcome, Outcome::Scheduled(_)));
        }
        (start.elapsed(), placed)
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
            let (time, placed) = Run::new(&case, path).decide(decisions);
            (decisions as f64 / time.as_secs_f64(), placed)
        };
        let (fast, placed) = rate(Path::Fast, case.decisions.0);
        let (exact, _) = rate(Path::Exact, case.decisions.1);
        let us = 1e6 / fast;
        println!("{:<34} {fast:>12.0} {exact:>12.0} {:>8.0} {us:>10.2} {placed:>8}", case.name, fast / exact);
    }
}
