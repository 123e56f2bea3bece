//! Questions about small clusters, by hand.

use serde_json::{Value, json};

use crate::ask::allocate::{Answer, Verdict, allocate};
use crate::ask::build::{Rules, build};
use crate::ask::explain::{Explanation, explain};
use crate::ask::objects::{Objects, fill_in};
use crate::ask::output;
use crate::ask::relax::Change;
use crate::ask::show;
use crate::ask::state::{State, SubjectKind};
use crate::ask::subjects::topics;
use crate::base::Findings;
use crate::kube::{Complaints, Format, Object, Origin, read_documents};
use crate::model::Gates;

/// Objects from their JSON.
pub fn objects(values: &[Value]) -> Objects {
    let (mut objects, mut complaints) = (Objects::default(), Complaints::default());
    for value in values {
        let text = value.to_string();
        let mut take = |object: Object, _: &Origin, _: &mut Complaints| objects.add(fill_in(object));
        read_documents("test.json", Format::Json, text.as_bytes(), &mut complaints, &mut take);
    }
    assert_eq!(complaints.findings.0, []);
    objects
}

fn class(name: &str) -> Value {
    let expression = format!("device.driver == \"{name}\"");
    json!({"apiVersion": "resource.k8s.io/v1", "kind": "DeviceClass", "metadata": {"name": name},
        "spec": {"selectors": [{"cel": {"expression": expression}}]}})
}

/// A slice of GPUs of the driver `gpu.example.com` on a node, with models and NUMA nodes.
fn gpus(node: &str, devices: &[(&str, i64)]) -> Value {
    let device = |(at, (model, numa)): (usize, &(&str, i64))| {
        json!({"name": format!("gpu-{at}"),
            "attributes": {"model": {"string": model}, "numa": {"int": numa}}, "capacity": {"memory": {"value": "80Gi"}}})
    };
    slice(node, "gpu.example.com", devices.iter().enumerate().map(device).collect())
}

fn slice(node: &str, driver: &str, devices: Vec<Value>) -> Value {
    json!({"apiVersion": "resource.k8s.io/v1", "kind": "ResourceSlice", "metadata": {"name": format!("{node}-{driver}")},
        "spec": {"driver": driver, "nodeName": node, "pool": {"name": node, "generation": 1, "resourceSliceCount": 1},
            "devices": devices}})
}

fn claim(name: &str, requests: Value, constraints: Value) -> Value {
    json!({"apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaim", "metadata": {"name": name},
        "spec": {"devices": {"requests": requests, "constraints": constraints}}})
}

fn request(name: &str, class: &str, count: i64, selectors: &[&str]) -> Value {
    let selectors: Vec<Value> = selectors.iter().map(|text| json!({"cel": {"expression": text}})).collect();
    json!({"name": name, "exactly": {"deviceClassName": class, "count": count, "selectors": selectors}})
}

/// Marks a claim as holding GPUs of a node.
fn holding(mut claim: Value, node: &str, devices: &[&str]) -> Value {
    let result = |device: &&str| json!({"request": "gpu", "driver": "gpu.example.com", "pool": node, "device": device});
    claim["status"] = json!({"allocation": {"devices": {"results": devices.iter().map(result).collect::<Vec<_>>()}}});
    claim
}

const GPU: &str = "gpu.example.com";
const H100: &str = "device.attributes[\"gpu.example.com\"].model == \"H100\"";

fn ask_all(values: &[Value]) -> (State, Vec<Answer>) {
    let objects = objects(values);
    let mut findings = Findings::default();
    let (mut state, subjects) = build(&objects, topics(&objects), Rules::default(), &mut findings);
    assert_eq!(findings.0, []);
    let answers = allocate(&mut state, subjects, &[]);
    (state, answers)
}

