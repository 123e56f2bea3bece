//! Pods, nodes and their neighbours in interned form: what kube-scheduler reads of core/v1, policy/v1 and apps/v1.
//!
//! Texts are [`crate::base::NameId`]s of one table per cluster. A pod's specification is shared by all pods made from one
//! template.

pub mod affinity;
pub mod cluster;
pub mod labels;
pub mod node;
pub mod pod;
pub mod resource_name;
pub mod resources;
pub mod spread;
pub mod taint;

pub use affinity::{AffinityTerm, NodeSelector, NodeSelectorTerm, PodAffinity};
pub use cluster::{Budget, ControllerSelector, PodSelector, Service};
pub use labels::{LabelSelector, Labels, Operator, Requirement};
pub use node::{Image, Node};
pub use pod::{ContainerResources, HostPort, OwnerRef, Pod, PodClaim, PodSpec, Protocol, Requests};
pub use resources::Resources;
pub use spread::{InclusionPolicy, SpreadConstraint, WhenUnsatisfiable};
pub use taint::{Taint, TaintEffect, Toleration, TolerationOperator};
