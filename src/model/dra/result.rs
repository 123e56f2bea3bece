//! What the allocator decides for a claim (`resource.k8s.io/v1` AllocationResult).

use crate::base::{DeviceId, NameId, Quantity};
use crate::model::dra::node::NodeSelector;

/// The allocation of one claim.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AllocationResult {
    /// `devices.results`
    pub results: Vec<DeviceResult>,
    /// `devices.config`
    pub config: Vec<ResultConfig>,
    /// `nodeSelector`; none means everywhere.
    pub node_selector: Option<NodeSelector>,
}

/// One device of an allocation. What is copied from claim and slice (tolerations, conditions) is found by `leaf` and
/// `device`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeviceResult {
    /// Index of the request in its claim, and of the alternative where there are any.
    pub leaf: (u32, Option<u32>),
    /// The device.
    pub device: DeviceId,
    /// `adminAccess`: present and true for leaves with admin access.
    pub admin_access: bool,
    /// True if this is a share, which gets a `shareID`.
    pub is_share: bool,
    /// `consumedCapacity`, ascending by the text of the names; empty where nothing is recorded.
    pub consumed: Vec<(NameId, Quantity)>,
}

/// Where a configuration is from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConfigSource {
    /// `FromClass`
    Class,
    /// `FromClaim`
    Claim,
}

/// A configuration of an allocation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResultConfig {
    /// `source`
    pub source: ConfigSource,
    /// `requests`; empty for all.
    pub requests: Vec<String>,
    /// The rest of it, as JSON text.
    pub body: String,
}
