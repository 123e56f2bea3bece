//! Hints by hand: a table for each plugin.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::model::core::{Node, Pod};
use crate::sched::queueing::event::{Change, Subject};
use crate::sched::queueing::hint::*;
use crate::sched::queueing::registry::HintFn;
use crate::sched::queueing::testing::{Cluster, handlers};
use crate::sched::queueing::{ClaimView, ClassView, Handlers, QueueOptions};

/// A cluster in which hints are asked.
struct Asking {
    cluster: Cluster,
    handlers: Handlers,
}

impl Asking {
    fn new() -> Asking {
        Asking { cluster: Cluster::new(), handlers: handlers(QueueOptions::default()) }
    }

    fn node(&mut self, parts: &Value) -> Option<Arc<Node>> {
        let mut object = json!({"metadata": {"name": "n"}});
        match (object.as_object_mut(), parts) {
            (Some(to), Value::Object(from)) => to.extend(from.clone()),
            _ => return None,
        }
        object["metadata"]["name"] = "n".into();
        Some(self.cluster.node(object))
    }

    /// Asks about a node that was `old` and is `new`; null: it is not there.
    fn about_node(&mut self, hint: HintFn, spec: &Value, old: Value, new: Value, want: bool) {
        let pod = self.cluster.pending(0, spec.clone());
        let change = Change { old: self.node(&old), new: self.node(&new) };
        let got = self.cluster.ask(hint, &self.handlers, &pod, Subject::Node(change));
        assert_eq!(got, want, "{spec} {old} -> {new}");
    }

    fn other(&mut self, parts: &Value) -> Option<Arc<Pod>> {
        let part = |key: &str| parts.get(key).cloned().unwrap_or_else(|| json!({}));
        (!parts.is_null()).then(|| self.cluster.pod(1, part("labels"), part("spec"), part("status")))
    }

    /// The same about another pod.
    fn about_pod(&mut self, hint: HintFn, spec: &Value, old: Value, new: Value, want: bool) {
        let pod = self.cluster.pending(0, spec.clone());
        let change = Change { old: self.other(&old), new: self.other(&new) };
        let got = self.cluster.ask(hint, &self.handlers, &pod, Subject::Pod(change));
        assert_eq!(got, want, "{spec} {old} -> {new}");
    }
}

fn asks(requests: Value) -> Value {
    json!({"containers": [{"name": "c", "resources": {"requests": requests}}]})
}

fn on_node(mut spec: Value) -> Value {
    spec["nodeName"] = "n".into();
    json!({"spec": spec})
}

fn has(allocatable: Value) -> Value {
    json!({"status": {"allocatable": allocatable}})
}

#[test]
fn node_resources_fit_looks_at_what_is_requested() {
    let mut asking = Asking::new();
    let pod = asks(json!({"cpu": "2", "example.com/gpu": "1"}));
    let small = json!({"cpu": "1", "pods": "9", "example.com/gpu": "4"});
    let large = json!({"cpu": "4", "pods": "9", "example.com/gpu": "4"});
    let larger = json!({"cpu": "5", "pods": "9", "example.com/gpu": "4"});
    let more_memory = json!({"cpu": "4", "pods": "9", "example.com/gpu": "4", "memory": "9Gi"});
    let no_slots = json!({"cpu": "4", "pods": "0", "example.com/gpu": "4"});
    let no_gpus = json!({"cpu": "4", "pods": "9"});
    for (old, new, want) in [
        (Value::Null, has(large.clone()), true),
        (Value::Null, has(small.clone()), false),
        (Value::Null, has(no_slots), false),
        (Value::Null, has(no_gpus.clone()), false),
        (has(small), has(large.clone()), true),
        (has(large.clone()), has(large.clone()), false),
        (has(large.clone()), has(larger), true),
        (has(large.clone()), has(more_memory), false),
    ] {
        asking.about_node(node_resources_fit::node, &pod, old, new, want);
    }
    let class = asking.cluster.class("c", 0, Some("example.com/gpu"));
    asking.handlers.informers.put_class(class, &asking.cluster.core.names);
    asking.about_node(node_resources_fit::node, &pod, Value::Null, has(no_gpus.clone()), true);
    asking.about_node(node_resources_fit::node, &pod, has(no_gpus.clone()), has(no_gpus), true);
}

