//! Edits from the command line: `--set path=value` and `--strategy A,B`, applied to what was written, before it is judged.

use std::ops::Range;

use crate::base::{Findings, Place};
use crate::scenario::suggest;
use crate::scenario::tree::{self, Node, Texts, Value};

/// Edits of a scenario, in the order in which they are applied: `set` first, then `strategies`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Edits {
    /// `path=value` texts. The path is keys joined by dots; an element of a list is named by its index or its `name`. The
    /// value is TOML, else it is taken as a string.
    pub set: Vec<String>,
    /// Names of strategies to keep, in this order; empty keeps all.
    pub strategies: Vec<String>,
}

impl Edits {
    /// Applies all edits to `root`. Texts of edits are added to `texts`, so that later findings can point into them.
    pub fn apply(&self, root: &mut Node, texts: &mut Texts, findings: &mut Findings) {
        for edit in &self.set {
            let base = texts.push(&format!("--set {edit}"), edit.len());
            let whole = |text: &str, help: &str, findings: &mut Findings| {
                findings.error("E0108", texts.place(base..base + edit.len(), ""), text, help);
            };
            match Assignment::parse(edit, base) {
                Some(assignment) => assignment.apply(root, texts, findings),
                None => whole("not of the form path=value", "for example: --set workload.load=0.8", findings),
            }
        }
        self.select(root, findings);
    }

    fn select(&self, root: &mut Node, findings: &mut Findings) {
        if self.strategies.is_empty() {
            return;
        }
        let Some(Value::Array(elements)) = root.child_mut("strategy").map(|node| &mut node.value) else {
            return;
        };
        let mut kept = Vec::new();
        let all = self.strategies.join(",");
        let mut start = 0;
        for (i, wanted) in self.strategies.iter().enumerate() {
            let span = Some(start..start + wanted.len());
            start += wanted.len() + 1;
            let place = Place { span, field: Some("strategy".into()), ..Place::file(format!("--strategy {all}")) };
            if self.strategies[..i].contains(wanted) {
                findings.error("E0201", place, format!("`{wanted}` is selected twice"), "name each strategy once");
                continue;
            }
            match elements.iter().find(|element| name_of(element) == Some(wanted)) {
                Some(element) => kept.push(element.clone()),
                None => {
                    let names: Vec<&str> = elements.iter().filter_map(name_of).collect();
                    let help = suggest::help(wanted, "strategy", names.iter().copied());
                    findings.error("E0109", place, format!("the scenario has no strategy `{wanted}`"), help);
                }
            }
        }
        if !kept.is_empty() {
            *elements = kept;
        }
    }
}

/// What an element of a list is called: its `name`; for a group of nodes, its `preset` or `type`.
fn name_of(element: &Node) -> Option<&str> {
    let text = |key| match &element.child(key)?.value {
        Value::String(text) => Some(text.as_str()),
        _ => None,
    };
    text("name").or_else(|| text("preset")).or_else(|| text("type"))
}

/// `path=value` with the place of each step.
struct Assignment {
    steps: Vec<(String, Range<usize>)>,
    value: Node,
}

impl Assignment {
    fn parse(edit: &str, base: usize) -> Option<Assignment> {
        let (path, text) = edit.split_once('=')?;
        // TOML's own rules for dotted and quoted keys apply to the path.
        let mut node = single(tree::parse(&format!("{path}=0"), "", &mut Texts::default(), &mut Findings::default())?)?;
        let mut steps = Vec::new();
        loop {
            let (key, child) = node;
            steps.push((key, child.key.start + base..child.key.end + base));
            match child.value {
                Value::Table(_) => node = single(child)?,
                _ => break,
            }
        }
        let start = base + path.len() + 1;
        let place = start..start + text.len();
        let as_string = || Node { key: place.clone(), span: place.clone(), value: Value::String(text.to_owned()) };
        let lead = text.len() - text.trim_start().len();
        let value = tree::parse_value(text.trim(), start + lead).unwrap_or_else(as_string);
        Some(Assignment { steps, value })
    }

    fn apply(self, root: &mut Node, texts: &Texts, findings: &mut Findings) {
        let mut node = root;
        let mut path = String::new();
        let Some((last, parents)) = self.steps.split_last() else { return };
        for (step, place) in parents {
            let fail = |text: String, help: String, findings: &mut Findings| {
                findings.error("E0108", texts.place(place.clone(), &path), text, help);
            };
            if let Value::Table(entries) = &mut node.value {
                if !entries.iter().any(|(key, _)| key == step) {
                    let new = Node { key: place.clone(), span: place.clone(), value: Value::Table(Vec::new()) };
                    entries.push((step.clone(), new));
                }
            } else if !matches!(node.value, Value::Array(_)) {
                return fail(format!("`{path}` is {} and has no `{step}`", node.type_name()), String::new(), findings);
            }
            let Some(index) = step_in(node, step) else {
                let names: Vec<String> = element_names(node);
                let help = suggest::help(step, "element", names.iter().map(String::as_str));
                return fail(format!("`{path}` has no element `{step}`"), help, findings);
            };
            node = node.child_mut(&index).expect("the step was just found");
            path = crate::scenario::structure::join(&path, step);
        }
        let (key, place) = last;
        let value = Node { key: place.clone(), ..self.value };
        match &mut node.value {
            Value::Table(entries) => match entries.iter_mut().find(|(k, _)| k == key) {
                Some((_, old)) => *old = value,
                None => entries.push((key.clone(), value)),
            },
            _ => {
                let text = format!("`{path}` is {}, and only keys of tables can be set", node.type_name());
                findings.error("E0108", texts.place(place.clone(), &path), text, "");
            }
        }
    }
}

