//! NodeAffinity: `nodeSelector` and `nodeAffinity` (`plugins/nodeaffinity`).

use std::collections::BTreeSet;

use crate::base::NameId;
use crate::model::core::{Node, NodeSelector, NodeSelectorTerm, Operator, Pod, Requirement};
use crate::sched::framework::{Cx, NodeInfo, PreFilter, Rejection, Verdict};

/// What PreFilter remembers: nothing, since terms are read as they are.
#[derive(Clone, Debug, Default)]
pub struct State {}

/// Skips pods without requirements, and narrows to the nodes that all terms name, whether they exist or not.
pub fn pre_filter(cx: &Cx<'_>, pod: &Pod) -> PreFilter<State> {
    let required = pod.spec.node_affinity.as_ref();
    if required.is_none() && cx.config.added_affinity.required.is_none() && pod.spec.node_selector.is_empty() {
        return PreFilter::Skip;
    }
    let Some(names) = required.and_then(|required| named(cx, required)) else { return PreFilter::Go(State {}) };
    if names.is_empty() {
        return PreFilter::Reject(Rejection::unresolvable("pod affinity terms conflict"));
    }
    PreFilter::Narrow(State {}, names)
}

/// Names of the nodes that the terms allow; `None` if some term names none, or there are no terms.
fn named(cx: &Cx<'_>, required: &NodeSelector) -> Option<BTreeSet<NameId>> {
    let mut all = BTreeSet::new();
    let names = |field: &&Requirement| field.key == cx.known.name_field && field.operator == Operator::In;
    for term in &required.terms {
        let mut lists = term.fields.iter().filter(names).map(|field| &field.values);
        let first = lists.next()?;
        let rest: Vec<_> = lists.collect();
        all.extend(first.iter().filter(|name| rest.iter().all(|values| values.contains(name))));
    }
    (!required.terms.is_empty()).then_some(all)
}

/// Refuses nodes that the profile's or the pod's required affinity or the pod's selector does not match.
pub fn filter(cx: &Cx<'_>, _state: &State, pod: &Pod, node: &NodeInfo) -> Verdict {
    let added = cx.config.added_affinity.required.as_ref();
    if added.is_some_and(|added| !added.matches(&node.node, cx.names)) {
        return Some(Rejection::unresolvable("node(s) didn't match scheduler-enforced node affinity"));
    }
    (!matches(cx, pod, &node.node)).then(|| Rejection::unresolvable("node(s) didn't match Pod's node affinity/selector"))
}

/// True if the pod's `nodeSelector` and required node affinity match (`GetRequiredNodeAffinity`).
pub fn matches(cx: &Cx<'_>, pod: &Pod, node: &Node) -> bool {
    node.labels.contain(&pod.spec.node_selector)
        && pod.spec.node_affinity.as_ref().is_none_or(|required| required.matches(node, cx.names))
}

/// True if scoring is skipped: neither the pod nor the profile prefers any nodes.
pub fn skips_score(cx: &Cx<'_>, pod: &Pod) -> bool {
    pod.spec.preferred_nodes.is_empty() && cx.config.added_affinity.preferred.is_empty()
}