#[test]
fn node_resources_fit_hears_of_pods_that_go_or_shrink() {
    let mut asking = Asking::new();
    let pod = asks(json!({"cpu": "2"}));
    let (two, one) = (on_node(asks(json!({"cpu": "2", "memory": "2Gi"}))), on_node(asks(json!({"cpu": "1", "memory": "2Gi"}))));
    let less_memory = on_node(asks(json!({"cpu": "2", "memory": "1Gi"})));
    asking.about_pod(node_resources_fit::scale_down, &pod, two.clone(), one, true);
    asking.about_pod(node_resources_fit::scale_down, &pod, two.clone(), less_memory, false);
    asking.about_pod(node_resources_fit::assigned_pod_delete, &pod, two, Value::Null, true);
    asking.about_pod(node_resources_fit::assigned_pod_delete, &pod, json!({}), Value::Null, false);
    asking.about_pod(
        node_resources_fit::assigned_pod_delete,
        &pod,
        json!({"status": {"nominatedNodeName": "n"}}),
        Value::Null,
        true,
    );
}

#[test]
fn node_resources_fit_hears_of_classes_that_stand_for_a_resource() {
    let mut asking = Asking::new();
    let pod = asking.cluster.pending(0, asks(json!({"example.com/gpu": "1", "deviceclass.resource.kubernetes.io/own": "1"})));
    let mut class = |name: &str, resource| asking.cluster.class(name, 0, resource);
    let (none, gpu, other, own) =
        (class("c", None), class("c", Some("example.com/gpu")), class("c", Some("example.com/nic")), class("own", None));
    let check = |old: Option<&Arc<ClassView>>, new: &Arc<ClassView>, want| {
        let change = Change { old: old.cloned(), new: Some(new.clone()) };
        let got = asking.cluster.ask(node_resources_fit::class, &asking.handlers, &pod, Subject::Class(change));
        assert_eq!(got, want, "{old:?} {new:?}");
    };
    check(None, &gpu, true);
    check(None, &none, false);
    check(None, &own, true);
    check(Some(&none), &gpu, true);
    check(Some(&gpu), &gpu, false);
    check(Some(&own), &own, false);
    check(Some(&gpu), &other, false);
}

#[test]
fn nodes_that_suit_now_and_did_not_before() {
    let mut asking = Asking::new();
    let labels = |disk: &str| json!({"metadata": {"labels": {"disk": disk}}});
    let pod = json!({"nodeSelector": {"disk": "ssd"}});
    asking.about_node(node_affinity::node, &pod, Value::Null, labels("ssd"), true);
    asking.about_node(node_affinity::node, &pod, labels("hdd"), labels("ssd"), true);
    asking.about_node(node_affinity::node, &pod, labels("ssd"), labels("ssd"), false);
    asking.about_node(node_affinity::node, &pod, Value::Null, labels("hdd"), false);

    let taint = |effect: &str| json!({"spec": {"taints": [{"key": "t", "effect": effect}]}});
    let (plain, tolerant) = (json!({}), json!({"tolerations": [{"key": "t", "operator": "Exists"}]}));
    asking.about_node(taint_toleration::node, &plain, taint("NoSchedule"), json!({}), true);
    asking.about_node(taint_toleration::node, &plain, json!({}), json!({}), false);
    asking.about_node(taint_toleration::node, &plain, taint("NoExecute"), taint("PreferNoSchedule"), true);
    asking.about_node(taint_toleration::node, &tolerant, taint("NoSchedule"), json!({}), false);
    asking.about_node(taint_toleration::node, &tolerant, Value::Null, taint("NoSchedule"), true);

    let closed = json!({"spec": {"unschedulable": true}});
    asking.about_node(node_unschedulable::node, &plain, closed.clone(), json!({}), true);
    asking.about_node(node_unschedulable::node, &plain, Value::Null, closed, false);
    asking.about_node(node_unschedulable::node, &plain, json!({}), json!({}), false);

    let declares = |features: Value| json!({"status": {"declaredFeatures": features}});
    asking.about_node(node_declared_features::node, &plain, declares(json!(["a"])), declares(json!(["a", "b"])), true);
    asking.about_node(node_declared_features::node, &plain, declares(json!(["a"])), declares(json!(["a"])), false);
    asking.about_node(node_declared_features::node, &plain, Value::Null, declares(json!([])), true);
}

