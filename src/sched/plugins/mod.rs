//! The default plugins of kube-scheduler v1.37, one file each, with exact arithmetic and texts.
//!
//! A plugin reads [`crate::sched::framework::Cx`] and says a verdict or a score; what it remembers during an attempt is its
//! `State`. Only DynamicResources changes anything, through its manager.

pub mod classic_resources;
pub mod dynamic_resources;
#[cfg(test)]
pub mod fixture;
pub mod image_locality;
pub mod inter_pod_affinity;
pub mod node_affinity;
pub mod node_declared_features;
pub mod node_name;
pub mod node_ports;
pub mod node_resources_balanced_allocation;
pub mod node_resources_fit;
pub mod node_unschedulable;
pub mod pod_topology_spread;
pub mod resource_allocation;
pub mod taint_toleration;
#[cfg(test)]
mod testing;
