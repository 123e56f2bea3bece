//! Small clusters with devices, for tests.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::base::{Id, NodeId, PodId};
use crate::kube::core::CoreInterning;
use crate::kube::{DeviceClass, Node, Pod as Written, ResourceClaim, ResourceSlice};
use crate::model::Gates;
use crate::model::core::Pod;
use crate::sched::dra::{Manager, Objects, Settings};
use crate::sched::framework::cx::Neighbours;
use crate::sched::framework::{Configuration, Cx, Snapshot, WellKnown};

/// A cluster on which pods are tried.
pub struct Scene {
    pub core: CoreInterning,
    pub known: WellKnown,
    pub config: Configuration,
    pub snapshot: Snapshot,
    pub neighbours: Neighbours,
    pub manager: Manager,
    pods: usize,
}

/// Objects of one kind from JSON.
fn read<T: serde::de::DeserializeOwned>(objects: &[Value]) -> Vec<T> {
    objects.iter().map(|object| serde_json::from_value(object.clone()).expect("an object")).collect()
}

impl Scene {
    pub fn new(nodes: &[Value], classes: &[Value], slices: &[Value], claims: &[Value]) -> Scene {
        Scene::with_gates(&[], nodes, classes, slices, claims)
    }

    pub fn with_gates(gates: &[&str], nodes: &[Value], classes: &[Value], slices: &[Value], claims: &[Value]) -> Scene {
        let gates = Gates::parse(gates).expect("gates");
        let mut core = CoreInterning::default();
        let known = WellKnown::new(&mut core.names);
        let (nodes, classes, slices, claims) =
            (read::<Node>(nodes), read::<DeviceClass>(classes), read::<ResourceSlice>(slices), read::<ResourceClaim>(claims));
        let objects = Objects { nodes: &nodes, classes: &classes, slices: &slices, claims: &claims, ..Objects::default() };
        let manager = Manager::new(Settings::of(&gates), &objects, &mut core);
        let snapshot = Snapshot::new(nodes.iter().map(|node| Arc::new(core.node(node))).collect(), |_| ());
        assert!(!core.findings.has_errors(), "{:?}", core.findings);
        let config = Configuration { gates, ..Configuration::default() };
        Scene { core, known, config, snapshot, neighbours: Neighbours::default(), manager, pods: 0 }
    }

    pub fn cx(&self) -> Cx<'_> {
        Cx {
            names: &self.core.names,
            known: self.known,
            config: &self.config,
            snapshot: &self.snapshot,
            neighbours: &self.neighbours,
            dra: &self.manager,
            asked: None,
            classic: None,
        }
    }

    /// A pod from `spec` and `status`; its UID is `uid-NAME`.
    pub fn pod(&mut self, name: &str, spec: Value, status: Value) -> Pod {
        let meta = json!({ "name": name, "namespace": "default", "uid": format!("uid-{name}") });
        let written: Written =
            serde_json::from_value(json!({ "metadata": meta, "spec": spec, "status": status })).expect("a pod");
        let id = PodId::from_index(self.pods);
        self.pods += 1;
        self.core.pod(id, &written)
    }

    /// A pod that uses claims by name.
    pub fn user(&mut self, name: &str, claims: &[&str]) -> Pod {
        let entries: Vec<Value> = claims
            .iter()
            .enumerate()
            .map(|(at, claim)| json!({ "name": format!("c{at}"), "resourceClaimName": claim }))
            .collect();
        self.pod(name, json!({ "containers": [{ "name": "main" }], "resourceClaims": entries }), json!({}))
    }

    pub fn node(&self, at: usize) -> NodeId {
        NodeId::from_index(at)
    }

    /// Stores a claim, or what has become of it.
    pub fn store(&mut self, claim: Value) {
        let claim: ResourceClaim = serde_json::from_value(claim).expect("a claim");
        self.manager.add_claim(&claim, &mut self.core);
    }
}

pub fn node(name: &str, allocatable: Value) -> Value {
    json!({ "metadata": { "name": name, "labels": { "kubernetes.io/hostname": name } }, "status": { "allocatable": allocatable } })
}

/// A class of all devices of driver `gpu.example.com`.
pub fn class(name: &str, resource: Option<&str>) -> Value {
    let mut class = json!({
        "metadata": { "name": name },
        "spec": { "selectors": [{ "cel": { "expression": "device.driver == \"gpu.example.com\"" } }] },
    });
    if let Some(resource) = resource {
        class["spec"]["extendedResourceName"] = resource.into();
    }
    class
}

/// The only slice of a pool of GPUs that is named as its node.
pub fn slice(node: &str, devices: &[Value]) -> Value {
    json!({
        "metadata": { "name": format!("slice-{node}") },
        "spec": {
            "driver": "gpu.example.com",
            "nodeName": node,
            "pool": { "name": node, "generation": 1, "resourceSliceCount": 1 },
            "devices": devices,
        },
    })
}

/// `n` GPUs.
pub fn gpus(n: usize) -> Vec<Value> {
    (0..n).map(|at| json!({ "name": format!("gpu-{at}") })).collect()
}

/// A request for `count` devices of class `gpu`.
pub fn exactly(name: &str, count: i64) -> Value {
    json!({ "name": name, "exactly": { "deviceClassName": "gpu", "allocationMode": "ExactCount", "count": count } })
}

/// A claim; its UID is `uid-NAME`.
pub fn claim(name: &str, requests: &[Value]) -> Value {
    json!({
        "metadata": { "name": name, "namespace": "default", "uid": format!("uid-{name}") },
        "spec": { "devices": { "requests": requests } },
    })
}

/// The same, allocated to a GPU of a node and reserved for these pods.
pub fn allocated(name: &str, node: &str, device: &str, pods: &[&str]) -> Value {
    let mut claim = claim(name, &[exactly("r", 1)]);
    let field = json!({ "key": "metadata.name", "operator": "In", "values": [node] });
    let consumer = |pod: &&str| json!({ "resource": "pods", "name": pod, "uid": format!("uid-{pod}") });
    claim["status"] = json!({
        "allocation": {
            "devices": { "results": [{ "request": "r", "driver": "gpu.example.com", "pool": node, "device": device }] },
            "nodeSelector": { "nodeSelectorTerms": [{ "matchFields": [field] }] },
        },
        "reservedFor": pods.iter().map(consumer).collect::<Vec<_>>(),
    });
    claim
}
