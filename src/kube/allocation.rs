//! `status` of a `resource.k8s.io/v1` ResourceClaim: what was given, who uses it, what drivers say about it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::kube::Amount;
use crate::kube::claim::OpaqueDeviceConfiguration;
use crate::kube::meta::Condition;
use crate::kube::node_selector::NodeSelector;
use crate::kube::object::{object, open_enum};
use crate::kube::slice::SkipNodeOperation;
use crate::kube::taint::DeviceToleration;

object! {
    /// `status` of a claim.
    pub struct ResourceClaimStatus {
        /// What was given; absent until then.
        allocation: Option<AllocationResult> = "allocation",
        /// Who may use it.
        reserved_for: Vec<ResourceClaimConsumerReference> = "reservedFor",
        /// What drivers say about the devices (KEP-4817).
        devices: Vec<AllocatedDeviceStatus> = "devices",
    }
}

object! {
    /// What was given to a claim.
    pub struct AllocationResult {
        /// Devices and what drivers are told about them.
        devices: DeviceAllocationResult = "devices" always,
        /// Nodes that can reach all the devices; absent for any.
        node_selector: Option<NodeSelector> = "nodeSelector",
        /// When it was given; RFC 3339. Set with binding conditions (KEP-5007).
        allocation_timestamp: Option<String> = "allocationTimestamp",
    }
}

object! {
    /// Devices that were given.
    pub struct DeviceAllocationResult {
        /// In the order of the requests.
        results: Vec<DeviceRequestAllocationResult> = "results",
        /// Those of the classes, then those of the claim.
        config: Vec<DeviceAllocationConfiguration> = "config",
    }
}

object! {
    /// A device that was given to a request.
    pub struct DeviceRequestAllocationResult {
        /// The request, as `request` or `request/alternative`.
        request: String = "request" always,
        /// Driver of the device.
        driver: String = "driver" always,
        /// Its pool.
        pool: String = "pool" always,
        /// Its name.
        device: String = "device" always,
        /// Access beside the actual users.
        admin_access: Option<bool> = "adminAccess",
        /// Those of the request.
        tolerations: Vec<DeviceToleration> = "tolerations",
        /// Those of the device.
        binding_conditions: Option<Vec<String>> = "bindingConditions",
        /// Those of the device.
        binding_failure_conditions: Option<Vec<String>> = "bindingFailureConditions",
        /// Which share of the device; a UUID.
        share_id: Option<String> = "shareID",
        /// How much of the device, for all its capacities.
        consumed_capacity: BTreeMap<String, Amount> = "consumedCapacity",
        /// Those of the slice.
        skip_node_operations: Vec<SkipNodeOperation> = "skipNodeOperations",
    }
}

object! {
    /// What a driver is told about devices that were given.
    pub struct DeviceAllocationConfiguration {
        /// Where it comes from.
        source: AllocationConfigSource = "source" always,
        /// Requests it is for; none for all.
        requests: Vec<String> = "requests",
        /// For one driver.
        opaque: Option<OpaqueDeviceConfiguration> = "opaque",
    }
}

open_enum! {
    /// Where a configuration comes from.
    pub enum AllocationConfigSource {
        /// The device class.
        FromClass = "FromClass",
        /// The claim.
        FromClaim = "FromClaim",
    }
}

object! {
    /// Who may use a claim: a pod or a pod group.
    pub struct ResourceClaimConsumerReference {
        /// Group of the resource; empty for core.
        api_group: String = "apiGroup",
        /// Resource, such as `pods`.
        resource: String = "resource" always,
        /// Name in the claim's namespace.
        name: String = "name" always,
        /// UID.
        uid: String = "uid" always,
    }
}

object! {
    /// What a driver says about a device that was given.
    pub struct AllocatedDeviceStatus {
        /// Driver of the device.
        driver: String = "driver" always,
        /// Its pool.
        pool: String = "pool" always,
        /// Its name.
        device: String = "device" always,
        /// Which share of it.
        share_id: Option<String> = "shareID",
        /// Conditions, among them binding conditions.
        conditions: Vec<Condition> = "conditions",
        /// Whatever the driver likes; a JSON object.
        data: Option<Value> = "data",
        /// Addresses of a network device.
        network_data: Option<NetworkDeviceData> = "networkData",
    }
}

object! {
    /// Addresses of a network device.
    pub struct NetworkDeviceData {
        /// Interface in the pod.
        interface_name: String = "interfaceName",
        /// Addresses with prefix lengths.
        ips: Vec<String> = "ips",
        /// Hardware address.
        hardware_address: String = "hardwareAddress",
    }
}
