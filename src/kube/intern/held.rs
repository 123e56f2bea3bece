//! What claims hold already: from their status, or said directly.

use std::collections::BTreeMap;

use crate::base::{DeviceKeyId, Findings, NameId, Quantity};
use crate::kube::allocation::AllocationResult;
use crate::kube::intern::builder::Interning;
use crate::kube::intern::path::Path;
use crate::kube::{Amount, ResourceClaim};

impl Interning {
    /// Adds what a claim holds, if it is allocated (`plugins/dynamicresources/allocateddevices.go`): nothing for results with
    /// admin access; a share where the result has a share id and `consumable` is on (`DRAConsumableCapacity`); else the
    /// whole device.
    pub fn allocated_claim(&mut self, claim: &ResourceClaim, consumable: bool, at: &Path<'_>, findings: &mut Findings) {
        if let Some(allocation) = &claim.status.allocation {
            self.allocation(allocation, consumable, &at.field("status.allocation"), findings);
        }
    }

    /// Adds what an allocation holds.
    pub fn allocation(&mut self, found: &AllocationResult, consumable: bool, at: &Path<'_>, findings: &mut Findings) {
        let at = at.field("devices.results");
        for (n, result) in found.devices.results.iter().enumerate() {
            let (driver, pool, device) = (&result.driver, &result.pool, &result.device);
            match &result.share_id {
                _ if result.admin_access == Some(true) => {}
                Some(share) if consumable => {
                    self.share(driver, pool, device, share);
                    if !result.consumed_capacity.is_empty() {
                        let at = at.index(n);
                        self.consumed(driver, pool, device, &result.consumed_capacity, &at.field("consumedCapacity"), findings);
                    }
                }
                _ => self.dedicated(driver, pool, device),
            }
        }
    }

    /// The identity of a device, published or not.
    pub fn key(&mut self, driver: &str, pool: &str, device: &str) -> DeviceKeyId {
        self.publisher.key(driver, pool, device)
    }

    /// Amounts by name.
    pub fn amounts(
        &mut self,
        amounts: &BTreeMap<String, Amount>,
        at: &Path<'_>,
        findings: &mut Findings,
    ) -> Vec<(NameId, Quantity)> {
        amounts.iter().map(|(name, amount)| (self.publisher.name(name), at.field(name).quantity(amount, findings))).collect()
    }

    /// A device that is held exclusively, published or not.
    pub fn dedicated(&mut self, driver: &str, pool: &str, device: &str) {
        let key = self.publisher.key(driver, pool, device);
        self.allocated.dedicated.insert(key);
    }

    /// A share of a device.
    pub fn share(&mut self, driver: &str, pool: &str, device: &str, share: &str) {
        let key = self.publisher.key(driver, pool, device);
        self.allocated.shares.entry(key).or_default().insert(share.to_owned());
    }

    /// What a share of a device consumes; amounts add up.
    pub fn consumed(
        &mut self,
        driver: &str,
        pool: &str,
        device: &str,
        amounts: &BTreeMap<String, Amount>,
        at: &Path<'_>,
        findings: &mut Findings,
    ) {
        let key: DeviceKeyId = self.publisher.key(driver, pool, device);
        self.allocated.consumed.entry(key).or_default();
        for (name, amount) in amounts {
            let amount = at.field(name).quantity(amount, findings);
            let name = self.publisher.name(name);
            let consumed = self.allocated.consumed.entry(key).or_default();
            let sum = consumed.get(&name).map_or(Some(amount.clone()), |sum| sum.checked_add(&amount));
            // A sum that cannot be written out is more than any device has.
            consumed.insert(name, sum.unwrap_or_else(|| consumed.get(&name).cloned().unwrap_or(Quantity::ZERO).max(amount)));
        }
    }
}
