//! The builder: one table of names for all objects of a cluster.

use std::collections::BTreeMap;

use crate::base::{Findings, NameId, Names, Place};
use crate::kube::meta::ObjectMeta;
use crate::model::Gates;
use crate::model::core::Labels;

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

    /// Reads an object of this kind. What is found in it is told with its kind and name before the field.
    pub fn object<T>(&mut self, kind: &str, meta: &ObjectMeta, read: impl FnOnce(&mut CoreInterning) -> T) -> T {
        let before = self.findings.0.len();
        let value = read(self);
        let slash = if meta.namespace.is_empty() { "" } else { "/" };
        for finding in &mut self.findings.0[before..] {
            let field = finding.place.field.take().unwrap_or_default();
            finding.place.field = Some(format!("{kind} {}{slash}{}: {field}", meta.namespace, meta.name));
        }
        value
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::base::PodId;

    #[test]
    fn findings_name_their_object() {
        let check = |read: &dyn Fn(&mut CoreInterning, Value), object: Value, want: &[&str]| {
            let mut core = CoreInterning::default();
            read(&mut core, object);
            let fields: Vec<_> = core.findings.0.iter().filter_map(|finding| finding.place.field.as_deref()).collect();
            assert_eq!(fields, want);
        };
        let node = |core: &mut CoreInterning, object| drop(core.node(&serde_json::from_value(object).expect("a node")));
        let pod = |core: &mut CoreInterning, object| drop(core.pod(PodId(0), &serde_json::from_value(object).expect("a pod")));
        let budget = |core: &mut CoreInterning, object| drop(core.budget(&serde_json::from_value(object).expect("a budget")));
        let status = json!({ "allocatable": { "cpu": "much", "memory": "1Gi", "pods": "few" } });
        let want = ["Node a: status.allocatable.cpu", "Node a: status.allocatable.pods"];
        check(&node, json!({ "metadata": { "name": "a" }, "status": status }), &want);
        let meta = json!({ "namespace": "shop", "name": "web" });
        check(&pod, json!({ "metadata": meta, "status": { "startTime": "noon" } }), &["Pod shop/web: status.startTime"]);
        let selector = json!({ "matchExpressions": [{ "key": "k", "operator": "Near" }] });
        let want = ["PodDisruptionBudget shop/web: labelSelector"];
        check(&budget, json!({ "metadata": meta, "spec": { "selector": selector } }), &want);
    }
}
