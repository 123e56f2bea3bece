//! One pod on a small cluster, for the tests of plugins that look at one node at a time.

use serde_json::{Value, json};

use crate::model::Gates;
use crate::model::core::Pod;
use crate::sched::framework::{Code, Cx, NodeInfo, Verdict};
use crate::sched::plugins::fixture::Cluster;

/// Nodes `n0`, `n1`, ... and one pod that is to be scheduled.
pub struct Bench {
    pub cluster: Cluster,
    pod: Pod,
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).expect(text)
}

impl Bench {
    /// Nodes from JSON without name, and a pod from its `spec`.
    pub fn new(nodes: &[&str], spec: &str) -> Bench {
        let mut cluster = Cluster::of(nodes.iter().map(|text| read(text)));
        let pod = cluster.pod("", json!({}), read(spec));
        Bench { cluster, pod }
    }

    /// The same with other feature gates.
    pub fn with_gates(mut self, gates: &[&str]) -> Bench {
        self.cluster.config.gates = Gates::parse(gates).expect("gates");
        self
    }

    /// Puts a pod with this `spec` on a node.
    pub fn place(&mut self, node: u32, spec: &str) {
        let pod = self.cluster.pod("", json!({}), read(spec));
        self.cluster.run(node, pod);
    }

    pub fn pod(&self) -> &Pod {
        &self.pod
    }

    pub fn cx(&self) -> Cx<'_> {
        self.cluster.cx()
    }

    /// What a filter says about a node, as `Code: reasons`.
    pub fn verdict(&self, node: u32, filter: impl Fn(&Cx<'_>, &Pod, &NodeInfo) -> Verdict) -> Option<String> {
        let rejection = filter(&self.cx(), &self.pod, self.cluster.node(node))?;
        let code = match rejection.code {
            Code::UnschedulableAndUnresolvable => "Unresolvable",
            code => code.name(),
        };
        Some(format!("{code}: {}", rejection.message(self.cx().names)))
    }

    /// The raw score of a node.
    pub fn score(&self, node: u32, score: impl Fn(&Cx<'_>, &Pod, &NodeInfo) -> i64) -> i64 {
        score(&self.cx(), &self.pod, self.cluster.node(node))
    }
}
