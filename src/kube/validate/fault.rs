//! What is wrong with a field, in the classes of `k8s.io/apimachinery` `util/validation/field`.

use crate::kube::complaints::{Complaints, Origin};
use crate::kube::object::At;
use crate::kube::object_path::ObjectPath;

/// How a field is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FaultKind {
    /// It must be set.
    Required,
    /// Its value breaks a rule.
    Invalid,
    /// Its value is none of a few.
    NotSupported,
    /// Its value occurs twice.
    Duplicate,
    /// It is longer than allowed, or has more entries.
    TooMany,
    /// It may not be set here.
    Forbidden,
}

impl FaultKind {
    /// The code of its findings.
    pub fn code(self) -> &'static str {
        match self {
            FaultKind::Required => "E4010",
            FaultKind::Invalid => "E4011",
            FaultKind::NotSupported => "E4012",
            FaultKind::Duplicate => "E4013",
            FaultKind::TooMany => "E4014",
            FaultKind::Forbidden => "E4015",
        }
    }
}

/// What says where a field is.
pub trait Located {
    /// The path as a value of its own.
    fn located(&self) -> ObjectPath;
}

impl Located for At<'_> {
    fn located(&self) -> ObjectPath {
        self.path()
    }
}

impl Located for ObjectPath {
    fn located(&self) -> ObjectPath {
        self.clone()
    }
}

/// Something that the API server would refuse.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// How it is wrong.
    pub kind: FaultKind,
    /// Where.
    pub field: ObjectPath,
    /// What was found.
    pub text: String,
    /// What is allowed.
    pub help: String,
}

/// Faults in the order of the fields.
#[derive(Clone, Debug, Default)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    /// Adds a fault.
    pub fn add(&mut self, kind: FaultKind, field: &impl Located, text: impl Into<String>, help: impl Into<String>) {
        self.0.push(Fault { kind, field: field.located(), text: text.into(), help: help.into() });
    }

    /// A field that must be set is not.
    pub fn required(&mut self, field: &impl Located) {
        self.add(FaultKind::Required, field, "is required", "");
    }

    /// A value breaks a rule.
    pub fn invalid(&mut self, field: &impl Located, text: impl Into<String>, help: impl Into<String>) {
        self.add(FaultKind::Invalid, field, text, help);
    }

    /// A field may not be set.
    pub fn forbidden(&mut self, field: &impl Located, why: impl Into<String>) {
        self.add(FaultKind::Forbidden, field, why, "");
    }

    /// A name that breaks `rule`, if it does.
    pub fn name(&mut self, field: &impl Located, name: &str, rule: Result<(), &'static str>) {
        match rule {
            Err(_) if name.is_empty() => self.required(field),
            Err(rule) => self.invalid(field, format!("{name:?} is no valid name"), rule),
            Ok(()) => {}
        }
    }

    /// A word that is none of these, if it is none.
    pub fn word(&mut self, field: &impl Located, word: &str, allowed: &[&str]) {
        if word.is_empty() {
            self.required(field);
        } else if !allowed.contains(&word) {
            let help = format!("allowed are {}", allowed.join(", "));
            self.add(FaultKind::NotSupported, field, format!("{word:?} is not supported"), help);
        }
    }

    /// A list or text that is longer than `most`, if it is.
    pub fn at_most(&mut self, field: &impl Located, length: usize, most: usize, what: &str) {
        if length > most {
            self.add(FaultKind::TooMany, field, format!("has {length} {what}"), format!("at most {most}"));
        }
    }

    /// Texts that occur twice among `items`.
    pub fn unique<'a>(&mut self, field: &impl Located, name: Option<&str>, items: impl Iterator<Item = &'a str>) {
        let mut seen = std::collections::BTreeSet::new();
        for (at, item) in items.enumerate() {
            if !item.is_empty() && !seen.insert(item) {
                let place = field.located().index(at);
                let place = name.map_or(place.clone(), |name| place.key(name));
                self.add(FaultKind::Duplicate, &place, format!("{item:?} occurs twice"), "");
            }
        }
    }
}

impl Complaints {
    /// Adds the faults of an object as errors.
    pub fn faults(&mut self, origin: &Origin, faults: Vec<Fault>) {
        for Fault { kind, field, text, help } in faults {
            let text = format!("{field}: {text}");
            self.error(kind.code(), origin, field, text, help);
        }
    }
}
