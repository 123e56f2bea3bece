//! Tables of what terms do.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::base::NodeId;
use crate::model::core::{Node, Pod};
use crate::sched::plugins::fixture::{Cluster, brief, map, state};
use crate::sched::plugins::inter_pod_affinity::{filter, normalize, pre_filter, pre_score, score};

fn zones(zones: &[&str]) -> Cluster {
    let nodes: Vec<_> = zones.iter().map(|zone| (*zone, json!({}))).collect();
    let mut cluster = Cluster::new(&nodes);
    cluster.namespace("default", "team=a");
    cluster.namespace("other", "team=b");
    cluster
}

/// A term that means pods with these labels in the domains of `key`.
fn term(key: &str, labels: &str) -> Value {
    json!({"topologyKey": key, "labelSelector": {"matchLabels": map(labels)}})
}

fn affinity(kind: &str, terms: &[Value]) -> Value {
    json!({"affinity": {kind: {"requiredDuringSchedulingIgnoredDuringExecution": terms}}})
}

fn preference(kind: &str, terms: &[(i32, Value)]) -> Value {
    let terms: Vec<_> = terms.iter().map(|(weight, term)| json!({"weight": weight, "podAffinityTerm": term})).collect();
    json!({"affinity": {kind: {"preferredDuringSchedulingIgnoredDuringExecution": terms}}})
}

const NEAR: &str = "podAffinity";
const FAR: &str = "podAntiAffinity";

fn verdicts(cluster: &Cluster, pod: &Pod) -> Vec<String> {
    cluster.verdicts(pod, pre_filter, filter)
}

fn scores(cluster: &Cluster, pod: &Pod) -> Option<(Vec<i64>, Vec<i64>)> {
    cluster.scores(pod, pre_score, score, normalize)
}

#[test]
fn required_terms_of_the_pod() {
    // Zones a, a, b and none; a pod `app=x` on n0, a pod `app=y tier=1` on n2, and one of another namespace on n1.
    let mut cluster = zones(&["zone=a", "zone=a", "zone=b", ""]);
    for (at, labels, namespace) in [(0, "app=x", "default"), (2, "app=y tier=1", "default"), (1, "app=z", "other")] {
        let pod = cluster.pod(labels, json!({"namespace": namespace}), json!({}));
        cluster.run(at, pod);
    }
    let mut check = |labels: &str, spec: Value, want: &[&str]| {
        let pod = cluster.pod(labels, json!({}), spec.clone());
        assert_eq!(verdicts(&cluster, &pod), want, "{labels} {spec}");
    };
    const NO: &str = "UU:affinity rules";
    const ANTI: &str = "U:anti-affinity rules";
    check("", json!({}), &["skip"]);
    check("", affinity(NEAR, &[term("zone", "app=x")]), &["ok", "ok", NO, NO]);
    // All terms must hold for one pod.
    check("", affinity(NEAR, &[term("zone", "app=y"), term("zone", "tier=1")]), &[NO, NO, "ok", NO]);
    check("", affinity(NEAR, &[term("zone", "app=x"), term("zone", "tier=1")]), &[NO, NO, NO, NO]);
    // The first of its kind goes where the keys are, unless there is another.
    check("app=q", affinity(NEAR, &[term("zone", "app=q")]), &["ok", "ok", "ok", NO]);
    check("app=x", affinity(NEAR, &[term("zone", "app=x")]), &["ok", "ok", NO, NO]);
    check("app=q", affinity(NEAR, &[term("rack", "app=q")]), &[NO, NO, NO, NO]);
    // Anti-affinity: each term alone; a node without the key is in nobody's domain.
    check("", affinity(FAR, &[term("zone", "app=x"), term("zone", "app=q")]), &[ANTI, ANTI, "ok", "ok"]);
    check("", affinity(FAR, &[term("kubernetes.io/hostname", "app=x")]), &[ANTI, "ok", "ok", "ok"]);
    // Namespaces: the pod's own, those listed, those selected, all of them.
    let with = |more: Value| {
        let mut term = term("kubernetes.io/hostname", "app=z");
        for (key, value) in more.as_object().into_iter().flatten() {
            term[key] = value.clone();
        }
        affinity(FAR, &[term])
    };
    check("", with(json!({})), &["ok", "ok", "ok", "ok"]);
    check("", with(json!({"namespaces": ["other"]})), &["ok", ANTI, "ok", "ok"]);
    check("", with(json!({"namespaceSelector": {"matchLabels": {"team": "b"}}})), &["ok", ANTI, "ok", "ok"]);
    check("", with(json!({"namespaceSelector": {"matchLabels": {"team": "c"}}})), &["ok", "ok", "ok", "ok"]);
    check("", with(json!({"namespaceSelector": {}})), &["ok", ANTI, "ok", "ok"]);
    // No selector means no pod, an empty one every pod.
    check("", affinity(FAR, &[json!({"topologyKey": "zone"})]), &["ok", "ok", "ok", "ok"]);
    check("", affinity(FAR, &[json!({"topologyKey": "zone", "labelSelector": {}})]), &[ANTI, ANTI, ANTI, "ok"]);
}

