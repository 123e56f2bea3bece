//! One small change of a good object, and what is said about it.

use serde_json::{Value, json};

use crate::kube::claim::{DeviceClass, ResourceClaim};
use crate::kube::kinds::Object;
use crate::kube::slice::ResourceSlice;
use crate::kube::taint::DeviceTaintRule;
use crate::kube::validate::validate;

/// Faults as `Kind field`.
fn said(object: &Object) -> Vec<String> {
    validate(object).iter().map(|fault| format!("{:?} {}", fault.kind, fault.field)).collect()
}

/// The object with `value` at `pointer`; `null` takes away what is there.
fn changed(object: &Value, pointer: &str, value: Value) -> Value {
    let mut object = object.clone();
    let (above, last) = pointer.rsplit_once('/').expect("a pointer");
    let place = object.pointer_mut(above).unwrap_or_else(|| panic!("{above}"));
    match (place, value) {
        (Value::Object(map), Value::Null) => drop(map.remove(&last.replace("~1", "/"))),
        (Value::Object(map), value) => drop(map.insert(last.replace("~1", "/"), value)),
        (Value::Array(items), value) => match last.parse::<usize>() {
            Ok(at) if at < items.len() => items[at] = value,
            _ => items.push(value),
        },
        (place, _) => panic!("{pointer}: {place}"),
    }
    object
}

fn slice(value: Value) -> Object {
    Object::ResourceSlice(Box::new(serde_json::from_value::<ResourceSlice>(value).expect("a slice")))
}

fn claim(value: Value) -> Object {
    Object::ResourceClaim(Box::new(serde_json::from_value::<ResourceClaim>(value).expect("a claim")))
}

/// What is said about a good slice with `value` at `pointer`.
fn of_slice(pointer: &str, value: Value) -> Vec<String> {
    let base = json!({"metadata": {"name": "s"}, "spec": {"driver": "gpu.example.com", "nodeName": "n",
        "pool": {"name": "n", "generation": 0, "resourceSliceCount": 1}, "devices": [{"name": "gpu-0",
        "attributes": {"model": {"string": "x"}}, "capacity": {"memory": {"value": "80Gi"}}}]}});
    said(&slice(changed(&base, pointer, value)))
}

#[test]
fn slices() {
    let check = |pointer: &str, value: Value, want: &[&str]| {
        assert_eq!(of_slice(pointer, value.clone()), want, "{pointer} {value}");
    };
    check("/spec/nodeName", json!("n"), &[]);
    check("/metadata/name", json!(""), &["Required metadata.name"]);
    check("/metadata/name", json!("A_b"), &["Invalid metadata.name"]);
    check("/spec/driver", json!("a_b"), &["Invalid spec.driver"]);
    check("/spec/pool/name", json!("a//b"), &["Invalid spec.pool.name"]);
    check("/spec/pool/generation", json!(-1), &["Invalid spec.pool.generation"]);
    check("/spec/pool/resourceSliceCount", json!(0), &["Invalid spec.pool.resourceSliceCount"]);
    check("/spec/nodeName", Value::Null, &["Invalid spec"]);
    check("/spec/allNodes", json!(true), &["Invalid spec"]);
    check("/spec/allNodes", json!(false), &["Invalid spec.allNodes"]);
    check("/spec/sharedCounters", json!([{"name": "s", "counters": {"c": {"value": "1"}}}]), &["Invalid spec"]);
    check("/spec/devices/1", json!({"name": "gpu-0"}), &["Duplicate spec.devices[1].name"]);
    let many = |n: usize, extra: Value| -> Value {
        (0..n).map(|i| changed(&json!({"name": format!("d{i}")}), "/taints", extra.clone())).collect()
    };
    check("/spec/devices", many(128, json!([])), &[]);
    check("/spec/devices", many(129, json!([])), &["TooMany spec.devices"]);
    let taint = json!([{"key": "k", "effect": "NoSchedule"}]);
    check("/spec/devices", many(64, taint.clone()), &[]);
    check("/spec/devices", many(65, taint), &["TooMany spec.devices"]);
    check("/spec/skipNodeOperations", json!(["NodePrepareResources"]), &["Invalid spec.skipNodeOperations"]);
    check(
        "/spec/skipNodeOperations",
        json!(["*", "*", "x"]),
        &["Duplicate spec.skipNodeOperations[1]", "NotSupported spec.skipNodeOperations[2]"],
    );
    check("/spec/partitionTypeAttribute", json!("gpu.example.com/model"), &["Invalid spec.partitionTypeAttribute"]);
}

