//! What every check needs: the tree for places, the findings, and what was already taken out of the tree.

use crate::base::{Findings, Place};
use crate::scenario::load::{Fault, Input};
use crate::scenario::plan::InputFile;
use crate::scenario::structure::decimal;
use crate::scenario::tree::{Node, Texts, Value};

/// The state of a validation.
pub struct Context<'a> {
    /// Name of the scenario file.
    pub file: &'a str,
    /// What was written, without what the schema refuses.
    pub root: &'a Node,
    /// Where spans point.
    pub texts: &'a Texts,
    /// Paths that the schema check took out or missed.
    pub removed: &'a [String],
    /// What was found so far.
    pub findings: Findings,
    /// Reads a file that the scenario names.
    pub reader: &'a mut dyn FnMut(&str) -> Result<Input, Fault>,
    /// Files read so far.
    pub inputs: Vec<InputFile>,
}

impl Context<'_> {
    /// The place of the value at `path`; of the whole file if nothing of it was written.
    pub fn place(&self, path: &str) -> Place {
        let node = self.root.at(path);
        if std::ptr::eq(node, self.root) {
            // Nothing at all was written: the first line is where it would be.
            let line = matches!(&node.value, Value::Table(entries) if entries.is_empty()).then_some(1);
            return Place { line, field: Some(path.to_owned()), ..Place::file(self.file) };
        }
        self.texts.place(node.blame(), path)
    }

    /// An error about the value at `path`.
    pub fn error(&mut self, code: &'static str, path: &str, text: impl Into<String>, help: impl Into<String>) {
        let place = self.place(path);
        self.findings.error(code, place, text, help);
    }

    /// An error about something that is not there. Silent if something at, below or above `path` was written and refused:
    /// that finding says it all.
    pub fn absent(&mut self, code: &'static str, path: &str, text: impl Into<String>, help: impl Into<String>) {
        if !self.was_refused(path) {
            self.error(code, path, text, help);
        }
    }

    /// True if something at, below or above `path` was written and refused.
    pub fn was_refused(&self, path: &str) -> bool {
        let inside = |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|r| r.is_empty() || r.starts_with('.'));
        self.removed.iter().any(|r| inside(r, path) || inside(path, r))
    }

    /// A warning about the value at `path`.
    pub fn warning(&mut self, code: &'static str, path: &str, text: impl Into<String>, help: impl Into<String>) {
        let place = self.place(path);
        self.findings.warning(code, place, text, help);
    }

    /// True if something was written at `path` and not refused.
    pub fn is_written(&self, path: &str) -> bool {
        path.split('.').try_fold(self.root, |node, step| node.child(step)).is_some()
    }

    /// An error for each of `keys` that is written in the table at `path`.
    pub fn refuse(&mut self, path: &str, keys: &[&str], why: &str) {
        for key in keys {
            let here = format!("{path}.{key}");
            if self.is_written(&here) {
                self.error("E0306", &here, format!("`{here}` has no effect here"), why);
            }
        }
    }

    /// The text of the file that the value at `path` names.
    pub fn read(&mut self, path: &str, written: &str) -> Option<String> {
        match (self.reader)(written) {
            Ok(input) => {
                self.inputs.push(input.record);
                Some(input.text)
            }
            Err(fault) => {
                let (code, text, help) = fault.describe(written);
                self.error(code, path, text, help);
                None
            }
        }
    }

    /// A number above zero, or an error.
    pub fn positive(&mut self, path: &str, value: f64, max: f64) -> Option<f64> {
        if value > 0.0 && value <= max {
            return Some(value);
        }
        let verdict = if value > max { "too large: " } else { "" };
        let text = format!("{verdict}expected a number above 0 and at most {max}, found {}", decimal(value));
        self.error("E0305", path, text, "");
        None
    }

    /// Checks that names differ and can name a folder.
    pub fn names<'n>(&mut self, list: &str, names: impl Iterator<Item = &'n str>) {
        let names: Vec<&str> = names.collect();
        for (i, name) in names.iter().enumerate() {
            let path = format!("{list}.{i}.name");
            self.name(&path, name);
            // An empty name was either refused above or stands for a missing one.
            if let Some(first) = names[..i].iter().position(|other| other == name && !name.is_empty()) {
                self.error("E0201", &path, format!("`{name}` is already the name of `{list}.{first}`"), "choose another name");
            }
        }
    }

    /// Checks that a name can name a folder.
    pub fn name(&mut self, path: &str, name: &str) {
        let good = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if self.is_written(path) && (name.is_empty() || name.len() > 100 || name.starts_with('.') || !name.chars().all(good)) {
            let help = "up to 100 letters, digits, `-`, `_` and `.`, the first no dot";
            self.error("E0110", path, format!("\"{name}\" cannot be a name"), help);
        }
    }
}
