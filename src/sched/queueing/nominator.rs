//! Pods that are nominated to nodes (`backend/queue/nominator.go`).

use std::collections::BTreeMap;

use crate::base::{NameId, PodId};
use crate::model::core::Pod;
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

/// Nominated pods by node, in order.
#[derive(Clone, Debug, Default)]
pub struct Nominator {
    by_node: BTreeMap<NameId, Vec<PodId>>,
    nodes: BTreeMap<PodId, NameId>,
}

impl Nominator {
    /// Pods nominated to a node, in order.
    pub fn on(&self, node: NameId) -> &[PodId] {
        self.by_node.get(&node).map_or(&[], Vec::as_slice)
    }

    /// All nodes with nominated pods.
    pub fn iter(&self) -> impl Iterator<Item = (NameId, &[PodId])> {
        self.by_node.iter().map(|(node, pods)| (*node, pods.as_slice()))
    }

    /// The node that a pod is nominated to.
    pub fn node_of(&self, pod: PodId) -> Option<NameId> {
        self.nodes.get(&pod).copied()
    }

    /// Sets a pod's nomination; it comes last on its node. Pods that are gone or have a node get none.
    pub fn add(&mut self, pod: &Pod, nominating: Nominating, listers: &dyn Listers) {
        self.delete(pod.id);
        let node = match nominating {
            Nominating::Keep => pod.nominated_node_name,
            Nominating::Clear => None,
            Nominating::Node(node) => Some(node),
        };
        let Some(node) = node else { return };
        let is_pending = listers.pod(pod.spec.namespace, pod.name).is_some_and(|known| known.node_name.is_none());
        if is_pending {
            self.nodes.insert(pod.id, node);
            self.by_node.entry(node).or_default().push(pod.id);
        }
    }

    /// A pod was updated. A nomination that its status never had is kept.
    pub fn update(&mut self, old: &Pod, new: &Pod, listers: &dyn Listers) {
        let only_here = old.nominated_node_name.is_none() && new.nominated_node_name.is_none();
        let kept = self.node_of(old.id).filter(|_| only_here);
        self.delete(old.id);
        self.add(new, kept.map_or(Nominating::Keep, Nominating::Node), listers);
    }

    /// Ends a pod's nomination, if it has one.
    pub fn delete(&mut self, pod: PodId) {
        let Some(node) = self.nodes.remove(&pod) else { return };
        let Some(pods) = self.by_node.get_mut(&node) else { return };
        pods.retain(|other| *other != pod);
        if pods.is_empty() {
            self.by_node.remove(&node);
        }
    }
}
