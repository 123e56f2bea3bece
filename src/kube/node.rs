//! core/v1 Node, as far as it matters.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::kube::{Amount, ObjectMeta};

/// A node.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// `v1`
    pub api_version: String,
    /// `Node`
    pub kind: String,
    /// Name and labels.
    pub metadata: ObjectMeta,
    /// What the kubelet reports.
    #[serde(default)]
    pub status: NodeStatus,
}

/// `status` of a node.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeStatus {
    /// All there is, by resource name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub capacity: BTreeMap<String, Amount>,
    /// What pods may request.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub allocatable: BTreeMap<String, Amount>,
}

impl Node {
    /// A node with labels and nothing to request.
    pub fn new(metadata: ObjectMeta) -> Node {
        Node { api_version: "v1".to_owned(), kind: "Node".to_owned(), metadata, status: NodeStatus::default() }
    }
}
