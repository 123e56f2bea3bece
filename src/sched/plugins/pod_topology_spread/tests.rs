//! Tables of what constraints do.

use serde_json::{Value, json};

use crate::model::core::{ControllerSelector, LabelSelector, Pod, PodSelector, Service, WhenUnsatisfiable};
use crate::sched::framework::config::{DefaultConstraint, SpreadArgs};
use crate::sched::plugins::fixture::{Cluster, brief, map, state};
use crate::sched::plugins::pod_topology_spread::logarithm::ln;
use crate::sched::plugins::pod_topology_spread::{default_selector, filter, normalize, pre_filter, pre_score, score};

fn zones(zones: &[&str]) -> Cluster {
    let nodes: Vec<_> = zones.iter().map(|zone| (*zone, json!({}))).collect();
    Cluster::new(&nodes)
}

fn run(cluster: &mut Cluster, pods: &[(u32, &str)]) {
    for (at, labels) in pods {
        let pod = cluster.pod(labels, json!({}), json!({}));
        cluster.run(*at, pod);
    }
}

/// A constraint on pods `app=x` with more fields, or others in their place.
fn constraint(key: &str, more: Value) -> Value {
    let mut constraint = json!({"topologyKey": key, "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "x"}}});
    for (key, value) in more.as_object().into_iter().flatten() {
        constraint[key] = value.clone();
    }
    constraint
}

fn verdicts(cluster: &Cluster, pod: &Pod) -> Vec<String> {
    cluster.verdicts(pod, pre_filter, filter)
}

fn scores(cluster: &Cluster, pod: &Pod) -> Option<(Vec<i64>, Vec<i64>)> {
    cluster.scores(pod, pre_score, score, normalize)
}

const NO: &str = "U:topology spread constraints";
const NO_KEY: &str = "UU:topology spread constraints (missing required label)";

#[test]
fn hard_constraints() {
    let mut cluster = Cluster::new(&[
        ("zone=a disk=ssd", json!({})),
        ("zone=a", json!({})),
        ("zone=b disk=ssd", json!({})),
        ("zone=c", json!({"taints": [{"key": "k", "effect": "NoSchedule"}]})),
        ("", json!({})),
    ]);
    run(&mut cluster, &[(0, "app=x"), (1, "app=x"), (2, "app=x"), (3, "app=y"), (4, "app=x")]);
    let gone = cluster.pod("app=x", json!({"deletionTimestamp": "2030-01-01T00:00:00Z"}), json!({}));
    cluster.run(3, gone);
    let mut check = |labels: &str, spec: Value, constraints: &[Value], want: &[&str]| {
        let mut spec = spec;
        spec["topologySpreadConstraints"] = json!(constraints);
        let pod = cluster.pod(labels, json!({}), spec);
        assert_eq!(verdicts(&cluster, &pod), want, "{labels} {constraints:?}");
    };
    let zone = |more: Value| constraint("zone", more);
    check("app=x", json!({}), &[], &["skip"]);
    check("app=x", json!({}), &[zone(json!({"whenUnsatisfiable": "ScheduleAnyway"}))], &["skip"]);
    // a has 2, b 1, c 0 (a terminating pod does not count).
    check("app=x", json!({}), &[zone(json!({}))], &[NO, NO, NO, "ok", NO_KEY]);
    check("app=x", json!({}), &[zone(json!({"maxSkew": 2}))], &[NO, NO, "ok", "ok", NO_KEY]);
    // A pod that does not match its own constraint adds nothing.
    check("app=y", json!({}), &[zone(json!({"maxSkew": 2}))], &["ok", "ok", "ok", "ok", NO_KEY]);
    // Fewer domains than asked for: the least is 0. More domains of nodes that the pod may go to do not help.
    let ssd = || json!({"nodeSelector": {"disk": "ssd"}});
    check("app=x", ssd(), &[zone(json!({}))], &["ok", "ok", "ok", "ok", NO_KEY]);
    check("app=x", ssd(), &[zone(json!({"minDomains": 3}))], &[NO, NO, NO, "ok", NO_KEY]);
    check("app=x", ssd(), &[zone(json!({"nodeAffinityPolicy": "Ignore"}))], &[NO, NO, NO, "ok", NO_KEY]);
    check("app=x", json!({}), &[zone(json!({"nodeTaintsPolicy": "Honor"}))], &[NO, NO, "ok", "ok", NO_KEY]);
    let tolerant = || json!({"tolerations": [{"key": "k", "operator": "Exists"}]});
    check("app=x", tolerant(), &[zone(json!({"nodeTaintsPolicy": "Honor"}))], &[NO, NO, NO, "ok", NO_KEY]);
    // An empty selector counts nobody there, but the pod itself; none counts not even that.
    check("app=x", json!({}), &[zone(json!({"labelSelector": {}}))], &["ok", "ok", "ok", "ok", NO_KEY]);
    check("app=x", json!({}), &[zone(json!({"labelSelector": null}))], &["ok", "ok", "ok", "ok", NO_KEY]);
    // Nodes without all keys are no domain of any constraint, and reasons come in order of constraints.
    let disk = constraint("disk", json!({"maxSkew": 5}));
    check("app=x", json!({}), &[zone(json!({})), disk.clone()], &["ok", NO_KEY, "ok", NO_KEY, NO_KEY]);
    check("app=x", json!({}), &[disk, zone(json!({}))], &["ok", NO_KEY, "ok", NO_KEY, NO_KEY]);
}

#[test]
fn pods_that_are_supposed_there_or_gone_count_plainly() {
    let check = |selector: Value, changes: &[i64], want: [&str; 3]| {
        let mut cluster = zones(&["zone=a", "zone=b", "zone=c"]);
        run(&mut cluster, &[(0, "app=x"), (0, "app=x"), (1, "app=x"), (2, "app=x"), (2, "app=x")]);
        let other = cluster.pod("app=x", json!({"deletionTimestamp": "2030-01-01T00:00:00Z"}), json!({}));
        let constraints = json!([constraint("zone", json!({"labelSelector": selector}))]);
        let pod = cluster.pod("app=x", json!({}), json!({"topologySpreadConstraints": constraints}));
        let cx = cluster.cx();
        let mut state = state(pre_filter(&cx, &pod)).expect("a constraint");
        for change in changes {
            match change {
                1 => state.add_pod(&cx, &pod, &other, cluster.node(0)),
                _ => state.remove_pod(&cx, &pod, &other, cluster.node(0)),
            }
        }
        let said = [0, 1, 2].map(|at| brief(&filter(&cx, &state, &pod, cluster.node(at)), &cx));
        assert_eq!(said, want, "{selector} {changes:?}");
    };
    let app = || json!({"matchLabels": map("app=x")});
    check(app(), &[], [NO, "ok", NO]);
    check(app(), &[-1], ["ok", "ok", NO]);
    check(app(), &[-1, -1], ["ok", NO, NO]);
    check(app(), &[-1, -1, 1, 1], [NO, "ok", NO]);
    // `{}` counts nobody at first, but each change.
    check(json!({}), &[], ["ok", "ok", "ok"]);
    check(json!({}), &[1], [NO, "ok", "ok"]);
    check(json!({}), &[-1], ["ok", NO, NO]);
}

#[test]
fn soft_constraints() {
    let mut cluster = zones(&["zone=a", "zone=a", "zone=b", ""]);
    run(&mut cluster, &[(0, "app=x"), (0, "app=x"), (1, "app=x"), (2, "app=x")]);
    let soft = |key: &str, skew: i32| constraint(key, json!({"whenUnsatisfiable": "ScheduleAnyway", "maxSkew": skew}));
    let mut check = |constraints: &[Value], want: ([i64; 4], [i64; 4])| {
        let pod = cluster.pod("app=x", json!({}), json!({"topologySpreadConstraints": constraints}));
        assert_eq!(scores(&cluster, &pod), Some((want.0.to_vec(), want.1.to_vec())), "{constraints:?}");
    };
    // ln 4 for two zones: 3 x 1.386 = 4.16, 1.386. The node without a zone is ignored.
    check(&[soft("zone", 1)], ([4, 4, 1, 0], [25, 25, 100, 0]));
    check(&[soft("zone", 3)], ([6, 6, 3, 0], [50, 50, 100, 0]));
    // ln 6 for four hosts: 2 x 1.79 = 3.58, 1.79, 1.79, 0.
    check(&[soft("kubernetes.io/hostname", 1)], ([4, 2, 2, 0], [0, 50, 50, 100]));
    // ln 5 for three hosts (one node is ignored): 4.16 + 3.22, 4.16 + 1.61, 1.386 + 1.61.
    check(&[soft("zone", 1), soft("kubernetes.io/hostname", 1)], ([7, 6, 3, 0], [42, 57, 100, 0]));
    check(&[soft("rack", 1)], ([0; 4], [0; 4]));
}

#[test]
fn default_constraints_need_a_service_or_a_controller() {
    let mut cluster = zones(&["topology.kubernetes.io/zone=a", "topology.kubernetes.io/zone=b", ""]);
    run(&mut cluster, &[(0, "app=x"), (2, "app=x")]);
    let owned = json!({"ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r", "uid": "u", "controller": true}]});
    let pod = cluster.pod("app=x", owned, json!({}));
    let selector = cluster.labels("app=x");
    let (namespace, name) = (cluster.name("default"), cluster.name("s"));
    assert_eq!(scores(&cluster, &pod), None);
    cluster.neighbours.services.push(Service { namespace, name, selector });
    // Hosts: ln 5 = 1.609, skew 3; zones (one of them none): ln 5, skew 5.
    let want = (vec![9, 6, 4], vec![44, 77, 100]);
    assert_eq!(scores(&cluster, &pod), Some(want));
    assert_eq!(verdicts(&cluster, &pod), ["skip"]);
    // As a list they are hard or soft as they say, and a node must have all keys.
    let topology_key = cluster.name("topology.kubernetes.io/zone");
    let list = |when_unsatisfiable| SpreadArgs::List(vec![DefaultConstraint::new(1, topology_key, when_unsatisfiable)]);
    cluster.config.spread = list(WhenUnsatisfiable::DoNotSchedule);
    assert_eq!((scores(&cluster, &pod), verdicts(&cluster, &pod)), (None, vec![NO.into(), "ok".into(), NO_KEY.into()]));
    cluster.config.spread = list(WhenUnsatisfiable::ScheduleAnyway);
    assert_eq!(scores(&cluster, &pod), Some((vec![1, 0, 0], vec![0, 100, 0])));
}

