//! Objects through [`crate::kube::intern`].

use serde_json::{Value, json};

use crate::base::{ClassId, DeviceId, Findings, SelectorId};
use crate::kube::intern::{Copied, Interned, Interning, Path, SelectorKind, allocation_result};
use crate::model::AttrValue;
use crate::model::dra::{
    AllocationResult, Asked, ConfigSource, ConstraintKind, CountMode, DeviceResult, NodeSelector, NodeSelectorTerm, Requirement,
    ResultConfig,
};

fn object<T: serde::de::DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).expect("a good object")
}

/// A slice with every field that the allocator reads.
fn full_slice() -> Value {
    json!({
        "apiVersion": "resource.k8s.io/v1", "kind": "ResourceSlice", "metadata": {"name": "s"},
        "spec": {
            "driver": "d.example.com", "pool": {"name": "p", "generation": 3, "resourceSliceCount": 2},
            "perDeviceNodeSelection": true, "skipNodeOperations": ["*"],
            "sharedCounters": [{"name": "cs", "counters": {"b": {"value": "40Gi"}, "a": {"value": "7"}}}],
            "devices": [
                {"name": "x", "attributes": {"z": {"int": 1}, "a.example.com/y": {"strings": ["u", "v"]}},
                 "capacity": {"m": {"value": "1.5Gi", "requestPolicy": {"default": "1Gi",
                    "validRange": {"min": "1Gi", "step": "512Mi"}}}},
                 "consumesCounters": [{"counterSet": "cs", "counters": {"a": {"value": "1"}}, "compatibilityGroups": ["g"]}],
                 "nodeSelector": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "k", "operator": "In", "values": ["v"]}]}]},
                 "taints": [{"key": "t", "effect": "NoSchedule"}], "bindsToNode": true, "bindingConditions": ["c"],
                 "bindingFailureConditions": [], "allowMultipleAllocations": true},
                {"name": "y", "attributes": {"z": {"int": 1}, "none": {}}, "allNodes": true},
            ],
        },
    })
}

#[test]
fn everything_that_the_allocator_reads_of_a_slice_is_kept() {
    let mut interning = Interning::default();
    let mut findings = Findings::default();
    interning.slice(&object(full_slice()), &Path::root(""), &mut findings);
    assert_eq!(findings.0, []);
    let Interned { published, .. } = interning.finish();
    let text = |name| published.names.text(name);
    let slice = &published.slices.as_slice()[0];
    assert_eq!((text(slice.driver), text(slice.pool), slice.generation, slice.slice_count), ("d.example.com", "p", 3, 2));
    assert_eq!((slice.per_device_node_selection, slice.skip_node_operations.as_slice()), (Some(true), &["*".to_owned()][..]));
    let counters: Vec<_> = slice.counter_sets[0].counters.iter().map(|(name, q)| (text(*name), q.to_string())).collect();
    assert_eq!(counters, [("a", "7".to_owned()), ("b", "40Gi".to_owned())]);
    let (x, y) = (&published.devices[DeviceId(0)], &published.devices[DeviceId(1)]);
    let profile = &published.profiles[x.profile];
    let attributes: Vec<_> = profile.attributes.iter().map(|id| &published.attributes[*id]).collect();
    assert_eq!((text(attributes[0].name), text(attributes[1].name)), ("a.example.com/y", "z"));
    assert_eq!(attributes[0].value, AttrValue::Strings(vec!["u".to_owned(), "v".to_owned()]));
    let capacity = &published.capacities[profile.capacity[0]];
    let policy = capacity.policy.as_ref().expect("a policy");
    let range = policy.valid_range.as_ref().expect("a range");
    assert_eq!((capacity.value.to_string().as_str(), range.min.is_some(), range.max.is_some()), ("1536Mi", true, false));
    let traits = &published.traits[x.traits];
    assert_eq!((traits.binds_to_node, traits.taints.len(), text(traits.consumes[0].compatibility_groups[0])), (true, 1, "g"));
    assert_eq!(traits.binding_failure_conditions.as_deref(), Some(&[][..]));
    assert_eq!(traits.nodes.selector.as_ref().map(|s| s.terms[0].match_expressions[0].operator.as_str()), Some("In"));
    let nothing = published.profiles[y.profile].attributes.iter().any(|id| published.attributes[*id].value == AttrValue::Nothing);
    assert!(nothing && published.traits[y.traits].nodes.all && !published.traits[x.traits].nodes.all);
}