/// Sum of the weights of the preferred terms that match. Normalised by the default.
pub fn score(cx: &Cx<'_>, pod: &Pod, node: &NodeInfo) -> i64 {
    let terms = cx.config.added_affinity.preferred.iter().chain(&pod.spec.preferred_nodes);
    let weight = |(weight, term): &(i32, NodeSelectorTerm)| match term.matches(&node.node, cx.names) {
        true => i64::from(*weight),
        false => 0,
    };
    terms.map(weight).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sched::plugins::testing::Bench;

    const NODES: [&str; 3] = [
        r#"{"metadata":{"labels":{"zone":"a","n":"5"}}}"#,
        r#"{"metadata":{"labels":{"zone":"b"}}}"#,
        r#"{"metadata":{"labels":{}}}"#,
    ];

    fn required(terms: &str) -> String {
        let required = format!(r#"{{"nodeSelectorTerms":{terms}}}"#);
        format!(r#"{{"affinity":{{"nodeAffinity":{{"requiredDuringSchedulingIgnoredDuringExecution":{required}}}}}}}"#)
    }

    #[test]
    fn selectors_and_terms_are_judged() {
        let check = |spec: &str, want: [bool; 3]| {
            let bench = Bench::new(&NODES, spec);
            let judge = |at| bench.verdict(at, |cx, pod, node| filter(cx, &State {}, pod, node));
            for (at, fits) in (0..).zip(want) {
                let text = (!fits).then(|| "Unresolvable: node(s) didn't match Pod's node affinity/selector".to_owned());
                assert_eq!(judge(at), text, "{spec} on n{at}");
            }
        };
        check("{}", [true; 3]);
        check(r#"{"nodeSelector":{"zone":"a"}}"#, [true, false, false]);
        let expressions = |list: &str| required(&format!(r#"[{{"matchExpressions":[{list}]}}]"#));
        check(&expressions(r#"{"key":"zone","operator":"In","values":["a","b"]}"#), [true, true, false]);
        check(&expressions(r#"{"key":"zone","operator":"NotIn","values":["a"]}"#), [false, true, true]);
        check(&expressions(r#"{"key":"zone","operator":"Exists"}"#), [true, true, false]);
        check(&expressions(r#"{"key":"zone","operator":"DoesNotExist"}"#), [false, false, true]);
        check(&expressions(r#"{"key":"n","operator":"Gt","values":["4"]}"#), [true, false, false]);
        check(&expressions(r#"{"key":"n","operator":"Lt","values":["5"]}"#), [false; 3]);
        check(&expressions(r#"{"key":"n","operator":"Gt","values":["x"]}"#), [false; 3]);
        // What cannot be parsed makes its term match nothing, not the others.
        let other = r#"{"matchExpressions":[{"key":"zone","operator":"In","values":["b"]}]}"#;
        for faulty in [
            r#"{"key":"zone","operator":"NotIn"}"#,
            r#"{"key":"zone","operator":"Exists","values":["a"]}"#,
            r#"{"key":"zone","operator":"NotIn","values":["-"]}"#,
            r#"{"key":"no key","operator":"DoesNotExist"}"#,
            r#"{"key":"zone","operator":"Is","values":["a"]}"#,
        ] {
            check(&required(&format!(r#"[{{"matchExpressions":[{faulty}]}},{other}]"#)), [false, true, false]);
        }
        let fields = |list: &str| required(&format!(r#"[{{"matchFields":[{list}]}}]"#));
        check(&fields(r#"{"key":"metadata.name","operator":"In","values":["n0","n1"]}"#), [false; 3]);
        check(&fields(r#"{"key":"metadata.uid","operator":"In","values":["n0"]}"#), [false; 3]);
        check(&fields(r#"{"key":"metadata.uid","operator":"NotIn","values":["n0"]}"#), [true; 3]);
        check(&required("[]"), [false; 3]);
        check(&required("[{}]"), [false; 3]);
        check(
            &required(r#"[{},{"matchFields":[{"key":"metadata.name","operator":"In","values":["n1"]}]}]"#),
            [false, true, false],
        );
        check(
            &required(r#"[{"matchFields":[{"key":"metadata.name","operator":"NotIn","values":["n1"]}]}]"#),
            [true, false, true],
        );
    }

    #[test]
    fn named_nodes_are_all_that_is_left() {
        let name =
            |operator: &str, name: &str| format!(r#"{{"key":"metadata.name","operator":"{operator}","values":["{name}"]}}"#);
        let term = |fields: &[String]| format!(r#"{{"matchFields":[{}]}}"#, fields.join(","));
        let check = |spec: &str, want: &str| {
            let bench = Bench::new(&NODES, spec);
            let got = match pre_filter(&bench.cx(), bench.pod()) {
                PreFilter::Skip => "skip".to_owned(),
                PreFilter::Go(_) => "go".to_owned(),
                PreFilter::Narrow(_, nodes) => {
                    format!("{:?}", nodes.iter().map(|name| bench.cx().names.text(*name)).collect::<Vec<_>>())
                }
                PreFilter::Reject(rejection) => rejection.message(bench.cx().names),
            };
            assert_eq!(got, want, "{spec}");
        };
        check("{}", "skip");
        check(r#"{"nodeSelector":{"zone":"a"}}"#, "go");
        check(&required("[]"), "go");
        check(&required("[{}]"), "go");
        check(&required(&format!("[{},{}]", term(&[name("In", "n2")]), term(&[name("In", "n0")]))), r#"["n0", "n2"]"#);
        check(&required(&format!("[{}]", term(&[name("In", "none")]))), r#"["none"]"#);
        check(&required(&format!("[{}]", term(&[name("In", "n0"), name("In", "n1")]))), "pod affinity terms conflict");
        check(&required(&format!("[{}]", term(&[name("NotIn", "n0")]))), "go");
        check(&required(&format!("[{},{}]", term(&[name("In", "n0")]), term(&[name("NotIn", "n1")]))), "go");
    }

    #[test]
    fn preferred_weights_add_up() {
        let term = |weight: i32, key: &str| {
            let expression = format!(r#"{{"matchExpressions":[{{"key":"{key}","operator":"Exists"}}]}}"#);
            format!(r#"{{"weight":{weight},"preference":{expression}}}"#)
        };
        let list = [term(10, "zone"), term(5, "n"), term(0, "zone"), r#"{"weight":7,"preference":{}}"#.to_owned()].join(",");
        let preferred = format!(r#"{{"preferredDuringSchedulingIgnoredDuringExecution":[{list}]}}"#);
        let mut bench = Bench::new(&NODES, &format!(r#"{{"affinity":{{"nodeAffinity":{preferred}}}}}"#));
        assert!(!skips_score(&bench.cx(), bench.pod()));
        assert_eq!([0, 1, 2].map(|at| bench.score(at, score)), [15, 10, 0]);
        let zone = bench.cluster.name("zone");
        let has_zone = NodeSelectorTerm { expressions: vec![Requirement::new(zone, Operator::Exists, [])], fields: Vec::new() };
        bench.cluster.config.added_affinity.preferred = vec![(100, has_zone.clone())];
        assert_eq!([0, 1, 2].map(|at| bench.score(at, score)), [115, 110, 0]);
        bench.cluster.config.added_affinity.required = Some(NodeSelector { terms: vec![has_zone] });
        let enforced = "Unresolvable: node(s) didn't match scheduler-enforced node affinity";
        assert_eq!(bench.verdict(2, |cx, pod, node| filter(cx, &State {}, pod, node)).as_deref(), Some(enforced));
    }
}
