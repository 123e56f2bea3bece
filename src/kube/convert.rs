//! Classes and claims of the model as Kubernetes objects.

use crate::base::{ClassId, IdVec, SelectorId};
use crate::kube::claim::{
    AllocationMode, DeviceClaim, DeviceClassSpec, DeviceConstraint, DeviceRequest, DeviceSelector, ExactDeviceRequest,
    ResourceClaimSpec,
};
use crate::kube::{DeviceClass, ResourceClaimTemplate};
use crate::model::{ClaimSpec, Class, MatchAttribute, Request};

/// A class with its selectors' texts.
pub fn device_class(class: &Class, selectors: &IdVec<SelectorId, String>) -> DeviceClass {
    let spec = DeviceClassSpec { selectors: cel(&class.selectors, selectors), ..DeviceClassSpec::default() };
    DeviceClass::new(class.name.clone(), spec)
}

/// A template named `name` from which claims like `claim` are made.
pub fn claim_template(
    name: &str,
    claim: &ClaimSpec,
    classes: &IdVec<ClassId, Class>,
    selectors: &IdVec<SelectorId, String>,
) -> ResourceClaimTemplate {
    let requests = claim.requests.iter().map(|r| request(r, classes, selectors)).collect();
    let constraints = claim.constraints.iter().map(|c| constraint(c, &claim.requests)).collect();
    ResourceClaimTemplate::new(name, ResourceClaimSpec { devices: DeviceClaim { requests, constraints, config: Vec::new() } })
}

fn cel(ids: &[SelectorId], selectors: &IdVec<SelectorId, String>) -> Vec<DeviceSelector> {
    ids.iter().map(|id| DeviceSelector::cel(selectors[*id].as_str())).collect()
}

fn request(request: &Request, classes: &IdVec<ClassId, Class>, selectors: &IdVec<SelectorId, String>) -> DeviceRequest {
    let exactly = ExactDeviceRequest {
        device_class_name: classes[request.class].name.clone(),
        selectors: cel(&request.selectors, selectors),
        allocation_mode: Some(AllocationMode::ExactCount),
        count: Some(i64::from(request.count)),
        ..ExactDeviceRequest::default()
    };
    DeviceRequest { name: request.name.clone(), exactly: Some(exactly), ..DeviceRequest::default() }
}

fn constraint(constraint: &MatchAttribute, requests: &[Request]) -> DeviceConstraint {
    DeviceConstraint {
        requests: constraint.requests.iter().map(|at| requests[*at as usize].name.clone()).collect(),
        match_attribute: Some(constraint.attribute.clone()),
        ..DeviceConstraint::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_reads_as_kubernetes_writes_it() {
        let selectors = IdVec::from(vec!["device.driver == \"gpu\"".to_owned(), "true".to_owned()]);
        let classes: IdVec<ClassId, Class> =
            IdVec::from(vec![Class { name: "gpu.example.com".to_owned(), selectors: vec![SelectorId(0)] }]);
        let claim = ClaimSpec {
            requests: vec![Request { name: "gpus".to_owned(), class: ClassId(0), selectors: vec![SelectorId(1)], count: 2 }],
            constraints: vec![MatchAttribute { requests: vec![0], attribute: "gpu.example.com/numa".to_owned() }],
        };
        let template = claim_template("train", &claim, &classes, &selectors);
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