#[test]
fn devices() {
    let check = |pointer: &str, value: Value, want: &[&str]| {
        assert_eq!(of_slice(pointer, value.clone()), want, "{pointer} {value}");
    };
    let at = |rest: &str| format!("/spec/devices/0/{rest}");
    check(&at("name"), json!("A"), &["Invalid spec.devices[0].name"]);
    check(&at("attributes/9"), json!({"int": 1}), &["Invalid spec.devices[0].attributes.9"]);
    check(&at("attributes/model"), json!({}), &["Invalid spec.devices[0].attributes.model"]);
    check(&at("attributes/model"), json!({"int": 1, "bool": true}), &["Invalid spec.devices[0].attributes.model"]);
    check(&at("attributes/model"), json!({"ints": []}), &["Required spec.devices[0].attributes.model.ints"]);
    check(&at("attributes/model"), json!({"string": "x".repeat(65)}), &["TooMany spec.devices[0].attributes.model.string"]);
    check(&at("attributes/model"), json!({"version": "v1.0.0"}), &["Invalid spec.devices[0].attributes.model.version"]);
    let ints: Vec<i64> = (0..49).collect();
    check(&at("attributes/model"), json!({"ints": ints}), &["TooMany spec.devices[0].attributes"]);
    check(&at("nodeName"), json!("n"), &["Forbidden spec.devices[0]"]);
    check(&at("bindingConditions"), json!(["a"]), &["Required spec.devices[0].bindingFailureConditions"]);
    check(
        &at("taints"),
        json!([{"key": "", "effect": "Evict"}]),
        &["Required spec.devices[0].taints[0].key", "NotSupported spec.devices[0].taints[0].effect"],
    );
    check(
        &at("consumesCounters"),
        json!([{"counterSet": "s"}, {"counterSet": "s", "counters": {"C": {"value": "x"}}}]),
        &[
            "Duplicate spec.devices[0].consumesCounters[1].counterSet",
            "Required spec.devices[0].consumesCounters[0].counters",
            "Invalid spec.devices[0].consumesCounters[1].counters.C",
            "Invalid spec.devices[0].consumesCounters[1].counters.C.value",
        ],
    );
    check(
        &at("nodeAllocatableResources"),
        json!({"cpu": {"mapping": {"capacityKey": "x"}}}),
        &[
            "Invalid spec.devices[0].nodeAllocatableResources.cpu.mapping",
            "Invalid spec.devices[0].nodeAllocatableResources.cpu.mapping.capacityKey",
        ],
    );
    check(&at("capacity/memory"), json!({"value": "1e999999999x"}), &["Invalid spec.devices[0].capacity.memory.value"]);
    check(
        &at("capacity/memory/requestPolicy"),
        json!({"default": "1"}),
        &["Forbidden spec.devices[0].capacity.memory.requestPolicy"],
    );
}

#[test]
fn request_policies() {
    let check = |policy: Value, want: &[&str]| {
        let device =
            json!({"name": "d", "allowMultipleAllocations": true, "capacity": {"m": {"value": "10", "requestPolicy": policy}}});
        let object = slice(json!({"metadata": {"name": "s"}, "spec": {"driver": "d", "allNodes": true,
            "pool": {"name": "n", "generation": 0, "resourceSliceCount": 1}, "devices": [device]}}));
        let want: Vec<String> = want.iter().map(|w| w.replace(" ", " spec.devices[0].capacity.m.requestPolicy.")).collect();
        assert_eq!(said(&object), want, "{policy}");
    };
    check(json!({}), &[]);
    check(json!({"default": "1"}), &[]);
    check(json!({"validValues": ["1", "2"]}), &["Required default"]);
    check(json!({"default": "1", "validValues": ["1", "2"]}), &[]);
    check(
        json!({"default": "3", "validValues": ["2", "1", "1500m", "11"]}),
        &["Invalid validValues[1]", "Duplicate validValues[2]", "Invalid validValues[3]", "Invalid default"],
    );
    check(json!({"default": "2", "validRange": {"min": "2", "max": "8", "step": "3"}}), &[]);
    check(
        json!({"default": "3", "validRange": {"min": "2", "max": "9", "step": "3"}}),
        &["Invalid default", "Invalid validRange.max"],
    );
    check(json!({"default": "1", "validRange": {}}), &["Required validRange.min"]);
    check(json!({"default": "1", "validRange": {"min": "2"}}), &["Invalid default"]);
    check(json!({"default": "9", "validRange": {"min": "2", "max": "8"}}), &["Invalid default"]);
    check(json!({"default": "5", "validRange": {"min": "5", "max": "4"}}), &["Invalid validRange.max", "Invalid default"]);
    check(
        json!({"default": "5", "validRange": {"min": "5", "max": "11", "step": "0"}}),
        &["Invalid validRange.max", "Invalid validRange.step"],
    );
    check(json!({"default": "5", "validRange": {"min": "5", "step": "6"}}), &["Invalid validRange.step"]);
}

