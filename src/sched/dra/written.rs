//! From stored claims to what the API writes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::alloc::dra::Variant;
use crate::base::{NameId, Names};
use crate::kube::allocation::{AllocationResult, ResourceClaimConsumerReference};
use crate::kube::claim::{AllocationMode, DeviceClaim, DeviceRequest, ExactDeviceRequest, ResourceClaimSpec};
use crate::kube::intern::{Copied, allocation_result};
use crate::kube::pod::ContainerExtendedResourceRequest;
use crate::model::core::Pod;
use crate::model::dra::{self, Claim, CountMode, DeviceResult, NodeSelector};
use crate::sched::dra::allocation::{Allocation, Given, Held, Reach};
use crate::sched::dra::claim::{Consumer, Mapping, StoredClaim};
use crate::sched::dra::manager::Manager;

/// What a share is called where ids, which upstream draws, are of no account.
const SHARE: &str = "random";

impl Manager {
    /// Claims of a pod by name: `allocation` without its time, `reservedFor`. Share ids are written as `random`.
    pub fn claims_written(&self, names: &Names, pod: &Pod) -> BTreeMap<String, Value> {
        let mut written = BTreeMap::new();
        for name in pod.claim_names() {
            if let Some(claim) = self.tracker().get((pod.spec.namespace, name)) {
                written.insert(names.text(name).to_owned(), self.status(names, claim));
            }
        }
        written
    }

    /// The claim that was made for the extended resources of a pod, as recorded in the pod's status: `spec`, `status`,
    /// `requestMappings`.
    pub fn extended_claim_written(&self, names: &Names, pod: &Pod) -> Option<Value> {
        let (name, mappings) = self.extended_status(pod.uid)?;
        let claim = self.tracker().get((pod.spec.namespace, *name))?;
        let mut written = json!({ "spec": spec(&claim.asked), "status": self.status(names, claim) });
        if claim.asked.requests.is_empty() {
            // The list is no optional field.
            written["spec"]["devices"]["requests"] = Value::Null;
        }
        if !mappings.is_empty() {
            let mappings = mappings.iter().map(|mapping| request_mapping(names, mapping)).collect::<Vec<_>>();
            written["requestMappings"] = json!(mappings);
        }
        Some(written)
    }

    /// What the scheduler writes into the status of a claim.
    fn status(&self, names: &Names, claim: &StoredClaim) -> Value {
        let mut status = json!({});
        if let Some(allocation) = &claim.allocation {
            let mut written = self.written(&claim.asked, allocation);
            for result in &mut written.devices.results {
                result.share_id = result.share_id.as_ref().map(|_| SHARE.to_owned());
            }
            status["allocation"] = json!(written);
        }
        if !claim.reserved_for.is_empty() {
            let consumers = claim.reserved_for.iter().map(|consumer| reference(names, consumer)).collect::<Vec<_>>();
            status["reservedFor"] = json!(consumers);
        }
        status
    }

    /// What was given to a claim that asks for `asked`, as the API writes it, without `allocationTimestamp`.
    pub fn written(&self, asked: &Claim, allocation: &Allocation) -> AllocationResult {
        if let Some(read) = allocation.rest.as_ref().and_then(|rest| rest.read.as_ref()) {
            return read.clone();
        }
        let settings = self.settings();
        let copied = Copied {
            binding_conditions: settings.features.binding_and_status,
            skip_node_operations: settings.variant == Variant::Experimental,
        };
        let results = allocation.held.iter().filter_map(|held| Some((held, held.given?)));
        let result = dra::AllocationResult {
            results: results.map(|(held, given)| decided(held, given)).collect(),
            config: allocation.rest.as_ref().map(|rest| rest.config.clone()).unwrap_or_default(),
            node_selector: match &allocation.reach {
                Reach::All => None,
                Reach::Node(node) => Some(NodeSelector::of_node(&self.node(*node).name)),
                Reach::Selected(selector) => Some(NodeSelector::clone(selector)),
            },
        };
        let mut shares = allocation.held.iter().filter_map(Held::share_id);
        allocation_result(self.published(), asked, &result, copied, &mut || shares.next().unwrap_or_default().to_owned())
    }
}

/// What the allocator decided about one device.
fn decided(held: &Held, given: Given) -> DeviceResult {
    DeviceResult {
        leaf: given.leaf,
        device: given.device,
        admin_access: held.is_admin,
        is_share: held.share_id().is_some(),
        consumed: held.consumed().to_vec(),
    }
}

fn reference(names: &Names, consumer: &Consumer) -> ResourceClaimConsumerReference {
    let text = |name: NameId| names.text(name).to_owned();
    ResourceClaimConsumerReference {
        api_group: text(consumer.api_group),
        resource: text(consumer.resource),
        name: text(consumer.name),
        uid: text(consumer.uid),
    }
}

fn request_mapping(names: &Names, mapping: &Mapping) -> ContainerExtendedResourceRequest {
    ContainerExtendedResourceRequest {
        container_name: names.text(mapping.container).to_owned(),
        resource_name: names.text(mapping.resource).to_owned(),
        request_name: mapping.request.clone(),
    }
}

/// The `spec` of a claim for extended resources: exact requests with a class and a count.
fn spec(asked: &Claim) -> ResourceClaimSpec {
    let requests = asked.requests.iter().flat_map(|request| request.leaves().first().map(|leaf| (request, leaf)));
    let requests = requests.map(|(request, leaf)| DeviceRequest {
        name: request.name.clone(),
        exactly: Some(ExactDeviceRequest {
            device_class_name: leaf.class.name.clone(),
            allocation_mode: Some(AllocationMode::ExactCount),
            count: match leaf.mode {
                CountMode::Exact(count) => Some(count),
                _ => None,
            },
            ..ExactDeviceRequest::default()
        }),
        ..DeviceRequest::default()
    });
    ResourceClaimSpec { devices: DeviceClaim { requests: requests.collect(), ..DeviceClaim::default() } }
}
