//! core/v1 Node: what matters, and the rest as it is.

use std::collections::BTreeMap;

use crate::kube::meta::Condition;
use crate::kube::object::{object, open_enum};
use crate::kube::{Amount, ObjectMeta};

object! {
    /// A node.
    pub struct Node {
        /// `v1`
        api_version: String = "apiVersion" always,
        /// `Node`
        kind: String = "kind" always,
        /// Name and labels.
        metadata: ObjectMeta = "metadata" always,
        /// What is wanted.
        spec: NodeSpec = "spec",
        /// What the kubelet reports.
        status: NodeStatus = "status",
    }
}

object! {
    /// `spec` of a node.
    pub struct NodeSpec {
        /// No new pods.
        unschedulable: bool = "unschedulable",
        /// Taints.
        taints: Vec<Taint> = "taints",
        ..rest
    }
}

object! {
    /// A taint of a node.
    pub struct Taint {
        /// Key.
        key: String = "key" always,
        /// Value.
        value: String = "value",
        /// Effect on pods that do not tolerate it.
        effect: TaintEffect = "effect" always,
        /// When it was added; RFC 3339.
        time_added: Option<String> = "timeAdded",
    }
}

open_enum! {
    /// What a taint of a node does to pods that do not tolerate it.
    pub enum TaintEffect {
        /// They do not come.
        NoSchedule = "NoSchedule",
        /// They rather go elsewhere.
        PreferNoSchedule = "PreferNoSchedule",
        /// Nor do they stay.
        NoExecute = "NoExecute",
    }
}

object! {
    /// `status` of a node.
    pub struct NodeStatus {
        /// All there is, by resource name.
        capacity: BTreeMap<String, Amount> = "capacity",
        /// What pods may request.
        allocatable: BTreeMap<String, Amount> = "allocatable",
        /// Images that are there.
        images: Vec<ContainerImage> = "images",
        /// Aspects of its state.
        conditions: Vec<Condition> = "conditions",
        /// Features of the kubelet that pods may depend on (KEP-5328).
        declared_features: Vec<String> = "declaredFeatures",
        ..rest
    }
}

object! {
    /// An image on a node.
    pub struct ContainerImage {
        /// Its names.
        names: Vec<String> = "names",
        /// Size, in bytes.
        size_bytes: i64 = "sizeBytes",
    }
}

impl Node {
    /// A node with labels and nothing to request.
    pub fn new(metadata: ObjectMeta) -> Node {
        Node { api_version: "v1".to_owned(), kind: "Node".to_owned(), metadata, ..Node::default() }
    }
}
