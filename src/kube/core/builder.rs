//! The builder: one table of names for all objects of a cluster.

use crate::base::{Findings, NameId, Names, Place};
use crate::model::Gates;
use crate::model::core::Labels;
use std::collections::BTreeMap;

/// Objects on their way into the scheduler's types. What cannot be read is a finding at the object's title.
#[derive(Debug, Default)]
pub struct CoreInterning {
    /// All texts.
    pub names: Names,
    /// Gates that decide what a pod requests.
    pub gates: Gates,
    /// What could not be read.
    pub findings: Findings,
}

impl CoreInterning {
    /// The id of a text.
    pub fn name(&mut self, text: &str) -> NameId {
        self.names.intern(text)
    }

    /// The id of a text; none for the empty one.
    pub fn some_name(&mut self, text: &str) -> Option<NameId> {
        (!text.is_empty()).then(|| self.names.intern(text))
    }

    /// Ids of a map of texts.
    pub fn labels(&mut self, labels: &BTreeMap<String, String>) -> Labels {
        Labels::new(labels.iter().map(|(key, value)| (self.names.intern(key), self.names.intern(value))))
    }

    /// Tells that a value is followed as upstream follows it, which may not be what was meant.
    pub(in crate::kube) fn doubtful(&mut self, field: impl Into<String>, text: impl Into<String>) {
        self.findings.warning("W4201", Place { field: Some(field.into()), ..Place::default() }, text, "");
    }

    /// Tells that a value cannot be read.
    pub(in crate::kube) fn unreadable(&mut self, field: impl Into<String>, text: impl Into<String>) {
        self.findings.error("E4101", Place { field: Some(field.into()), ..Place::default() }, text, "");
    }
}
