//! `resource.k8s.io/v1` ResourceSlice.
//!
//! Shared counters, taints, capacity policies and list attributes are not here yet: they are reported as unknown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::kube::meta::RESOURCE_V1;
use crate::kube::{Amount, ObjectMeta};

/// Most devices in one slice (`ResourceSliceMaxDevices`).
pub const DEVICES_MAX: usize = 128;

/// A part of what a driver publishes about one pool.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceSlice {
    /// `resource.k8s.io/v1`
    pub api_version: String,
    /// `ResourceSlice`
    pub kind: String,
    /// Name.
    pub metadata: ObjectMeta,
    /// Contents.
    pub spec: ResourceSliceSpec,
}

/// `spec` of a slice. Exactly one of the four ways to name nodes is set.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceSliceSpec {
    /// Driver name.
    pub driver: String,
    /// The pool it belongs to.
    pub pool: ResourcePool,
    /// Devices of this node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_name: Option<String>,
    /// Devices that any node can reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all_nodes: Option<bool>,
    /// Each device names its nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_device_node_selection: Option<bool>,
    /// The devices, in the order in which the allocator tries them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<Device>,
}

/// The pool of a slice.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourcePool {
    /// Pool name; the node name for devices of one node.
    pub name: String,
    /// Only the slices of the highest generation count.
    pub generation: i64,
    /// How many slices the pool has at this generation.
    pub resource_slice_count: i64,
}

/// A device.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// Name, unique in the pool.
    pub name: String,
    /// Attributes; a name without a domain belongs to the driver.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, DeviceAttribute>,
    /// Capacities, named likewise.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub capacity: BTreeMap<String, DeviceCapacity>,
    /// Several allocations may share the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_multiple_allocations: Option<bool>,
}

/// The value of an attribute: exactly one field is set.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceAttribute {
    /// An integer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub int: Option<i64>,
    /// True or false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bool: Option<bool>,
    /// A text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub string: Option<String>,
    /// A semantic version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// A capacity.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceCapacity {
    /// How much there is.
    pub value: Amount,
}

impl ResourceSlice {
    /// A slice with this name.
    pub fn new(name: impl Into<String>, spec: ResourceSliceSpec) -> ResourceSlice {
        let (api_version, kind) = (RESOURCE_V1.to_owned(), "ResourceSlice".to_owned());
        ResourceSlice { api_version, kind, metadata: ObjectMeta::named(name), spec }
    }
}
