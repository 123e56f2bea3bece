//! TaintToleration: taints of nodes and tolerations of pods (`plugins/tainttoleration`).

use crate::model::core::{Pod, Taint, TaintEffect};
use crate::sched::framework::{Cx, NodeInfo, Rejection, Verdict};

/// Refuses nodes with a taint NoSchedule or NoExecute that the pod does not tolerate.
pub fn filter(cx: &Cx<'_>, pod: &Pod, node: &NodeInfo) -> Verdict {
    let fits = tolerates_all(cx, pod, &node.node.taints);
    (!fits).then(|| Rejection::unresolvable("node(s) had untolerated taint(s)"))
}

/// How many taints PreferNoSchedule the pod does not tolerate. Normalised in reverse.
pub fn score(cx: &Cx<'_>, pod: &Pod, node: &NodeInfo) -> i64 {
    let preferred = node.node.taints.iter().filter(|taint| taint.effect == TaintEffect::PreferNoSchedule);
    preferred.filter(|taint| !tolerates(cx, pod, taint)).count() as i64
}

/// True if the pod tolerates each of these taints that keeps pods away (NoSchedule, NoExecute).
pub fn tolerates_all(cx: &Cx<'_>, pod: &Pod, taints: &[Taint]) -> bool {
    let mut hard = taints.iter().filter(|taint| taint.effect != TaintEffect::PreferNoSchedule);
    hard.all(|taint| tolerates(cx, pod, taint))
}

/// True if the pod tolerates the taint.
pub fn tolerates(cx: &Cx<'_>, pod: &Pod, taint: &Taint) -> bool {
    let tolerations = &pod.spec.tolerations;
    // Gates are looked up by name: not for pods that tolerate nothing.
    let comparison = !tolerations.is_empty() && cx.config.gates.is_on("TaintTolerationComparisonOperators");
    tolerations.iter().any(|toleration| toleration.tolerates(taint, cx.names, comparison))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sched::plugins::testing::Bench;

    fn bench(taints: &str, tolerations: &str, gates: &[&str]) -> Bench {
        let node = format!(r#"{{"spec":{{"taints":{taints}}}}}"#);
        Bench::new(&[&node], &format!(r#"{{"tolerations":{tolerations}}}"#)).with_gates(gates)
    }

    #[test]
    fn hard_taints_must_be_tolerated() {
        let check = |taints: &str, tolerations: &str, fits: bool| {
            let text = (!fits).then(|| "Unresolvable: node(s) had untolerated taint(s)".to_owned());
            assert_eq!(bench(taints, tolerations, &[]).verdict(0, filter), text, "{taints} {tolerations}");
        };
        let taint = r#"[{"key":"a","value":"x","effect":"NoSchedule"}]"#;
        check("[]", "[]", true);
        check(taint, "[]", false);
        check(taint, r#"[{"key":"a","value":"x"}]"#, true);
        check(taint, r#"[{"key":"a","value":"x","operator":"Equal","effect":"NoSchedule"}]"#, true);
        check(taint, r#"[{"key":"a","value":"x","effect":"NoExecute"}]"#, false);
        check(taint, r#"[{"key":"a","value":"y"}]"#, false);
        check(taint, r#"[{"key":"a","operator":"Exists"}]"#, true);
        check(taint, r#"[{"operator":"Exists"}]"#, true);
        check(taint, r#"[{"value":"x"}]"#, true);
        check(r#"[{"key":"a","effect":"PreferNoSchedule"}]"#, "[]", true);
        check(r#"[{"key":"a","effect":"NoExecute"}]"#, "[]", false);
    }

    #[test]
    fn numbers_compare_behind_a_gate() {
        let check = |taint: &str, operator: &str, value: &str, with_gate: bool, fits: bool| {
            let taints = format!(r#"[{{"key":"a","value":"{taint}","effect":"NoSchedule"}}]"#);
            let tolerations = format!(r#"[{{"key":"a","operator":"{operator}","value":"{value}"}}]"#);
            let gates: &[&str] = if with_gate { &["TaintTolerationComparisonOperators=true"] } else { &[] };
            let verdict = bench(&taints, &tolerations, gates).verdict(0, filter);
            assert_eq!(verdict.is_none(), fits, "{taint} {operator} {value}");
        };
        check("5", "Gt", "4", true, true);
        check("5", "Gt", "4", false, false);
        check("5", "Gt", "5", true, false);
        check("-5", "Lt", "0", true, true);
        // Only the form that people write counts as a number.
        check("05", "Gt", "4", true, false);
        check("+5", "Gt", "4", true, false);
        check("-0", "Lt", "4", true, false);
    }

    #[test]
    fn preferences_are_counted() {
        let check = |tolerations: &str, want: i64| {
            let taints = r#"[{"key":"a","effect":"PreferNoSchedule"},{"key":"b","effect":"PreferNoSchedule"},
                {"key":"c","effect":"NoSchedule"}]"#;
            assert_eq!(bench(taints, tolerations, &[]).score(0, score), want, "{tolerations}");
        };
        check("[]", 2);
        check(r#"[{"key":"a","operator":"Exists"}]"#, 1);
        check(r#"[{"key":"a","operator":"Exists","effect":"NoSchedule"}]"#, 2);
        check(r#"[{"operator":"Exists","effect":"PreferNoSchedule"}]"#, 0);
    }
}
