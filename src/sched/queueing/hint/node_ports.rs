//! NodePorts (`plugins/nodeports`).

use crate::model::core::{HostPort, Pod};
use crate::sched::queueing::View;
use crate::sched::queueing::event::{Change, Subject};

/// The pod that is gone held a port that this one wants.
pub fn assigned_pod(_view: &View<'_>, pod: &Pod, subject: &Subject) -> bool {
    let Subject::Pod(Change { old: Some(gone), .. }) = subject else { return true };
    let was_somewhere = gone.node_name.is_some() || gone.nominated_node_name.is_some();
    let (wanted, held) = (&pod.spec.host_ports, &gone.spec.host_ports);
    was_somewhere && wanted.iter().any(|wanted| held.iter().any(|held| conflict(wanted, held)))
}

fn conflict(a: &HostPort, b: &HostPort) -> bool {
    (a.port, a.protocol) == (b.port, b.protocol) && (a.ip.is_none() || b.ip.is_none() || a.ip == b.ip)
}
