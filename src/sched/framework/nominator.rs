//! Pods for which room is being kept (`backend/queue/nominator.go`).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::{NameId, PodId};
use crate::model::core::Pod;

/// Nominated pods by node, in the order in which they were nominated.
#[derive(Clone, Debug, Default)]
pub struct Nominator {
    by_node: BTreeMap<NameId, Vec<Arc<Pod>>>,
    nodes: BTreeMap<PodId, NameId>,
    changes: u64,
}

impl Nominator {
    /// Nominates `pod` to `node`; an earlier nomination ends.
    pub fn add(&mut self, pod: Arc<Pod>, node: NameId) {
        self.remove(pod.id);
        self.changes += 1;
        self.nodes.insert(pod.id, node);
        self.by_node.entry(node).or_default().push(pod);
    }

    /// Ends a nomination, if there is one.
    pub fn remove(&mut self, pod: PodId) {
        if let Some(node) = self.nodes.remove(&pod)
            && let Some(list) = self.by_node.get_mut(&node)
        {
            self.changes += 1;
            list.retain(|nominated| nominated.id != pod);
            if list.is_empty() {
                self.by_node.remove(&node);
            }
        }
    }

    /// The pods nominated to `node`, in order.
    pub fn on(&self, node: NameId) -> &[Arc<Pod>] {
        self.by_node.get(&node).map_or(&[], Vec::as_slice)
    }

    /// All nodes with nominated pods.
    pub fn iter(&self) -> impl Iterator<Item = (NameId, &[Arc<Pod>])> {
        self.by_node.iter().map(|(node, pods)| (*node, pods.as_slice()))
    }

    /// How often anything has changed: equal for a copy that has seen the same since.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// True if nobody is nominated.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The node of a nomination.
    pub fn node_of(&self, pod: PodId) -> Option<NameId> {
        self.nodes.get(&pod).copied()
    }
}
