//! The objects of a question, by kind, as they were read.

use crate::kube::claim::{AllocationMode, ResourceClaimSpec};
use crate::kube::neighbours::{Controller, Namespace, PodDisruptionBudget, PriorityClass, ReplicationController, Service};
use crate::kube::pod::PodSpec;
use crate::kube::taint::{DeviceToleration, DeviceTolerationOperator};
use crate::kube::{
    DeviceClass, DeviceTaintRule, Kind, Node, Object, ObjectMeta, Pod, ResourceClaim, ResourceClaimTemplate, ResourceSlice,
};

/// The namespace of objects that name none, as for kubectl.
pub const NAMESPACE: &str = "default";

/// Objects by kind, each kind in the order of the files.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Objects {
    /// core/v1 Node
    pub nodes: Vec<Node>,
    /// ResourceSlice
    pub slices: Vec<ResourceSlice>,
    /// DeviceClass
    pub classes: Vec<DeviceClass>,
    /// ResourceClaim
    pub claims: Vec<ResourceClaim>,
    /// ResourceClaimTemplate
    pub templates: Vec<ResourceClaimTemplate>,
    /// core/v1 Pod
    pub pods: Vec<Pod>,
    /// DeviceTaintRule
    pub rules: Vec<DeviceTaintRule>,
    /// core/v1 Namespace
    pub namespaces: Vec<Namespace>,
    /// core/v1 Service
    pub services: Vec<Service>,
    /// apps/v1 ReplicaSet
    pub replica_sets: Vec<Controller>,
    /// apps/v1 StatefulSet
    pub stateful_sets: Vec<Controller>,
    /// core/v1 ReplicationController
    pub replication_controllers: Vec<ReplicationController>,
    /// scheduling.k8s.io/v1 PriorityClass
    pub priority_classes: Vec<PriorityClass>,
    /// policy/v1 PodDisruptionBudget
    pub budgets: Vec<PodDisruptionBudget>,
}

impl Objects {
    /// Adds an object after those of its kind.
    pub fn add(&mut self, object: Object) {
        match object {
            Object::Node(object) => self.nodes.push(*object),
            Object::ResourceSlice(object) => self.slices.push(*object),
            Object::DeviceClass(object) => self.classes.push(*object),
            Object::ResourceClaim(object) => self.claims.push(*object),
            Object::ResourceClaimTemplate(object) => self.templates.push(*object),
            Object::Pod(object) => self.pods.push(*object),
            Object::DeviceTaintRule(object) => self.rules.push(*object),
            Object::Namespace(object) => self.namespaces.push(*object),
            Object::Service(object) => self.services.push(*object),
            Object::ReplicaSet(object) => self.replica_sets.push(*object),
            Object::StatefulSet(object) => self.stateful_sets.push(*object),
            Object::ReplicationController(object) => self.replication_controllers.push(*object),
            Object::PriorityClass(object) => self.priority_classes.push(*object),
            Object::PodDisruptionBudget(object) => self.budgets.push(*object),
        }
    }

    /// Kinds that only the scheduler reads, with the number of their objects, where there are any.
    pub fn of_scheduler_only(&self) -> impl Iterator<Item = (Kind, usize)> {
        let kinds = [
            (Kind::Namespace, self.namespaces.len()),
            (Kind::Service, self.services.len()),
            (Kind::ReplicaSet, self.replica_sets.len()),
            (Kind::StatefulSet, self.stateful_sets.len()),
            (Kind::ReplicationController, self.replication_controllers.len()),
            (Kind::PriorityClass, self.priority_classes.len()),
            (Kind::PodDisruptionBudget, self.budgets.len()),
        ];
        kinds.into_iter().filter(|(_, count)| *count > 0)
    }
}

