//! `resource.k8s.io/v1` ResourceSlice.

use std::collections::BTreeMap;

use crate::kube::meta::RESOURCE_V1;
use crate::kube::node_selector::NodeSelector;
use crate::kube::object::{object, open_enum};
use crate::kube::taint::DeviceTaint;
use crate::kube::{Amount, ByName, ObjectMeta};

object! {
    /// A part of what a driver publishes about one pool.
    pub struct ResourceSlice {
        /// `resource.k8s.io/v1`
        api_version: String = "apiVersion" always,
        /// `ResourceSlice`
        kind: String = "kind" always,
        /// Name.
        metadata: ObjectMeta = "metadata" always,
        /// Contents.
        spec: ResourceSliceSpec = "spec" always,
    }
}

object! {
    /// `spec` of a slice. Exactly one of the four ways to name nodes is set.
    pub struct ResourceSliceSpec {
        /// Driver name.
        driver: String = "driver" always,
        /// The pool it belongs to.
        pool: ResourcePool = "pool" always,
        /// Devices of this node.
        node_name: Option<String> = "nodeName",
        /// Devices that these nodes can reach; one term.
        node_selector: Option<NodeSelector> = "nodeSelector",
        /// Devices that any node can reach.
        all_nodes: Option<bool> = "allNodes",
        /// The devices, in the order in which the allocator tries them.
        devices: Vec<Device> = "devices",
        /// Each device names its nodes (KEP-4815).
        per_device_node_selection: Option<bool> = "perDeviceNodeSelection",
        /// Counters that devices of the pool draw from (KEP-4815); excludes devices.
        shared_counters: Vec<CounterSet> = "sharedCounters",
        /// Attribute that names the type of a partition; the allocator does not read it.
        partition_type_attribute: Option<String> = "partitionTypeAttribute",
        /// What the kubelet need not do for these devices.
        skip_node_operations: Vec<SkipNodeOperation> = "skipNodeOperations",
    }
}

open_enum! {
    /// A call of the kubelet to a driver.
    pub enum SkipNodeOperation {
        /// Before the pod starts.
        NodePrepareResources = "NodePrepareResources",
        /// After it ended.
        NodeUnprepareResources = "NodeUnprepareResources",
        /// Both.
        All = "*",
    }
}

object! {
    /// The pool of a slice.
    pub struct ResourcePool {
        /// Pool name; the node name for devices of one node.
        name: String = "name" always,
        /// Only the slices of the highest generation count.
        generation: i64 = "generation" always,
        /// How many slices the pool has at this generation.
        resource_slice_count: i64 = "resourceSliceCount" always,
    }
}

object! {
    /// Counters that devices share.
    pub struct CounterSet {
        /// Name, unique in the pool.
        name: String = "name" always,
        /// How much there is.
        counters: BTreeMap<String, Counter> = "counters",
    }
}

object! {
    /// A counter: how much there is, or how much is drawn.
    pub struct Counter {
        /// The amount.
        value: Amount = "value" always,
    }
}

object! {
    /// A device.
    pub struct Device {
        /// Name, unique in the pool.
        name: String = "name" always,
        /// Attributes; a name without a domain belongs to the driver.
        attributes: ByName<DeviceAttribute> = "attributes",
        /// Capacities, named likewise.
        capacity: ByName<DeviceCapacity> = "capacity",
        /// What it draws from shared counters while allocated (KEP-4815).
        consumes_counters: Vec<DeviceCounterConsumption> = "consumesCounters",
        /// Its node, if the slice leaves that to devices.
        node_name: Option<String> = "nodeName",
        /// Nodes that can reach it, likewise.
        node_selector: Option<NodeSelector> = "nodeSelector",
        /// Any node can reach it, likewise.
        all_nodes: Option<bool> = "allNodes",
        /// Taints of the driver (KEP-5055).
        taints: Vec<DeviceTaint> = "taints",
        /// An allocation is for the chosen node only (KEP-5007).
        binds_to_node: Option<bool> = "bindsToNode",
        /// Must all become true before the pod is bound (KEP-5007).
        binding_conditions: Option<Vec<String>> = "bindingConditions",
        /// Any that becomes true ends the allocation (KEP-5007).
        binding_failure_conditions: Option<Vec<String>> = "bindingFailureConditions",
        /// Several allocations may share the device (KEP-5075).
        allow_multiple_allocations: Option<bool> = "allowMultipleAllocations",
        /// What the device is or costs in resources of its node, by resource name (KEP-5517).
        node_allocatable_resources: BTreeMap<String, NodeAllocatableResource> = "nodeAllocatableResources",
    }
}