#[test]
fn claims() {
    let base = json!({"metadata": {"name": "c"}, "spec": {"devices": {"requests": [
        {"name": "a", "exactly": {"deviceClassName": "gpu"}},
        {"name": "b", "firstAvailable": [{"name": "x", "deviceClassName": "gpu"}, {"name": "y", "deviceClassName": "gpu"}]}],
        "constraints": [{"requests": ["a", "b/x"], "matchAttribute": "e.com/numa"}],
        "config": [{"requests": ["b"], "opaque": {"driver": "d", "parameters": {"k": 1}}}]}}});
    let check = |pointer: &str, value: Value, want: &[&str]| {
        let want: Vec<String> = want.iter().map(|w| w.replace(" ", " spec.devices.")).collect();
        assert_eq!(said(&claim(changed(&base, &format!("/spec/devices/{pointer}"), value.clone()))), want, "{pointer} {value}");
    };
    check("requests/0/name", json!("a"), &[]);
    check(
        "requests/0/name",
        json!("b"),
        &["Duplicate requests[1].name", "Invalid constraints[0].requests[0]", "Invalid constraints[0].requests[1]"],
    );
    check("requests/0/exactly", Value::Null, &["Required requests[0].exactly"]);
    check("requests/1/exactly", json!({"deviceClassName": "gpu"}), &["Invalid requests[1]"]);
    check("requests/1/firstAvailable/1/name", json!("x"), &["Duplicate requests[1].firstAvailable[1].name"]);
    check("requests/0/exactly/deviceClassName", json!(""), &["Required requests[0].exactly.deviceClassName"]);
    check("requests/0/exactly/count", json!(-1), &["Invalid requests[0].exactly.count"]);
    check("requests/0/exactly/allocationMode", json!("Some"), &["NotSupported requests[0].exactly.allocationMode"]);
    let exactly = |extra: Value| changed(&json!({"deviceClassName": "gpu", "allocationMode": "All"}), "/count", extra);
    check("requests/0/exactly", exactly(json!(1)), &["Invalid requests[0].exactly.count"]);
    check("requests/0/exactly", exactly(json!(0)), &[]);
    check(
        "requests/0/exactly/selectors",
        json!([{}, {"cel": {"expression": ""}}, {"cel": {"expression": "x".repeat(10241)}}]),
        &[
            "Required requests[0].exactly.selectors[0].cel",
            "Required requests[0].exactly.selectors[1].cel.expression",
            "TooMany requests[0].exactly.selectors[2].cel.expression",
        ],
    );
    check(
        "requests/0/exactly/tolerations",
        json!([{}, {"operator": "Exists", "value": "x"}, {"key": "k", "operator": "Like"}]),
        &[
            "Invalid requests[0].exactly.tolerations[0].operator",
            "Invalid requests[0].exactly.tolerations[1].value",
            "NotSupported requests[0].exactly.tolerations[2].operator",
        ],
    );
    check(
        "requests/0/exactly/capacity",
        json!({"requests": {"9": "x"}}),
        &["Invalid requests[0].exactly.capacity.requests.9", "Invalid requests[0].exactly.capacity.requests.9"],
    );
    let derived = |name: &str| json!([{"name": name, "expression": "1"}]);
    check("requests/0/exactly/derivedAttributes", derived("e.com/numa"), &[]);
    check("requests/0/exactly/derivedAttributes", derived("e.com/x"), &["Invalid requests[0].exactly.derivedAttributes[0].name"]);
    check("constraints/0/matchAttribute", json!("numa"), &["Invalid constraints[0].matchAttribute"]);
    check("constraints/0/matchAttribute", Value::Null, &["Required constraints[0].matchAttribute"]);
    check("constraints/0/distinctAttribute", json!("e.com/x"), &["Invalid constraints[0]"]);
    check(
        "constraints/0/requests",
        json!(["a", "a", "b/z", "a/b/c"]),
        &["Duplicate constraints[0].requests[1]", "Invalid constraints[0].requests[2]", "Invalid constraints[0].requests[3]"],
    );
    check("config/0/opaque", Value::Null, &["Required config[0].opaque"]);
    check("config/0/opaque/parameters", json!([]), &["Invalid config[0].opaque.parameters"]);
    check("config/0/opaque/parameters", json!({"k": "x".repeat(10241)}), &["TooMany config[0].opaque.parameters"]);
}

