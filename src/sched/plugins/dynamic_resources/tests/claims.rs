//! Claims of the pod's entries.

use serde_json::{Value, json};

use crate::model::core::Pod;
use crate::sched::dra::testing::{Scene, allocated, claim, class, exactly, gpus, node, slice};
use crate::sched::framework::{Code, PreFilter, default_normalize};
use crate::sched::plugins::dynamic_resources::tests::{attempt, refusal, search};
use crate::sched::plugins::dynamic_resources::{pre_enqueue, pre_filter, reserve, score, unreserve};

fn two_nodes(claims: &[Value]) -> Scene {
    let nodes = [node("a", json!({})), node("b", json!({}))];
    Scene::new(&nodes, &[class("gpu", None)], &[slice("a", &gpus(1)), slice("b", &gpus(2))], claims)
}

fn written(scene: &Scene, pod: &Pod, claim: &str) -> Value {
    scene.manager.claims_written(&scene.core.names, pod)[claim].clone()
}

#[test]
fn a_claim_is_allocated_and_reserved() {
    let mut scene = two_nodes(&[claim("one", &[exactly("r", 2)])]);
    let pod = scene.user("p", &["one"]);
    assert_eq!(attempt(&mut scene, &pod), Ok(scene.node(1)), "node a has one device only");
    let result = |device: &str| json!({ "request": "r", "driver": "gpu.example.com", "pool": "b", "device": device });
    let field = json!({ "key": "metadata.name", "operator": "In", "values": ["b"] });
    let want = json!({
        "allocation": {
            "devices": { "results": [result("gpu-0"), result("gpu-1")] },
            "nodeSelector": { "nodeSelectorTerms": [{ "matchFields": [field] }] },
        },
        "reservedFor": [{ "resource": "pods", "name": "p", "uid": "uid-p" }],
    });
    assert_eq!(written(&scene, &pod, "one"), want);
    assert_eq!(*scene.manager.tracker().allocated(), scene.manager.tracker().gather());
    assert_eq!(scene.manager.tracker().allocated().dedicated.len(), 2);
}

#[test]
fn a_pod_without_claims_is_skipped() {
    let mut scene = two_nodes(&[]);
    let pod = scene.user("p", &[]);
    assert!(matches!(pre_filter(&scene.cx(), &pod), PreFilter::Skip));
}

#[test]
fn a_second_pod_shares_an_allocated_claim_where_it_is() {
    let mut scene = two_nodes(&[claim("one", &[exactly("r", 1)])]);
    let (p, q) = (scene.user("p", &["one"]), scene.user("q", &["one"]));
    assert_eq!(attempt(&mut scene, &p), Ok(scene.node(0)));
    let (_, fit, refused) = search(&scene, &q);
    assert_eq!((fit, refused), (vec![scene.node(0)], vec!["resourceclaim not available on the node".to_owned()]));
    assert_eq!(attempt(&mut scene, &q), Ok(scene.node(0)));
    assert_eq!(written(&scene, &q, "one")["reservedFor"].as_array().map(Vec::len), Some(2));
}

#[test]
fn an_allocation_in_flight_is_awaited_and_counts() {
    let mut scene = two_nodes(&[claim("one", &[exactly("r", 1)]), claim("two", &[exactly("r", 1)])]);
    let (p, q, r) = (scene.user("p", &["one"]), scene.user("q", &["one"]), scene.user("r", &["two"]));
    let (state, fit, _) = search(&scene, &p);
    assert_eq!(reserve(&mut scene.manager, &state, fit[0]), None);
    assert_eq!(refusal(&scene, &q), "resource claim default/one is in the process of being allocated");
    assert_eq!(search(&scene, &r).1, [scene.node(1)], "the device of node a is taken");
    assert_eq!(*scene.manager.tracker().allocated(), scene.manager.tracker().gather());
    unreserve(&mut scene.manager, &state, &p);
    assert_eq!(refusal(&scene, &q), "");
    assert_eq!(scene.manager.tracker().allocated().dedicated.len(), 0);
}

