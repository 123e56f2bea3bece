//! `resource.k8s.io/v1` DeviceClass, ResourceClaim and ResourceClaimTemplate: what is asked for. What was given is in
//! [`crate::kube::allocation`].

use std::collections::BTreeMap;

use serde_json::Value;

use crate::kube::allocation::ResourceClaimStatus;
use crate::kube::meta::RESOURCE_V1;
use crate::kube::object::{object, open_enum};
use crate::kube::taint::DeviceToleration;
use crate::kube::{Amount, ObjectMeta};

object! {
    /// A class of devices.
    pub struct DeviceClass {
        /// `resource.k8s.io/v1`
        api_version: String = "apiVersion" always,
        /// `DeviceClass`
        kind: String = "kind" always,
        /// Name.
        metadata: ObjectMeta = "metadata" always,
        /// Contents.
        spec: DeviceClassSpec = "spec" always,
    }
}

object! {
    /// `spec` of a class.
    pub struct DeviceClassSpec {
        /// All must match.
        selectors: Vec<DeviceSelector> = "selectors",
        /// What drivers are told about devices of the class.
        config: Vec<DeviceClassConfiguration> = "config",
        /// Extended resource by which pods can ask for the class (KEP-5004).
        extended_resource_name: Option<String> = "extendedResourceName",
    }
}

object! {
    /// A selector; upstream has the CEL form only.
    pub struct DeviceSelector {
        /// The expression.
        cel: Option<CelDeviceSelector> = "cel",
    }
}

object! {
    /// A CEL selector.
    pub struct CelDeviceSelector {
        /// Its text.
        expression: String = "expression" always,
    }
}

object! {
    /// A configuration of a class.
    pub struct DeviceClassConfiguration {
        /// For one driver.
        opaque: Option<OpaqueDeviceConfiguration> = "opaque",
    }
}

object! {
    /// What one driver is told; nobody else reads it.
    pub struct OpaqueDeviceConfiguration {
        /// The driver.
        driver: String = "driver" always,
        /// A JSON object.
        parameters: Value = "parameters" always,
    }
}

object! {
    /// A claim.
    pub struct ResourceClaim {
        /// `resource.k8s.io/v1`
        api_version: String = "apiVersion" always,
        /// `ResourceClaim`
        kind: String = "kind" always,
        /// Name and namespace.
        metadata: ObjectMeta = "metadata" always,
        /// What is asked for.
        spec: ResourceClaimSpec = "spec" always,
        /// What was given, and who uses it.
        status: ResourceClaimStatus = "status",
    }
}

object! {
    /// A template from which a claim is made for each pod.
    pub struct ResourceClaimTemplate {
        /// `resource.k8s.io/v1`
        api_version: String = "apiVersion" always,
        /// `ResourceClaimTemplate`
        kind: String = "kind" always,
        /// Name and namespace.
        metadata: ObjectMeta = "metadata" always,
        /// The claim to be made.
        spec: ResourceClaimTemplateSpec = "spec" always,
    }
}

object! {
    /// `spec` of a template.
    pub struct ResourceClaimTemplateSpec {
        /// Labels and annotations of the claims.
        metadata: ObjectMeta = "metadata",
        /// What the claims ask for.
        spec: ResourceClaimSpec = "spec" always,
    }
}

object! {
    /// `spec` of a claim.
    pub struct ResourceClaimSpec {
        /// Devices.
        devices: DeviceClaim = "devices" always,
    }
}

object! {
    /// The devices that a claim asks for.
    pub struct DeviceClaim {
        /// All must be satisfied.
        requests: Vec<DeviceRequest> = "requests",
        /// All must hold.
        constraints: Vec<DeviceConstraint> = "constraints",
        /// What drivers are told.
        config: Vec<DeviceClaimConfiguration> = "config",
    }
}

object! {
    /// A request: one of the two forms is set.
    pub struct DeviceRequest {
        /// Name, unique in the claim.
        name: String = "name" always,
        /// What is asked for.
        exactly: Option<ExactDeviceRequest> = "exactly",
        /// Alternatives, the most wanted first (KEP-4816).
        first_available: Vec<DeviceSubRequest> = "firstAvailable",
    }
}

