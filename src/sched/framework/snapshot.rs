//! Nodes with what is on them, as one attempt sees them (`framework.NodeInfo`, `backend/cache/snapshot.go`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::{Id, IdVec, NameId, NodeId, PodId};
use crate::model::core::{HostPort, Node, Pod, Resources};
use crate::sched::framework::Changes;

/// A node and what is on it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NodeInfo {
    /// Which node.
    pub id: NodeId,
    /// The node.
    pub node: Arc<Node>,
    /// Pods on it, assumed ones included, in the order of the cache.
    pub pods: Vec<Arc<Pod>>,
    /// Sum of [`crate::model::core::Requests::total`].
    pub requested: Resources,
    /// Sum of [`crate::model::core::Requests::non_zero`].
    pub non_zero: (i64, i64),
    /// Host ports in use. A port that two pods have is in here once, and free when one of them goes (`HostPortInfo`).
    pub ports: Vec<HostPort>,
}

impl NodeInfo {
    /// A node without pods.
    pub fn new(id: NodeId, node: Arc<Node>) -> NodeInfo {
        let (pods, requested, ports) = Default::default();
        NodeInfo { id, node, pods, requested, non_zero: (0, 0), ports }
    }

    /// Appends a pod.
    pub fn add_pod(&mut self, pod: Arc<Pod>) {
        let spec = &pod.spec;
        self.requested.add(&spec.requests.total);
        self.non_zero.0 = self.non_zero.0.wrapping_add(spec.requests.non_zero.0);
        self.non_zero.1 = self.non_zero.1.wrapping_add(spec.requests.non_zero.1);
        for port in &spec.host_ports {
            if !self.ports.contains(port) {
                self.ports.push(*port);
            }
        }
        self.pods.push(pod);
    }

    /// Takes a pod away; the last one moves to its place. `None` if it is not here.
    pub fn remove_pod(&mut self, id: PodId) -> Option<Arc<Pod>> {
        let at = self.pods.iter().position(|pod| pod.id == id)?;
        let pod = self.pods.swap_remove(at);
        let requests = &pod.spec.requests;
        self.requested.subtract(&requests.total);
        self.non_zero.0 = self.non_zero.0.wrapping_sub(requests.non_zero.0);
        self.non_zero.1 = self.non_zero.1.wrapping_sub(requests.non_zero.1);
        for port in &pod.spec.host_ports {
            if let Some(at) = self.ports.iter().position(|used| used == port) {
                self.ports.swap_remove(at);
            }
        }
        Some(pod)
    }

    /// Pods with any affinity or anti-affinity to pods.
    pub fn pods_with_affinity(&self) -> impl Iterator<Item = &Arc<Pod>> {
        self.pods.iter().filter(|pod| pod.spec.has_affinity_to_pods())
    }

    /// Pods with required anti-affinity.
    pub fn pods_with_required_anti_affinity(&self) -> impl Iterator<Item = &Arc<Pod>> {
        self.pods.iter().filter(|pod| !pod.spec.anti_affinity.required.is_empty())
    }
}

/// An image on nodes (`ImageStateSummary`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ImageState {
    /// Its size as the first node that had it tells, in bytes; what others tell is not looked at.
    pub size_bytes: i64,
    /// How many nodes have it.
    pub nodes: u32,
}

/// All nodes, in the order in which the scheduler goes through them.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Nodes by id; ids are given in the order in which nodes become known.
    pub nodes: IdVec<NodeId, NodeInfo>,
    /// Zone-interleaved list order.
    pub order: Vec<NodeId>,
    /// Ids by name.
    pub by_name: BTreeMap<NameId, NodeId>,
    /// Images on nodes, by name.
    pub images: BTreeMap<NameId, ImageState>,
    /// Pods with required anti-affinity, over all nodes.
    pub anti_affine_pods: usize,
    /// Pods with any affinity or anti-affinity to pods, over all nodes.
    pub affine_pods: usize,
    /// How many pods of each priority are on nodes.
    pub priorities: BTreeMap<i32, usize>,
    /// Nodes whose pods changed, in order.
    pub changes: Changes<NodeId>,
    /// Nodes that became others than they were, in order.
    pub node_changes: Changes<NodeId>,
}

