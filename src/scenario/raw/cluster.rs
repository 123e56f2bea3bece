//! `[cluster]`

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scenario::units::{Bytes, Cpu};

/// The nodes: either a node list, or groups of presets and own node types.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cluster {
    /// An openb node list (plain, `.gz` or `.zst`). Relative paths start at the scenario's folder; `${DATA}` is the data
    /// folder given on the command line or in `DRASIM_DATA`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nodes: Option<String>,
    /// Scales the node list to about so many GPUs, with the same mix of node types.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100_000_000))]
    pub gpus: Option<u64>,
    /// Groups of equal nodes, in the order in which the scheduler sees them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub node: Vec<NodeGroup>,
    /// Own node types.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub node_type: Vec<NodeType>,
}

/// Some equal nodes: of a shipped preset or of an own type.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NodeGroup {
    /// A shipped preset; `drasim presets` lists them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// The name of a `[[cluster.node_type]]`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub node_type: Option<String>,
    /// How many. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub count: Option<u32>,
}

/// An own node type.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("required" = ["name", "cpu", "memory"]))]
pub struct NodeType {
    /// Name, unique among presets and own types. Letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// CPU that pods may request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Cpu>,
    /// Memory that pods may request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Bytes>,
    /// NUMA nodes, over which devices are spread evenly. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 64))]
    pub numa_nodes: Option<u32>,
    /// Most pods the kubelet takes. Default: 110.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000))]
    pub pods_max: Option<u32>,
    /// Node labels beside those of feature discovery.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// GPUs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gpu: Vec<GpuGroup>,
    /// TPU chips.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tpu: Vec<TpuGroup>,
    /// Network interfaces.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nic: Vec<NicGroup>,
}

/// Equal GPUs of a node.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("required" = ["model", "count", "memory"]))]
pub struct GpuGroup {
    /// Product name, such as "NVIDIA H100 80GB HBM3".
    pub model: String,
    /// How many.
    #[schemars(range(min = 1, max = 64))]
    pub count: u32,
    /// Device memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Bytes>,
    /// True if all of them reach each other over NVLink or the like. Default: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linked: Option<bool>,
}

/// Equal TPU chips of a node.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("required" = ["model", "count", "memory"]))]
pub struct TpuGroup {
    /// Product name, such as "tpu-v5e".
    pub model: String,
    /// How many.
    #[schemars(range(min = 1, max = 64))]
    pub count: u32,
    /// Device memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Bytes>,
}

/// Equal network interfaces of a node.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("required" = ["model", "count"]))]
pub struct NicGroup {
    /// Product name, such as "ConnectX-7".
    pub model: String,
    /// How many functions pods can have.
    #[schemars(range(min = 1, max = 1024))]
    pub count: u32,
}
