//! Pods as the scheduler reads them.

use std::sync::Arc;

use crate::base::{Moment, NameId, PodId};
use crate::model::core::{Labels, NodeSelector, NodeSelectorTerm, PodAffinity, Resources, SpreadConstraint, Toleration};

/// Transport of a host port.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Protocol {
    /// `TCP`, also where it is absent.
    Tcp,
    /// `UDP`
    Udp,
    /// `SCTP`
    Sctp,
}

/// A port of the node that a container wants.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct HostPort {
    /// `hostIP`; `None` for all addresses (absent, `0.0.0.0`).
    pub ip: Option<NameId>,
    /// Transport.
    pub protocol: Protocol,
    /// Port number, not 0.
    pub port: u16,
}

/// What pods of one specification request of a node.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Requests {
    /// What the pod counts for on a node and in filters: containers, init containers, sidecars, pod level, overhead.
    pub total: Resources,
    /// CPU and memory with defaults for containers that name none (`GetNonzeroRequests`): what the pod counts for on a
    /// node in LeastAllocated and the like. Milli-CPU, bytes.
    pub non_zero: (i64, i64),
    /// What NodeResourcesFit's score takes for the incoming pod: without the pod level, with defaults for CPU and memory
    /// (upstream's scorer never receives the gate PodLevelResources). NodeResourcesBalancedAllocation takes `total`.
    pub scored: Resources,
}

/// Requests of one container by resource.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ContainerResources {
    /// Name of the container.
    pub name: NameId,
    /// An init container with `restartPolicy: Always`.
    pub is_sidecar: bool,
    /// Every requested resource with its amount where upstream holds that as an integer (`AsInt64`), ascending by the *text*
    /// of the name.
    pub requests: Vec<(NameId, Option<i64>)>,
}

/// An entry of `spec.resourceClaims`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PodClaim {
    /// Name of the entry.
    pub entry: NameId,
    /// `resourceClaimName`, where the claim is given by name.
    pub claim: Option<NameId>,
    /// It is made from a template.
    pub is_template: bool,
}

/// The controller that owns a pod.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct OwnerRef {
    /// `apiVersion`
    pub api_version: NameId,
    /// `kind`
    pub kind: NameId,
    /// `name`
    pub name: NameId,
    /// `uid`
    pub uid: NameId,
}

/// What pods made from one template have in common.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PodSpec {
    /// `metadata.namespace`
    pub namespace: NameId,
    /// `metadata.labels`
    pub labels: Labels,
    /// The controller among `metadata.ownerReferences`.
    pub controller: Option<OwnerRef>,
    /// `spec.priority`; 0 where absent.
    pub priority: i32,
    /// `spec.preemptionPolicy` is not `Never`.
    pub may_preempt: bool,
    /// `spec.schedulingGates`, in order.
    pub gates: Vec<NameId>,
    /// What is requested of the node.
    pub requests: Requests,
    /// Init containers.
    pub init_containers: Vec<ContainerResources>,
    /// Containers.
    pub containers: Vec<ContainerResources>,
    /// `spec.overhead` by resource, for what needs it apart.
    pub overhead: Resources,
    /// `spec.nodeSelector`
    pub node_selector: Labels,
    /// `spec.affinity.nodeAffinity`, required.
    pub node_affinity: Option<NodeSelector>,
    /// `spec.affinity.nodeAffinity`, preferred: weight and term, those of weight 0 and empty terms included.
    pub preferred_nodes: Vec<(i32, NodeSelectorTerm)>,
    /// `spec.affinity.podAffinity`
    pub affinity: PodAffinity,
    /// `spec.affinity.podAntiAffinity`
    pub anti_affinity: PodAffinity,
    /// `spec.tolerations`
    pub tolerations: Vec<Toleration>,
    /// Host ports of containers and sidecars.
    pub host_ports: Vec<HostPort>,
    /// `spec.topologySpreadConstraints`
    pub spread: Vec<SpreadConstraint>,
    /// Images of init containers, containers and image volumes, named as nodes name them (with a tag), one for each of them.
    pub images: Vec<NameId>,
    /// `spec.resourceClaims`
    pub claims: Vec<PodClaim>,
    /// What opportunistic batching compares besides labels: pods of one signature are alike to all plugins (KEP-5598).
    pub signature: NameId,
    /// Features that its node must declare (NodeDeclaredFeatures), ascending.
    pub required_features: Vec<NameId>,
}

/// A pod.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pod {
    /// Which pod.
    pub id: PodId,
    /// `metadata.name`
    pub name: NameId,
    /// `metadata.uid`
    pub uid: NameId,
    /// What it has in common with others.
    pub spec: Arc<PodSpec>,
    /// Node it is bound to, or named from the start (`spec.nodeName`).
    pub node_name: Option<NameId>,
    /// `status.nominatedNodeName`
    pub nominated_node_name: Option<NameId>,
    /// `status.startTime`
    pub start_time: Moment,
    /// It has a `metadata.deletionTimestamp`.
    pub is_terminating: bool,
    /// Condition DisruptionTarget is True with reason PreemptionByScheduler.
    pub is_preempted: bool,
    /// Claims made for its template entries, by position in `spec.claims` (`status.resourceClaimStatuses`): absent, made
    /// without claim, or the name. Statuses of entries that `spec` does not have follow.
    pub made_claims: Box<[Option<Option<NameId>>]>,
    /// `status.extendedResourceClaimStatus.resourceClaimName`
    pub extended_claim: Option<NameId>,
}

impl PodSpec {
    /// True if it has any affinity or anti-affinity to pods, required or preferred.
    pub fn has_affinity_to_pods(&self) -> bool {
        [&self.affinity, &self.anti_affinity].iter().any(|terms| !(terms.required.is_empty() && terms.preferred.is_empty()))
    }
}

impl Pod {
    /// `spec.priority`
    pub fn priority(&self) -> i32 {
        self.spec.priority
    }

    /// Names of its claims, as far as they are given or made, in the order of its entries.
    pub fn claim_names(&self) -> impl Iterator<Item = NameId> {
        let made = self.made_claims.iter().copied().map(Option::flatten).chain(std::iter::repeat(None));
        self.spec.claims.iter().zip(made).filter_map(|(entry, made)| entry.claim.or(made))
    }
}
