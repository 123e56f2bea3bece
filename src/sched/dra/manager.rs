//! What DynamicResources shares between attempts.

use crate::base::{NameId, NodeId};

/// Claims, slices and classes.
#[derive(Clone, Debug, Default)]
pub struct Manager {}

impl Manager {
    /// True if a DeviceClass stands for this extended resource (KEP-5004).
    pub fn backs(&self, _resource: NameId) -> bool {
        false
    }

    /// Devices of a node that a class-backed extended resource counts, and how many of them are allocated (spec B6).
    pub fn counted_devices(&self, _resource: NameId, _node: NodeId) -> (i64, i64) {
        (0, 0)
    }
}
