//! What the allocator decided, as the API writes it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::kube::Amount;
use crate::kube::allocation::{
    AllocationConfigSource, AllocationResult, DeviceAllocationConfiguration, DeviceAllocationResult,
    DeviceRequestAllocationResult,
};
use crate::kube::claim::OpaqueDeviceConfiguration;
use crate::kube::intern::slice::kube_selector;
use crate::kube::slice::SkipNodeOperation;
use crate::kube::taint::DeviceToleration;
use crate::model::dra::{
    self, Asked, Claim, ConfigSource, DeviceKey, DeviceResult, Leaf, Published, Request, ResultConfig, Toleration,
};

/// What is copied from slices into results beside the essentials; it depends on features and variant (`dra.md` 2.16).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Copied {
    /// Binding conditions (`DRADeviceBindingConditions+DRAResourceClaimDeviceStatus`).
    pub binding_conditions: bool,
    /// `skipNodeOperations` (the experimental variant).
    pub skip_node_operations: bool,
}

/// The allocation of `claim`. `share_id` gives each share its id, which upstream draws.
pub fn allocation_result(
    published: &Published,
    claim: &Claim,
    result: &dra::AllocationResult,
    copied: Copied,
    share_id: &mut dyn FnMut() -> String,
) -> AllocationResult {
    let results = result.results.iter();
    AllocationResult {
        devices: DeviceAllocationResult {
            results: results.map(|found| device(published, claim, found, copied, share_id)).collect(),
            config: result.config.iter().map(config).collect(),
        },
        node_selector: result.node_selector.as_ref().map(kube_selector),
        allocation_timestamp: None,
    }
}

fn device(
    published: &Published,
    claim: &Claim,
    found: &DeviceResult,
    copied: Copied,
    share_id: &mut dyn FnMut() -> String,
) -> DeviceRequestAllocationResult {
    let device = &published.devices[found.device];
    let DeviceKey { driver, pool, device: name } = published.keys[device.key];
    let text = |name| published.names.text(name).to_owned();
    let traits = &published.traits[device.traits];
    let conditions = |list: &Option<Vec<String>>| list.clone().filter(|list| copied.binding_conditions && !list.is_empty());
    let operations = published.slices[device.slice].skip_node_operations.iter().filter(|_| copied.skip_node_operations);
    let consumed = found.consumed.iter().map(|(name, amount)| (text(*name), Amount(amount.exact_text())));
    let (request, leaf) = leaf(claim, found.leaf);
    DeviceRequestAllocationResult {
        request,
        driver: text(driver),
        pool: text(pool),
        device: text(name),
        admin_access: found.admin_access.then_some(true),
        tolerations: leaf.map(|leaf| leaf.tolerations.iter().map(toleration).collect()).unwrap_or_default(),
        binding_conditions: conditions(&traits.binding_conditions),
        binding_failure_conditions: conditions(&traits.binding_failure_conditions),
        share_id: found.is_share.then(share_id),
        consumed_capacity: consumed.collect::<BTreeMap<_, _>>(),
        skip_node_operations: operations.map(|text| SkipNodeOperation::from(text.as_str())).collect(),
    }
}

/// The name by which results speak of a leaf, `r` or `r/s`, and the leaf.
fn leaf(claim: &Claim, (request, alternative): (u32, Option<u32>)) -> (String, Option<&Leaf>) {
    let Some(Request { name, asked }) = claim.requests.get(request as usize) else { return (String::new(), None) };
    match (asked, alternative) {
        (Asked::FirstAvailable(leaves), Some(at)) => match leaves.get(at as usize) {
            Some(leaf) => (format!("{name}/{}", leaf.name), Some(leaf)),
            None => (name.clone(), None),
        },
        (Asked::Exactly(leaf), _) => (name.clone(), Some(leaf)),
        _ => (name.clone(), None),
    }
}

fn toleration(found: &Toleration) -> DeviceToleration {
    DeviceToleration {
        key: found.key.clone(),
        operator: (!found.operator.is_empty()).then(|| found.operator.as_str().into()),
        value: found.value.clone(),
        effect: (!found.effect.is_empty()).then(|| found.effect.as_str().into()),
        toleration_seconds: found.seconds,
    }
}

fn config(found: &ResultConfig) -> DeviceAllocationConfiguration {
    let body: Value = serde_json::from_str(&found.body).unwrap_or_default();
    let opaque = body.get("opaque").map(|opaque| OpaqueDeviceConfiguration {
        driver: opaque["driver"].as_str().unwrap_or_default().to_owned(),
        parameters: opaque["parameters"].clone(),
    });
    DeviceAllocationConfiguration {
        source: match found.source {
            ConfigSource::Class => AllocationConfigSource::FromClass,
            ConfigSource::Claim => AllocationConfigSource::FromClaim,
        },
        requests: found.requests.clone(),
        opaque,
    }
}
