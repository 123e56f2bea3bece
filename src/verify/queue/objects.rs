//! What the queue reads of the objects of a case.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::{Id, NameId, PodId, SimTime};
use crate::kube::core::CoreInterning;
use crate::kube::{self, DeviceClass, ObjectMeta, ResourceClaim};
use crate::model::core::{Node, Pod};
use crate::sched::queueing::informers::ObjectKey;
use crate::sched::queueing::{ClaimView, ClassView};
use crate::verify::case_file::Fault;

/// Prefix of the extended resource that every class has.
const IMPLICIT_PREFIX: &str = "deviceclass.resource.kubernetes.io/";

/// A pod by the names that answers give it.
#[derive(Clone, Debug)]
pub struct Title {
    /// Namespace and name.
    pub key: String,
    /// UID.
    pub uid: String,
}

/// Objects on their way into the queue's types. Pods are told apart by UID.
#[derive(Debug, Default)]
pub struct Reader {
    /// The builder.
    pub core: CoreInterning,
    /// Pods by id.
    pub titles: Vec<Title>,
    ids: BTreeMap<String, PodId>,
}

impl Reader {
    /// The id of a pod.
    pub fn pod_id(&self, uid: &str) -> Option<PodId> {
        self.ids.get(uid).copied()
    }

    /// The title of a pod.
    pub fn title(&self, pod: PodId) -> &Title {
        &self.titles[pod.index()]
    }

    /// A pod.
    pub fn pod(&mut self, pod: &kube::Pod) -> Result<Arc<Pod>, Fault> {
        let key = format!("{}/{}", pod.metadata.namespace, pod.metadata.name);
        let uid = uid_of("Pod", &pod.metadata);
        let next = PodId::from_index(self.titles.len());
        let id = *self.ids.entry(uid.clone()).or_insert(next);
        if id == next {
            self.titles.push(Title { key, uid: uid.clone() });
        }
        let mut read = self.core.pod(id, pod);
        read.uid = self.core.name(&uid);
        self.checked(Arc::new(read))
    }

    /// A node.
    pub fn node(&mut self, node: &kube::Node) -> Result<Arc<Node>, Fault> {
        let node = self.core.node(node);
        self.checked(Arc::new(node))
    }

    /// A claim.
    pub fn claim(&mut self, claim: &ResourceClaim) -> Result<ClaimView, Fault> {
        let meta = &claim.metadata;
        let owner = meta.owner_references.iter().find(|owner| owner.controller == Some(true));
        let status = serde_json::to_string(&claim.status).map_err(|error| Fault::case(None, error.to_string()))?;
        let view = ClaimView {
            uid: self.core.name(&uid_of("ResourceClaim", meta)),
            namespace: self.core.name(&meta.namespace),
            name: self.core.name(&meta.name),
            owner: owner.map(|owner| self.core.name(&owner.uid)),
            is_deleting: meta.deletion_timestamp.is_some(),
            is_allocated: claim.status.allocation.is_some(),
            status: self.core.name(&status),
        };
        self.checked(view)
    }

    /// A class.
    pub fn class(&mut self, class: &DeviceClass) -> Result<Arc<ClassView>, Fault> {
        let meta = &class.metadata;
        let created = meta.creation_timestamp.as_deref().and_then(|text| text.parse::<jiff::Timestamp>().ok());
        let view = ClassView {
            name: self.core.name(&meta.name),
            created: created.and_then(|time| u64::try_from(time.as_nanosecond()).ok()).map_or(SimTime::ZERO, SimTime),
            implicit_resource: self.core.name(&format!("{IMPLICIT_PREFIX}{}", meta.name)),
            extended_resource: class.spec.extended_resource_name.as_deref().map(|name| self.core.name(name)),
        };
        self.checked(Arc::new(view))
    }

    /// Namespace and name.
    pub fn key(&mut self, text: &str) -> ObjectKey {
        let (namespace, name) = text.split_once('/').unwrap_or(("", text));
        (self.core.name(namespace), self.core.name(name))
    }

    /// A name.
    pub fn name(&mut self, text: &str) -> NameId {
        self.core.name(text)
    }

    fn checked<T>(&mut self, value: T) -> Result<T, Fault> {
        let findings = std::mem::take(&mut self.core.findings);
        if findings.has_errors() { Err(Fault(findings)) } else { Ok(value) }
    }
}

fn uid_of(kind: &str, meta: &ObjectMeta) -> String {
    if meta.uid.is_empty() { format!("{kind}-{}-{}", meta.namespace, meta.name) } else { meta.uid.clone() }
}
