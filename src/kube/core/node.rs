//! Nodes.

use crate::kube::core::CoreInterning;
use crate::kube::node::{Node as Written, Taint as WrittenTaint, TaintEffect as WrittenEffect};
use crate::model::core::{Image, Node, Taint, TaintEffect};

/// What an effect means; an unknown one does nothing.
pub(super) fn effect(effect: &WrittenEffect) -> Option<TaintEffect> {
    match effect {
        WrittenEffect::NoSchedule => Some(TaintEffect::NoSchedule),
        WrittenEffect::PreferNoSchedule => Some(TaintEffect::PreferNoSchedule),
        WrittenEffect::NoExecute => Some(TaintEffect::NoExecute),
        _ => None,
    }
}

impl CoreInterning {
    fn taint(&mut self, taint: &WrittenTaint) -> Option<Taint> {
        let effect = effect(&taint.effect)?;
        Some(Taint { key: self.name(&taint.key), value: self.name(&taint.value), effect })
    }

    /// A node.
    pub fn node(&mut self, node: &Written) -> Node {
        self.object("Node", &node.metadata, |core| core.read_node(node))
    }

    fn read_node(&mut self, node: &Written) -> Node {
        let mut declared_features: Vec<_> = node.status.declared_features.iter().map(|name| self.names.intern(name)).collect();
        declared_features.sort_unstable();
        Node {
            name: self.name(&node.metadata.name),
            labels: self.labels(&node.metadata.labels),
            annotations: self.labels(&node.metadata.annotations),
            unschedulable: node.spec.unschedulable,
            taints: node.spec.taints.iter().filter_map(|taint| self.taint(taint)).collect(),
            allocatable: self.resources("status.allocatable", &node.status.allocatable),
            images: node
                .status
                .images
                .iter()
                .map(|image| Image {
                    names: image.names.iter().map(|name| self.names.intern(name)).collect(),
                    size_bytes: image.size_bytes,
                })
                .collect(),
            conditions: node
                .status
                .conditions
                .iter()
                .map(|condition| (self.names.intern(&condition.r#type), self.names.intern(&condition.status)))
                .collect(),
            declared_features,
        }
    }
}