#[test]
fn a_claim_that_is_used_twice_by_a_pod_fails_in_the_end() {
    let mut scene = two_nodes(&[claim("one", &[exactly("r", 1)])]);
    let pod = scene.user("p", &["one", "one"]);
    let want = Err("claim default/one got allocated elsewhere in the meantime".to_owned());
    assert_eq!(attempt(&mut scene, &pod), want);
    assert_eq!(written(&scene, &pod, "one").get("reservedFor"), None);
    assert!(written(&scene, &pod, "one").get("allocation").is_some(), "what was written stays");
    assert_eq!(*scene.manager.tracker().allocated(), scene.manager.tracker().gather());
}

#[test]
fn one_allocation_that_stands_in_the_way_is_given_up() {
    let check = |users: &[&str], want: &str| {
        let mut scene = two_nodes(&[allocated("at-a", "a", "gpu-0", users), allocated("at-b", "b", "gpu-0", &["q"])]);
        let pod = scene.user("p", &["at-a", "at-b"]);
        let said = attempt(&mut scene, &pod).expect_err("claims on two nodes");
        assert_eq!(said.split(" | ").nth(1), Some(want), "{users:?}");
        let is_given_up = written(&scene, &pod, "at-a") == json!({});
        assert_eq!(is_given_up, !want.is_empty(), "{users:?}");
        assert_eq!(*scene.manager.tracker().allocated(), scene.manager.tracker().gather());
    };
    check(&[], "deallocation of ResourceClaim completed");
    check(&["p"], "deallocation of ResourceClaim completed");
    check(&["q"], "");
    check(&["p", "q"], "");
}

#[test]
fn claims_that_pods_wait_for() {
    let owned = |owner: &str| {
        let mut claim = claim("mine", &[exactly("r", 1)]);
        claim["metadata"]["ownerReferences"] =
            json!([{ "apiVersion": "v1", "kind": "Pod", "name": "p", "uid": owner, "controller": true }]);
        claim
    };
    let mut deleted = claim("gone", &[exactly("r", 1)]);
    deleted["metadata"]["deletionTimestamp"] = "2030-01-01T00:00:00Z".into();
    let check = |entry: Value, status: Value, claims: &[Value], want: &str| {
        let mut scene = two_nodes(claims);
        let pod = scene.pod("p", json!({ "containers": [{ "name": "main" }], "resourceClaims": [entry] }), status);
        let said = pre_enqueue(&scene.manager, &scene.core.names, &pod);
        assert_eq!(said.as_ref().map(|said| said.message(&scene.core.names)).unwrap_or_default(), want);
        assert!(said.is_none_or(|said| said.code == Code::UnschedulableAndUnresolvable), "{want}");
        assert_eq!(refusal(&scene, &pod), want, "PreFilter says the same");
    };
    let named = |claim: &str| json!({ "name": "c", "resourceClaimName": claim });
    let template = json!({ "name": "c", "resourceClaimTemplateName": "t" });
    let made = |claim: Value| json!({ "resourceClaimStatuses": [{ "name": "c", "resourceClaimName": claim }] });
    check(named("mine"), json!({}), &[owned("x")], "");
    check(named("mine"), json!({}), &[], "could not find ResourceClaim \"default/mine\"");
    check(named("gone"), json!({}), &[deleted], "resourceclaim \"gone\" is being deleted");
    check(template.clone(), json!({}), &[owned("uid-p")], "pod \"default/p\": ResourceClaim not created yet");
    check(template.clone(), made("mine".into()), &[owned("uid-p")], "");
    check(template.clone(), made(Value::Null), &[], "");
    let foreign = "ResourceClaim default/mine was not created for Pod default/p (Pod is not owner)";
    check(template, made("mine".into()), &[owned("x")], foreign);
    let nothing = "pod \"default/p\", spec.resourceClaim \"c\": none of the supported fields are set";
    check(json!({ "name": "c" }), json!({}), &[], nothing);
}

