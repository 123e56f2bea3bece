//! Pod signatures for opportunistic batching (`SignPod` of the default plugins, `kube-scheduler/framework/signers.go`).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::base::NameId;
use crate::kube::core::CoreInterning;
use crate::kube::node_selector::{NodeSelectorRequirement, NodeSelectorTerm};
use crate::kube::pod::PodSpec;
use crate::kube::pod_affinity::NodeAffinity;
use crate::model::core::Resources;

impl CoreInterning {
    /// What two pods must have in common, apart from labels, to be alike to all default plugins, as one text.
    pub(super) fn signature(&mut self, spec: &PodSpec, requests: &Resources) -> NameId {
        let containers = || spec.containers.iter().chain(&spec.init_containers);
        let ports: BTreeSet<i32> = containers().flat_map(|container| &container.ports).map(|port| port.host_port).collect();
        let images: BTreeSet<String> = containers().map(|container| super::pod::tagged(&container.image)).collect();
        let mut tolerations: Vec<_> = spec.tolerations.iter().collect();
        tolerations.sort_by(|a, b| (&a.key, &a.value).cmp(&(&b.key, &b.value)));
        let scalars: Vec<(&str, i64)> = requests.scalars.iter().map(|(name, n)| (self.names.text(*name), *n)).collect();
        let affinity = spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
        let volumes = spec.rest.get("volumes").and_then(Value::as_array);
        let text = json!({
            "schedulerName": spec.scheduler_name,
            "nodeName": spec.node_name,
            "hostPorts": ports.into_iter().filter(|port| *port != 0).collect::<Vec<_>>(),
            "images": images,
            "tolerations": tolerations,
            "resources": [requests.milli_cpu, requests.memory, requests.ephemeral_storage, scalars],
            "nodeSelector": spec.node_selector,
            "nodeAffinity": affinity.map(sign_affinity),
            "volumes": volumes.map_or(Vec::new(), |volumes| sign_volumes(volumes)),
        });
        self.names.intern(&text.to_string())
    }
}

/// Volumes of ConfigMaps and Secrets differ from pod to pod, and are of no account.
fn sign_volumes(volumes: &[Value]) -> Vec<String> {
    let counts = volumes.iter().filter(|volume| volume.get("configMap").is_none() && volume.get("secret").is_none());
    let mut texts: Vec<String> = counts.map(without_name).collect();
    texts.sort_unstable();
    texts
}

fn without_name(volume: &Value) -> String {
    let mut source = volume.clone();
    if let Some(fields) = source.as_object_mut() {
        fields.remove("name");
    }
    source.to_string()
}

fn sign_affinity(affinity: &NodeAffinity) -> Value {
    let terms = affinity.required.iter().flat_map(|selector| &selector.node_selector_terms);
    let required: Sorted = terms.map(|term| sign_term(term).to_string()).collect();
    let preferred = affinity.preferred.iter().map(|term| json!([term.weight, sign_term(&term.preference)]).to_string());
    json!([required.0, preferred.collect::<Sorted>().0])
}

fn sign_term(term: &NodeSelectorTerm) -> Value {
    let sign = |requirements: &[NodeSelectorRequirement]| requirements.iter().map(sign_requirement).collect::<Sorted>().0;
    json!([sign(&term.match_expressions), sign(&term.match_fields)])
}

fn sign_requirement(requirement: &NodeSelectorRequirement) -> String {
    let mut requirement = requirement.clone();
    requirement.values.sort_unstable();
    json!(requirement).to_string()
}

/// Texts in order, with repetitions.
struct Sorted(Vec<String>);

impl FromIterator<String> for Sorted {
    fn from_iter<I: IntoIterator<Item = String>>(texts: I) -> Sorted {
        let mut texts: Vec<String> = texts.into_iter().collect();
        texts.sort_unstable();
        Sorted(texts)
    }
}
