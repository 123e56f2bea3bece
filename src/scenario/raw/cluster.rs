//! `[cluster]`

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scenario::units::{Bytes, Cpu};

/// The nodes: either a node list, or groups of presets and own node types.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cluster {
    /// An openb node list, or Kubernetes Nodes and ResourceSlices (`.json`, `.yaml`, `.yml`); also `.gz` or `.zst`. Relative
    /// paths start at the scenario's folder; `${DATA}` is the data
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

/// Equal GPUs of a node. Driver, labels and attributes are those of the vendor.
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
    /// Whose driver publishes them. Default: "nvidia".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor: Option<Vendor>,
    /// NVIDIA's name of the architecture, such as "Hopper". NVIDIA only. Default: "Hopper".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// Compute capability, such as "9.0". NVIDIA only. Default: "9.0".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compute_capability: Option<String>,
    /// Compute units. AMD only. Default: 304.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100_000))]
    pub compute_units: Option<u32>,
    /// True if all of them reach each other over NVLink or Infinity Fabric. Default: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linked: Option<bool>,
    /// NUMA node of each. Default: spread evenly, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub numa: Option<Vec<u16>>,
    /// PCIe root of each, as numbers that are equal where devices of the node (of any group) share a root. Default: one
    /// root each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pcie_roots: Option<Vec<u16>>,
}

/// Whose driver publishes a GPU.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Vendor {
    /// Driver `gpu.nvidia.com`.
    Nvidia,
    /// Driver `gpu.amd.com`.
    Amd,
}

/// TPU chips of a host; all reach each other over ICI.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("required" = ["generation", "accelerator", "topology", "count", "memory"]))]
pub struct TpuGroup {
    /// Generation, such as "v5e"; the model is then "TPU v5e".
    pub generation: String,
    /// GKE's name of the accelerator, such as "tpu-v5-lite-podslice".
    pub accelerator: String,
    /// GKE's topology label, such as "2x4".
    pub topology: String,
    /// How many chips.
    #[schemars(range(min = 1, max = 64))]
    pub count: u32,
    /// Memory of a chip.
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
    /// How many interfaces, or virtual functions, pods can have.
    #[schemars(range(min = 1, max = 1024))]
    pub count: u32,
    /// Extended resource under which the device plugin counts them. Default: "rdma/nic", or "openshift.io/sriov" for
    /// virtual functions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// PCI vendor. Whole interfaces only. Default: "Mellanox Technologies".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// Name of the physical function whose SR-IOV virtual functions these are. Default: whole interfaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub virtual_functions_of: Option<String>,
    /// NUMA node of each. Default: spread evenly, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub numa: Option<Vec<u16>>,
    /// PCIe root of each, numbered as for GPUs. Default: unknown, and not published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pcie_roots: Option<Vec<u16>>,
}
