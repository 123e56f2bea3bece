//! `resource.k8s.io/v1` DeviceClass, ResourceClaim and ResourceClaimTemplate.
//!
//! Tolerations, configs, prioritised lists, capacity requests and a claim's status are not here yet: they are reported as
//! unknown.

use serde::{Deserialize, Serialize};

use crate::kube::ObjectMeta;
use crate::kube::meta::RESOURCE_V1;

/// A class of devices.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceClass {
    /// `resource.k8s.io/v1`
    pub api_version: String,
    /// `DeviceClass`
    pub kind: String,
    /// Name.
    pub metadata: ObjectMeta,
    /// Contents.
    #[serde(default)]
    pub spec: DeviceClassSpec,
}

/// `spec` of a class.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeviceClassSpec {
    /// All must match.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub selectors: Vec<DeviceSelector>,
    /// Extended resource by which pods can ask for the class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extended_resource_name: Option<String>,
}

/// A selector; upstream has the CEL form only.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceSelector {
    /// The expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cel: Option<CelDeviceSelector>,
}

/// A CEL selector.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CelDeviceSelector {
    /// Its text.
    pub expression: String,
}

/// A claim.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceClaim {
    /// `resource.k8s.io/v1`
    pub api_version: String,
    /// `ResourceClaim`
    pub kind: String,
    /// Name and namespace.
    pub metadata: ObjectMeta,
    /// What is asked for.
    #[serde(default)]
    pub spec: ResourceClaimSpec,
}

/// A template from which a claim is made for each pod.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceClaimTemplate {
    /// `resource.k8s.io/v1`
    pub api_version: String,
    /// `ResourceClaimTemplate`
    pub kind: String,
    /// Name and namespace.
    pub metadata: ObjectMeta,
    /// The claim to be made.
    pub spec: ResourceClaimTemplateSpec,
}

/// `spec` of a template.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceClaimTemplateSpec {
    /// Labels and annotations of the claims.
    #[serde(default, skip_serializing_if = "is_default")]
    pub metadata: ObjectMeta,
    /// What the claims ask for.
    pub spec: ResourceClaimSpec,
}

fn is_default(meta: &ObjectMeta) -> bool {
    *meta == ObjectMeta::default()
}

/// `spec` of a claim.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ResourceClaimSpec {
    /// Devices.
    pub devices: DeviceClaim,
}

/// The devices that a claim asks for.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeviceClaim {
    /// All must be satisfied.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<DeviceRequest>,
    /// All must hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<DeviceConstraint>,
}

/// A request.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceRequest {
    /// Name, unique in the claim.
    pub name: String,
    /// What is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exactly: Option<ExactDeviceRequest>,
}

/// A request without alternatives.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExactDeviceRequest {
    /// Class that the devices must be of.
    pub device_class_name: String,
    /// All must match, after those of the class.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub selectors: Vec<DeviceSelector>,
    /// `ExactCount` unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocation_mode: Option<AllocationMode>,
    /// How many devices, for `ExactCount`; 1 unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
    /// Access beside the actual users.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admin_access: Option<bool>,
}

/// How many devices a request wants.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum AllocationMode {
    /// `count` of them.
    ExactCount,
    /// All that match.
    All,
}

/// A condition across devices.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceConstraint {
    /// Requests it covers; none for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<String>,
    /// All devices publish the same value of this attribute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub match_attribute: Option<String>,
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

impl ResourceClaimTemplate {
    /// A template with this name.
    pub fn new(name: impl Into<String>, spec: ResourceClaimSpec) -> ResourceClaimTemplate {
        let (api_version, kind) = (RESOURCE_V1.to_owned(), "ResourceClaimTemplate".to_owned());
        let spec = ResourceClaimTemplateSpec { metadata: ObjectMeta::default(), spec };
        ResourceClaimTemplate { api_version, kind, metadata: ObjectMeta::named(name), spec }
    }
}