fn explain_first(values: &[Value]) -> (State, Explanation) {
    let objects = objects(values);
    let (state, subjects) = build(&objects, topics(&objects), Rules::default(), &mut Findings::default());
    let first = subjects.into_iter().next().expect("a subject");
    let found = explain(&state, first, &[]);
    (state, found)
}

/// `node: driver/pool/device, ...` for each subject.
fn placed(state: &State, answers: &[Answer]) -> Vec<String> {
    let one = |answer: &Answer| match &answer.verdict {
        Verdict::Allocated { node, results, .. } => {
            let devices = results.iter().flat_map(|result| &result.results);
            let names: Vec<&str> = devices.map(|device| state.published.device_name(device.device)).collect();
            format!("{}: {}", state.nodes[*node].name, names.join(" "))
        }
        Verdict::Refused(refusal) => refusal.text.clone(),
        Verdict::NoNode(_) => "none".to_owned(),
        Verdict::Failed { reason, .. } => reason.text.clone(),
        Verdict::GaveUp { .. } => "gave up".to_owned(),
    };
    answers.iter().map(|answer| format!("{} {}", answer.subject.name, one(answer))).collect()
}

#[test]
fn claims_are_served_in_order_and_see_what_others_hold() {
    let values = [
        class(GPU),
        gpus("b", &[("H100", 0), ("H100", 0)]),
        gpus("a", &[("A100", 0), ("H100", 1)]),
        claim("y", json!([request("gpu", GPU, 1, &[H100])]), json!([])),
        claim("x", json!([request("gpu", GPU, 1, &[H100])]), json!([])),
        holding(claim("old", json!([request("gpu", GPU, 1, &[])]), json!([])), "b", &["gpu-0"]),
        claim("z", json!([request("gpu", GPU, 2, &[])]), json!([])),
        claim("unknown", json!([request("gpu", "tpu.example.com", 1, &[])]), json!([])),
    ];
    let (state, answers) = ask_all(&values);
    assert_eq!(
        placed(&state, &answers),
        [
            "default/unknown request gpu: device class tpu.example.com does not exist",
            "default/x a: gpu-1",
            "default/y b: gpu-1",
            "default/z none"
        ]
    );
    let text = show::allocation(&state, &answers, &[], 100);
    for part in
        ["2 of 4 allocated", "claim default/x: allocated on node a", "gpu.example.com/b/gpu-1", "--class 'tpu.example.com="]
    {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    let json = output::claims(&state, &answers, &[]);
    assert_eq!(json["items"][1]["status"]["allocation"]["devices"]["results"][0]["device"], "gpu-1");
    assert_eq!(json["items"][3]["status"]["allocation"], Value::Null);
}

#[test]
fn claims_of_a_pod_are_served_together_and_templates_alone() {
    let template = |name: &str, count: i64| {
        json!({"apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaimTemplate", "metadata": {"name": name},
            "spec": {"spec": {"devices": {"requests": [request("gpu", GPU, count, &[])]}}}})
    };
    let pod = |name: &str, entries: Value| json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"resourceClaims": entries}});
    let values = [
        class(GPU),
        gpus("a", &[("H100", 0), ("H100", 0)]),
        gpus("b", &[("H100", 0), ("H100", 0), ("H100", 1)]),
        template("two", 2),
        template("one", 1),
        template("four", 4),
        claim("shared", json!([request("gpu", GPU, 1, &[])]), json!([])),
        pod("p1", json!([{"name": "own", "resourceClaimTemplateName": "two"}, {"name": "s", "resourceClaimName": "shared"}])),
        pod("p2", json!([{"name": "s", "resourceClaimName": "shared"}])),
        pod("p3", json!([{"name": "own", "resourceClaimTemplateName": "one"}, {"name": "s", "resourceClaimName": "shared"}])),
        pod("p4", json!([{"name": "lost", "resourceClaimTemplateName": "nowhere"}])),
    ];
    let (state, answers) = ask_all(&values);
    assert_eq!(
        placed(&state, &answers),
        [
            "default/p1 b: gpu-0 gpu-1 gpu-2",
            "default/p2 b: ",
            "default/p3 none",
            "default/p4 resourceclaimtemplate \"nowhere\" of pod \"default/p4\" not found",
            "default/four none",
        ]
    );
    assert_eq!(answers[0].subject.claims[0].name, "p1-own");
    assert_eq!(answers[4].subject.kind, SubjectKind::Template);
    let text = show::allocation(&state, &answers, &[], 100);
    assert!(text.contains("cannot reach the devices of default/shared, which is allocated already"), "{text}");
}

