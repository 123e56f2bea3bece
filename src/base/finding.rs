//! What is wrong, or worth knowing, about an input: a stable code, a place, a sentence.
//!
//! Readers and validators collect findings and go on; the edges decide what stops the run. All findings are reported at
//! once, never just the first.

use std::ops::Range;

/// How much a finding matters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// The input is rejected (exit code 2).
    Error,
    /// The run goes on; the report says so.
    Warning,
    /// A fact a reader of the results should know, such as a count of censored rows.
    Note,
}

/// Where a finding is. Paths are kept as the user wrote them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Place {
    /// The file, if the finding is about one.
    pub file: Option<String>,
    /// Byte range in the file, for a snippet with a caret.
    pub span: Option<Range<usize>>,
    /// 1-based line, where no span is known (a CSV row, say).
    pub line: Option<u64>,
    /// The field or column, as the user writes it (`cluster.nodes`, `gpu_milli`).
    pub field: Option<String>,
}

/// One finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Stable code: `E....` for errors, `W....` for warnings, `N....` for notes.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// Where it is.
    pub place: Place,
    /// What was found, as a lowercase sentence without a final dot.
    pub text: String,
    /// What is allowed, or what to do about it; empty if the text says it all.
    pub help: String,
    /// How many rows share this finding; 1 for a single place.
    pub count: u64,
}

/// Findings in the order they were met.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Findings(pub Vec<Finding>);

impl Findings {
    /// Adds an error.
    pub fn error(&mut self, code: &'static str, place: Place, text: impl Into<String>, help: impl Into<String>) {
        self.push(code, Severity::Error, place, text.into(), help.into());
    }

    /// Adds a warning.
    pub fn warning(&mut self, code: &'static str, place: Place, text: impl Into<String>, help: impl Into<String>) {
        self.push(code, Severity::Warning, place, text.into(), help.into());
    }

    /// Adds a note.
    pub fn note(&mut self, code: &'static str, place: Place, text: impl Into<String>) {
        self.push(code, Severity::Note, place, text.into(), String::new());
    }

    fn push(&mut self, code: &'static str, severity: Severity, place: Place, text: String, help: String) {
        self.0.push(Finding { code, severity, place, text, help, count: 1 });
    }

    /// True if some finding rejects the input.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|f| f.severity == Severity::Error)
    }

    /// Moves all of `other` to the end.
    pub fn append(&mut self, other: Findings) {
        self.0.extend(other.0);
    }
}

impl Place {
    /// A place that is a whole file.
    pub fn file(path: impl Into<String>) -> Place {
        Place { file: Some(path.into()), ..Place::default() }
    }

    /// A line and a column name of a file.
    pub fn row(path: impl Into<String>, line: u64, field: impl Into<String>) -> Place {
        Place { file: Some(path.into()), line: Some(line), field: Some(field.into()), span: None }
    }
}
