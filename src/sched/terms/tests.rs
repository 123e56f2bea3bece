//! The index against walking over all pods.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::base::{Id, NodeId};
use crate::model::core::{Pod, WhenUnsatisfiable};
use crate::sched::framework::config::{DefaultConstraint, SpreadArgs};
use crate::sched::framework::{Cx, PreFilter};
use crate::sched::plugins::fixture::{Cluster, brief, map};
use crate::sched::plugins::{inter_pod_affinity as affinity, pod_topology_spread as spread};
use crate::sched::terms::TermIndex;

/// Draws of a test: small numbers from one seed.
struct Draws(u64);

impl Draws {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }

    fn labels(&mut self) -> String {
        let mut words = Vec::new();
        for (key, percent) in [("app", 80), ("tier", 40)] {
            if self.chance(percent) {
                words.push(format!("{key}={}", self.below(3)));
            }
        }
        words.join(" ")
    }

    fn selector(&mut self) -> Value {
        match self.below(10) {
            0 => Value::Null,
            1 => json!({}),
            2..4 => json!({"matchExpressions": [{"key": "tier", "operator": self.one(&["Exists", "DoesNotExist"])}]}),
            4..6 => json!({"matchExpressions": [{"key": "app", "operator": self.one(&["In", "NotIn"]), "values": ["0", "1"]}]}),
            _ => json!({"matchLabels": map(&format!("app={}", self.below(3)))}),
        }
    }

    fn key(&mut self) -> &'static str {
        self.one(&["zone", "zone", "kubernetes.io/hostname", "rack", "topology.kubernetes.io/zone"])
    }

    fn term(&mut self) -> Value {
        let mut term = json!({"topologyKey": self.key(), "labelSelector": self.selector()});
        match self.below(6) {
            0 => term["namespaces"] = json!(["other"]),
            1 => term["namespaceSelector"] = json!({"matchLabels": {"team": "b"}}),
            2 => term["namespaceSelector"] = json!({"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]}),
            3 => term["namespaceSelector"] = json!({}),
            _ => {}
        }
        term
    }

    fn affinity(&mut self) -> Value {
        let count = self.one(&[0, 0, 0, 1, 1, 2]);
        let required: Vec<Value> = (0..count).map(|_| self.term()).collect();
        let count = self.one(&[0, 0, 1, 2]);
        let preferred: Vec<Value> =
            (0..count).map(|_| json!({"weight": 1 + self.below(3), "podAffinityTerm": self.term()})).collect();
        json!({"requiredDuringSchedulingIgnoredDuringExecution": required,
            "preferredDuringSchedulingIgnoredDuringExecution": preferred})
    }

    fn constraint(&mut self) -> Value {
        json!({
            "topologyKey": self.key(),
            "maxSkew": 1 + self.below(2),
            "whenUnsatisfiable": self.one(&["DoNotSchedule", "ScheduleAnyway"]),
            "labelSelector": self.selector(),
            "minDomains": 1 + self.below(3),
            "nodeAffinityPolicy": self.one(&["Honor", "Ignore"]),
            "nodeTaintsPolicy": self.one(&["Honor", "Ignore"]),
        })
    }

    fn spec(&mut self) -> Value {
        let mut spec = json!({});
        if self.chance(50) {
            spec["affinity"] = json!({"podAffinity": self.affinity(), "podAntiAffinity": self.affinity()});
        }
        if self.chance(50) {
            spec["topologySpreadConstraints"] = (0..1 + self.below(3)).map(|_| self.constraint()).collect();
        }
        if self.chance(30) {
            spec["nodeSelector"] = json!({"disk": "ssd"});
        }
        if self.chance(30) {
            spec["tolerations"] = json!([{"key": "k", "operator": "Exists"}]);
        }
        spec
    }

    fn pod(&mut self, cluster: &mut Cluster) -> Pod {
        let mut metadata = json!({"namespace": self.one(&["default", "default", "other", "new"])});
        if self.chance(10) {
            metadata["deletionTimestamp"] = json!("2030-01-01T00:00:00Z");
        }
        let (labels, spec) = (self.labels(), self.spec());
        cluster.pod(&labels, metadata, spec)
    }

    fn cluster(&mut self) -> Cluster {
        let mut nodes: Vec<(String, Value)> = Vec::new();
        for _ in 0..3 + self.below(5) {
            let mut labels = Vec::new();
            for key in ["zone", "rack", "topology.kubernetes.io/zone"] {
                if self.chance(85) {
                    labels.push(format!("{key}={}", self.one(&["a", "b", "c", ""])));
                }
            }
            if self.chance(60) {
                labels.push("disk=ssd".to_owned());
            }
            let taints = if self.chance(30) { json!([{"key": "k", "effect": "NoSchedule"}]) } else { json!([]) };
            nodes.push((labels.join(" "), json!({"taints": taints})));
        }
        let nodes: Vec<(&str, Value)> = nodes.iter().map(|(labels, spec)| (labels.as_str(), spec.clone())).collect();
        let mut cluster = Cluster::new(&nodes);
        cluster.namespace("default", "team=a");
        cluster.namespace("other", "team=b");
        let (namespace, name) = (cluster.name("default"), cluster.name("s"));
        let selector = cluster.labels("app=1");
        cluster.neighbours.services.push(crate::model::core::Service { namespace, name, selector });
        if self.chance(30) {
            let (topology_key, when_unsatisfiable) = (cluster.name("zone"), WhenUnsatisfiable::DoNotSchedule);
            let default = DefaultConstraint::new(1, topology_key, when_unsatisfiable);
            cluster.config.spread = SpreadArgs::List(vec![default]);
        }
        cluster.config.inter_pod_affinity.hard_pod_affinity_weight = self.below(3) as i32;
        cluster.config.inter_pod_affinity.ignore_preferred_terms_of_existing_pods = self.chance(30);
        cluster
    }

    /// A pod comes or goes, or a node changes.
    fn change(&mut self, cluster: &mut Cluster) {
        let node = NodeId(self.below(cluster.snapshot.nodes.len() as u64) as u32);
        match self.below(20) {
            0 => {
                let mut changed = cluster.snapshot.nodes[node].node.as_ref().clone();
                changed.labels = cluster.labels(self.one(&["zone=a", "zone=b rack=b", "kubernetes.io/hostname=h"]));
                cluster.snapshot.nodes[node].node = Arc::new(changed);
                let pod = self.pod(cluster);
                cluster.snapshot.add_pod(node, Arc::new(pod));
            }
            1 => {
                let labels = self.one(&["team=b", "team=c", ""]);
                cluster.namespace("default", labels);
            }
            2..8 => {
                let pods = &cluster.snapshot.nodes[node].pods;
                if !pods.is_empty() {
                    let pod = pods[self.below(pods.len() as u64) as usize].id;
                    cluster.snapshot.remove_pod(node, pod);
                }
            }
            _ => {
                let pod = self.pod(cluster);
                cluster.snapshot.add_pod(node, Arc::new(pod));
            }
        }
    }
}

/// Filters of both plugins on all nodes: as they are, with `other` nominated to `at`, and without the pods of `at`, one after
/// the other.
fn verdicts(cx: &Cx<'_>, pod: &Pod, other: &Pod, at: NodeId) -> Vec<String> {
    let mut said = Vec::new();
    let node = &cx.snapshot.nodes[at];
    // The states of the plugins are alike in what they can do, and of different types.
    macro_rules! tell_of {
        ($plugin:ident) => {
            match $plugin::pre_filter(cx, pod) {
                PreFilter::Go(state) => {
                    let mut tell = |state: &$plugin::State| {
                        said.extend(cx.snapshot.nodes.iter().map(|node| brief(&$plugin::filter(cx, state, pod, node), cx)));
                    };
                    tell(&state);
                    let mut with = state.clone();
                    with.add_pod(cx, pod, other, node);
                    tell(&with);
                    let mut without = state;
                    for there in &node.pods {
                        without.remove_pod(cx, pod, there, node);
                        tell(&without);
                    }
                }
                _ => said.push("skip".to_owned()),
            }
        };
    }
    tell_of!(affinity);
    tell_of!(spread);
    said
}

/// Scores of both plugins, raw and normalised.
fn scores(cx: &Cx<'_>, pod: &Pod, feasible: &[NodeId]) -> Vec<Option<(Vec<i64>, Vec<i64>)>> {
    let raw = |score: &dyn Fn(NodeId) -> i64| feasible.iter().map(|node| score(*node)).collect::<Vec<i64>>();
    let node = |id| &cx.snapshot.nodes[id];
    let affinity = affinity::pre_score(cx, pod, feasible).map(|state| {
        let raw = raw(&|id| affinity::score(cx, &state, pod, node(id)));
        let mut normal = raw.clone();
        affinity::normalize(cx, &state, feasible, &mut normal);
        (raw, normal)
    });
    let spread = spread::pre_score(cx, pod, feasible).map(|state| {
        let raw = raw(&|id| spread::score(cx, &state, pod, node(id)));
        let mut normal = raw.clone();
        spread::normalize(cx, &state, feasible, &mut normal);
        (raw, normal)
    });
    vec![affinity, spread]
}

fn compare(seed: u64, changes: usize) {
    let mut draws = Draws(seed);
    let mut cluster = draws.cluster();
    let mut index = TermIndex::default();
    // A few templates come again and again, so that old answers are used.
    let templates: Vec<Pod> = (0..4).map(|_| draws.pod(&mut cluster)).collect();
    for _ in 0..changes {
        draws.change(&mut cluster);
        if draws.chance(50) {
            continue;
        }
        let fresh = draws.pod(&mut cluster);
        let pod = if draws.chance(70) { &templates[draws.below(4) as usize] } else { &fresh };
        let other = &templates[draws.below(4) as usize];
        let at = NodeId::from_index(draws.below(cluster.snapshot.nodes.len() as u64) as usize);
        let feasible: Vec<NodeId> = cluster.ids().into_iter().filter(|_| draws.chance(70)).collect();
        let walk = cluster.cx();
        let asked = index.ask(&walk, pod);
        let ask = Cx { asked: Some(&asked), ..walk };
        assert_eq!(verdicts(&ask, pod, other, at), verdicts(&walk, pod, other, at), "{pod:?}");
        assert_eq!(scores(&ask, pod, &feasible), scores(&walk, pod, &feasible), "{pod:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_index_says_what_a_walk_over_all_pods_says(seed: u64, changes in 1_usize..60) {
        compare(seed, changes);
    }
}
