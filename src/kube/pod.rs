//! core/v1 Pod: what scheduling and claims need, and the rest as it is.

use std::collections::BTreeMap;

use crate::kube::meta::Condition;
use crate::kube::node::TaintEffect;
use crate::kube::object::{object, open_enum};
use crate::kube::pod_affinity::{Affinity, TopologySpreadConstraint};
use crate::kube::{Amount, ObjectMeta};

object! {
    /// A pod.
    pub struct Pod {
        /// `v1`
        api_version: String = "apiVersion" always,
        /// `Pod`
        kind: String = "kind" always,
        /// Name, namespace, labels.
        metadata: ObjectMeta = "metadata" always,
        /// What is asked for.
        spec: PodSpec = "spec",
        /// What became of it.
        status: PodStatus = "status",
    }
}

object! {
    /// `spec` of a pod.
    pub struct PodSpec {
        /// Run one after the other before the others, or beside them with `restartPolicy: Always`.
        init_containers: Vec<Container> = "initContainers",
        /// Run together.
        containers: Vec<Container> = "containers",
        /// Its node; empty until it is bound.
        node_name: String = "nodeName",
        /// Labels that its node must have.
        node_selector: BTreeMap<String, String> = "nodeSelector",
        /// What it wants to be near or away from.
        affinity: Option<Affinity> = "affinity",
        /// Node taints that it accepts.
        tolerations: Vec<Toleration> = "tolerations",
        /// Scheduler that binds it.
        scheduler_name: String = "schedulerName",
        /// Class from which the priority comes.
        priority_class_name: String = "priorityClassName",
        /// Higher goes first.
        priority: Option<i32> = "priority",
        /// `Never` if it must not evict others.
        preemption_policy: Option<String> = "preemptionPolicy",
        /// How it is to be spread among others.
        topology_spread_constraints: Vec<TopologySpreadConstraint> = "topologySpreadConstraints",
        /// What the runtime costs besides.
        overhead: BTreeMap<String, Amount> = "overhead",
        /// Resources of the pod as a whole.
        resources: Option<ResourceRequirements> = "resources",
        /// It is not scheduled while there are any.
        scheduling_gates: Vec<PodSchedulingGate> = "schedulingGates",
        /// Claims that containers may use.
        resource_claims: Vec<PodResourceClaim> = "resourceClaims",
        /// Pods that are scheduled together.
        scheduling_group: Option<PodSchedulingGroup> = "schedulingGroup",
        /// Seconds between the request to stop and the end.
        termination_grace_period_seconds: Option<i64> = "terminationGracePeriodSeconds",
        ..rest
    }
}

object! {
    /// A container.
    pub struct Container {
        /// Name, unique in the pod.
        name: String = "name" always,
        /// Image; without tag it means `:latest`.
        image: String = "image",
        /// Ports.
        ports: Vec<ContainerPort> = "ports",
        /// What it needs.
        resources: ResourceRequirements = "resources",
        /// `Always` for a sidecar among the init containers.
        restart_policy: Option<String> = "restartPolicy",
        ..rest
    }
}

object! {
    /// A port of a container.
    pub struct ContainerPort {
        /// Port of the node; 0 for none.
        host_port: i32 = "hostPort",
        /// Address of the node; all unless set.
        host_ip: String = "hostIP",
        /// `TCP` unless set.
        protocol: String = "protocol",
        ..rest
    }
}

object! {
    /// What a container or a pod needs.
    pub struct ResourceRequirements {
        /// The most it may use.
        limits: BTreeMap<String, Amount> = "limits",
        /// What is set aside for it; the limit where absent.
        requests: BTreeMap<String, Amount> = "requests",
        /// Claims of the pod that the container uses.
        claims: Vec<ContainerClaim> = "claims",
    }
}

object! {
    /// A claim that a container uses (`ResourceClaim` of core/v1).
    pub struct ContainerClaim {
        /// Name of an entry of the pod's `resourceClaims`.
        name: String = "name" always,
        /// One request of it; all if empty.
        request: String = "request",
    }
}

