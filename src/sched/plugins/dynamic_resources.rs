//! DynamicResources: ResourceClaims (`plugins/dynamicresources`, spec `dra.md` section 4).

use crate::base::NodeId;
use crate::model::core::Pod;
use crate::sched::dra::Manager;
use crate::sched::framework::{Cx, NodeInfo, PreFilter, Rejection, Verdict};

/// What the plugin remembers during an attempt: claims, the allocator's answers by node, what was unavailable.
#[derive(Clone, Debug, Default)]
pub struct State {}

/// Looks the pod's claims up.
pub fn pre_filter(_cx: &Cx<'_>, _pod: &Pod) -> PreFilter<State> {
    PreFilter::Skip
}

/// Asks the allocator about a node, and remembers what it says.
pub fn filter(_cx: &Cx<'_>, _state: &mut State, _pod: &Pod, _node: &NodeInfo) -> Verdict {
    None
}

/// Points of a node for the alternatives that were allocated. Normalised by the default.
pub fn score(_cx: &Cx<'_>, _state: &State, _pod: &Pod, _node: &NodeInfo) -> i64 {
    0
}

/// No node fits: gives up one allocation that stands in the way. The refusal tells what was done; without reasons,
/// nothing was.
pub fn post_filter(_manager: &mut Manager, _state: &State, _pod: &Pod) -> Rejection {
    Rejection { code: crate::sched::framework::Code::Unschedulable, reasons: Vec::new() }
}

/// Keeps the devices of `node` for the pod, in memory.
pub fn reserve(_manager: &mut Manager, _state: &State, _pod: &Pod, _node: NodeId) -> Verdict {
    None
}

/// Undoes [`reserve`].
pub fn unreserve(_manager: &mut Manager, _state: &State, _pod: &Pod, _node: NodeId) {}

/// True if PreBind has something to write.
pub fn has_pre_bind(_state: &State) -> bool {
    false
}

/// Writes allocations and reservations. A refusal ends the binding.
pub fn pre_bind(_manager: &mut Manager, _state: &State, _pod: &Pod, _node: NodeId) -> Verdict {
    None
}
