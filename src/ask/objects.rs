//! The objects of a question, by kind, as they were read.

use std::collections::BTreeMap;

use crate::kube::claim::{AllocationMode, ResourceClaimSpec};
use crate::kube::taint::{DeviceToleration, DeviceTolerationOperator};
use crate::kube::{DeviceClass, DeviceTaintRule, Node, Pod, ResourceClaim, ResourceClaimTemplate, ResourceSlice};

/// The namespace of objects that name none, as for kubectl.
pub const NAMESPACE: &str = "default";

/// Objects by kind, each kind in the order of the files.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Objects {
    /// core/v1 Node
    pub nodes: Vec<Node>,
    /// ResourceSlice
    pub slices: Vec<ResourceSlice>,
    /// DeviceClass
    pub classes: Vec<DeviceClass>,
    /// ResourceClaim
    pub claims: Vec<ResourceClaim>,
    /// ResourceClaimTemplate
    pub templates: Vec<ResourceClaimTemplate>,
    /// core/v1 Pod
    pub pods: Vec<Pod>,
    /// DeviceTaintRule
    pub rules: Vec<DeviceTaintRule>,
    /// Objects of kinds that decide nothing here, by kind.
    pub others: BTreeMap<String, u64>,
}

impl Objects {
    /// Fills in what the API server would: namespaces, modes, counts, operators (`dra.md` 1.11). Manifests that were never
    /// stored lack them, and the allocator does not fill in anything.
    pub fn fill_in(&mut self) {
        let metas = (self.claims.iter_mut().map(|o| &mut o.metadata))
            .chain(self.templates.iter_mut().map(|o| &mut o.metadata))
            .chain(self.pods.iter_mut().map(|o| &mut o.metadata));
        for meta in metas.filter(|meta| meta.namespace.is_empty()) {
            meta.namespace = NAMESPACE.to_owned();
        }
        self.claims.iter_mut().for_each(|claim| fill_in_spec(&mut claim.spec));
        self.templates.iter_mut().for_each(|template| fill_in_spec(&mut template.spec.spec));
    }

    /// True if nothing was read that a question could be about.
    pub fn asks_for_nothing(&self) -> bool {
        self.claims.is_empty() && self.templates.is_empty() && self.pods.is_empty()
    }
}

fn fill_in_spec(spec: &mut ResourceClaimSpec) {
    for request in &mut spec.devices.requests {
        if let Some(exactly) = &mut request.exactly {
            fill_in_count(&mut exactly.allocation_mode, &mut exactly.count);
            fill_in_operators(&mut exactly.tolerations);
        }
        for alternative in &mut request.first_available {
            fill_in_count(&mut alternative.allocation_mode, &mut alternative.count);
            fill_in_operators(&mut alternative.tolerations);
        }
    }
}

fn fill_in_count(mode: &mut Option<AllocationMode>, count: &mut Option<i64>) {
    let mode = mode.get_or_insert(AllocationMode::ExactCount);
    if *mode == AllocationMode::ExactCount && count.unwrap_or(0) == 0 {
        *count = Some(1);
    }
}

fn fill_in_operators(tolerations: &mut [DeviceToleration]) {
    for toleration in tolerations {
        toleration.operator.get_or_insert(DeviceTolerationOperator::Equal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_become_what_the_api_server_stores() {
        let claim = serde_json::json!({
            "apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaim", "metadata": {"name": "a"},
            "spec": {"devices": {"requests": [
                {"name": "one", "exactly": {"deviceClassName": "c", "tolerations": [{"key": "k"}]}},
                {"name": "all", "exactly": {"deviceClassName": "c", "allocationMode": "All"}},
                {"name": "list", "firstAvailable": [{"name": "x", "deviceClassName": "c"}]}]}}});
        let claim: ResourceClaim = serde_json::from_value(claim).expect("a claim");
        let mut objects = Objects { claims: vec![claim], ..Objects::default() };
        objects.fill_in();
        let stored = serde_json::to_value(&objects.claims[0]).expect("JSON");
        let requests = &stored["spec"]["devices"]["requests"];
        assert_eq!(stored["metadata"]["namespace"], "default");
        assert_eq!(requests[0]["exactly"]["allocationMode"], "ExactCount");
        assert_eq!((&requests[0]["exactly"]["count"], &requests[1]["exactly"]["count"]), (&1.into(), &serde_json::Value::Null));
        assert_eq!(requests[0]["exactly"]["tolerations"][0]["operator"], "Equal");
        assert_eq!(requests[2]["firstAvailable"][0]["count"], 1);
    }
}
