//! Informers as far as the queue reads them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::{NameId, Named, Names, PodId, SimTime};
use crate::model::core::Pod;
use crate::sched::queueing::listers::{ClaimName, ClaimView, ClassView, Listers, claim_names};

/// Namespace and name.
pub type ObjectKey = (NameId, NameId);

/// Pods, claims and classes by name.
#[derive(Clone, Debug, Default)]
pub struct Informers {
    pods: Named<Arc<Pod>>,
    claims: Named<ClaimView>,
    classes: BTreeMap<NameId, Arc<ClassView>>,
    /// Which class stands for an extended resource: its name and when it was made.
    resources: BTreeMap<NameId, (NameId, SimTime)>,
    /// Claims with the pods that refer to them.
    users: BTreeSet<(ObjectKey, PodId)>,
}

impl Informers {
    /// Stores a pod; the one that was there before, if any.
    pub fn put_pod(&mut self, pod: Arc<Pod>) -> Option<Arc<Pod>> {
        let key = (pod.spec.namespace, pod.name);
        let old = self.remove_pod(key);
        for name in references(&pod) {
            self.users.insert(((pod.spec.namespace, name), pod.id));
        }
        self.pods.insert(key, pod);
        old
    }

    /// How many pods are on nodes.
    pub fn pods_on_nodes(&self) -> usize {
        self.pods.values().filter(|pod| pod.node_name.is_some()).count()
    }

    /// A pending pod as it is with this nomination in its status; `None` if there is no such pod.
    pub fn nominated(&self, key: ObjectKey, node: Option<NameId>) -> Option<Arc<Pod>> {
        let pod = self.pods.get(key).filter(|pod| pod.node_name.is_none())?;
        Some(Arc::new(Pod { nominated_node_name: node, ..Pod::clone(pod) }))
    }

    /// Removes a pod.
    pub fn remove_pod(&mut self, key: ObjectKey) -> Option<Arc<Pod>> {
        let pod = self.pods.remove(key)?;
        for name in references(&pod) {
            self.users.remove(&((pod.spec.namespace, name), pod.id));
        }
        Some(pod)
    }

    /// Stores a claim; the one that was there before, if any.
    pub fn put_claim(&mut self, claim: ClaimView) -> Option<ClaimView> {
        self.claims.insert((claim.namespace, claim.name), claim)
    }

    /// Removes a claim.
    pub fn remove_claim(&mut self, key: ObjectKey) -> Option<ClaimView> {
        self.claims.remove(key)
    }

    /// Stores a class; the one that was there before, if any.
    pub fn put_class(&mut self, class: Arc<ClassView>, names: &Names) -> Option<Arc<ClassView>> {
        let old = self.classes.insert(class.name, class.clone());
        self.map_resources(&class, old.as_deref(), names);
        old
    }

    /// Removes a class.
    pub fn remove_class(&mut self, name: NameId) -> Option<Arc<ClassView>> {
        let class = self.classes.remove(&name)?;
        self.unmap_resources(&class);
        Some(class)
    }

    // Of several classes for one resource the newest counts, then the one whose name comes first. The rest follows upstream,
    // where a class that loses keeps what it was mapped to before, and one that changes may take another's mapping away.
    fn map_resources(&mut self, class: &ClassView, old: Option<&ClassView>, names: &Names) {
        if let Some((name, created)) = class.extended_resource.and_then(|resource| self.resources.get(&resource)) {
            let comes_first = class.created == *created && names.text(class.name) < names.text(*name);
            if class.created <= *created && !comes_first {
                return;
            }
        }
        if let Some(old) = old {
            self.unmap_resources(old);
        }
        for resource in class.extended_resource.into_iter().chain([class.implicit_resource]) {
            self.resources.insert(resource, (class.name, class.created));
        }
    }

    fn unmap_resources(&mut self, class: &ClassView) {
        for resource in class.extended_resource.into_iter().chain([class.implicit_resource]) {
            self.resources.remove(&resource);
        }
    }
}

impl Listers for Informers {
    fn pod(&self, namespace: NameId, name: NameId) -> Option<&Arc<Pod>> {
        self.pods.get((namespace, name))
    }

    fn claim(&self, namespace: NameId, name: NameId) -> Option<&ClaimView> {
        self.claims.get((namespace, name))
    }

    fn backs(&self, resource: NameId) -> bool {
        self.resources.contains_key(&resource)
    }

    fn pods_with_claim(&self, namespace: NameId, name: NameId) -> Vec<PodId> {
        let of = |id: u32| ((namespace, name), PodId(id));
        self.users.range(of(0)..=of(u32::MAX)).map(|(_, pod)| *pod).collect()
    }
}

/// Claims that a pod refers to, each once or more.
fn references(pod: &Pod) -> impl Iterator<Item = NameId> {
    claim_names(pod).filter_map(|name| match name {
        ClaimName::Given(name) | ClaimName::Made(name) => Some(name),
        ClaimName::Missing | ClaimName::NotNeeded => None,
    })
}
