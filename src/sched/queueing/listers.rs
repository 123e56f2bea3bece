//! What the queue and its hints read of the cluster (listers of informers, `dra_manager.go`, `extendedresourcecache`).

use std::fmt;
use std::sync::Arc;

use crate::base::{NameId, Names, PodId, SimTime};
use crate::model::core::Pod;
use crate::sched::framework::{Configuration, WellKnown};

/// What the queue reads of a ResourceClaim.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClaimView {
    /// `metadata.uid`
    pub uid: NameId,
    /// `metadata.namespace`
    pub namespace: NameId,
    /// `metadata.name`
    pub name: NameId,
    /// `uid` of the controller among `metadata.ownerReferences`.
    pub owner: Option<NameId>,
    /// It has a `metadata.deletionTimestamp`.
    pub is_deleting: bool,
    /// `status.allocation` is set.
    pub is_allocated: bool,
    /// Equal for equal `status`.
    pub status: NameId,
}

/// What the queue reads of a DeviceClass.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClassView {
    /// `metadata.name`
    pub name: NameId,
    /// `metadata.creationTimestamp`; of classes with the same resource name, the newest counts.
    pub created: SimTime,
    /// The extended resource that every class has: `deviceclass.resource.kubernetes.io/<name>`.
    pub implicit_resource: NameId,
    /// `spec.extendedResourceName`
    pub extended_resource: Option<NameId>,
}

/// The cluster as the informers have it.
pub trait Listers: fmt::Debug {
    /// The pod with this namespace and name.
    fn pod(&self, namespace: NameId, name: NameId) -> Option<&Arc<Pod>>;
    /// The claim with this namespace and name.
    fn claim(&self, namespace: NameId, name: NameId) -> Option<&ClaimView>;
    /// True if a DeviceClass stands for this extended resource (KEP-5004).
    fn backs(&self, resource: NameId) -> bool;
    /// Pods that refer to this claim, by id.
    fn pods_with_claim(&self, namespace: NameId, name: NameId) -> Vec<PodId>;
}

/// What an operation of the queue reads.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The present.
    pub now: SimTime,
    /// All texts.
    pub names: &'a Names,
    /// Names that plugins know.
    pub known: &'a WellKnown,
    /// The profile.
    pub config: &'a Configuration,
    /// The cluster.
    pub listers: &'a dyn Listers,
}

impl View<'_> {
    /// Lt and Gt of tolerations compare.
    pub(super) fn compares_tolerations(&self) -> bool {
        self.config.gates.is_on("TaintTolerationComparisonOperators")
    }
}

/// The name of a claim that a pod's entry stands for (`resourceclaim.Name`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ClaimName {
    /// It was not made yet, or the entry names nothing.
    Missing,
    /// None was needed.
    NotNeeded,
    /// Given by name.
    Given(NameId),
    /// Made for this pod.
    Made(NameId),
}

/// The claims of a pod, entry by entry.
pub(super) fn claim_names(pod: &Pod) -> impl Iterator<Item = ClaimName> {
    pod.spec.claims.iter().enumerate().map(|(at, entry)| match entry.claim {
        Some(name) => ClaimName::Given(name),
        None if !entry.is_template => ClaimName::Missing,
        None => match pod.made_claims.get(at).copied().flatten() {
            None => ClaimName::Missing,
            Some(None) => ClaimName::NotNeeded,
            Some(Some(name)) => ClaimName::Made(name),
        },
    })
}

/// Looks at each claim of a pod; `None` if one is missing, is being deleted, or was made for another pod
/// (`foreachPodResourceClaim`).
pub(super) fn claims_of<'a>(listers: &'a dyn Listers, pod: &Pod) -> Option<Vec<&'a ClaimView>> {
    let mut claims = Vec::new();
    for name in claim_names(pod) {
        let (name, is_made) = match name {
            ClaimName::Missing => return None,
            ClaimName::NotNeeded => continue,
            ClaimName::Given(name) => (name, false),
            ClaimName::Made(name) => (name, true),
        };
        let claim = listers.claim(pod.spec.namespace, name)?;
        if claim.is_deleting || is_made && claim.owner != Some(pod.uid) {
            return None;
        }
        claims.push(claim);
    }
    Some(claims)
}