object! {
    /// A claim of a pod: by name, or made from a template.
    pub struct PodResourceClaim {
        /// Name by which containers refer to it.
        name: String = "name" always,
        /// A claim in the pod's namespace.
        resource_claim_name: Option<String> = "resourceClaimName",
        /// A template there, from which a claim is made for this pod.
        resource_claim_template_name: Option<String> = "resourceClaimTemplateName",
    }
}

object! {
    /// A reason not to schedule a pod yet.
    pub struct PodSchedulingGate {
        /// Name.
        name: String = "name" always,
    }
}

object! {
    /// The group with which a pod is scheduled.
    pub struct PodSchedulingGroup {
        /// A PodGroup in the pod's namespace.
        pod_group_name: Option<String> = "podGroupName",
        ..rest
    }
}

object! {
    /// A node taint that a pod accepts.
    pub struct Toleration {
        /// Key; empty for any.
        key: String = "key",
        /// `Equal` unless set.
        operator: Option<TolerationOperator> = "operator",
        /// Value, for `Equal`.
        value: String = "value",
        /// Effect; any unless set.
        effect: Option<TaintEffect> = "effect",
        /// How long `NoExecute` is borne; forever unless set.
        toleration_seconds: Option<i64> = "tolerationSeconds",
    }
}

open_enum! {
    /// How a toleration of a pod compares.
    pub enum TolerationOperator {
        /// Any value will do.
        Exists = "Exists",
        /// The same value.
        Equal = "Equal",
        /// The taint's value is a number below that of the toleration.
        Lt = "Lt",
        /// It is above.
        Gt = "Gt",
    }
}

object! {
    /// `status` of a pod.
    pub struct PodStatus {
        /// Where it is in its life.
        phase: Option<PodPhase> = "phase",
        /// Aspects of its state.
        conditions: Vec<Condition> = "conditions",
        /// Why it is so, in one word.
        reason: String = "reason",
        /// Why it is so, in a sentence.
        message: String = "message",
        /// When the kubelet took it; RFC 3339.
        start_time: Option<String> = "startTime",
        /// Node on which room is being made for it.
        nominated_node_name: String = "nominatedNodeName",
        /// Claims that were made for it.
        resource_claim_statuses: Vec<PodResourceClaimStatus> = "resourceClaimStatuses",
        /// The claim made for its extended resources (KEP-5004).
        extended_resource_claim_status: Option<PodExtendedResourceClaimStatus> = "extendedResourceClaimStatus",
        ..rest
    }
}

open_enum! {
    /// Where a pod is in its life.
    pub enum PodPhase {
        /// Not all containers were started.
        Pending = "Pending",
        /// Bound, and some container runs.
        Running = "Running",
        /// All containers ended well.
        Succeeded = "Succeeded",
        /// All ended, not all well; or the kubelet refused it.
        Failed = "Failed",
    }
}

object! {
    /// A claim that was made for a pod.
    pub struct PodResourceClaimStatus {
        /// The entry of `resourceClaims`.
        name: String = "name" always,
        /// The claim; absent if none was needed.
        resource_claim_name: Option<String> = "resourceClaimName",
    }
}

object! {
    /// The claim that was made for a pod's extended resources.
    pub struct PodExtendedResourceClaimStatus {
        /// Which request is for which container and resource.
        request_mappings: Vec<ContainerExtendedResourceRequest> = "requestMappings",
        /// The claim.
        resource_claim_name: String = "resourceClaimName" always,
    }
}

object! {
    /// A request made for an extended resource of a container.
    pub struct ContainerExtendedResourceRequest {
        /// The container.
        container_name: String = "containerName" always,
        /// The extended resource.
        resource_name: String = "resourceName" always,
        /// The request in the claim.
        request_name: String = "requestName" always,
    }
}

impl Pod {
    /// A pod with this namespace and name.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>, spec: PodSpec) -> Pod {
        Pod {
            api_version: "v1".to_owned(),
            kind: "Pod".to_owned(),
            metadata: ObjectMeta { namespace: namespace.into(), ..ObjectMeta::named(name) },
            spec,
            status: PodStatus::default(),
        }
    }
}