#[test]
fn classes_and_rules() {
    let class = |spec: Value| {
        let value = json!({"metadata": {"name": "c"}, "spec": spec});
        said(&Object::DeviceClass(Box::new(serde_json::from_value::<DeviceClass>(value).expect("a class"))))
    };
    assert_eq!(class(json!({"extendedResourceName": "e.com/gpu"})), [""; 0]);
    assert_eq!(
        class(json!({"extendedResourceName": "cpu", "config": [{}]})),
        ["Required spec.config[0].opaque", "Invalid spec.extendedResourceName",]
    );
    let rule = |spec: Value| {
        let value = json!({"metadata": {"name": "r"}, "spec": spec});
        said(&Object::DeviceTaintRule(Box::new(serde_json::from_value::<DeviceTaintRule>(value).expect("a rule"))))
    };
    assert_eq!(rule(json!({"taint": {"key": "k", "effect": "None"}})), [""; 0]);
    assert_eq!(
        rule(json!({"deviceSelector": {"driver": "a_b", "pool": ""}, "taint": {"key": "k", "value": "-"}})),
        [
            "Invalid spec.deviceSelector.driver",
            "Required spec.deviceSelector.pool",
            "Invalid spec.taint.value",
            "Required spec.taint.effect",
        ]
    );
}

