//! Kubernetes objects as they are written: lean serde types for `resource.k8s.io/v1` and the parts of core/v1 that matter,
//! and the way to and from the model.
//!
//! Field names and value forms are Kubernetes' own. What a type does not know is kept or reported with its place, never
//! dropped in silence ([`object`], [`read`]).

pub mod allocation;
pub mod amount;
pub mod by_name;
pub mod claim;
pub mod complaints;
pub mod configuration;
pub mod convert;
pub mod core;
pub mod intern;
pub mod json;
pub mod kinds;
pub mod label_selector;
pub mod meta;
pub mod neighbours;
pub mod node;
pub mod node_selector;
pub mod object;
pub mod object_path;
pub mod pieces;
pub mod pod;
pub mod pod_affinity;
pub mod profile;
pub mod publish;
pub mod read;
pub mod slice;
pub mod taint;
pub mod tree;
pub mod validate;
pub mod yaml;

pub use amount::Amount;
pub use by_name::ByName;
pub use claim::{DeviceClass, ResourceClaim, ResourceClaimTemplate};
pub use complaints::{Complaints, Origin};
pub use kinds::{Kind, Object};
pub use meta::ObjectMeta;
pub use node::Node;
pub use node_selector::NodeSelector;
pub use pod::Pod;
pub use profile::{Problem, profile_from};
pub use read::{Format, read_documents};
pub use slice::ResourceSlice;
pub use taint::DeviceTaintRule;

#[cfg(test)]
mod read_tests;
#[cfg(test)]
mod round_trip;