#[test]
fn selectors_of_services_and_the_controller_are_joined() {
    let mut cluster = zones(&[""]);
    let (namespace, elsewhere) = (cluster.name("default"), cluster.name("other"));
    let name = cluster.name("r");
    for (namespace, selector) in
        [(namespace, "app=x"), (namespace, "tier=1"), (namespace, "tier=2"), (elsewhere, "zone=q"), (namespace, "")]
    {
        let selector = cluster.labels(selector);
        cluster.neighbours.services.push(Service { namespace, name, selector });
    }
    let kind = cluster.name("ReplicaSet");
    let exists = crate::model::core::Requirement::new(cluster.name("app"), crate::model::core::Operator::Exists, []);
    let selector = PodSelector::Selector(LabelSelector::All([exists].into()));
    cluster.neighbours.controllers.push(ControllerSelector { kind, namespace, name, selector });
    let (kind, selector) = (cluster.name("ReplicationController"), cluster.labels("app=w rc=1"));
    cluster.neighbours.controllers.push(ControllerSelector { kind, namespace, name, selector: PodSelector::Labels(selector) });
    let mut check = |version: &str, kind: &str, want: &[&str]| {
        let owner = json!([{"apiVersion": version, "kind": kind, "name": "r", "uid": "u", "controller": true}]);
        let pod = cluster.pod("app=x tier=1", json!({"ownerReferences": owner}), json!({}));
        let cx = cluster.cx();
        let LabelSelector::All(all) = default_selector(&cx, &pod) else { panic!("a selector") };
        let text = |value: &crate::base::NameId| cx.names.text(*value).to_owned();
        let said = |one: &crate::model::core::Requirement| {
            let values: Vec<String> = one.values.iter().map(text).collect();
            format!("{} {:?} {}", text(&one.key), one.operator, values.join(","))
        };
        let mut all: Vec<String> = all.iter().map(said).collect();
        all.sort();
        assert_eq!(all, want, "{version} {kind}");
    };
    check("apps/v1", "ReplicaSet", &["app Exists ", "app In x", "tier In 1"]);
    check("v1", "ReplicationController", &["app In w", "rc In 1", "tier In 1"]);
    check("v1", "ReplicaSet", &["app In x", "tier In 1"]);
    check("apps/v1", "StatefulSet", &["app In x", "tier In 1"]);
}