/// What is said about a good pod with `value` at `pointer` of its spec.
fn of_pod(pointer: &str, value: Value) -> Vec<String> {
    let selector = json!({"matchLabels": {"app": "a"}, "matchExpressions": [{"key": "k", "operator": "In", "values": ["v"]}]});
    let near = json!({"labelSelector": selector, "topologyKey": "zone", "namespaces": ["shop"], "matchLabelKeys": ["rev"]});
    let term = json!({"matchExpressions": [{"key": "k", "operator": "Gt", "values": ["1"]}],
        "matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n"]}]});
    let nodes = json!({"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]},
        "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "preference": term}]});
    let pods = json!({"requiredDuringSchedulingIgnoredDuringExecution": [near],
        "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "podAffinityTerm": near}]});
    let base = json!({"metadata": {"name": "p"}, "spec": {
        "nodeSelector": {"disk": "ssd"},
        "affinity": {"nodeAffinity": nodes, "podAffinity": pods, "podAntiAffinity": pods},
        "tolerations": [{"key": "gpu", "value": "yes", "effect": "NoExecute", "tolerationSeconds": 5}],
        "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
            "minDomains": 2, "nodeTaintsPolicy": "Honor", "labelSelector": selector, "matchLabelKeys": ["rev"]}],
        "schedulingGates": [{"name": "example.com/hold"}],
        "resourceClaims": [{"name": "gpu", "resourceClaimName": "one"}],
        "containers": [{"name": "c", "ports": [{"hostPort": 80}], "resources": {"claims": [{"name": "gpu"}]}}]}});
    let pod = changed(&base, &format!("/spec{pointer}"), value);
    said(&Object::Pod(Box::new(serde_json::from_value(pod).expect("a pod"))))
}

#[test]
fn pods() {
    let check = |pointer: &str, value: Value, want: &[&str]| {
        let want: Vec<String> = want.iter().map(|fault| fault.replacen(' ', " spec", 1)).collect();
        assert_eq!(of_pod(pointer, value.clone()), want, "{pointer} {value}");
    };
    check("/nodeName", json!("n"), &[]);
    check("/nodeSelector/disk", json!("s s d"), &["Invalid .nodeSelector.disk"]);
    let nodes = "/affinity/nodeAffinity";
    let required = &format!("{nodes}/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms");
    let at = ".affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
    check(required, json!([]), &[&format!("Required {at}")]);
    let expression = &format!("{required}/0/matchExpressions/0");
    let in_expression = |kind: &str, field: &str| format!("{kind} {at}[0].matchExpressions[0].{field}");
    check(&format!("{expression}/operator"), json!("Near"), &[&in_expression("NotSupported", "operator")]);
    check(&format!("{expression}/operator"), json!("Exists"), &[&in_expression("Forbidden", "values")]);
    check(&format!("{expression}/values"), json!([]), &[&in_expression("Invalid", "values")]);
    check(&format!("{expression}/key"), json!(""), &[&in_expression("Required", "key")]);
    check(&format!("{required}/0/matchFields/0/key"), json!("spec.x"), &[&format!("NotSupported {at}[0].matchFields[0].key")]);
    let preferred = "preferredDuringSchedulingIgnoredDuringExecution";
    check(
        &format!("{nodes}/{preferred}/0/weight"),
        json!(101),
        &[&format!("Invalid .affinity.nodeAffinity.{preferred}[0].weight")],
    );
    let pods = "/affinity/podAntiAffinity";
    check(
        &format!("{pods}/{preferred}/0/weight"),
        json!(0),
        &[&format!("Invalid .affinity.podAntiAffinity.{preferred}[0].weight")],
    );
    let near = "requiredDuringSchedulingIgnoredDuringExecution";
    let in_term = |kind: &str, field: &str| format!("{kind} .affinity.podAntiAffinity.{near}[0].{field}");
    let term = &format!("{pods}/{near}/0");
    check(&format!("{term}/topologyKey"), json!(""), &[&in_term("Required", "topologyKey")]);
    check(&format!("{term}/namespaces/0"), json!("A"), &[&in_term("Invalid", "namespaces[0]")]);
    check(&format!("{term}/labelSelector"), Value::Null, &[&in_term("Forbidden", "matchLabelKeys")]);
    let expressions = format!("{term}/labelSelector/matchExpressions/0");
    let operator = in_term("NotSupported", "labelSelector.matchExpressions[0].operator");
    check(&format!("{expressions}/operator"), json!("Gt"), &[&operator]);
    check(&format!("{expressions}/values"), json!([]), &[&in_term("Required", "labelSelector.matchExpressions[0].values")]);
    let toleration = "/tolerations/0";
    check(&format!("{toleration}/key"), json!(""), &["Invalid .tolerations[0].operator"]);
    check(&format!("{toleration}/operator"), json!("Exists"), &["Invalid .tolerations[0].value"]);
    check(&format!("{toleration}/operator"), json!("Gt"), &["Invalid .tolerations[0].value"]);
    check(&format!("{toleration}/effect"), json!("NoSchedule"), &["Invalid .tolerations[0].effect"]);
    let spread = "/topologySpreadConstraints/0";
    check(&format!("{spread}/maxSkew"), json!(0), &["Invalid .topologySpreadConstraints[0].maxSkew"]);
    check(
        &format!("{spread}/whenUnsatisfiable"),
        json!("Never"),
        &["NotSupported .topologySpreadConstraints[0].whenUnsatisfiable", "Invalid .topologySpreadConstraints[0].minDomains"],
    );
    let same = json!({"maxSkew": 2, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"});
    check("/topologySpreadConstraints/9", same, &["Duplicate .topologySpreadConstraints[1]"]);
    check("/schedulingGates/9", json!({"name": "example.com/hold"}), &["Duplicate .schedulingGates[1].name"]);
    check("/preemptionPolicy", json!("Maybe"), &["NotSupported .preemptionPolicy"]);
    check("/resourceClaims/0/resourceClaimTemplateName", json!("t"), &["Invalid .resourceClaims[0]"]);
    check("/resourceClaims/0/resourceClaimName", Value::Null, &["Invalid .resourceClaims[0]"]);
    check("/containers/0/ports/0/hostPort", json!(70_000), &["Invalid .containers[0].ports[0].hostPort"]);
    check("/resourceClaims/0/name", json!("nic"), &["Invalid .containers[0].resources.claims[0].name"]);
}

#[test]
fn what_stands_around_pods() {
    let check = |object: Object, want: &[&str]| assert_eq!(said(&object), want);
    let class = |name: &str, value: i64| {
        let class = json!({"metadata": {"name": name}, "value": value});
        Object::PriorityClass(Box::new(serde_json::from_value(class).expect("a class")))
    };
    check(class("high", 1_000_000_000), &[]);
    check(class("high", 1_000_000_001), &["Invalid value"]);
    check(class("system-node-critical", 2_000_001_000), &[]);
    let taint = json!({"metadata": {"name": "n"}, "spec": {"taints": [{"key": "a b", "effect": "Go"}]}});
    let node = Object::Node(Box::new(serde_json::from_value(taint).expect("a node")));
    check(node, &["Invalid spec.taints[0].key", "NotSupported spec.taints[0].effect"]);
    let budget = json!({"metadata": {"name": "b"}, "spec": {"selector": {"matchExpressions": [{"key": "k", "operator": "In"}]}}});
    let budget = Object::PodDisruptionBudget(Box::new(serde_json::from_value(budget).expect("a budget")));
    check(budget, &["Required spec.selector.matchExpressions[0].values"]);
}
