//! What becomes of nominations as pods come back and change (`backend/queue/nominator.go`).

use std::sync::Arc;

use crate::base::NameId;
use crate::model::core::Pod;
use crate::sched::framework::Nominator;
use crate::sched::queueing::Listers;

/// What becomes of a pod's nomination.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Nominating {
    /// As the pod's status says.
    #[default]
    Keep,
    /// None any more.
    Clear,
    /// To this node.
    Node(NameId),
}

impl Nominator {
    /// Sets a pod's nomination; it comes last on its node. Pods that are gone or have a node get none.
    pub fn nominate(&mut self, pod: &Arc<Pod>, nominating: Nominating, listers: &dyn Listers) {
        self.remove(pod.id);
        let node = match nominating {
            Nominating::Keep => pod.nominated_node_name,
            Nominating::Clear => None,
            Nominating::Node(node) => Some(node),
        };
        let Some(node) = node else { return };
        let is_pending = listers.pod(pod.spec.namespace, pod.name).is_some_and(|known| known.node_name.is_none());
        if is_pending {
            self.add(pod.clone(), node);
        }
    }

    /// A pod was updated. A nomination that its status never had is kept.
    pub(super) fn follow(&mut self, old: &Pod, new: &Arc<Pod>, listers: &dyn Listers) {
        let only_here = old.nominated_node_name.is_none() && new.nominated_node_name.is_none();
        let kept = self.node_of(old.id).filter(|_| only_here);
        self.remove(old.id);
        self.nominate(new, kept.map_or(Nominating::Keep, Nominating::Node), listers);
    }
}