/// Fills in what the API server would: namespaces, modes, counts, operators (`dra.md` 1.11), requests of containers that have
/// limits only (`SetDefaults_Pod`). Manifests that were never stored
/// lack them, and the allocator does not fill in anything.
pub fn fill_in(mut object: Object) -> Object {
    let named = |meta: &mut ObjectMeta| {
        if meta.namespace.is_empty() {
            meta.namespace = NAMESPACE.to_owned();
        }
    };
    match &mut object {
        Object::ResourceClaim(claim) => {
            named(&mut claim.metadata);
            fill_in_spec(&mut claim.spec);
        }
        Object::ResourceClaimTemplate(template) => {
            named(&mut template.metadata);
            fill_in_spec(&mut template.spec.spec);
        }
        Object::Pod(pod) => {
            named(&mut pod.metadata);
            fill_in_requests(&mut pod.spec);
        }
        Object::Service(service) => named(&mut service.metadata),
        Object::ReplicaSet(controller) | Object::StatefulSet(controller) => named(&mut controller.metadata),
        Object::ReplicationController(controller) => named(&mut controller.metadata),
        Object::PodDisruptionBudget(budget) => named(&mut budget.metadata),
        Object::Node(_)
        | Object::ResourceSlice(_)
        | Object::DeviceClass(_)
        | Object::DeviceTaintRule(_)
        | Object::Namespace(_)
        | Object::PriorityClass(_) => {}
    }
    object
}

fn fill_in_requests(spec: &mut PodSpec) {
    for container in spec.init_containers.iter_mut().chain(&mut spec.containers) {
        let resources = &mut container.resources;
        for (name, amount) in &resources.limits {
            resources.requests.entry(name.clone()).or_insert_with(|| amount.clone());
        }
    }
}

fn fill_in_spec(spec: &mut ResourceClaimSpec) {
    for request in &mut spec.devices.requests {
        if let Some(exactly) = &mut request.exactly {
            fill_in_count(&mut exactly.allocation_mode, &mut exactly.count);
            fill_in_operators(&mut exactly.tolerations);
        }
        for alternative in &mut request.first_available {
            fill_in_count(&mut alternative.allocation_mode, &mut alternative.count);
            fill_in_operators(&mut alternative.tolerations);
        }
    }
}

fn fill_in_count(mode: &mut Option<AllocationMode>, count: &mut Option<i64>) {
    let mode = mode.get_or_insert(AllocationMode::ExactCount);
    if *mode == AllocationMode::ExactCount && count.unwrap_or(0) == 0 {
        *count = Some(1);
    }
}

fn fill_in_operators(tolerations: &mut [DeviceToleration]) {
    for toleration in tolerations {
        toleration.operator.get_or_insert(DeviceTolerationOperator::Equal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_become_what_the_api_server_stores() {
        let claim = serde_json::json!({
            "apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaim", "metadata": {"name": "a"},
            "spec": {"devices": {"requests": [
                {"name": "one", "exactly": {"deviceClassName": "c", "tolerations": [{"key": "k"}]}},
                {"name": "all", "exactly": {"deviceClassName": "c", "allocationMode": "All"}},
                {"name": "list", "firstAvailable": [{"name": "x", "deviceClassName": "c"}]}]}}});
        let claim: ResourceClaim = serde_json::from_value(claim).expect("a claim");
        let Object::ResourceClaim(claim) = fill_in(Object::ResourceClaim(Box::new(claim))) else { panic!("a claim") };
        let stored = serde_json::to_value(&*claim).expect("JSON");
        let requests = &stored["spec"]["devices"]["requests"];
        assert_eq!(stored["metadata"]["namespace"], "default");
        assert_eq!(requests[0]["exactly"]["allocationMode"], "ExactCount");
        assert_eq!((&requests[0]["exactly"]["count"], &requests[1]["exactly"]["count"]), (&1.into(), &serde_json::Value::Null));
        assert_eq!(requests[0]["exactly"]["tolerations"][0]["operator"], "Equal");
        assert_eq!(requests[2]["firstAvailable"][0]["count"], 1);
    }
}