object! {
    /// A request without alternatives.
    pub struct ExactDeviceRequest {
        /// Class that the devices must be of.
        device_class_name: String = "deviceClassName" always,
        /// All must match, after those of the class.
        selectors: Vec<DeviceSelector> = "selectors",
        /// The API server sets `ExactCount` where it is absent; the allocator refuses what is absent.
        allocation_mode: Option<AllocationMode> = "allocationMode",
        /// How many devices, for `ExactCount`; the API server sets 1 where it is absent.
        count: Option<i64> = "count",
        /// Access beside the actual users (KEP-5018).
        admin_access: Option<bool> = "adminAccess",
        /// Taints that are accepted (KEP-5055).
        tolerations: Vec<DeviceToleration> = "tolerations",
        /// How much of each device (KEP-5075).
        capacity: Option<CapacityRequirements> = "capacity",
        /// Attributes computed from those that are published.
        derived_attributes: Vec<DeviceDerivedAttribute> = "derivedAttributes",
    }
}

object! {
    /// One alternative of a request. Fields are those of [`ExactDeviceRequest`], without admin access.
    pub struct DeviceSubRequest {
        /// Name, unique in the request.
        name: String = "name" always,
        /// Class that the devices must be of.
        device_class_name: String = "deviceClassName" always,
        /// All must match, after those of the class.
        selectors: Vec<DeviceSelector> = "selectors",
        /// How many devices are wanted.
        allocation_mode: Option<AllocationMode> = "allocationMode",
        /// How many, for `ExactCount`.
        count: Option<i64> = "count",
        /// Taints that are accepted.
        tolerations: Vec<DeviceToleration> = "tolerations",
        /// How much of each device.
        capacity: Option<CapacityRequirements> = "capacity",
        /// Attributes computed from those that are published.
        derived_attributes: Vec<DeviceDerivedAttribute> = "derivedAttributes",
    }
}

open_enum! {
    /// How many devices a request wants.
    pub enum AllocationMode {
        /// `count` of them.
        ExactCount = "ExactCount",
        /// All that match.
        All = "All",
    }
}

object! {
    /// How much a request wants of each device.
    pub struct CapacityRequirements {
        /// Amounts by capacity; a name without a domain belongs to the driver.
        requests: BTreeMap<String, Amount> = "requests",
    }
}

object! {
    /// An attribute that a CEL expression computes for each device.
    pub struct DeviceDerivedAttribute {
        /// Name with a domain.
        name: String = "name" always,
        /// The expression.
        expression: String = "expression" always,
    }
}

object! {
    /// A condition across devices: one of the two attributes is set.
    pub struct DeviceConstraint {
        /// Requests it covers; none for all.
        requests: Vec<String> = "requests",
        /// All devices publish the same value of this attribute.
        match_attribute: Option<String> = "matchAttribute",
        /// All devices publish different values of this attribute (KEP-5075).
        distinct_attribute: Option<String> = "distinctAttribute",
    }
}

object! {
    /// A configuration of a claim.
    pub struct DeviceClaimConfiguration {
        /// Requests it is for; none for all.
        requests: Vec<String> = "requests",
        /// For one driver.
        opaque: Option<OpaqueDeviceConfiguration> = "opaque",
    }
}

impl DeviceSelector {
    /// A CEL selector with this text.
    pub fn cel(expression: impl Into<String>) -> DeviceSelector {
        DeviceSelector { cel: Some(CelDeviceSelector { expression: expression.into() }) }
    }
}

impl DeviceClass {
    /// A class with this name.
    pub fn new(name: impl Into<String>, spec: DeviceClassSpec) -> DeviceClass {
        let (api_version, kind) = (RESOURCE_V1.to_owned(), "DeviceClass".to_owned());
        DeviceClass { api_version, kind, metadata: ObjectMeta::named(name), spec }
    }
}

impl ResourceClaim {
    /// A claim with this namespace and name.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>, spec: ResourceClaimSpec) -> ResourceClaim {
        ResourceClaim {
            api_version: RESOURCE_V1.to_owned(),
            kind: "ResourceClaim".to_owned(),
            metadata: ObjectMeta { namespace: namespace.into(), ..ObjectMeta::named(name) },
            spec,
            status: ResourceClaimStatus::default(),
        }
    }
}

impl ResourceClaimTemplate {
    /// A template with this name.
    pub fn new(name: impl Into<String>, spec: ResourceClaimSpec) -> ResourceClaimTemplate {
        let (api_version, kind) = (RESOURCE_V1.to_owned(), "ResourceClaimTemplate".to_owned());
        let spec = ResourceClaimTemplateSpec { metadata: ObjectMeta::default(), spec };
        ResourceClaimTemplate { api_version, kind, metadata: ObjectMeta::named(name), spec }
    }
}