#[test]
fn a_toleration_of_closed_nodes_helps() {
    let mut asking = Asking::new();
    let tolerant = |key: &str| json!({"spec": {"tolerations": [{"key": key, "operator": "Exists"}]}});
    let hint = node_unschedulable::target_pod;
    asking.about_pod(hint, &json!({}), json!({}), tolerant("node.kubernetes.io/unschedulable"), true);
    asking.about_pod(hint, &json!({}), json!({}), tolerant("t"), false);
}

#[test]
fn node_ports_hears_of_a_wanted_port() {
    let mut asking = Asking::new();
    let port = |number: u16, protocol: &str, ip: &str| {
        let port = json!({"containerPort": 1, "hostPort": number, "protocol": protocol, "hostIP": ip});
        json!({"containers": [{"name": "c", "ports": [port]}]})
    };
    let pod = port(80, "TCP", "");
    for (gone, want) in [
        (on_node(port(80, "TCP", "")), true),
        (on_node(port(80, "TCP", "10.0.0.1")), true),
        (on_node(port(80, "UDP", "")), false),
        (on_node(port(81, "TCP", "")), false),
        (json!({"spec": port(80, "TCP", "")}), false),
    ] {
        asking.about_pod(node_ports::assigned_pod, &pod, gone, Value::Null, want);
    }
    let bound = port(80, "TCP", "10.0.0.2");
    asking.about_pod(node_ports::assigned_pod, &bound, on_node(port(80, "TCP", "10.0.0.1")), Value::Null, false);
}

