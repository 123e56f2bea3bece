//! What a driver answers (`dynamic-resource-allocation/controller/controller.go`, `syncPodSchedulingContexts`).

use crate::alloc::classic::context::{Context, Spec};
use crate::base::NodeId;

/// The nodes that a driver is asked about, ascending: those that are named, and the selected one.
pub fn asked_about(spec: &Spec) -> Vec<NodeId> {
    let mut nodes = spec.potential.clone();
    if let Some(selected) = spec.selected
        && let Err(place) = nodes.binary_search(&selected)
    {
        nodes.insert(place, selected);
    }
    nodes
}

/// A list of unsuitable nodes as it is written: cut where it is too long, though never by the selected node, since the
/// scheduler waits for what is said about that one.
pub fn as_written(mut unsuitable: Vec<NodeId>, selected: Option<NodeId>, nodes_max: usize) -> Vec<NodeId> {
    if unsuitable.len() > nodes_max {
        let cut = unsuitable.split_off(nodes_max);
        if let Some(kept) = selected.filter(|node| cut.binary_search(node).is_ok()) {
            unsuitable[nodes_max - 1] = kept;
        }
    }
    unsuitable
}

/// True if the entries of these claims are to be written.
pub fn is_news(context: &Context, claims: &[usize], unsuitable: &[NodeId]) -> bool {
    claims.iter().any(|at| context.unsuitable[*at].as_deref() != Some(unsuitable))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selected_node_is_never_cut_off() {
        let nodes = |range: std::ops::Range<u32>| range.map(NodeId).collect::<Vec<_>>();
        assert_eq!(as_written(nodes(0..3), None, 3), nodes(0..3));
        assert_eq!(as_written(nodes(0..5), None, 3), nodes(0..3));
        assert_eq!(as_written(nodes(0..5), Some(NodeId(1)), 3), nodes(0..3));
        assert_eq!(as_written(nodes(0..5), Some(NodeId(4)), 3), [NodeId(0), NodeId(1), NodeId(4)]);
        let spec = |selected| Spec { selected, potential: nodes(1..3) };
        assert_eq!(asked_about(&spec(Some(NodeId(0)))), nodes(0..3));
        assert_eq!(asked_about(&spec(Some(NodeId(2)))), nodes(1..3));
    }
}
