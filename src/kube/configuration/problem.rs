//! What is wrong with a configuration, with its place.

use crate::base::{Findings, Place, Severity};
use crate::kube::object::{Note, Notes};
use crate::kube::object_path::{ObjectPath, Step};
use crate::kube::tree::{Node, Tree};
use crate::kube::validate::Faults;

/// kube-scheduler would not start with it.
const REFUSED: &str = "E4301";
/// It would, and drasim cannot do the same.
const NOT_SUPPORTED: &str = "E4302";
/// It changes nothing.
const NO_EFFECT: &str = "W4301";

/// Something about a place in a configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Code of the finding.
    pub code: &'static str,
    /// Where.
    pub field: ObjectPath,
    /// What was found.
    pub text: String,
    /// What is allowed.
    pub help: String,
}

/// All that is wrong.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// kube-scheduler v1.37 would not start with this.
    pub fn refused(&mut self, field: &ObjectPath, text: impl Into<String>, help: impl Into<String>) {
        self.0.push(Problem { code: REFUSED, field: field.clone(), text: text.into(), help: help.into() });
    }

    /// kube-scheduler takes this, but drasim cannot follow it.
    pub fn not_supported(&mut self, field: &ObjectPath, text: impl Into<String>, help: impl Into<String>) {
        self.0.push(Problem { code: NOT_SUPPORTED, field: field.clone(), text: text.into(), help: help.into() });
    }

    /// This changes nothing.
    pub fn no_effect(&mut self, field: &ObjectPath, text: impl Into<String>) {
        self.0.push(Problem { code: NO_EFFECT, field: field.clone(), text: text.into(), help: String::new() });
    }

    /// What readers noted. Unknown fields are errors, as the scheduler decodes its configuration strictly.
    pub fn notes(&mut self, notes: Notes) {
        let told = notes.wrong.into_iter().chain(notes.unknown);
        self.0.extend(told.map(|Note { field, text, .. }| Problem { code: REFUSED, field, text, help: String::new() }));
    }

    /// What validation found.
    pub fn faults(&mut self, faults: Faults) {
        let told = faults.0.into_iter();
        self.0.extend(told.map(|fault| Problem { code: REFUSED, field: fault.field, text: fault.text, help: fault.help }));
    }

    /// True if there is more than warnings.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|problem| problem.code != NO_EFFECT)
    }

    /// The same as findings about `file`; lines are looked up in the document, of which `root` is the tree.
    pub fn findings(&self, file: &str, root: Option<&Node<'_>>) -> Findings {
        let mut findings = Findings::default();
        for Problem { code, field, text, help } in &self.0 {
            let line = root.map(|root| line_of(root, field)).filter(|line| *line > 0);
            let path = (!field.0.is_empty()).then(|| field.to_string());
            let place = Place { line, field: path, ..Place::file(file) };
            match if *code == NO_EFFECT { Severity::Warning } else { Severity::Error } {
                Severity::Warning => findings.warning(code, place, text.clone(), help.clone()),
                _ => findings.error(code, place, text.clone(), help.clone()),
            }
        }
        findings
    }
}

/// The line of a field, or of what is nearest above it.
fn line_of(root: &Node<'_>, field: &ObjectPath) -> u64 {
    let mut node = root;
    let mut line = root.line;
    for step in &field.0 {
        let next = match (step, &node.value) {
            (Step::Key(key), _) => node.get(key),
            (Step::Index(at), Tree::List(items)) => items.get(*at),
            (Step::Index(_), _) => None,
        };
        let Some(next) = next else { break };
        node = next;
        line = node.line;
    }
    line
}
