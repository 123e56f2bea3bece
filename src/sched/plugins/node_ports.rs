//! NodePorts: host ports (`plugins/nodeports`, `framework.HostPortInfo`).

use crate::model::core::{HostPort, Pod};
use crate::sched::framework::{NodeInfo, Rejection, Verdict};

/// True if the pod wants no host port.
pub fn skips(pod: &Pod) -> bool {
    pod.spec.host_ports.is_empty()
}

/// Refuses nodes where a wanted port is in use.
pub fn filter(pod: &Pod, node: &NodeInfo) -> Verdict {
    let clash = conflicts(&pod.spec.host_ports, &node.ports);
    clash.then(|| Rejection::unschedulable("node(s) didn't have free ports for the requested pod ports"))
}

/// True if one of the wanted ports is among those in use: the same number and transport, on the same address or on all.
pub fn conflicts(wanted: &[HostPort], used: &[HostPort]) -> bool {
    let clash = |a: &HostPort, b: &HostPort| {
        (a.protocol, a.port) == (b.protocol, b.port) && (a.ip.is_none() || b.ip.is_none() || a.ip == b.ip)
    };
    wanted.iter().any(|wanted| used.iter().any(|used| clash(wanted, used)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sched::plugins::testing::Bench;

    #[test]
    fn ports_clash_on_the_same_address() {
        let check = |wanted: &str, used: &str, fits: bool| {
            let spec = |ports: &str| format!(r#"{{"containers":[{{"name":"c","ports":[{ports}]}}]}}"#);
            let mut bench = Bench::new(&["{}"], &spec(wanted));
            bench.place(0, &spec(used));
            let text = (!fits).then(|| "Unschedulable: node(s) didn't have free ports for the requested pod ports".to_owned());
            assert_eq!(bench.verdict(0, |_, pod, node| filter(pod, node)), text, "{wanted} {used}");
        };
        let port = r#"{"hostPort":80}"#;
        check(port, port, false);
        check(port, r#"{"hostPort":81}"#, true);
        check(port, r#"{"containerPort":80}"#, true);
        check(port, r#"{"hostPort":80,"protocol":"UDP"}"#, true);
        check(port, r#"{"hostPort":80,"hostIP":"127.0.0.1"}"#, false);
        check(r#"{"hostPort":80,"hostIP":"127.0.0.1"}"#, r#"{"hostPort":80,"hostIP":"0.0.0.0"}"#, false);
        check(r#"{"hostPort":80,"hostIP":"127.0.0.1"}"#, r#"{"hostPort":80,"hostIP":"127.0.0.2"}"#, true);
    }
}