#[test]
fn required_anti_affinity_of_others() {
    let mut cluster = zones(&["zone=a", "zone=a", "zone=b"]);
    let holder = cluster.pod("app=h", json!({}), affinity(FAR, &[term("zone", "app=x")]));
    cluster.run(0, holder);
    const NO: &str = "U:satisfy existing pods anti-affinity rules";
    let mut check = |labels: &str, metadata: Value, want: &[&str]| {
        let pod = cluster.pod(labels, metadata, json!({}));
        assert_eq!(verdicts(&cluster, &pod), want, "{labels}");
    };
    check("app=x", json!({}), &[NO, NO, "ok"]);
    check("app=y", json!({}), &["skip"]);
    check("app=x", json!({"namespace": "other"}), &["skip"]);
}

#[test]
fn a_namespace_selector_of_another_pod_reads_labels_that_one_of_the_pod_itself_does_not() {
    // No one has told of the namespace `new`. To terms of others it is one without labels.
    let selector = json!({"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]});
    let term = json!({"topologyKey": "zone", "labelSelector": {}, "namespaceSelector": selector});
    let mut cluster = zones(&["zone=a"]);
    let holder = cluster.pod("", json!({}), affinity(FAR, std::slice::from_ref(&term)));
    cluster.run(0, holder);
    let pod = cluster.pod("", json!({"namespace": "new"}), json!({}));
    assert_eq!(verdicts(&cluster, &pod), ["U:satisfy existing pods anti-affinity rules"]);
    let mut cluster = zones(&["zone=a"]);
    let there = cluster.pod("", json!({"namespace": "new"}), json!({}));
    cluster.run(0, there);
    let pod = cluster.pod("", json!({}), affinity(FAR, &[term]));
    assert_eq!(verdicts(&cluster, &pod), ["ok"]);
}

#[test]
fn pods_that_are_supposed_there_or_gone_count() {
    let mut cluster = zones(&["zone=a", "zone=b"]);
    let there = cluster.pod("app=x", json!({}), json!({}));
    cluster.run(0, there.clone());
    let pod = cluster.pod("app=x", json!({}), affinity(NEAR, &[term("zone", "app=x")]));
    let cx = cluster.cx();
    let mut state = state(pre_filter(&cx, &pod)).expect("it has a term");
    let mut check = |change: i64, at: u32, want: [&str; 2]| {
        match change {
            1 => state.add_pod(&cx, &pod, &there, cluster.node(at)),
            _ => state.remove_pod(&cx, &pod, &there, cluster.node(at)),
        }
        let said = [0, 1].map(|at| brief(&filter(&cx, &state, &pod, cluster.node(at)), &cx));
        assert_eq!(said, want, "{change} at n{at}");
    };
    check(1, 1, ["ok", "ok"]);
    check(-1, 1, ["ok", "UU:affinity rules"]);
    // Nobody is left, so that it is the first of its kind.
    check(-1, 0, ["ok", "ok"]);
}

#[test]
fn preferred_terms() {
    let mut cluster = zones(&["zone=a", "zone=a", "zone=b", ""]);
    let near = cluster.pod("app=x", json!({}), preference(NEAR, &[(10, term("zone", "app=p"))]));
    let far = cluster.pod("app=y", json!({}), preference(FAR, &[(3, term("zone", "app=p"))]));
    let hard = cluster.pod("app=z", json!({}), affinity(NEAR, &[term("kubernetes.io/hostname", "app=p")]));
    cluster.run(0, near);
    cluster.run(2, far);
    cluster.run(3, hard);
    let mut check = |labels: &str, spec: Value, ignore: bool, want: Option<([i64; 4], [i64; 4])>| {
        let pod = cluster.pod(labels, json!({}), spec.clone());
        cluster.config.inter_pod_affinity.ignore_preferred_terms_of_existing_pods = ignore;
        let want = want.map(|(raw, normal)| (raw.to_vec(), normal.to_vec()));
        assert_eq!(scores(&cluster, &pod), want, "{labels} {spec}");
    };
    // What others say of it, one point for a required affinity.
    check("app=p", json!({}), false, Some(([10, 10, -3, 1], [100, 100, 0, 30])));
    check("app=p", json!({}), true, None);
    check("app=q", json!({}), false, None);
    // What it says itself, with what others say, whether they are ignored or not.
    let own = preference(NEAR, &[(7, term("zone", "app=y"))]);
    check("app=q", own.clone(), false, Some(([0, 0, 7, 0], [0, 0, 100, 0])));
    check("app=p", own, true, Some(([10, 10, 4, 1], [100, 100, 33, 0])));
    // Terms that cancel each other out have matched all the same.
    let both = json!({"affinity": {
        NEAR: preference(NEAR, &[(5, term("zone", "app=x"))])["affinity"][NEAR],
        FAR: preference(FAR, &[(5, term("zone", "app=x"))])["affinity"][FAR],
    }});
    check("", both, false, Some(([0; 4], [0; 4])));
    check("", preference(NEAR, &[(5, term("rack", "app=x"))]), false, None);
}

#[test]
fn scores_are_normalised_in_doubles() {
    let cluster = zones(&["", "", ""]);
    let mut scores = [0, 29, 100];
    normalize(&cluster.cx(), &Default::default(), &cluster.ids(), &mut scores);
    assert_eq!(scores, [0, 28, 100]);
    let mut scores = [-7, -7, -7];
    normalize(&cluster.cx(), &Default::default(), &cluster.ids(), &mut scores);
    assert_eq!(scores, [0, 0, 0]);
}

#[test]
fn with_the_fast_path_pods_on_nodes_without_host_name_count_too() {
    let host = "kubernetes.io/hostname";
    for (gate, want) in [(false, "ok"), (true, "UU:affinity rules")] {
        let mut cluster = zones(&["", "zone=a"]);
        cluster.config.gates.set("InterPodAffinityHostnameFastPath", gate);
        let nameless = Node { labels: cluster.labels("zone=a"), ..(*cluster.snapshot.nodes[NodeId(1)].node).clone() };
        cluster.snapshot.nodes[NodeId(1)].node = Arc::new(nameless);
        let other = cluster.pod("app=x", json!({}), json!({}));
        cluster.run(1, other);
        // Is the pod the first of its kind? All the same, n1 is nobody's domain.
        let pod = cluster.pod("app=x", json!({}), affinity(NEAR, &[term(host, "app=x")]));
        assert_eq!(verdicts(&cluster, &pod), [want, "UU:affinity rules"], "{gate}");
    }
}
