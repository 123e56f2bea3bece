//! Objects that the scheduler reads besides pods and nodes: namespaces, Services, controllers, priorities, budgets.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::kube::ObjectMeta;
use crate::kube::label_selector::LabelSelector;
use crate::kube::object::object;

object! {
    /// A namespace; its labels matter.
    pub struct Namespace {
        /// `v1`
        api_version: String = "apiVersion" always,
        /// `Namespace`
        kind: String = "kind" always,
        /// Name and labels.
        metadata: ObjectMeta = "metadata" always,
        ..rest
    }
}

object! {
    /// A Service; its selector matters.
    pub struct Service {
        /// `v1`
        api_version: String = "apiVersion" always,
        /// `Service`
        kind: String = "kind" always,
        /// Name and namespace.
        metadata: ObjectMeta = "metadata" always,
        /// What is wanted.
        spec: ServiceSpec = "spec",
        ..rest
    }
}

object! {
    /// `spec` of a Service.
    pub struct ServiceSpec {
        /// Labels of its pods.
        selector: BTreeMap<String, String> = "selector",
        ..rest
    }
}

object! {
    /// A ReplicaSet or StatefulSet; its selector matters.
    pub struct Controller {
        /// `apps/v1`
        api_version: String = "apiVersion" always,
        /// `ReplicaSet` or `StatefulSet`
        kind: String = "kind" always,
        /// Name and namespace.
        metadata: ObjectMeta = "metadata" always,
        /// What is wanted.
        spec: ControllerSpec = "spec",
        ..rest
    }
}

object! {
    /// `spec` of a ReplicaSet or StatefulSet.
    pub struct ControllerSpec {
        /// Its pods.
        selector: Option<LabelSelector> = "selector",
        ..rest
    }
}

object! {
    /// A ReplicationController; its selector is a map.
    pub struct ReplicationController {
        /// `v1`
        api_version: String = "apiVersion" always,
        /// `ReplicationController`
        kind: String = "kind" always,
        /// Name and namespace.
        metadata: ObjectMeta = "metadata" always,
        /// What is wanted.
        spec: ServiceSpec = "spec",
        ..rest
    }
}

object! {
    /// A PriorityClass.
    pub struct PriorityClass {
        /// `scheduling.k8s.io/v1`
        api_version: String = "apiVersion" always,
        /// `PriorityClass`
        kind: String = "kind" always,
        /// Name.
        metadata: ObjectMeta = "metadata" always,
        /// Priority of its pods.
        value: i32 = "value" always,
        /// It is the class of pods that name none.
        global_default: bool = "globalDefault",
        /// What its pods have where they say nothing themselves.
        preemption_policy: Option<String> = "preemptionPolicy",
        ..rest
    }
}

object! {
    /// How many pods may be evicted at a time.
    pub struct PodDisruptionBudget {
        /// `policy/v1`
        api_version: String = "apiVersion" always,
        /// `PodDisruptionBudget`
        kind: String = "kind" always,
        /// Name and namespace.
        metadata: ObjectMeta = "metadata" always,
        /// What is wanted.
        spec: PodDisruptionBudgetSpec = "spec",
        /// What is left of it.
        status: PodDisruptionBudgetStatus = "status",
    }
}

object! {
    /// `spec` of a PodDisruptionBudget.
    pub struct PodDisruptionBudgetSpec {
        /// Which pods.
        selector: Option<LabelSelector> = "selector",
        ..rest
    }
}

object! {
    /// `status` of a PodDisruptionBudget.
    pub struct PodDisruptionBudgetStatus {
        /// How many may be evicted now.
        disruptions_allowed: i32 = "disruptionsAllowed" always,
        /// Pods whose eviction was granted and not seen yet, with the time.
        disrupted_pods: BTreeMap<String, Value> = "disruptedPods",
        ..rest
    }
}