fn single(node: Node) -> Option<(String, Node)> {
    match node.value {
        Value::Table(mut entries) if entries.len() == 1 => entries.pop(),
        _ => None,
    }
}

/// The step under which `node` has a child called `step`: the key itself, an index, or the index of the element so named.
fn step_in(node: &Node, step: &str) -> Option<String> {
    if node.child(step).is_some() {
        return Some(step.to_owned());
    }
    match &node.value {
        Value::Array(elements) => elements.iter().position(|e| name_of(e) == Some(step)).map(|i| i.to_string()),
        _ => None,
    }
}

fn element_names(node: &Node) -> Vec<String> {
    match &node.value {
        Value::Array(elements) => {
            elements.iter().enumerate().map(|(i, e)| name_of(e).map_or_else(|| i.to_string(), str::to_owned)).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[workload]\nload = 1.0\n[[cluster.node]]\npreset = \"t4-4\"\ncount = 8\n[[strategy]]\nname = \"a.b\"\n[[strategy]]\nname = \"dra\"\n";

    fn apply(edits: &Edits) -> (Node, Findings) {
        let (mut texts, mut findings) = (Texts::default(), Findings::default());
        let mut root = tree::parse(TEXT, "f.toml", &mut texts, &mut findings).expect("valid TOML");
        edits.apply(&mut root, &mut texts, &mut findings);
        (root, findings)
    }

    #[test]
    fn edits_reach_their_place() {
        let table = [
            ("workload.load=0.5", "workload.load", Value::Float(0.5)),
            ("workload.load = 2", "workload.load", Value::Integer(Some(2))),
            ("workload.mix=quickstart", "workload.mix", Value::String("quickstart".into())),
            ("workload.mix=\"x\"", "workload.mix", Value::String("x".into())),
            ("run.horizon=36h", "run.horizon", Value::String("36h".into())),
            ("cluster.node.0.count=3", "cluster.node.0.count", Value::Integer(Some(3))),
            ("cluster.node.t4-4.count=3", "cluster.node.0.count", Value::Integer(Some(3))),
            ("strategy.dra.kind=fgd", "strategy.1.kind", Value::String("fgd".into())),
            ("strategy.\"a.b\".kind=fgd", "strategy.0.kind", Value::String("fgd".into())),
            ("workload.pods=a=b", "workload.pods", Value::String("a=b".into())),
        ];
        for (edit, path, want) in table {
            let (root, findings) = apply(&Edits { set: vec![edit.into()], strategies: vec![] });
            assert_eq!(findings, Findings::default(), "{edit}");
            assert_eq!(root.at(path).value, want, "{edit}");
        }
    }

    #[test]
    fn bad_edits_are_found_where_they_are() {
        let table = [
            ("workload.load", "E0108", 0..13),
            ("=3", "E0108", 0..2),
            ("workload.load.x=3", "E0108", 14..15),
            ("workload.load.x.y=3", "E0108", 14..15),
            ("strategy.drra.kind=x", "E0108", 9..13),
            ("cluster.node.7.count=1", "E0108", 13..14),
            ("strategy.0=x", "E0108", 9..10),
            ("a=1\nb=2", "", 0..0),
        ];
        for (edit, code, span) in table {
            let (_, findings) = apply(&Edits { set: vec![edit.into()], strategies: vec![] });
            let found: Vec<_> = findings.0.iter().map(|f| (f.code, f.place.span.clone(), f.place.file.clone())).collect();
            let want = (code, Some(span), Some(format!("--set {edit}")));
            assert_eq!(found, if code.is_empty() { vec![] } else { vec![want] }, "{edit}");
        }
    }

    #[test]
    fn strategies_are_selected_in_the_order_asked_for() {
        let (root, findings) = apply(&Edits { set: vec![], strategies: vec!["dra".into(), "a.b".into(), "drb".into()] });
        assert_eq!(name_of(root.at("strategy.0")), Some("dra"));
        assert_eq!(name_of(root.at("strategy.1")), Some("a.b"));
        assert_eq!(findings.0.len(), 1);
        assert_eq!((findings.0[0].code, findings.0[0].help.as_str()), ("E0109", "did you mean `dra`?"));
    }
}
