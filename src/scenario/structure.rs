//! Holds what was written against the schema: unknown keys, missing keys, wrong types, numbers out of range, bad units.
//!
//! Everything is reported, and what is wrong is taken out of the tree, so that the rest can still be judged by its meaning.

use std::ops::Range;

use crate::base::Findings;
use crate::scenario::schema::{Rule, Wants};
use crate::scenario::suggest;
use crate::scenario::tree::{Node, Texts, Value};
use crate::scenario::units::FORMS;

/// Checks the tree `root` against `rule`, taking out what is wrong. Returns the paths that were taken out or are missing.
pub fn check(root: &mut Node, rule: Rule<'_>, texts: &Texts, findings: &mut Findings) -> Vec<String> {
    let mut checker = Checker { texts, findings, removed: Vec::new() };
    if !checker.node(root, rule, "") {
        root.value = Value::Table(Vec::new());
    }
    checker.removed
}

struct Checker<'a> {
    texts: &'a Texts,
    findings: &'a mut Findings,
    removed: Vec<String>,
}

/// Joins a path and a step.
pub fn join(path: &str, step: &str) -> String {
    if path.is_empty() { step.to_owned() } else { format!("{path}.{step}") }
}

impl Checker<'_> {
    fn error(&mut self, code: &'static str, span: Range<usize>, path: &str, text: String, help: String) {
        self.findings.error(code, self.texts.place(span, path), text, help);
    }

    /// True if the node may stay.
    fn node(&mut self, node: &mut Node, rule: Rule<'_>, path: &str) -> bool {
        let wants = rule.wants();
        let problem = match (&node.value, &wants) {
            (Value::Table(_), Wants::Table) => {
                self.table(node, rule, path);
                None
            }
            (Value::Array(_), Wants::Array) => return self.array(node, rule, path),
            (value, wants) => scalar(value, wants),
        };
        let Some((code, text, help)) = problem.map(|p| p.describe(node, &wants)) else {
            return true;
        };
        self.error(code, node.blame(), path, text, help);
        self.removed.push(path.to_owned());
        false
    }

    fn table(&mut self, node: &mut Node, rule: Rule<'_>, path: &str) {
        let blame = node.blame();
        let Value::Table(entries) = &mut node.value else { return };
        let mut meant: Vec<&str> = Vec::new();
        entries.retain_mut(|(key, child)| {
            let here = join(path, key);
            if let Some(rule) = rule.key(key) {
                return self.node(child, rule, &here);
            }
            let known = rule.keys().unwrap_or_default();
            meant.extend(suggest::nearest(key, known.iter().copied()));
            let table = if path.is_empty() { "a scenario".to_owned() } else { format!("`{path}`") };
            let help = suggest::help(key, "key", known.iter().copied());
            self.error("E0102", child.key.clone(), &here, format!("{table} has no key `{key}`"), help);
            self.removed.push(here);
            false
        });
        let missing: Vec<&str> = rule.required().filter(|key| !entries.iter().any(|(k, _)| k == key)).collect();
        for key in missing {
            let here = join(path, key);
            // Misspelt, or taken out just now for another reason: one finding is enough.
            if meant.contains(&key) {
                self.removed.push(here);
            } else if !self.removed.contains(&here) {
                let help = rule.key(key).map(|r| format!("it is {}", expected(&r.wants()))).unwrap_or_default();
                self.error("E0103", blame.clone(), &here, format!("`{path}` needs a key `{key}`"), help);
                self.removed.push(here);
            }
        }
    }

    /// Elements keep their index: an array with a bad plain element goes as a whole.
    fn array(&mut self, node: &mut Node, rule: Rule<'_>, path: &str) -> bool {
        let Value::Array(elements) = &mut node.value else { return true };
        let Some(rule) = rule.element() else { return true };
        let mut all_good = true;
        for (i, element) in elements.iter_mut().enumerate() {
            all_good &= self.node(element, rule, &join(path, &i.to_string()));
        }
        if !all_good {
            self.removed.push(path.to_owned());
        }
        all_good
    }
}

enum Problem {
    Type,
    OutOfRange,
    Word,
    Form(String),
}

fn scalar(value: &Value, wants: &Wants<'_>) -> Option<Problem> {
    match (value, wants) {
        (_, Wants::Any) | (Value::Bool(_), Wants::Bool) => None,
        (Value::String(text), Wants::Word(words)) => (!words.contains(&text.as_str())).then_some(Problem::Word),
        (Value::String(text), Wants::Text(format)) => {
            let form = FORMS.iter().find(|form| Some(form.format) == *format)?;
            (form.check)(text).err().map(Problem::Form)
        }
        (Value::Integer(i), Wants::Whole(low, high)) => i.is_none_or(|i| i < *low || i > *high).then_some(Problem::OutOfRange),
        (Value::Integer(i), Wants::Number) => i.is_none_or(|i| i.unsigned_abs() > 1 << 53).then_some(Problem::OutOfRange),
        (Value::Float(f), Wants::Number) => (!f.is_finite()).then_some(Problem::OutOfRange),
        _ => Some(Problem::Type),
    }
}

