//! Pods that the scheduler's cache supposes on nodes (`backend/cache/cache.go`), as far as the queue's events depend on it.
//!
//! That a pod was seen on its node, the informer knows.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::PodId;
use crate::model::core::Pod;

/// Pods that are assumed and not confirmed yet.
#[derive(Clone, Debug, Default)]
pub struct Assumed {
    pods: BTreeMap<PodId, Arc<Pod>>,
}

impl Assumed {
    /// True if the pod is assumed, and not confirmed yet.
    pub fn contains(&self, pod: PodId) -> bool {
        self.pods.contains_key(&pod)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.pods.len()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.pods.is_empty()
    }

    /// Assumes a pod, which has its node; `false` if it is assumed already.
    pub fn insert(&mut self, pod: Arc<Pod>) -> bool {
        let is_new = !self.contains(pod.id);
        if is_new {
            self.pods.insert(pod.id, pod);
        }
        is_new
    }

    /// A pod was confirmed, or is forgotten or gone. As it was assumed, if it was.
    pub fn remove(&mut self, pod: PodId) -> Option<Arc<Pod>> {
        self.pods.remove(&pod)
    }
}