#[test]
fn taint_rules_add_to_the_devices_that_they_match() {
    let rule = |selector: Value, key: &str| {
        let spec = json!({"deviceSelector": selector, "taint": {"key": key, "effect": "NoExecute", "value": "v"}});
        json!({"apiVersion": "resource.k8s.io/v1", "kind": "DeviceTaintRule", "metadata": {"name": key}, "spec": spec})
    };
    let mut interning = Interning::default();
    let rules = [
        rule(json!({"driver": "d.example.com", "device": "x"}), "driver-and-device"),
        rule(Value::Null, "nothing"),
        rule(json!({}), "everything"),
        rule(json!({"pool": "other"}), "other-pool"),
    ];
    for json in rules {
        interning.taint_rule(&object(json));
    }
    interning.slice(&object(full_slice()), &Path::root(""), &mut Findings::default());
    let Interned { published, .. } = interning.finish();
    let keys = |device: u32| -> Vec<&str> {
        let traits = &published.traits[published.devices[DeviceId(device)].traits];
        traits.taints.iter().map(|taint| taint.key.as_str()).collect()
    };
    assert_eq!((keys(0), keys(1)), (vec!["t", "driver-and-device", "everything"], vec!["everything"]));
}

#[test]
fn what_cannot_be_read_is_a_finding_with_its_path() {
    let mut slice = full_slice();
    slice["spec"]["devices"][0]["capacity"]["m"]["requestPolicy"]["validRange"]["step"] = "x".into();
    slice["spec"]["devices"][0]["consumesCounters"][0]["counters"]["a"]["value"] = "y".into();
    slice["spec"]["sharedCounters"][0]["counters"]["b"]["value"] = "1Zi".into();
    let mut interning = Interning::default();
    let mut findings = Findings::default();
    interning.slice(&object(slice), &Path::root(""), &mut findings);
    let fields: Vec<_> = findings.0.iter().map(|f| (f.code, f.place.field.as_deref().unwrap_or(""))).collect();
    let want = [
        "spec.devices[0].capacity.m.requestPolicy.validRange.step",
        "spec.devices[0].consumesCounters[0].counters.a.value",
        "spec.sharedCounters[0].counters.b.value",
    ];
    assert_eq!(fields, want.map(|field| ("E4101", field)));
}

/// A claim with every field that the allocator reads, and its class.
fn full_claim() -> Interned {
    let class = json!({
        "apiVersion": "resource.k8s.io/v1", "kind": "DeviceClass", "metadata": {"name": "c"},
        "spec": {"selectors": [{"cel": {"expression": "true"}}, {}],
                 "config": [{"opaque": {"driver": "d", "parameters": {"b": 1, "a": [2.5]}}}]},
    });
    let claim = json!({
        "apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaim", "metadata": {"name": "n", "namespace": "ns"},
        "spec": {"devices": {
            "requests": [
                {"name": "r0", "exactly": {"deviceClassName": "c", "allocationMode": "ExactCount", "count": 2, "adminAccess": false,
                    "selectors": [{"cel": {"expression": "true"}}], "capacity": {"requests": {"m": "1Gi"}},
                    "derivedAttributes": [{"name": "d/x", "expression": "true"}]}},
                {"name": "r1", "firstAvailable": [
                    {"name": "s0", "deviceClassName": "gone", "allocationMode": "All",
                     "tolerations": [{"key": "k", "operator": "Exists", "tolerationSeconds": 5}, {"effect": "NoExecute"}]},
                    {"name": "s1", "deviceClassName": "", "allocationMode": "Half"}, {"name": "s2", "deviceClassName": "c"}]},
                {"name": "r2"},
            ],
            "constraints": [{"requests": ["r0", "r1/s0"], "matchAttribute": "d/a"}, {"distinctAttribute": "d/b"}, {}],
            "config": [{"requests": ["r1"], "opaque": {"driver": "d", "parameters": {}}}],
        }},
    });
    let mut interning = Interning::default();
    let mut findings = Findings::default();
    interning.class(&object(class));
    interning.claim(&object(claim), &Path::root(""), &mut findings);
    assert_eq!(findings.0, []);
    interning.finish()
}

#[test]
fn everything_that_the_allocator_reads_of_a_claim_is_kept() {
    let Interned { classes, claims, selectors, .. } = full_claim();
    let kinds: Vec<_> = selectors.iter().map(|text| (text.kind, text.text.as_str())).collect();
    assert_eq!(kinds, [(SelectorKind::Selector, "true"), (SelectorKind::Derived, "true")]);
    assert_eq!(classes[ClassId(0)].selectors, [Some(SelectorId(0)), None]);
    let claim = &claims[0];
    assert_eq!((claim.namespace.as_str(), claim.name.as_str()), ("ns", "n"));
    let Asked::Exactly(leaf) = &claim.requests[0].asked else { panic!("{claim:?}") };
    assert_eq!((leaf.name.as_str(), leaf.class.id, &leaf.mode), ("r0", Some(ClassId(0)), &CountMode::Exact(2)));
    assert_eq!(
        (leaf.admin_access, leaf.capacity.as_ref().map(|amounts| amounts["m"].to_string())),
        (Some(false), Some("1Gi".into()))
    );
    assert_eq!(leaf.derived, [("d/x".to_owned(), SelectorId(1))]);
    let Asked::FirstAvailable(leaves) = &claim.requests[1].asked else { panic!("{claim:?}") };
    let modes: Vec<_> = leaves.iter().map(|leaf| leaf.mode.clone()).collect();
    assert_eq!(modes, [CountMode::All, CountMode::Other("Half".to_owned()), CountMode::Other(String::new())]);
    assert_eq!((leaves[0].class.id, leaves[0].class.name.as_str(), leaves[0].tolerations[0].seconds), (None, "gone", Some(5)));
    assert_eq!(claim.requests[2].asked, Asked::Nothing);
    let kinds: Vec<_> = claim.constraints.iter().map(|constraint| constraint.kind.clone()).collect();
    let [a, b] = ["d/a", "d/b"].map(str::to_owned);
    assert_eq!(kinds, [ConstraintKind::Match(a), ConstraintKind::Distinct(b), ConstraintKind::Nothing]);
}

