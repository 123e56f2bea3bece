//! Small clusters for tests, from objects as they are written.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::base::{Id, NameId, NodeId, PodId};
use crate::kube::core::CoreInterning;
use crate::model::core::{Labels, Pod};
use crate::sched::dra::Manager;
use crate::sched::framework::cx::Neighbours;
use crate::sched::framework::{Configuration, Cx, NodeInfo, PreFilter, Snapshot, Verdict, WellKnown};

/// A cluster under test.
pub struct Cluster {
    interning: CoreInterning,
    known: WellKnown,
    pub config: Configuration,
    pub snapshot: Snapshot,
    pub neighbours: Neighbours,
    dra: Manager,
    pods: usize,
}

/// `a=b c=d` as a map; a word without `=` has an empty value.
pub fn map(text: &str) -> Value {
    let pair =
        |word: &str| word.split_once('=').map_or((word.to_owned(), json!("")), |(key, value)| (key.to_owned(), json!(value)));
    Value::Object(text.split_whitespace().map(pair).collect())
}

impl Cluster {
    /// Nodes `(labels, rest of the spec)`, named `n0`, `n1` and so on, each with its host name as a label.
    pub fn new(nodes: &[(&str, Value)]) -> Cluster {
        let node = |(at, (labels, spec)): (usize, &(&str, Value))| {
            let labels = map(&format!("kubernetes.io/hostname=n{at} {labels}"));
            json!({"metadata": {"labels": labels}, "spec": spec, "status": {}})
        };
        Cluster::of(nodes.iter().enumerate().map(node))
    }

    /// Nodes as objects, which are named `n0`, `n1` and so on.
    pub fn of(nodes: impl Iterator<Item = Value>) -> Cluster {
        let mut interning = CoreInterning::default();
        let known = WellKnown::new(&mut interning.names);
        let nodes = nodes.enumerate().map(|(at, mut node)| {
            node["metadata"]["name"] = format!("n{at}").into();
            Arc::new(interning.node(&serde_json::from_value(node).expect("a node")))
        });
        let snapshot = Snapshot::new(nodes.collect(), |_| ());
        let (config, neighbours, dra) = Default::default();
        Cluster { interning, known, config, snapshot, neighbours, dra, pods: 0 }
    }

    /// A name's id.
    pub fn name(&mut self, text: &str) -> NameId {
        self.interning.name(text)
    }

    /// A map's ids.
    pub fn labels(&mut self, text: &str) -> Labels {
        self.interning.labels(&serde_json::from_value(map(text)).expect("a map"))
    }

    /// A pod of namespace `default` (or as the metadata say) with these labels and this spec.
    pub fn pod(&mut self, labels: &str, metadata: Value, spec: Value) -> Pod {
        let mut all = json!({"namespace": "default", "name": format!("p{}", self.pods), "labels": map(labels)});
        for (key, value) in metadata.as_object().into_iter().flatten() {
            all[key] = value.clone();
        }
        self.pods += 1;
        let pod = json!({"metadata": all, "spec": spec, "status": {}});
        self.interning.pod(PodId::from_index(self.pods), &serde_json::from_value(pod).expect("a pod"))
    }

    /// Puts a pod on node `n<at>`.
    pub fn run(&mut self, at: u32, pod: Pod) {
        self.snapshot.add_pod(NodeId(at), Arc::new(pod));
    }

    /// Makes a namespace with labels known.
    pub fn namespace(&mut self, name: &str, labels: &str) {
        let (name, labels) = (self.name(name), self.labels(labels));
        self.neighbours.namespaces.insert(name, labels);
    }

    /// What plugins read.
    pub fn cx(&self) -> Cx<'_> {
        Cx {
            names: &self.interning.names,
            known: self.known,
            config: &self.config,
            snapshot: &self.snapshot,
            neighbours: &self.neighbours,
            dra: &self.dra,
            asked: None,
            classic: None,
        }
    }

    /// Node `n<at>`.
    pub fn node(&self, at: u32) -> &NodeInfo {
        &self.snapshot.nodes[NodeId(at)]
    }

    /// What a plugin's Filter says of a pod on all nodes, in id order; `skip` if its PreFilter skips.
    pub fn verdicts<S>(
        &self,
        pod: &Pod,
        pre_filter: impl Fn(&Cx<'_>, &Pod) -> PreFilter<S>,
        filter: impl Fn(&Cx<'_>, &S, &Pod, &NodeInfo) -> Verdict,
    ) -> Vec<String> {
        let cx = self.cx();
        let Some(state) = state(pre_filter(&cx, pod)) else { return vec!["skip".to_owned()] };
        self.snapshot.nodes.iter().map(|node| brief(&filter(&cx, &state, pod, node), &cx)).collect()
    }

    /// A plugin's raw and normalized scores of all nodes, in id order; nothing if its PreScore skips.
    pub fn scores<S>(
        &self,
        pod: &Pod,
        pre_score: impl Fn(&Cx<'_>, &Pod, &[NodeId]) -> Option<S>,
        score: impl Fn(&Cx<'_>, &S, &Pod, &NodeInfo) -> i64,
        normalize: impl Fn(&Cx<'_>, &S, &[NodeId], &mut [i64]),
    ) -> Option<(Vec<i64>, Vec<i64>)> {
        let (cx, ids) = (self.cx(), self.ids());
        let state = pre_score(&cx, pod, &ids)?;
        let raw: Vec<i64> = self.snapshot.nodes.iter().map(|node| score(&cx, &state, pod, node)).collect();
        let mut normal = raw.clone();
        normalize(&cx, &state, &ids, &mut normal);
        Some((raw, normal))
    }

    /// All nodes, in id order.
    pub fn ids(&self) -> Vec<NodeId> {
        self.snapshot.nodes.ids().collect()
    }
}

/// A verdict in a few letters: `ok`, or `U:` (Unschedulable) or `UU:` (unresolvable) with what is special in the reason.
pub fn brief(verdict: &Verdict, cx: &Cx<'_>) -> String {
    let Some(rejection) = verdict else { return "ok".to_owned() };
    let code: String = rejection.code.name().chars().filter(char::is_ascii_uppercase).collect();
    let code = if code == "UAU" { "UU" } else { &code };
    let message = rejection.message(cx.names);
    let message = message.trim_start_matches("node(s) didn't ").trim_start_matches("match ").trim_start_matches("pod ");
    format!("{code}:{message}")
}

/// The state that PreFilter goes on with; `None` if it skips.
pub fn state<S>(said: PreFilter<S>) -> Option<S> {
    match said {
        PreFilter::Go(state) => Some(state),
        PreFilter::Skip => None,
        PreFilter::Narrow(..) | PreFilter::Reject(_) => panic!("neither skipped nor went on"),
    }
}
