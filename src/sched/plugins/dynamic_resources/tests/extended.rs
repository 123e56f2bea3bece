//! Extended resources that classes stand for.

use serde_json::{Value, json};

use crate::sched::dra::testing::{Scene, claim, class, gpus, node, slice};
use crate::sched::framework::PreFilter;
use crate::sched::plugins::dynamic_resources::extended::requests_and_mappings;
use crate::sched::plugins::dynamic_resources::tests::{attempt, search};
use crate::sched::plugins::dynamic_resources::{pre_bind, pre_filter, reserve, unreserve};

const GPU: &str = "example.com/gpu";

/// Node `a` has a device plugin for GPUs, node `b` a DRA driver.
fn scene(claims: &[Value]) -> Scene {
    let nodes = [node("a", json!({ GPU: "4" })), node("b", json!({}))];
    Scene::new(&nodes, &[class("gpu", Some(GPU))], &[slice("b", &gpus(3))], claims)
}

fn container(name: &str, requests: Value) -> Value {
    json!({ "name": name, "resources": { "requests": requests, "limits": requests } })
}

#[test]
fn devices_stand_in_for_an_extended_resource() {
    let mut scene = scene(&[]);
    let spec = json!({ "containers": [container("main", json!({ "cpu": "1", GPU: "2" }))] });
    let pod = scene.pod("p", spec, json!({}));
    let (state, fit, _) = search(&scene, &pod);
    assert_eq!(fit, [scene.node(0), scene.node(1)]);
    assert_eq!(reserve(&mut scene.manager, &state, fit[0]), None, "the device plugin serves it");
    assert_eq!(pre_bind(&mut scene.manager, &mut scene.core.names, &state, &pod, fit[0]), None);
    assert_eq!(scene.manager.extended_claim_written(&scene.core.names, &pod), None);
    let (state, fit, _) = search(&scene, &pod);
    assert_eq!(reserve(&mut scene.manager, &state, fit[1]), None);
    assert_eq!(pre_bind(&mut scene.manager, &mut scene.core.names, &state, &pod, fit[1]), None);
    assert_eq!(state.work().api_writes, 4, "claim, finalizer, status of the claim, status of the pod");
    let written = scene.manager.extended_claim_written(&scene.core.names, &pod).expect("a claim");
    let asked = json!({ "deviceClassName": "gpu", "allocationMode": "ExactCount", "count": 2 });
    assert_eq!(written["spec"], json!({ "devices": { "requests": [{ "name": "container-0-request-1", "exactly": asked }] } }));
    let mapping = json!({ "containerName": "main", "resourceName": GPU, "requestName": "container-0-request-1" });
    assert_eq!(written["requestMappings"], json!([mapping]));
    assert_eq!(written["status"]["reservedFor"][0]["name"], "p");
    assert_eq!(*scene.manager.tracker().allocated(), scene.manager.tracker().gather());
    unreserve(&mut scene.manager, &state, &pod);
    assert_eq!(scene.manager.extended_claim_written(&scene.core.names, &pod), None, "it is deleted");
    assert_eq!(scene.manager.tracker().allocated().dedicated.len(), 0);
}

#[test]
fn a_claim_left_from_an_earlier_attempt_is_deleted_first() {
    let mut scene = scene(&[]);
    let spec = json!({ "containers": [container("main", json!({ GPU: "1" }))] });
    let pod = scene.pod("p", spec, json!({}));
    let (state, ..) = search(&scene, &pod);
    let node = scene.node(1);
    assert_eq!(reserve(&mut scene.manager, &state, node), None);
    assert_eq!(pre_bind(&mut scene.manager, &mut scene.core.names, &state, &pod, node), None);
    let stale = "cannot schedule extended resource claim";
    let want = format!("{stale}; {stale} | deletion of ResourceClaim completed");
    assert_eq!(attempt(&mut scene, &pod), Err(want));
    assert_eq!(search(&scene, &pod).1.len(), 2);
}

#[test]
fn a_device_plugin_beside_a_claim_ends_in_an_error() {
    let mut scene = scene(&[claim("empty", &[])]);
    let spec = json!({
        "containers": [container("main", json!({ GPU: "1" }))],
        "resourceClaims": [{ "name": "c", "resourceClaimName": "empty" }],
    });
    let pod = scene.pod("p", spec, json!({}));
    let want = "nil or empty request mappings, no update of pod default/p ExtendedResourceClaimStatus";
    assert_eq!(attempt(&mut scene, &pod), Err(want.to_owned()));
    assert_eq!(scene.manager.tracker().iter().count(), 1, "the claim for extended resources is deleted again");
}

