//! What is wrong with objects, told once: equal mistakes in many objects are one finding with a count.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::{Findings, Place, Severity};
use crate::kube::object_path::ObjectPath;

/// So many findings of one code are told apart by their text; further ones are counted with the first of their field.
const TEXTS_MAX: usize = 50;

/// Where an object is from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin {
    /// The file as it was named.
    pub file: Arc<str>,
    /// Which document of the file, from 1.
    pub document: u64,
    /// Which item of the document's list, from 0.
    pub item: Option<u64>,
    /// 1-based line on which it begins.
    pub line: u64,
    /// Kind and name, once known.
    pub subject: String,
}

/// Findings about objects.
#[derive(Clone, Debug, Default)]
pub struct Complaints {
    /// In the order in which they were first met.
    pub findings: Findings,
    known: BTreeMap<(&'static str, String, String), usize>,
    texts: BTreeMap<&'static str, usize>,
}

/// One complaint about a place in an object.
#[derive(Clone, Debug)]
pub struct Complaint {
    /// Stable code of the finding.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// 1-based line; that of the object where the field's is not known.
    pub line: u64,
    /// Where in the object.
    pub field: ObjectPath,
    /// What was found.
    pub text: String,
    /// What is allowed.
    pub help: String,
}

impl Origin {
    /// The origin of a whole file.
    pub fn file(file: &str) -> Origin {
        Origin { file: Arc::from(file), document: 1, item: None, line: 1, subject: String::new() }
    }

    /// A path as the file has it: below `items` for an item of a list.
    pub fn path(&self, field: &ObjectPath) -> String {
        match self.item {
            None => field.to_string(),
            Some(at) if field.0.is_empty() => format!("items[{at}]"),
            Some(at) => format!("items[{at}].{field}"),
        }
    }
}

impl Complaints {
    /// Adds a complaint about an object.
    pub fn add(&mut self, origin: &Origin, complaint: Complaint) {
        let Complaint { code, severity, line, field, text, help } = complaint;
        let texts = self.texts.entry(code).or_default();
        let told_apart = if *texts < TEXTS_MAX { text.clone() } else { String::new() };
        let key = (code, field.pattern(), told_apart);
        if let Some(at) = self.known.get(&key) {
            let finding = &mut self.findings.0[*at];
            finding.count += 1;
            let first = finding.place.more_lines.as_ref().map_or(line, |lines| *lines.start().min(&line));
            let last = finding.place.more_lines.as_ref().map_or(line, |lines| *lines.end().max(&line));
            finding.place.more_lines = Some(first..=last);
            return;
        }
        *texts += 1;
        self.known.insert(key, self.findings.0.len());
        let path = origin.path(&field);
        let place = Place {
            file: Some(origin.file.to_string()),
            line: Some(line),
            field: (!path.is_empty()).then_some(path),
            ..Place::default()
        };
        let subject = if origin.subject.is_empty() { String::new() } else { format!("{}: ", origin.subject) };
        let document = if origin.document > 1 { format!(" (document {})", origin.document) } else { String::new() };
        let text = format!("{subject}{text}{document}");
        match severity {
            Severity::Error => self.findings.error(code, place, text, help),
            Severity::Warning => self.findings.warning(code, place, text, help),
            Severity::Note => self.findings.note(code, place, text),
        }
    }

    /// Adds an error at the line of the object.
    pub fn error(
        &mut self,
        code: &'static str,
        origin: &Origin,
        field: ObjectPath,
        text: impl Into<String>,
        help: impl Into<String>,
    ) {
        let (line, text, help) = (origin.line, text.into(), help.into());
        self.add(origin, Complaint { code, severity: Severity::Error, line, field, text, help });
    }

    /// Adds a warning at the line of the object.
    pub fn warning(&mut self, code: &'static str, origin: &Origin, field: ObjectPath, text: impl Into<String>) {
        let (line, text, help) = (origin.line, text.into(), String::new());
        self.add(origin, Complaint { code, severity: Severity::Warning, line, field, text, help });
    }
}