#[test]
fn requests_for_which_no_node_can_do() {
    let check = |gates: &[&str], request: Value, code: Code, want: &str| {
        let claims = [claim("one", &[request])];
        let mut scene = Scene::with_gates(gates, &[node("a", json!({}))], &[class("gpu", None)], &[], &claims);
        let pod = scene.user("p", &["one"]);
        match pre_filter(&scene.cx(), &pod) {
            PreFilter::Reject(said) => {
                assert_eq!((said.code, said.message(&scene.core.names).as_str()), (code, want));
            }
            other => panic!("{want}: {other:?}"),
        }
    };
    let unresolvable = Code::UnschedulableAndUnresolvable;
    let of_class = |class: &str| json!({ "deviceClassName": class, "allocationMode": "ExactCount", "count": 1 });
    let alternative = |class: &str| {
        let mut part = of_class(class);
        part["name"] = "s".into();
        json!({ "name": "r", "firstAvailable": [part] })
    };
    check(&[], json!({ "name": "r", "exactly": of_class("x") }), unresolvable, "request r: device class x does not exist");
    check(&[], alternative("x"), unresolvable, "request r/s: device class x does not exist");
    check(&[], json!({ "name": "r", "exactly": of_class("") }), Code::Error, "request r: unsupported request type");
    check(&[], json!({ "name": "r" }), unresolvable, "resource claim default/one, request r: unknown request type");
    let off = "resource claim default/one, request r: has subrequests, but the DRAPrioritizedList feature is disabled";
    check(&["DRAPrioritizedList=false"], alternative("gpu"), unresolvable, off);
}

#[test]
fn an_error_of_the_allocator_wins_over_an_unavailable_claim() {
    let mut broken = exactly("r", 1);
    broken["exactly"]["selectors"] = json!([{ "cel": { "expression": "device.attributes[\"x\"].y == 1" } }]);
    let mut scene = two_nodes(&[allocated("at-a", "a", "gpu-0", &[]), claim("broken", &[broken])]);
    let pod = scene.user("p", &["at-a", "broken"]);
    let (_, fit, refused) = search(&scene, &pod);
    assert_eq!((fit.len(), refused.len()), (0, 2));
    assert_eq!(refused[0], "cannot allocate all claims", "the only device of node a is in use, and not looked at");
    let start = "claim default/broken: selector #0 on device gpu.example.com/b/gpu-0: CEL runtime error: no such key: y.";
    assert!(refused[1].starts_with(start), "{refused:?}");
    assert!(refused[1].ends_with("guarding the check with has() for optional fields"), "{refused:?}");
}

#[test]
fn the_first_alternative_is_worth_most() {
    let part = |name: &str, count: i64| json!({ "name": name, "deviceClassName": "gpu", "allocationMode": "ExactCount", "count": count });
    let request = json!({ "name": "r", "firstAvailable": [part("two", 2), part("one", 1)] });
    let mut scene = two_nodes(&[claim("one", &[request]), claim("plain", &[exactly("r", 1)])]);
    let pod = scene.user("p", &["one"]);
    let (state, fit, _) = search(&scene, &pod);
    assert_eq!(fit.len(), 2);
    let cx = scene.cx();
    let mut scores: Vec<i64> = cx.snapshot.list().map(|node| score(&cx, &state, node)).collect();
    assert_eq!(scores, [7, 8]);
    default_normalize(&mut scores, false);
    assert_eq!(scores, [87, 100]);
    let plain = scene.user("q", &["plain"]);
    let (state, ..) = search(&scene, &plain);
    let cx = scene.cx();
    assert_eq!(cx.snapshot.list().map(|node| score(&cx, &state, node)).collect::<Vec<_>>(), [0, 0]);
}

#[test]
fn what_an_attempt_took_is_counted() {
    let mut scene = two_nodes(&[claim("one", &[exactly("r", 1)])]);
    let pod = scene.user("p", &["one"]);
    let (state, fit, _) = search(&scene, &pod);
    let work = state.work();
    assert_eq!((work.slices_listed, work.allocator_calls, work.search.devices_tried), (2, 2, 2));
    assert_eq!(work.search.steps, 8, "claim, request, device and end on each node");
    assert_eq!(reserve(&mut scene.manager, &state, fit[0]), None);
    let said =
        crate::sched::plugins::dynamic_resources::pre_bind(&mut scene.manager, &mut scene.core.names, &state, &pod, fit[0]);
    assert_eq!((said, state.work().api_writes), (None, 2), "finalizer, status");
}

#[test]
fn a_claim_has_at_most_256_consumers() {
    let users: Vec<String> = (0..256).map(|at| format!("u{at}")).collect();
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    let mut scene = two_nodes(&[allocated("one", "a", "gpu-0", &users)]);
    let pod = scene.user("p", &["one"]);
    let want = "add reservation to claim default/one: ResourceClaim.resource.k8s.io \"one\" is invalid: status.reservedFor: \
                Too many: 257: must have at most 256 items";
    assert_eq!(attempt(&mut scene, &pod), Err(want.to_owned()));
}