/// What is allowed, in words.
pub fn expected(wants: &Wants<'_>) -> String {
    match wants {
        Wants::Table => "a table".into(),
        Wants::Array => "an array".into(),
        Wants::Word(words) => format!("one of {}", words.iter().map(|w| format!("\"{w}\"")).collect::<Vec<_>>().join(", ")),
        Wants::Text(format) => {
            FORMS.iter().find(|form| Some(form.format) == *format).map_or("a string", |form| form.expected).into()
        }
        Wants::Whole(low, high) if *high == i128::from(i64::MAX) => format!("a whole number, at least {low}"),
        Wants::Whole(low, high) => format!("a whole number from {low} to {high}"),
        Wants::Number => "a finite number".into(),
        Wants::Bool => "true or false".into(),
        Wants::Any => "any value".into(),
    }
}

/// A float as a person writes it: very large and very small ones with an exponent.
pub fn decimal(x: f64) -> String {
    if x == 0.0 || !x.is_finite() || (1e-6..1e15).contains(&x.abs()) { x.to_string() } else { format!("{x:e}") }
}

impl Problem {
    fn describe(self, node: &Node, wants: &Wants<'_>) -> (&'static str, String, String) {
        let expected = expected(wants);
        let found = match &node.value {
            Value::String(text) => format!("\"{text}\""),
            Value::Integer(Some(i)) => i.to_string(),
            Value::Float(f) => decimal(*f),
            Value::Bool(b) => b.to_string(),
            _ => node.type_name().to_owned(),
        };
        let is_number = matches!(node.value, Value::Integer(_) | Value::Float(_));
        match self {
            Problem::Type if is_number && matches!(wants, Wants::Text(Some(_))) => {
                let help = "a value with a unit is written as a string; bare numbers are for counts only".into();
                ("E0107", format!("expected {expected}, found {found}"), help)
            }
            Problem::Type => ("E0104", format!("expected {expected}, found {found}"), String::new()),
            Problem::OutOfRange => {
                let expected = match (&node.value, wants) {
                    (Value::Integer(i), Wants::Whole(low, high)) if i.is_none_or(|i| i > *high) => {
                        format!("a whole number from {low} to {high}")
                    }
                    _ => expected,
                };
                ("E0105", format!("expected {expected}, found {found}"), String::new())
            }
            Problem::Word => {
                let Wants::Word(words) = wants else { unreachable!("only a choice of words has this problem") };
                let word = if let Value::String(text) = &node.value { text.as_str() } else { "" };
                ("E0106", format!("expected {expected}, found {found}"), suggest::help(word, "word", words.iter().copied()))
            }
            Problem::Form(reason) => ("E0107", format!("expected {expected}, found {found}"), reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{schema, tree};

    fn check_text(text: &str) -> (Vec<(&'static str, String)>, serde_json::Value) {
        let (mut texts, mut findings) = (Texts::default(), Findings::default());
        let mut root = tree::parse(text, "f.toml", &mut texts, &mut findings).expect("valid TOML");
        let schema = schema::scenario();
        check(&mut root, Rule::root(&schema), &texts, &mut findings);
        let found = findings.0.iter().map(|f| (f.code, f.place.field.clone().unwrap_or_default())).collect();
        (found, root.to_json())
    }

    #[test]
    fn what_is_wrong_goes_and_the_rest_stays() {
        let (found, left) = check_text(
            "bogus = 1\n[workload]\nload = \"x\"\nmix = \"quickstart\"\n[[strategy]]\nkind = \"dra\"\n[scheduler]\nresources = [1, { name = \"cpu\" }]\n[run]\nwarmup = 3\nseed = -1\n",
        );
        let want = [
            ("E0102", "bogus"),
            ("E0104", "workload.load"),
            ("E0103", "strategy.0.name"),
            ("E0104", "scheduler.resources.0"),
            ("E0107", "run.warmup"),
            ("E0105", "run.seed"),
        ];
        assert_eq!(found, want.map(|(code, field)| (code, field.to_owned())));
        let raw: crate::scenario::raw::Scenario = serde_json::from_value(left).expect("what is left suits the types");
        assert_eq!(raw.workload.mix.as_deref(), Some("quickstart"));
        assert_eq!(raw.strategy[0].kind.as_deref(), Some("dra"));
        assert_eq!(raw.scheduler.resources, None);
    }
}