object! {
    /// What a device draws from one counter set.
    pub struct DeviceCounterConsumption {
        /// The set, in the same pool.
        counter_set: String = "counterSet" always,
        /// How much of which counter.
        counters: BTreeMap<String, Counter> = "counters",
        /// Groups of devices that may draw from the set together (KEP-5963).
        compatibility_groups: Vec<String> = "compatibilityGroups",
    }
}

object! {
    /// The value of an attribute: exactly one field is set.
    pub struct DeviceAttribute {
        /// An integer.
        int: Option<i64> = "int",
        /// True or false.
        bool: Option<bool> = "bool",
        /// A text.
        string: Option<String> = "string",
        /// A semantic version.
        version: Option<String> = "version",
        /// Integers (KEP-5491).
        ints: Option<Vec<i64>> = "ints",
        /// Booleans.
        bools: Option<Vec<bool>> = "bools",
        /// Texts.
        strings: Option<Vec<String>> = "strings",
        /// Semantic versions.
        versions: Option<Vec<String>> = "versions",
    }
}

object! {
    /// A capacity.
    pub struct DeviceCapacity {
        /// How much there is.
        value: Amount = "value" always,
        /// How claims may draw from it (KEP-5075).
        request_policy: Option<CapacityRequestPolicy> = "requestPolicy",
    }
}

object! {
    /// How claims may draw from a capacity of a shareable device.
    pub struct CapacityRequestPolicy {
        /// What a claim takes that does not name the capacity.
        default: Option<Amount> = "default",
        /// The amounts that can be taken; a request is rounded up to one. Excludes a range.
        valid_values: Vec<Amount> = "validValues",
        /// Between which amounts, in which steps.
        valid_range: Option<CapacityRequestPolicyRange> = "validRange",
    }
}

object! {
    /// A range of amounts.
    pub struct CapacityRequestPolicyRange {
        /// The least; smaller requests are rounded up.
        min: Option<Amount> = "min",
        /// The most; the capacity unless set.
        max: Option<Amount> = "max",
        /// Amounts are `min` plus a multiple of it.
        step: Option<Amount> = "step",
    }
}

object! {
    /// What a device means for one resource of its node.
    pub struct NodeAllocatableResource {
        /// The device is a part of the resource.
        mapping: Option<NodeAllocatableMapping> = "mapping",
        /// Using the device costs so much of it.
        overhead: Option<NodeAllocatableOverhead> = "overhead",
    }
}

object! {
    /// How much of a node's resource a device is: by a capacity, or by the device.
    pub struct NodeAllocatableMapping {
        /// Capacity of the device that counts.
        capacity_key: Option<String> = "capacityKey",
        /// Units of the resource for each unit of the capacity.
        capacity_multiplier: Option<Amount> = "capacityMultiplier",
        /// Units of the resource for the device.
        device_multiplier: Option<Amount> = "deviceMultiplier",
    }
}

object! {
    /// What using a device costs of a node's resource.
    pub struct NodeAllocatableOverhead {
        /// For each pod.
        per_pod: Option<Amount> = "perPod",
        /// For each container.
        per_container: Option<Amount> = "perContainer",
    }
}

impl ResourceSlice {
    /// A slice with this name.
    pub fn new(name: impl Into<String>, spec: ResourceSliceSpec) -> ResourceSlice {
        let (api_version, kind) = (RESOURCE_V1.to_owned(), "ResourceSlice".to_owned());
        ResourceSlice { api_version, kind, metadata: ObjectMeta::named(name), spec }
    }
}
