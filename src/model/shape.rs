//! What a pod asks under one strategy: an ask after lowering.

use crate::base::{AskId, ResourceId};
use crate::model::dra::Claim;

/// A pod's ask under one strategy. A million pods share hundreds of these.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shape {
    /// The neutral ask it was lowered from.
    pub ask: AskId,
    /// CPU request, in milli-CPU.
    pub cpu_milli: i64,
    /// Memory request, in bytes.
    pub memory_bytes: i64,
    /// `spec.priority`
    pub priority: i32,
    /// Required node affinity: all must hold (one term).
    pub affinity: Vec<NodeRequirement>,
    /// How devices are asked for.
    pub devices: ShapeDevices,
}

/// How a shape asks for devices: one variant per mechanism.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ShapeDevices {
    /// None.
    None,
    /// Extended resources: opaque integers, ascending by resource.
    Extended(Vec<(ResourceId, i64)>),
    /// One ResourceClaim made from a template.
    Claim(Claim),
    /// A share of devices in thousandths, placed by a packing policy (research only; no Kubernetes mechanism gives it).
    Share {
        /// How many devices.
        count: u32,
        /// Share of each.
        milli: u32,
    },
}

/// A requirement on node labels (`NodeSelectorRequirement`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum NodeRequirement {
    /// `key In [values]`
    In {
        /// Label name.
        key: String,
        /// Accepted values.
        values: Vec<String>,
    },
    /// `key Gt value`: the label is an integer greater than `value`.
    Gt {
        /// Label name.
        key: String,
        /// Exclusive lower bound.
        value: i64,
    },
}

impl NodeRequirement {
    /// True if a node with these labels (sorted by name) satisfies the requirement. A missing label never does.
    pub fn holds(&self, labels: &[(String, String)]) -> bool {
        let find = |key: &String| labels.binary_search_by(|(name, _)| name.cmp(key)).ok().map(|i| &labels[i].1);
        match self {
            NodeRequirement::In { key, values } => find(key).is_some_and(|v| values.contains(v)),
            NodeRequirement::Gt { key, value } => find(key).and_then(|v| v.parse::<i64>().ok()).is_some_and(|v| v > *value),
        }
    }
}

impl ShapeDevices {
    /// True if the shape asks through a ResourceClaim.
    pub fn is_claim(&self) -> bool {
        matches!(self, ShapeDevices::Claim(_))
    }
}
