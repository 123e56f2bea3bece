//! Queueing hints, one file a plugin: may an event help a pod that the plugin rejected (spec B4.7)?
//!
//! A function is named after what changed. Each sees the waiting pod and the object before and after the event; where the
//! object is not of the expected kind, the answer is yes, as with upstream's errors.

pub mod dynamic_resources;
pub mod inter_pod_affinity;
pub mod node_affinity;
pub mod node_declared_features;
pub mod node_ports;
pub mod node_resources_fit;
pub mod node_unschedulable;
pub mod pod_topology_spread;
pub mod taint_toleration;

#[cfg(test)]
mod tests;
