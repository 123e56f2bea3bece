//! ResourceClaims as stored.

use std::sync::Arc;

use crate::base::{DeviceKeyId, NameId};
use crate::model::dra::Claim;
use crate::sched::dra::allocation::Allocation;

/// The finalizer of claims that are allocated (`resourceapi.Finalizer`).
pub const FINALIZER: &str = "resource.kubernetes.io/delete-protection";

/// The annotation of claims that were made for extended resources (`resourceapi.ExtendedResourceClaimAnnotation`).
pub const EXTENDED: &str = "resource.kubernetes.io/extended-resource-claim";

/// The identity of a claim.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ClaimUid {
    /// `metadata.uid`
    Stored(NameId),
    /// The claim for the extended resources of the pod with this UID, while it is in memory only.
    InMemory(NameId),
}

/// Who may use a claim (`status.reservedFor`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Consumer {
    /// `apiGroup`; empty for core.
    pub api_group: NameId,
    /// `resource`, such as `pods`.
    pub resource: NameId,
    /// `name`
    pub name: NameId,
    /// `uid`
    pub uid: NameId,
}

/// A condition of a device that was given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeviceCondition {
    /// `type`
    pub kind: String,
    /// `status` is `True`.
    pub is_true: bool,
    /// `reason`
    pub reason: String,
    /// `message`
    pub message: String,
}

/// What a driver says about a device that was given (`status.devices`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeviceStatus {
    /// The device; its share does not matter to the scheduler.
    pub key: DeviceKeyId,
    /// Conditions; of one type the first counts.
    pub conditions: Vec<DeviceCondition>,
}

/// A ResourceClaim.
#[derive(Clone, PartialEq, Debug)]
pub struct StoredClaim {
    /// `metadata.namespace`
    pub namespace: NameId,
    /// `metadata.name`
    pub name: NameId,
    /// Which claim.
    pub uid: ClaimUid,
    /// Name and UID of the controller among `metadata.ownerReferences`.
    pub controller: Option<(NameId, NameId)>,
    /// It was made for the extended resources of its controller.
    pub is_extended: bool,
    /// It has a `metadata.deletionTimestamp`.
    pub is_deleting: bool,
    /// It has the finalizer [`FINALIZER`].
    pub has_finalizer: bool,
    /// `spec`
    pub asked: Arc<Claim>,
    /// `status.allocation`
    pub allocation: Option<Arc<Allocation>>,
    /// `status.reservedFor`
    pub reserved_for: Box<[Consumer]>,
    /// `status.devices`
    pub devices: Box<[DeviceStatus]>,
    /// `metadata.resourceVersion`; grows with every write.
    pub version: u64,
}

impl StoredClaim {
    /// A claim that a controller (name and UID) has just made, with namespace and name as its key: nobody has acted on it yet.
    pub fn made_by(controller: (NameId, NameId), key: (NameId, NameId), uid: ClaimUid, asked: Arc<Claim>) -> StoredClaim {
        StoredClaim {
            namespace: key.0,
            name: key.1,
            uid,
            controller: Some(controller),
            is_extended: false,
            is_deleting: false,
            has_finalizer: false,
            asked,
            allocation: None,
            reserved_for: Box::default(),
            devices: Box::default(),
            version: 0,
        }
    }

    /// Namespace and name.
    pub fn key(&self) -> (NameId, NameId) {
        (self.namespace, self.name)
    }

    /// `namespace/name`
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.asked.namespace, self.asked.name)
    }

    /// True if it is reserved for the pod with this UID.
    pub fn is_reserved_for(&self, pod: NameId) -> bool {
        self.reserved_for.iter().any(|consumer| consumer.uid == pod)
    }

    /// True if it is in memory only.
    pub fn is_in_memory(&self) -> bool {
        matches!(self.uid, ClaimUid::InMemory(_))
    }
}

/// A request of a claim that serves an extended resource of a container (`status.extendedResourceClaimStatus` of a pod).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Mapping {
    /// `containerName`
    pub container: NameId,
    /// `resourceName`
    pub resource: NameId,
    /// `requestName`
    pub request: String,
}
