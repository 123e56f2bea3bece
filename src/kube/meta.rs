//! What all objects have (`k8s.io/apimachinery` `meta/v1`).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::kube::object::object;

/// API version of the objects in [`crate::kube::slice`], [`crate::kube::claim`] and [`crate::kube::taint`].
pub const RESOURCE_V1: &str = "resource.k8s.io/v1";

object! {
    /// `metadata`.
    pub struct ObjectMeta {
        /// Name, unique per kind and namespace.
        name: String = "name",
        /// Prefix from which the API server makes a name.
        generate_name: String = "generateName",
        /// Namespace; empty for cluster-scoped objects.
        namespace: String = "namespace",
        /// Unique over all time.
        uid: String = "uid",
        /// Version of the stored object.
        resource_version: String = "resourceVersion",
        /// Version of the wanted state.
        generation: i64 = "generation",
        /// Set by the API server; RFC 3339.
        creation_timestamp: Option<String> = "creationTimestamp",
        /// When the object may go; RFC 3339. Set while it is being deleted.
        deletion_timestamp: Option<String> = "deletionTimestamp",
        /// Seconds that a deletion waits.
        deletion_grace_period_seconds: Option<i64> = "deletionGracePeriodSeconds",
        /// Labels.
        labels: BTreeMap<String, String> = "labels",
        /// Annotations.
        annotations: BTreeMap<String, String> = "annotations",
        /// What the object goes away with.
        owner_references: Vec<OwnerReference> = "ownerReferences",
        /// What must be removed before a deletion.
        finalizers: Vec<String> = "finalizers",
        /// Who set which field.
        managed_fields: Vec<Value> = "managedFields",
        /// No longer filled by the API server.
        self_link: String = "selfLink",
    }
}

object! {
    /// An owner of an object.
    pub struct OwnerReference {
        /// Group and version of the owner.
        api_version: String = "apiVersion" always,
        /// Its kind.
        kind: String = "kind" always,
        /// Its name.
        name: String = "name" always,
        /// Its UID.
        uid: String = "uid" always,
        /// It manages the object.
        controller: Option<bool> = "controller",
        /// It cannot be deleted in the foreground before the object is.
        block_owner_deletion: Option<bool> = "blockOwnerDeletion",
    }
}

object! {
    /// One aspect of a state (`meta/v1` Condition; pods and nodes add times of their own).
    pub struct Condition {
        /// Which aspect.
        r#type: String = "type" always,
        /// `True`, `False` or `Unknown`.
        status: String = "status" always,
        /// Generation of the object that it is about.
        observed_generation: i64 = "observedGeneration",
        /// When the status changed; RFC 3339.
        last_transition_time: Option<String> = "lastTransitionTime",
        /// One word.
        reason: Option<String> = "reason",
        /// A sentence.
        message: Option<String> = "message",
        ..rest
    }
}

impl ObjectMeta {
    /// Metadata with a name only.
    pub fn named(name: impl Into<String>) -> ObjectMeta {
        ObjectMeta { name: name.into(), ..ObjectMeta::default() }
    }
}
