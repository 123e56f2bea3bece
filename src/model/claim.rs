//! DeviceClasses and ResourceClaim specs in interned form (`resource.k8s.io/v1`).
//!
//! The serde form of the same objects is in the room `kube`.

use crate::base::{ClassId, SelectorId};

/// A DeviceClass.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Class {
    /// `metadata.name`
    pub name: String,
    /// `spec.selectors`, all of which must match, in order.
    pub selectors: Vec<SelectorId>,
}

/// The spec of a ResourceClaim made from a template: what one pod wants.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct ClaimSpec {
    /// `spec.devices.requests`
    pub requests: Vec<Request>,
    /// `spec.devices.constraints`, each a `matchAttribute`.
    pub constraints: Vec<MatchAttribute>,
}

/// An `exactly` request with `allocationMode: ExactCount`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Request {
    /// `name`
    pub name: String,
    /// `deviceClassName`
    pub class: ClassId,
    /// `selectors`, after those of the class.
    pub selectors: Vec<SelectorId>,
    /// `count`
    pub count: u32,
}

/// All devices of the named requests must publish the same value of the attribute.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct MatchAttribute {
    /// Indices of requests; empty for all of the claim.
    pub requests: Vec<u32>,
    /// Fully qualified attribute name.
    pub attribute: String,
}