#[test]
fn logarithms_are_go_s() {
    // Bits of `math.Log` of Go 1.26 on amd64.
    for (x, bits) in GO {
        assert_eq!(ln(x).to_bits(), bits, "ln {x}");
    }
}

const GO: [(f64, u64); 25] = [
    (2.0, 0x3fe62e42fefa39ef),
    (3.0, 0x3ff193ea7aad030a),
    (4.0, 0x3ff62e42fefa39ef),
    (5.0, 0x3ff9c041f7ed8d33),
    (6.0, 0x3ffcab0bfa2a2002),
    (7.0, 0x3fff2272ae325a57),
    (9.0, 0x400193ea7aad030b),
    (10.0, 0x40026bb1bbb55516),
    (11.0, 0x40032ee3b77f374c),
    (12.0, 0x4003e116bcd39e7d),
    (20.0, 0x4007f7427b73e391),
    (33.0, 0x400bf8d8f4d5b8d1),
    (46.0, 0x400ea10ebd90426c),
    (100.0, 0x40126bb1bbb55516),
    (102.0, 0x40127ff8df87c7bd),
    (127.0, 0x4013607294602e42),
    (129.0, 0x40137072a9b5b6cb),
    (182.0, 0x4014d0e72104a3fc),
    (255.0, 0x40162a40fda3e3cc),
    (258.0, 0x4016363b0994fe09),
    (502.0, 0x4018dfd8b5b3e920),
    (1002.0, 0x401ba3965d405f5f),
    (5002.0, 0x40210901f6dc84b9),
    (65537.0, 0x40262e44fef939f0),
    (1000003.0, 0x402ba18afe39c37f),
];

#[test]
fn match_label_keys_are_requirements() {
    let mut cluster = zones(&["zone=a", "zone=b"]);
    run(&mut cluster, &[(0, "app=x v=1"), (0, "app=x v=1"), (1, "app=x v=2")]);
    let mut check = |labels: &str, more: Value, want: [&str; 2]| {
        let spec = json!({"topologySpreadConstraints": [constraint("zone", more.clone())]});
        let pod = cluster.pod(labels, json!({}), spec);
        assert_eq!(verdicts(&cluster, &pod), want, "{labels} {more}");
    };
    check("app=x v=1", json!({}), [NO, "ok"]);
    check("app=x v=2", json!({"matchLabelKeys": ["v"]}), ["ok", NO]);
    check("app=x v=3", json!({"matchLabelKeys": ["v"]}), ["ok", "ok"]);
    // A key that the pod has not means nothing; neither does one where there is no selector.
    check("app=x", json!({"matchLabelKeys": ["v"]}), [NO, "ok"]);
    check("app=x v=2", json!({"matchLabelKeys": ["v"], "labelSelector": null}), ["ok", "ok"]);
    check("app=x v=2", json!({"matchLabelKeys": ["v"], "labelSelector": {}}), ["ok", NO]);
}
