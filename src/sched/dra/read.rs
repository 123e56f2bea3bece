//! From ResourceClaim objects to stored claims.

use std::sync::Arc;

use crate::base::{Moment, SimTime};
use crate::kube::ResourceClaim;
use crate::kube::allocation::{AllocatedDeviceStatus, AllocationResult, ResourceClaimConsumerReference};
use crate::kube::core::CoreInterning;
use crate::kube::intern::{Interning, Path, model_selector};
use crate::sched::dra::allocation::{Allocation, Held, Reach, Rest, Share};
use crate::sched::dra::claim::{ClaimUid, Consumer, DeviceCondition, DeviceStatus, EXTENDED, FINALIZER, StoredClaim};

/// Reads claims into the ids of one cluster.
pub struct Reading<'a> {
    /// Names of pods, nodes and claims, and what cannot be read.
    pub core: &'a mut CoreInterning,
    /// Devices, classes and expressions.
    pub objects: &'a mut Interning,
}

impl Reading<'_> {
    /// A claim.
    pub fn claim(&mut self, claim: &ResourceClaim, at: &Path<'_>) -> StoredClaim {
        let meta = &claim.metadata;
        let controller = meta.owner_references.iter().find(|owner| owner.controller == Some(true));
        let asked = self.objects.asked(claim, at, &mut self.core.findings);
        let status = &claim.status;
        StoredClaim {
            namespace: self.core.name(&meta.namespace),
            name: self.core.name(&meta.name),
            uid: ClaimUid::Stored(self.core.name(&meta.uid)),
            controller: controller.map(|owner| (self.core.name(&owner.name), self.core.name(&owner.uid))),
            is_extended: meta.annotations.get(EXTENDED).is_some_and(|value| value == "true"),
            is_deleting: meta.deletion_timestamp.is_some(),
            has_finalizer: meta.finalizers.iter().any(|finalizer| finalizer == FINALIZER),
            asked: Arc::new(asked),
            allocation: status.allocation.as_ref().map(|found| Arc::new(self.allocation(found, &at.field("status.allocation")))),
            reserved_for: status.reserved_for.iter().map(|consumer| self.consumer(consumer)).collect(),
            devices: status.devices.iter().map(|device| self.device(device)).collect(),
            version: 0,
        }
    }

    fn allocation(&mut self, found: &AllocationResult, at: &Path<'_>) -> Allocation {
        let at = at.field("devices.results");
        let mut held = Vec::with_capacity(found.devices.results.len());
        for (n, result) in found.devices.results.iter().enumerate() {
            let at = at.index(n);
            let amounts = &result.consumed_capacity;
            held.push(Held {
                key: self.objects.key(&result.driver, &result.pool, &result.device),
                given: None,
                is_admin: result.admin_access == Some(true),
                share: Share::new(
                    result.share_id.clone(),
                    self.objects.amounts(amounts, &at.field("consumedCapacity"), &mut self.core.findings),
                ),
            });
        }
        let time = found.allocation_timestamp.as_deref().and_then(|text| text.parse::<jiff::Timestamp>().ok());
        let since = time.and_then(|time| u64::try_from(time.as_nanosecond()).ok());
        Allocation {
            held: held.into(),
            reach: found
                .node_selector
                .as_ref()
                .map_or(Reach::All, |selector| Reach::Selected(Box::new(model_selector(selector)))),
            since: since.map_or(Moment::NOT_YET, |ns| SimTime(ns).floor_second().into()),
            skips_operations: found.devices.results.iter().any(|result| !result.skip_node_operations.is_empty()),
            has_conditions: found.devices.results.iter().any(|result| result.binding_conditions.is_some()),
            rest: Some(Box::new(Rest {
                config: Vec::new(),
                read: Some(AllocationResult { allocation_timestamp: None, ..found.clone() }),
            })),
        }
    }

    fn consumer(&mut self, consumer: &ResourceClaimConsumerReference) -> Consumer {
        Consumer {
            api_group: self.core.name(&consumer.api_group),
            resource: self.core.name(&consumer.resource),
            name: self.core.name(&consumer.name),
            uid: self.core.name(&consumer.uid),
        }
    }

    fn device(&mut self, device: &AllocatedDeviceStatus) -> DeviceStatus {
        let conditions = device.conditions.iter().map(|condition| DeviceCondition {
            kind: condition.r#type.clone(),
            is_true: condition.status == "True",
            reason: condition.reason.clone().unwrap_or_default(),
            message: condition.message.clone().unwrap_or_default(),
        });
        DeviceStatus { key: self.objects.key(&device.driver, &device.pool, &device.device), conditions: conditions.collect() }
    }
}