impl Snapshot {
    /// Nodes in list order.
    pub fn list(&self) -> impl ExactSizeIterator<Item = &NodeInfo> {
        self.order.iter().map(|id| &self.nodes[*id])
    }

    /// The node with this name.
    pub fn named(&self, name: NameId) -> Option<NodeId> {
        self.by_name.get(&name).copied()
    }

    fn add_images(&mut self, node: &Node) {
        let mut seen = BTreeSet::new();
        for image in &node.images {
            for name in image.names.iter().filter(|name| seen.insert(**name)) {
                self.images.entry(*name).or_insert(ImageState { size_bytes: image.size_bytes, nodes: 0 }).nodes += 1;
            }
        }
    }

    /// Appends a pod to a node.
    pub fn add_pod(&mut self, node: NodeId, pod: Arc<Pod>) {
        self.count(&pod, 1);
        self.nodes[node].add_pod(pod);
        self.changes.push(node);
    }

    /// Takes a pod from a node. `None` if it is not there.
    pub fn remove_pod(&mut self, node: NodeId, pod: PodId) -> Option<Arc<Pod>> {
        let pod = self.nodes[node].remove_pod(pod)?;
        self.count(&pod, -1);
        self.changes.push(node);
        Some(pod)
    }

    /// A pod that is on a node is as `pod` says; what it asks for is the same. Nothing happens if it is not there.
    pub fn refresh_pod(&mut self, node: NodeId, pod: &Arc<Pod>) {
        let place = self.nodes[node].pods.iter_mut().find(|other| other.id == pod.id);
        let Some(place) = place else { return };
        // Counts of pods that match leave out those that are being deleted.
        let matters = place.is_terminating != pod.is_terminating;
        *place = pod.clone();
        if matters {
            self.changes.push(node);
        }
    }

    /// A node is as `new` says from now on: its taints and what it offers may differ. What it was. Panics if its name, labels
    /// or images are others, which nothing here would follow.
    pub fn update_node(&mut self, id: NodeId, new: Arc<Node>) -> Arc<Node> {
        let known = &mut self.nodes[id].node;
        let is_same = (known.name, &known.labels, &known.images) == (new.name, &new.labels, &new.images);
        assert!(is_same, "{id:?}: name, labels and images of a node do not change");
        self.changes.push(id);
        self.node_changes.push(id);
        std::mem::replace(known, new)
    }

    fn count(&mut self, pod: &Pod, sign: isize) {
        let shift = |count: &mut usize, by: bool| *count = count.wrapping_add_signed(if by { sign } else { 0 });
        shift(&mut self.anti_affine_pods, !pod.spec.anti_affinity.required.is_empty());
        shift(&mut self.affine_pods, pod.spec.has_affinity_to_pods());
        let of_priority = self.priorities.entry(pod.priority()).or_default();
        shift(of_priority, true);
        if *of_priority == 0 {
            self.priorities.remove(&pod.priority());
        }
    }

    /// A snapshot of these nodes, none of which has pods yet. `zone_of` gives region and zone of a node (spec B3).
    pub fn new<Z: PartialEq>(nodes: Vec<Arc<Node>>, zone_of: impl Fn(&Node) -> Z) -> Snapshot {
        let mut zones: Vec<(Z, Vec<NodeId>)> = Vec::new();
        let mut snapshot = Snapshot::default();
        for node in nodes {
            let id = NodeId::from_index(snapshot.nodes.len());
            let zone = zone_of(&node);
            match zones.iter_mut().find(|(known, _)| *known == zone) {
                Some((_, list)) => list.push(id),
                None => zones.push((zone, vec![id])),
            }
            snapshot.by_name.insert(node.name, id);
            snapshot.add_images(&node);
            snapshot.nodes.push(NodeInfo::new(id, node));
        }
        let longest = zones.iter().map(|(_, list)| list.len()).max().unwrap_or(0);
        snapshot.order = (0..longest).flat_map(|at| zones.iter().filter_map(move |(_, list)| list.get(at).copied())).collect();
        snapshot
    }
}