/// What is said about a claim that does not fit is counted from the devices, and every remedy has been tried.
#[test]
fn what_is_in_the_way_is_told() {
    let check = |values: &[Value], changes: &[Change], parts: &[&str]| {
        let (state, found) = explain_first(values);
        let text = show::explanation(&state, &found, 100);
        for part in parts {
            assert!(text.contains(part), "{part} in\n{text}");
        }
        let got: Vec<&Change> = found.cures.iter().map(|cure| &cure.change).collect();
        assert_eq!(got, changes.iter().collect::<Vec<_>>(), "{text}");
    };
    let at = crate::ask::sieve::LeafAt { claim: 0, request: 0, alternative: None };
    let node = gpus("a", &[("H100", 0), ("H100", 0), ("H100", 1), ("A100", 1)]);
    let old = || holding(claim("old", json!([request("gpu", GPU, 1, &[])]), json!([])), "a", &["gpu-0"]);
    let want = |count: i64| claim("new", json!([request("gpu", GPU, count, &[H100])]), json!([]));
    check(
        &[class(GPU), node.clone(), old(), want(3)],
        &[Change::Free("default/old".to_owned()), Change::Fewer(at, 2), Change::Selector(at, 0)],
        &[
            "request gpu wants 3, 2 of 4 devices can be taken",
            "-1 not selected, selector #0\n",
            "    selector #0: device.attributes",
            "-1 in use by default/old (gpu-0)",
            "found gpu: gpu-1, gpu-2; lacking: 1 more device for request gpu",
            "if default/old gave its devices back (on node a)",
        ],
    );
    let numa = json!([{"matchAttribute": "gpu.example.com/numa"}]);
    check(
        &[class(GPU), node, claim("new", json!([request("gpu", GPU, 3, &[])]), numa)],
        &[Change::Fewer(at, 2), Change::Constraint(0, 0)],
        &["constraint #0: one value of gpu.example.com/numa: no value has enough", "0: gpu 2 of 3", "1: gpu 2 of 3"],
    );
}

#[test]
fn an_error_in_a_selector_names_the_device_and_a_remedy() {
    let nic = slice("a", "nic.example.com", vec![json!({"name": "nic-0"})]);
    let any = json!({"apiVersion": "resource.k8s.io/v1", "kind": "DeviceClass", "metadata": {"name": "any"}, "spec": {}});
    let (state, found) = explain_first(&[
        any,
        nic,
        gpus("a", &[("H100", 0)]),
        claim("new", json!([request("gpu", "any", 1, &[H100])]), json!([])),
    ]);
    // GPUs come first by driver name, so that one GPU is found before the NIC is asked; two are not.
    assert!(matches!(found.verdict, Verdict::Allocated { .. }), "{:?}", found.verdict);
    let (state2, found) = explain_first(&[
        json!({"apiVersion": "resource.k8s.io/v1", "kind": "DeviceClass", "metadata": {"name": "any"}, "spec": {}}),
        slice("a", "nic.example.com", vec![json!({"name": "nic-0"})]),
        gpus("a", &[("H100", 0)]),
        claim("new", json!([request("gpu", "any", 2, &[H100])]), json!([])),
    ]);
    let text = show::explanation(&state2, &found, 100);
    for part in ["nic.example.com/a/nic-0", "no such key", "orValue", "an error ends the attempt"] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    assert_eq!(state.nodes.len(), 1);
}

