//! NodeUnschedulable: `spec.unschedulable` of nodes (`plugins/nodeunschedulable`).

use crate::model::core::{Pod, Taint, TaintEffect};
use crate::sched::framework::{Cx, NodeInfo, Rejection, Verdict};
use crate::sched::plugins::taint_toleration;

/// Refuses unschedulable nodes, unless the pod tolerates the taint that says so.
pub fn filter(cx: &Cx<'_>, pod: &Pod, node: &NodeInfo) -> Verdict {
    let fits = !node.node.unschedulable || tolerates(cx, pod);
    (!fits).then(|| Rejection::unresolvable("node(s) were unschedulable"))
}

/// True if the pod tolerates the taint `node.kubernetes.io/unschedulable:NoSchedule`.
pub fn tolerates(cx: &Cx<'_>, pod: &Pod) -> bool {
    let taint = Taint { key: cx.known.unschedulable_taint, value: cx.known.empty, effect: TaintEffect::NoSchedule };
    taint_toleration::tolerates(cx, pod, &taint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sched::plugins::testing::Bench;

    #[test]
    fn only_the_taint_opens_unschedulable_nodes() {
        let check = |spec: &str, tolerations: &str, fits: bool| {
            let pod = format!(r#"{{"tolerations":{tolerations}}}"#);
            let bench = Bench::new(&[&format!(r#"{{"spec":{spec}}}"#)], &pod);
            let text = (!fits).then(|| "Unresolvable: node(s) were unschedulable".to_owned());
            assert_eq!(bench.verdict(0, filter), text, "{spec} {tolerations}");
        };
        check("{}", "[]", true);
        let unschedulable = r#"{"unschedulable":true}"#;
        check(unschedulable, "[]", false);
        check(unschedulable, r#"[{"operator":"Exists"}]"#, true);
        check(unschedulable, r#"[{"key":"node.kubernetes.io/unschedulable"}]"#, true);
        check(unschedulable, r#"[{"key":"node.kubernetes.io/unschedulable","effect":"NoExecute"}]"#, false);
        check(unschedulable, r#"[{"key":"node.kubernetes.io/unschedulable","value":"x"}]"#, false);
    }
}
