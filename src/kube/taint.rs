//! Device taints, tolerations and `resource.k8s.io/v1` DeviceTaintRule (KEP-5055).

use crate::kube::meta::{Condition, ObjectMeta, RESOURCE_V1};
use crate::kube::object::{object, open_enum};

object! {
    /// A taint of a device.
    pub struct DeviceTaint {
        /// What is wrong; a label name.
        key: String = "key" always,
        /// More about it; a label value.
        value: String = "value",
        /// What it does to claims that do not tolerate it.
        effect: DeviceTaintEffect = "effect" always,
        /// When it was added; RFC 3339. The API server fills it in.
        time_added: Option<String> = "timeAdded",
    }
}

open_enum! {
    /// What a taint does to claims that do not tolerate it.
    pub enum DeviceTaintEffect {
        /// Nothing; for information.
        None = "None",
        /// The device is not allocated.
        NoSchedule = "NoSchedule",
        /// Nor may pods go on using it.
        NoExecute = "NoExecute",
    }
}

object! {
    /// A taint that a request accepts.
    pub struct DeviceToleration {
        /// Key of the taint; empty for any.
        key: String = "key",
        /// `Equal` unless set.
        operator: Option<DeviceTolerationOperator> = "operator",
        /// Value of the taint, for `Equal`.
        value: String = "value",
        /// Effect of the taint; any unless set.
        effect: Option<DeviceTaintEffect> = "effect",
        /// How long `NoExecute` is borne; forever unless set.
        toleration_seconds: Option<i64> = "tolerationSeconds",
    }
}

open_enum! {
    /// How a toleration compares values.
    pub enum DeviceTolerationOperator {
        /// Any value will do.
        Exists = "Exists",
        /// The same value.
        Equal = "Equal",
    }
}

object! {
    /// A taint that an administrator puts on devices.
    pub struct DeviceTaintRule {
        /// `resource.k8s.io/v1`
        api_version: String = "apiVersion" always,
        /// `DeviceTaintRule`
        kind: String = "kind" always,
        /// Name.
        metadata: ObjectMeta = "metadata" always,
        /// Which devices, which taint.
        spec: DeviceTaintRuleSpec = "spec" always,
        /// How far evictions are.
        status: DeviceTaintRuleStatus = "status",
    }
}

object! {
    /// `spec` of a rule.
    pub struct DeviceTaintRuleSpec {
        /// Devices: none if absent, all if empty.
        device_selector: Option<DeviceTaintSelector> = "deviceSelector",
        /// The taint.
        taint: DeviceTaint = "taint" always,
    }
}

object! {
    /// Devices, by what all given parts say.
    pub struct DeviceTaintSelector {
        /// Devices of this driver.
        driver: Option<String> = "driver",
        /// Devices in pools with this name.
        pool: Option<String> = "pool",
        /// Devices with this name.
        device: Option<String> = "device",
    }
}

object! {
    /// `status` of a rule.
    pub struct DeviceTaintRuleStatus {
        /// At most 8.
        conditions: Vec<Condition> = "conditions",
    }
}

impl DeviceTaintRule {
    /// A rule with this name.
    pub fn new(name: impl Into<String>, spec: DeviceTaintRuleSpec) -> DeviceTaintRule {
        DeviceTaintRule {
            api_version: RESOURCE_V1.to_owned(),
            kind: "DeviceTaintRule".to_owned(),
            metadata: ObjectMeta::named(name),
            spec,
            ..DeviceTaintRule::default()
        }
    }
}