#[test]
fn partitions_shares_and_taints_are_told() {
    let part = |name: &str, memory: &str| json!({"name": name, "consumesCounters": [{"counterSet": "gpu-0", "counters": {"memory": {"value": memory}}}]});
    let pool = |count: i64, mut spec: Value, name: &str| {
        spec["driver"] = json!(GPU);
        spec["nodeName"] = json!("a");
        spec["pool"] = json!({"name": "a", "generation": 1, "resourceSliceCount": count});
        json!({"apiVersion": "resource.k8s.io/v1", "kind": "ResourceSlice", "metadata": {"name": name}, "spec": spec})
    };
    let sets = json!({"sharedCounters": [{"name": "gpu-0", "counters": {"memory": {"value": "80Gi"}}}]});
    let values = [
        class(GPU),
        pool(2, sets, "sets"),
        pool(2, json!({"devices": [part("half-0", "40Gi"), part("half-1", "40Gi"), part("whole", "80Gi")]}), "devices"),
        holding(claim("old", json!([request("gpu", GPU, 1, &[])]), json!([])), "a", &["half-0"]),
        claim("new", json!([request("gpu", GPU, 2, &[])]), json!([])),
    ];
    let (state, found) = explain_first(&values);
    let text = show::explanation(&state, &found, 100);
    for part in ["need 80Gi of counter gpu-0/memory, 40Gi left", "if partitions did not share the counters of their pool"] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    let tainted = json!({"name": "gpu-0", "taints": [{"key": "k", "value": "v", "effect": "NoSchedule"}]});
    let shared = json!({"name": "gpu-1", "allowMultipleAllocations": true, "capacity": {"memory": {"value": "80Gi"}}});
    let some = json!([{"name": "gpu", "exactly": {"deviceClassName": GPU, "capacity": {"requests": {"memory": "50Gi"}}}}]);
    let all =
        [class(GPU), slice("a", GPU, vec![tainted, shared]), claim("x", some.clone(), json!([])), claim("y", some, json!([]))];
    let (state, answers) = ask_all(&all);
    let text = show::allocation(&state, &answers, &[], 100);
    for part in [
        "  gpu  gpu.example.com/a/gpu-1  (share: 50Gi of memory)",
        "-1 tainted k=v:NoSchedule, not tolerated",
        "held by default/x (gpu-1)",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    let json = output::claims(&state, &answers, &[]);
    let result = &json["items"][0]["status"]["allocation"]["devices"]["results"][0];
    assert_eq!((result["shareID"].as_str().map(str::len), &result["consumedCapacity"]["memory"]), (Some(36), &json!("50Gi")));
}

#[test]
fn gates_and_rules_count() {
    let rule = json!({"apiVersion": "resource.k8s.io/v1", "kind": "DeviceTaintRule", "metadata": {"name": "r"},
        "spec": {"deviceSelector": {"pool": "a"}, "taint": {"key": "repair", "effect": "NoExecute"}}});
    let objects =
        objects(&[class(GPU), gpus("a", &[("H100", 0)]), rule, claim("new", json!([request("gpu", GPU, 1, &[])]), json!([]))]);
    let check = |changes: &[&str], fits: bool| {
        let rules = Rules { gates: Gates::parse(changes).expect("gates"), variant: None };
        let (mut state, subjects) = build(&objects, topics(&objects), rules, &mut Findings::default());
        let answers = allocate(&mut state, subjects, &[]);
        let text = show::allocation(&state, &answers, &[], 100);
        assert_eq!(matches!(answers[0].verdict, Verdict::Allocated { .. }), fits, "{text}");
        assert!(fits || text.contains("-1 tainted repair:NoExecute, not tolerated"), "{text}");
    };
    check(&[], false);
    check(&["DRADeviceTaints=false"], true);
    check(&["DRADeviceTaintRules=false"], true);
}
