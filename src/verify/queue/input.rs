//! The `in` of a case.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::kube::neighbours::Namespace;
use crate::kube::{DeviceClass, Node, Pod, ResourceClaim, ResourceSlice};

/// Settings, objects and operations.
#[derive(Deserialize)]
pub struct Input {
    /// Settings.
    pub options: Options,
    /// What the informers hold before the first operation.
    pub objects: Objects,
    /// What happens, in order.
    pub ops: Vec<Op>,
}

/// Settings of the queue.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Options {
    /// Time of the first operation, in nanoseconds.
    pub start: u64,
    /// `podInitialBackoffSeconds`
    pub pod_initial_backoff_seconds: u64,
    /// `podMaxBackoffSeconds`
    pub pod_max_backoff_seconds: u64,
    /// Gates that are not at their defaults.
    #[serde(default)]
    pub feature_gates: BTreeMap<String, bool>,
}

/// Objects by kind.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
pub struct Objects {
    /// Namespaces; no hint reads them.
    pub namespaces: Vec<Namespace>,
    /// Nodes.
    pub nodes: Vec<Node>,
    /// Pods that have nodes.
    pub pods: Vec<Pod>,
    /// DeviceClasses.
    pub device_classes: Vec<DeviceClass>,
    /// ResourceSlices.
    pub resource_slices: Vec<ResourceSlice>,
    /// ResourceClaims.
    pub resource_claims: Vec<ResourceClaim>,
}

/// An operation; which fields it has depends on `op`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Op {
    /// What is done.
    pub op: String,
    /// Kind of the object.
    #[serde(default)]
    pub kind: String,
    /// The object.
    #[serde(default)]
    pub object: Value,
    /// Namespace and name of the object, or its name.
    #[serde(default)]
    pub name: String,
    /// By how much time goes on, in nanoseconds.
    #[serde(default)]
    pub ns: u64,
    /// UID of a pod.
    #[serde(default)]
    pub uid: String,
    /// Plugins that rejected the pod.
    #[serde(default)]
    pub unschedulable_plugins: Vec<String>,
    /// Plugins that wait for something.
    #[serde(default)]
    pub pending_plugins: Vec<String>,
    /// The attempt ended in an error.
    #[serde(default)]
    pub error: bool,
    /// There was no node.
    #[serde(default)]
    pub no_nodes: bool,
    /// Where the pod is nominated to; empty: nowhere any more; absent: as its status says.
    #[serde(default)]
    pub nominated_node: Option<String>,
    /// Where the pod is assumed.
    #[serde(default)]
    pub node: String,
}
