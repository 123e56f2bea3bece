//! ResourceSlices.

use std::ops::Range;

use crate::base::{NameId, Quantity};
use crate::model::dra::node::NodeChoice;

/// A ResourceSlice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Slice {
    /// `metadata.name`
    pub name: NameId,
    /// `spec.driver`
    pub driver: NameId,
    /// `spec.pool.name`
    pub pool: NameId,
    /// `spec.pool.generation`
    pub generation: i64,
    /// `spec.pool.resourceSliceCount`
    pub slice_count: i64,
    /// `spec.nodeName`, `nodeSelector`, `allNodes`
    pub nodes: NodeChoice,
    /// `spec.perDeviceNodeSelection`
    pub per_device_node_selection: Option<bool>,
    /// `spec.sharedCounters`
    pub counter_sets: Vec<CounterSet>,
    /// First device and one past the last.
    pub devices: Range<u32>,
    /// `spec.skipNodeOperations`
    pub skip_node_operations: Vec<String>,
}

/// A set of counters that the devices of a pool share (KEP-4815).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CounterSet {
    /// `name`
    pub name: NameId,
    /// `counters`, ascending by the text of their names.
    pub counters: Vec<(NameId, Quantity)>,
}