#[test]
fn nodes_that_have_neither_plugin_nor_class() {
    let mut scene = scene(&[]);
    let spec = json!({ "containers": [container("main", json!({ GPU: "1", "example.com/other": "1" }))] });
    let pod = scene.pod("p", spec, json!({}));
    let (_, fit, refused) = search(&scene, &pod);
    assert_eq!((fit.len(), refused), (0, vec!["cannot fit resource".to_owned(); 2]));
    let spec = json!({ "containers": [container("main", json!({ "example.com/other": "1" }))] });
    let other = scene.pod("q", spec, json!({}));
    assert!(matches!(pre_filter(&scene.cx(), &other), PreFilter::Skip), "no class stands for it");
}

#[test]
fn classes_stand_for_their_own_resource() {
    let mut scene = scene(&[]);
    let spec = json!({ "containers": [container("main", json!({ "deviceclass.resource.kubernetes.io/gpu": "3" }))] });
    let pod = scene.pod("p", spec, json!({}));
    assert_eq!(search(&scene, &pod).1, [scene.node(1)]);
}

#[test]
fn devices_are_counted_for_scores() {
    let mut scene = scene(&[]);
    let gpu = scene.core.name(GPU);
    let check = |scene: &Scene, at: usize, want: (i64, i64)| {
        assert_eq!(scene.manager.counted_devices(gpu, scene.node(at)), want);
    };
    check(&scene, 0, (0, 0));
    check(&scene, 1, (3, 0));
    let spec = json!({ "containers": [container("main", json!({ GPU: "2" }))] });
    let pod = scene.pod("p", spec, json!({}));
    let (state, ..) = search(&scene, &pod);
    let node = scene.node(1);
    assert_eq!(reserve(&mut scene.manager, &state, node), None);
    check(&scene, 1, (3, 2));
    let unknown = scene.core.name("example.com/other");
    assert_eq!(scene.manager.counted_devices(unknown, node), (0, 0));
}

#[test]
fn requests_of_containers_that_run_one_after_the_other() {
    let sidecar = |name: &str, n: &str| {
        let mut container = container(name, json!({ GPU: n }));
        container["restartPolicy"] = "Always".into();
        container
    };
    let gpu = |name: &str, n: &str| container(name, json!({ GPU: n }));
    let check = |init: &[Value], containers: &[Value], requests: &[(&str, i64)], mappings: &[(&str, &str)]| {
        let mut scene = scene(&[]);
        let pod = scene.pod("p", json!({ "initContainers": init, "containers": containers }), json!({}));
        let resource = scene.core.name(GPU);
        let (got, used) = requests_and_mappings(&scene.manager, &scene.core.names, &pod, &[resource]);
        let count = |leaf: &crate::model::dra::Leaf| match leaf.mode {
            crate::model::dra::CountMode::Exact(count) => count,
            _ => 0,
        };
        let got: Vec<_> = got.iter().map(|request| (request.name.as_str(), count(&request.leaves()[0]))).collect();
        assert_eq!(got, requests);
        let text = |mapping: &crate::sched::dra::Mapping| scene.core.names.text(mapping.container).to_owned();
        let used: Vec<_> = used.iter().map(|mapping| (text(mapping), mapping.request.clone())).collect();
        let want: Vec<_> = mappings.iter().map(|(container, request)| (container.to_string(), request.to_string())).collect();
        assert_eq!(used, want);
    };
    let first = "container-0-request-0";
    check(&[], &[gpu("m", "2")], &[(first, 2)], &[("m", first)]);
    check(&[], &[gpu("m", "0")], &[], &[]);
    // An init container uses what a later container gets.
    let second = "container-1-request-0";
    check(&[gpu("i", "1")], &[gpu("m", "2")], &[(second, 2)], &[("m", second), ("i", second)]);
    check(&[gpu("i", "3")], &[gpu("m", "2")], &[(first, 1), (second, 2)], &[("m", second), ("i", second), ("i", first)]);
    // Of init containers only the largest remainder is requested, and all use it.
    let third = "container-2-request-0";
    let used = [("m", third), ("i", third), ("i", second), ("j", third), ("j", second)];
    check(&[gpu("i", "3"), gpu("j", "5")], &[gpu("m", "2")], &[(second, 3), (third, 2)], &used);
    // A sidecar keeps its own, and earlier init containers may use it; later ones may not.
    let used = [("s", second), ("m", "container-3-request-0"), ("i", second), ("j", "container-3-request-0")];
    let init = [gpu("i", "1"), sidecar("s", "1"), gpu("j", "1")];
    check(&init, &[gpu("m", "1")], &[(second, 1), ("container-3-request-0", 1)], &used);
}
