//! Nodes as the scheduler reads them.

use crate::base::NameId;
use crate::model::core::{Labels, Resources, Taint};

/// A container image on a node.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Image {
    /// All its names.
    pub names: Box<[NameId]>,
    /// Size, in bytes.
    pub size_bytes: i64,
}

/// A node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    /// `metadata.name`
    pub name: NameId,
    /// `metadata.labels`
    pub labels: Labels,
    /// `metadata.annotations`; only changes of them matter.
    pub annotations: Labels,
    /// `spec.unschedulable`
    pub unschedulable: bool,
    /// `spec.taints`, in order.
    pub taints: Vec<Taint>,
    /// `status.allocatable`
    pub allocatable: Resources,
    /// `status.images`
    pub images: Vec<Image>,
    /// `status.conditions`: type and status; only changes of them matter.
    pub conditions: Vec<(NameId, NameId)>,
    /// `status.declaredFeatures`, ascending by id.
    pub declared_features: Vec<NameId>,
}