#[test]
fn allocated_claims_hold_devices_or_shares() {
    let claim = json!({
        "apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaim", "metadata": {"name": "n"}, "spec": {},
        "status": {"allocation": {"devices": {"results": [
            {"request": "r", "driver": "d", "pool": "p", "device": "whole"},
            {"request": "r", "driver": "d", "pool": "p", "device": "watched", "adminAccess": true},
            {"request": "r", "driver": "d", "pool": "p", "device": "shared", "shareID": "1", "consumedCapacity": {"m": "1Gi"}},
            {"request": "r", "driver": "d", "pool": "p", "device": "shared", "shareID": "2", "consumedCapacity": {"m": "1Gi"}},
            {"request": "r", "driver": "d", "pool": "p", "device": "bare", "shareID": "3"},
        ]}}},
    });
    let check = |consumable: bool, dedicated: &[&str], shares: &[(&str, usize)], consumed: &[(&str, &str)]| {
        let mut interning = Interning::default();
        interning.allocated_claim(&object(claim.clone()), consumable, &Path::root(""), &mut Findings::default());
        let Interned { published, allocated, .. } = interning.finish();
        let name = |key| published.names.text(published.keys[key].device);
        let found: Vec<_> = allocated.dedicated.iter().map(|key| name(*key)).collect();
        assert_eq!(found, dedicated);
        let found: Vec<_> = allocated.shares.iter().map(|(key, ids)| (name(*key), ids.len())).collect();
        assert_eq!(found, shares);
        let found: Vec<_> =
            allocated.consumed.iter().map(|(key, all)| (name(*key), all.values().next().expect("one").to_string())).collect();
        assert_eq!(found, consumed.iter().map(|(name, q)| (*name, (*q).to_owned())).collect::<Vec<_>>());
    };
    check(true, &["whole"], &[("shared", 2), ("bare", 1)], &[("shared", "2Gi")]);
    check(false, &["whole", "shared", "bare"], &[], &[]);
}

#[test]
fn results_are_written_as_the_api_has_them() {
    let mut interning = Interning::default();
    interning.slice(&object(full_slice()), &Path::root(""), &mut Findings::default());
    let memory = interning.publisher.name("m");
    let published = interning.finish().published;
    let Interned { claims, classes, .. } = full_claim();
    let amount = crate::base::Quantity::parse("3000000000000000000000").expect("a quantity");
    let device = |leaf, device, is_share| DeviceResult {
        leaf,
        device: DeviceId(device),
        admin_access: false,
        is_share,
        consumed: if is_share { vec![(memory, amount.clone())] } else { Vec::new() },
    };
    let requirement = Requirement { key: "k".to_owned(), operator: "In".to_owned(), values: vec!["v".to_owned()] };
    let term = NodeSelectorTerm { match_expressions: vec![requirement], match_fields: Vec::new() };
    let result = AllocationResult {
        results: vec![device((1, Some(0)), 0, true), device((0, None), 1, false)],
        config: vec![ResultConfig {
            source: ConfigSource::Class,
            requests: vec!["r0".to_owned()],
            body: classes[ClassId(0)].config[0].clone(),
        }],
        node_selector: Some(NodeSelector { terms: vec![term] }),
    };
    let copied = Copied { binding_conditions: true, skip_node_operations: true };
    let share = &mut || "id".to_owned();
    let written = json!(allocation_result(&published, &claims[0], &result, copied, share));
    let want = json!({
        "devices": {
            "results": [
                {"request": "r1/s0", "driver": "d.example.com", "pool": "p", "device": "x", "shareID": "id",
                 "consumedCapacity": {"m": "3000000000000000000000"}, "bindingConditions": ["c"], "skipNodeOperations": ["*"],
                 "tolerations": [{"key": "k", "operator": "Exists", "tolerationSeconds": 5}, {"effect": "NoExecute"}]},
                {"request": "r0", "driver": "d.example.com", "pool": "p", "device": "y", "skipNodeOperations": ["*"]},
            ],
            "config": [{"source": "FromClass", "requests": ["r0"], "opaque": {"driver": "d", "parameters": {"b": 1, "a": [2.5]}}}],
        },
        "nodeSelector": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "k", "operator": "In", "values": ["v"]}]}]},
    });
    assert_eq!(written, want);
    let written = json!(allocation_result(&published, &claims[0], &result, Copied::default(), share));
    assert!(!written.to_string().contains("skipNodeOperations") && !written.to_string().contains("bindingConditions"));
}