/// A term or constraint over `app=a` in zones.
fn zones() -> Value {
    json!({"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "a"}}})
}

fn labelled(app: &str) -> Value {
    json!({"labels": {"app": app}, "spec": {"nodeName": "n"}})
}

#[test]
fn pod_topology_spread_counts_pods_and_nodes() {
    let mut asking = Asking::new();
    let mut constraint = zones();
    constraint["maxSkew"] = 1.into();
    constraint["whenUnsatisfiable"] = "DoNotSchedule".into();
    let pod = json!({"topologySpreadConstraints": [constraint.clone()]});
    for (old, new, want) in [
        (Value::Null, labelled("a"), true),
        (Value::Null, labelled("b"), false),
        (labelled("a"), Value::Null, true),
        (labelled("a"), labelled("b"), true),
        (labelled("b"), labelled("c"), false),
        (Value::Null, json!({"labels": {"app": "a"}}), false),
    ] {
        asking.about_pod(pod_topology_spread::assigned_pod, &pod, old, new, want);
    }
    let zone = |zone: &str| json!({"metadata": {"labels": {"zone": zone}}});
    let tainted = json!({"metadata": {"labels": {"zone": "1"}}, "spec": {"taints": [{"key": "t", "effect": "NoSchedule"}]}});
    for (old, new, want) in [
        (Value::Null, zone("1"), true),
        (Value::Null, json!({}), false),
        (zone("1"), Value::Null, true),
        (zone("1"), json!({}), true),
        (zone("1"), zone("2"), true),
        (zone("1"), zone("1"), false),
        (zone("1"), tainted, true),
    ] {
        asking.about_node(pod_topology_spread::node, &pod, old, new, want);
    }
    let tolerant = json!({"spec": {"tolerations": [{"key": "t", "operator": "Exists"}]}});
    asking.about_pod(pod_topology_spread::target_pod, &pod, json!({}), tolerant.clone(), false);
    constraint["nodeTaintsPolicy"] = "Honor".into();
    let minds = json!({"topologySpreadConstraints": [constraint]});
    asking.about_pod(pod_topology_spread::target_pod, &minds, json!({}), tolerant, true);
}

#[test]
fn inter_pod_affinity_looks_at_terms_of_both() {
    let mut asking = Asking::new();
    let required = |term: Value| json!({"requiredDuringSchedulingIgnoredDuringExecution": [term]});
    let near = json!({"affinity": {"podAffinity": required(zones())}});
    let far = json!({"affinity": {"podAntiAffinity": required(zones())}});
    let far_on_node =
        on_node(json!({"affinity": {"podAntiAffinity": required(json!({"topologyKey": "zone", "labelSelector": {}}))}}));
    let hint = inter_pod_affinity::assigned_pod;
    for (pod, old, new, want) in [
        (&near, Value::Null, labelled("a"), true),
        (&near, Value::Null, labelled("b"), false),
        (&near, labelled("b"), labelled("a"), true),
        (&near, labelled("a"), labelled("a"), false),
        (&far, labelled("a"), labelled("b"), true),
        (&far, labelled("a"), Value::Null, true),
        (&far, labelled("b"), Value::Null, false),
        (&json!({}), far_on_node, Value::Null, true),
        (&json!({}), labelled("a"), Value::Null, false),
    ] {
        asking.about_pod(hint, pod, old, new, want);
    }
    let zone = |zone: &str| json!({"metadata": {"labels": {"zone": zone}}});
    for (pod, old, new, want) in [
        (&near, Value::Null, zone("1"), true),
        (&near, Value::Null, json!({}), false),
        (&near, json!({}), zone("1"), true),
        (&near, zone("1"), json!({}), false),
        (&near, zone("1"), zone("2"), true),
        (&far, Value::Null, json!({}), true),
        (&far, zone("1"), json!({}), true),
        (&far, json!({}), zone("1"), false),
    ] {
        asking.about_node(inter_pod_affinity::node, pod, old, new, want);
    }
}

#[test]
fn namespace_selectors_of_affinity_see_no_labels() {
    let mut asking = Asking::new();
    let pod = |selector: Value| {
        let term = json!({"topologyKey": "zone", "labelSelector": {}, "namespaceSelector": selector});
        json!({"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}})
    };
    let hint = inter_pod_affinity::assigned_pod;
    asking.about_pod(hint, &pod(json!({})), Value::Null, labelled("a"), true);
    asking.about_pod(hint, &pod(json!({"matchLabels": {"kind": "x"}})), Value::Null, labelled("a"), false);
}

#[test]
fn dynamic_resources_looks_at_its_own_claims() {
    let mut asking = Asking::new();
    let pod = asking.cluster.pending(0, json!({"resourceClaims": [{"name": "c", "resourceClaimName": "own"}]}));
    let mut claim = |name: &str, allocated, status: &str| asking.cluster.claim(name, None, allocated, status);
    let (own, changed, held, other, other_held) =
        (claim("own", false, ""), claim("own", false, "x"), claim("own", true, ""), claim("k", false, ""), claim("k", true, ""));
    let hint = dynamic_resources::claim;
    let mut check = |known: bool, old: Option<&ClaimView>, new: Option<&ClaimView>, want: bool| {
        if known {
            asking.handlers.informers.put_claim(own);
        }
        let change = Change { old: old.copied().map(Arc::new), new: new.copied().map(Arc::new) };
        let got = asking.cluster.ask(hint, &asking.handlers, &pod, Subject::Claim(change));
        assert_eq!(got, want, "{old:?} -> {new:?}");
    };
    check(false, Some(&other_held), Some(&other), false);
    check(false, Some(&other_held), None, true);
    check(true, None, Some(&own), true);
    check(true, Some(&own), Some(&changed), true);
    check(true, Some(&own), Some(&own), false);
    check(true, Some(&own), Some(&held), true);
    check(true, None, Some(&other), false);
    check(true, Some(&other), Some(&other_held), false);
    check(true, Some(&other_held), Some(&other), true);
    check(true, Some(&other), None, false);
}
