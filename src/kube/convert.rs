//! Classes and claims of the model as Kubernetes objects.

use crate::base::{IdVec, SelectorId};
use crate::kube::claim::{
    AllocationMode, DeviceClaim, DeviceClassSpec, DeviceConstraint, DeviceRequest, DeviceSelector, ExactDeviceRequest,
    ResourceClaimSpec,
};
use crate::kube::{DeviceClass, ResourceClaimTemplate};
use crate::model::dra::{Claim, Constraint, ConstraintKind, CountMode, DeviceClass as Class, Leaf, Request};

/// A class with its selectors' texts.
pub fn device_class(class: &Class, selectors: &IdVec<SelectorId, String>) -> DeviceClass {
    let spec = DeviceClassSpec { selectors: cel(&class.selectors, selectors), ..DeviceClassSpec::default() };
    DeviceClass::new(class.name.clone(), spec)
}

/// A template named `name` from which claims like `claim` are made.
pub fn claim_template(name: &str, claim: &Claim, selectors: &IdVec<SelectorId, String>) -> ResourceClaimTemplate {
    let requests = claim.requests.iter().map(|r| request(r, selectors)).collect();
    let constraints = claim.constraints.iter().map(constraint).collect();
    ResourceClaimTemplate::new(name, ResourceClaimSpec { devices: DeviceClaim { requests, constraints, config: Vec::new() } })
}

fn cel(ids: &[Option<SelectorId>], selectors: &IdVec<SelectorId, String>) -> Vec<DeviceSelector> {
    ids.iter().flatten().map(|id| DeviceSelector::cel(selectors[*id].as_str())).collect()
}

fn request(request: &Request, selectors: &IdVec<SelectorId, String>) -> DeviceRequest {
    let exactly = |leaf: &Leaf| ExactDeviceRequest {
        device_class_name: leaf.class.name.clone(),
        selectors: cel(&leaf.selectors, selectors),
        allocation_mode: Some(AllocationMode::ExactCount),
        count: match leaf.mode {
            CountMode::Exact(count) => Some(count),
            _ => None,
        },
        admin_access: leaf.admin_access,
        ..ExactDeviceRequest::default()
    };
    DeviceRequest { name: request.name.clone(), exactly: request.leaves().first().map(exactly), ..DeviceRequest::default() }
}

fn constraint(constraint: &Constraint) -> DeviceConstraint {
    DeviceConstraint {
        requests: constraint.requests.clone(),
        match_attribute: match &constraint.kind {
            ConstraintKind::Match(name) => Some(name.clone()),
            _ => None,
        },
        ..DeviceConstraint::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ClassId;
    use crate::model::dra::ClassRef;

    #[test]
    fn a_template_reads_as_kubernetes_writes_it() {
        let selectors = IdVec::from(vec!["device.driver == \"gpu\"".to_owned(), "true".to_owned()]);
        let classes: IdVec<ClassId, Class> =
            IdVec::from(vec![Class { name: "gpu.example.com".to_owned(), selectors: vec![Some(SelectorId(0))], config: vec![] }]);
        let class = ClassRef { name: "gpu.example.com".to_owned(), id: Some(ClassId(0)) };
        let kind = ConstraintKind::Match("gpu.example.com/numa".to_owned());
        let claim = Claim {
            requests: vec![Request::exactly(Leaf::exact("gpus", class, vec![SelectorId(1)], 2))],
            constraints: vec![Constraint { requests: vec!["gpus".to_owned()], kind }],
            ..Claim::default()
        };
        let template = claim_template("train", &claim, &selectors);
        let want = serde_json::json!({
            "apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaimTemplate", "metadata": {"name": "train"},
            "spec": {"spec": {"devices": {
                "requests": [{"name": "gpus", "exactly": {"deviceClassName": "gpu.example.com",
                    "selectors": [{"cel": {"expression": "true"}}], "allocationMode": "ExactCount", "count": 2}}],
                "constraints": [{"requests": ["gpus"], "matchAttribute": "gpu.example.com/numa"}]}}}
        });
        assert_eq!(serde_json::to_value(&template).expect("serializable"), want);
        assert_eq!(serde_json::from_value::<ResourceClaimTemplate>(want).expect("readable"), template);

        let class = serde_json::to_value(device_class(&classes[ClassId(0)], &selectors)).expect("serializable");
        assert_eq!(class["spec"]["selectors"][0]["cel"]["expression"], "device.driver == \"gpu\"");
    }
}
