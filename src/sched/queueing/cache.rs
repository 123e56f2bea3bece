//! Which pods the scheduler's cache holds, as far as the queue's events depend on it (`backend/cache/cache.go`).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::PodId;
use crate::model::core::Pod;

/// A pod on a node.
#[derive(Clone, Debug)]
struct Cached {
    pod: Arc<Pod>,
    is_assumed: bool,
}

/// Pods on nodes, assumed ones included.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    pods: BTreeMap<PodId, Cached>,
}

impl Cache {
    /// True if the pod is assumed, and not confirmed yet.
    pub fn is_assumed(&self, pod: PodId) -> bool {
        self.pods.get(&pod).is_some_and(|cached| cached.is_assumed)
    }

    /// The pod as it was assumed or confirmed.
    pub fn pod(&self, pod: PodId) -> Option<&Arc<Pod>> {
        self.pods.get(&pod).map(|cached| &cached.pod)
    }

    /// Assumes a pod, which has its node; `false` if it is there already.
    pub fn assume(&mut self, pod: Arc<Pod>) -> bool {
        let is_new = !self.pods.contains_key(&pod.id);
        if is_new {
            self.pods.insert(pod.id, Cached { pod, is_assumed: true });
        }
        is_new
    }

    /// A pod was seen on its node.
    pub fn confirm(&mut self, pod: Arc<Pod>) {
        self.pods.insert(pod.id, Cached { pod, is_assumed: false });
    }

    /// Forgets an assumed pod; `false` if it was confirmed meanwhile.
    pub fn forget(&mut self, pod: PodId) -> bool {
        let is_confirmed = self.pods.get(&pod).is_some_and(|cached| !cached.is_assumed);
        if !is_confirmed {
            self.pods.remove(&pod);
        }
        !is_confirmed
    }

    /// A pod is gone.
    pub fn remove(&mut self, pod: PodId) {
        self.pods.remove(&pod);
    }
}
