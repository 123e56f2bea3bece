//! A small cluster for the tests of plugins.

use std::sync::Arc;

use crate::base::{Id, Names, NodeId, PodId};
use crate::kube;
use crate::kube::core::CoreInterning;
use crate::model::Gates;
use crate::model::core::Pod;
use crate::sched::dra::Manager;
use crate::sched::framework::cx::Neighbours;
use crate::sched::framework::{Code, Configuration, Cx, NodeInfo, Snapshot, Verdict, WellKnown};

/// Nodes `n0`, `n1`, ... and one pod that is to be scheduled.
pub struct Bench {
    pub names: Names,
    pub config: Configuration,
    known: WellKnown,
    snapshot: Snapshot,
    neighbours: Neighbours,
    dra: Manager,
    pod: Pod,
}

impl Bench {
    /// Nodes from JSON without name, and a pod from its `spec`.
    pub fn new(nodes: &[&str], spec: &str) -> Bench {
        let mut core = CoreInterning::default();
        let nodes = nodes.iter().enumerate().map(|(at, text)| {
            let mut node: kube::Node = serde_json::from_str(text).expect(text);
            node.metadata.name = format!("n{at}");
            Arc::new(core.node(&node))
        });
        let snapshot = Snapshot::new(nodes.collect(), |_| ());
        let pod = pod(&mut core, 0, spec);
        let (mut names, config) = (core.names, Configuration::default());
        let known = WellKnown::new(&mut names);
        Bench { names, config, known, snapshot, pod, neighbours: Neighbours::default(), dra: Manager::default() }
    }

    /// The same with other feature gates.
    pub fn with_gates(mut self, gates: &[&str]) -> Bench {
        self.config.gates = Gates::parse(gates).expect("gates");
        self
    }

    /// Puts a pod with this `spec` on a node.
    pub fn place(&mut self, node: usize, spec: &str) {
        let mut core = CoreInterning { names: std::mem::take(&mut self.names), ..CoreInterning::default() };
        let pod = pod(&mut core, 1, spec);
        self.names = core.names;
        self.snapshot.nodes[NodeId::from_index(node)].add_pod(Arc::new(pod));
    }

    pub fn pod(&self) -> &Pod {
        &self.pod
    }

    pub fn cx(&self) -> Cx<'_> {
        let Bench { names, known, config, snapshot, neighbours, dra, .. } = self;
        Cx { names, known: *known, config, snapshot, neighbours, dra, asked: None }
    }

    /// What a filter says about a node, as `Code: reasons`.
    pub fn verdict(&self, node: usize, filter: impl Fn(&Cx<'_>, &Pod, &NodeInfo) -> Verdict) -> Option<String> {
        let rejection = filter(&self.cx(), &self.pod, &self.snapshot.nodes[NodeId::from_index(node)])?;
        let code = match rejection.code {
            Code::UnschedulableAndUnresolvable => "Unresolvable",
            code => code.name(),
        };
        Some(format!("{code}: {}", rejection.message(&self.names)))
    }

    /// The raw score of a node.
    pub fn score(&self, node: usize, score: impl Fn(&Cx<'_>, &Pod, &NodeInfo) -> i64) -> i64 {
        score(&self.cx(), &self.pod, &self.snapshot.nodes[NodeId::from_index(node)])
    }
}

fn pod(core: &mut CoreInterning, id: usize, spec: &str) -> Pod {
    let spec: kube::pod::PodSpec = serde_json::from_str(spec).expect(spec);
    core.pod(PodId::from_index(id), &kube::Pod::new("default", format!("p{id}"), spec))
}
