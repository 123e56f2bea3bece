//! Pods.

use std::sync::Arc;

use serde_json::Value;

use crate::base::{Moment, NameId, PodId, SimTime};
use crate::kube::core::node::effect;
use crate::kube::core::{CoreInterning, PodRequests, required_features};
use crate::kube::pod::{self, Pod as Written, TolerationOperator as WrittenOperator};
use crate::kube::pod_affinity::{self as affinity, NodeInclusionPolicy, UnsatisfiableAction};
use crate::model::core::{
    AffinityTerm, HostPort, InclusionPolicy, LabelSelector, Operator, OwnerRef, Pod, PodAffinity, PodClaim, PodSpec, Protocol,
    Requirement, SpreadConstraint, Toleration, TolerationOperator, WhenUnsatisfiable,
};

impl CoreInterning {
    /// A pod. `id` is its identity from now on.
    pub fn pod(&mut self, id: PodId, pod: &Written) -> Pod {
        self.object("Pod", &pod.metadata, |core| core.read_pod(id, pod))
    }

    fn read_pod(&mut self, id: PodId, pod: &Written) -> Pod {
        let spec = Arc::new(self.pod_spec(pod));
        let status = &pod.status;
        let preempted = status.conditions.iter().find(|condition| condition.r#type == "DisruptionTarget");
        Pod {
            id,
            name: self.name(&pod.metadata.name),
            uid: self.name(&pod.metadata.uid),
            node_name: self.some_name(&pod.spec.node_name),
            nominated_node_name: self.some_name(&status.nominated_node_name),
            start_time: status
                .start_time
                .as_deref()
                .and_then(|text| self.time("status.startTime", text))
                .map_or(Moment::NOT_YET, Moment::from),
            is_terminating: pod.metadata.deletion_timestamp.is_some(),
            is_preempted: preempted.is_some_and(|condition| {
                condition.status == "True" && condition.reason.as_deref() == Some("PreemptionByScheduler")
            }),
            made_claims: self.made_claims(pod),
            extended_claim: status
                .extended_resource_claim_status
                .as_ref()
                .map(|extended| self.names.intern(&extended.resource_claim_name)),
            spec,
        }
    }

    /// One for each entry; then what the status says of entries that there are not, since that it changes is an event.
    fn made_claims(&mut self, pod: &Written) -> Box<[Option<Option<NameId>>]> {
        let (entries, status) = (&pod.spec.resource_claims, &pod.status);
        let mut made: Vec<_> = entries.iter().map(|entry| self.made_claim(entry, status)).collect();
        let others = status.resource_claim_statuses.iter().filter(|made| entries.iter().all(|entry| entry.name != made.name));
        made.extend(others.map(|made| Some(made.resource_claim_name.as_deref().map(|name| self.names.intern(name)))));
        made.into()
    }

    fn made_claim(&mut self, entry: &pod::PodResourceClaim, status: &pod::PodStatus) -> Option<Option<NameId>> {
        let made = status.resource_claim_statuses.iter().find(|made| made.name == entry.name)?;
        Some(made.resource_claim_name.as_deref().map(|name| self.names.intern(name)))
    }

    /// Nanoseconds since 1970 of an RFC 3339 time.
    fn time(&mut self, field: &str, text: &str) -> Option<SimTime> {
        match text.parse::<jiff::Timestamp>() {
            Ok(time) => u64::try_from(time.as_nanosecond()).ok().map(SimTime),
            Err(error) => {
                self.unreadable(field, error.to_string());
                None
            }
        }
    }

    /// What the pod has in common with others of its template.
    pub fn pod_spec(&mut self, pod: &Written) -> PodSpec {
        let spec = &pod.spec;
        let namespace = self.name(&pod.metadata.namespace);
        let PodRequests { requests, init_containers, containers, overhead } = self.requests(pod);
        let nodes = spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
        let near = spec.affinity.as_ref().and_then(|affinity| affinity.pod_affinity.as_ref());
        let far = spec.affinity.as_ref().and_then(|affinity| affinity.pod_anti_affinity.as_ref());
        let controller = pod.metadata.owner_references.iter().find(|owner| owner.controller == Some(true));
        PodSpec {
            namespace,
            labels: self.labels(&pod.metadata.labels),
            controller: controller.map(|owner| OwnerRef {
                api_version: self.names.intern(&owner.api_version),
                kind: self.names.intern(&owner.kind),
                name: self.names.intern(&owner.name),
                uid: self.names.intern(&owner.uid),
            }),
            priority: spec.priority.unwrap_or(0),
            may_preempt: spec.preemption_policy.as_deref() != Some("Never"),
            gates: spec.scheduling_gates.iter().map(|gate| self.names.intern(&gate.name)).collect(),
            init_containers,
            containers,
            overhead,
            node_selector: self.labels(&spec.node_selector),
            node_affinity: nodes.and_then(|nodes| nodes.required.as_ref()).map(|required| self.node_selector(required)),
            preferred_nodes: nodes
                .iter()
                .flat_map(|nodes| &nodes.preferred)
                .map(|term| (term.weight, self.node_selector_term(&term.preference)))
                .collect(),
            affinity: self.pod_affinity(near, namespace),
            anti_affinity: self.pod_affinity(far, namespace),
            tolerations: spec.tolerations.iter().filter_map(|toleration| self.toleration(toleration)).collect(),
            host_ports: self.host_ports(spec),
            spread: spec.topology_spread_constraints.iter().map(|constraint| self.spread(constraint, pod)).collect(),
            images: self.images(spec),
            claims: spec.resource_claims.iter().map(|entry| self.pod_claim(entry)).collect(),
            signature: self.signature(spec, &requests.total),
            required_features: required_features(spec, &mut self.names),
            requests,
        }
    }

    fn pod_claim(&mut self, entry: &pod::PodResourceClaim) -> PodClaim {
        PodClaim {
            entry: self.name(&entry.name),
            claim: entry.resource_claim_name.as_deref().map(|name| self.names.intern(name)),
            is_template: entry.resource_claim_template_name.is_some(),
        }
    }

    fn pod_affinity(&mut self, affinity: Option<&affinity::PodAffinity>, namespace: NameId) -> PodAffinity {
        let Some(affinity) = affinity else { return PodAffinity::default() };
        PodAffinity {
            required: affinity.required.iter().map(|term| self.affinity_term(term, namespace)).collect(),
            preferred: affinity
                .preferred
                .iter()
                .map(|term| (term.weight, self.affinity_term(&term.pod_affinity_term, namespace)))
                .collect(),
        }
    }

    fn affinity_term(&mut self, term: &affinity::PodAffinityTerm, namespace: NameId) -> AffinityTerm {
        let mut namespaces: Vec<NameId> = term.namespaces.iter().map(|name| self.names.intern(name)).collect();
        if namespaces.is_empty() && term.namespace_selector.is_none() {
            namespaces.push(namespace);
        }
        namespaces.sort_unstable();
        AffinityTerm {
            topology_key: self.name(&term.topology_key),
            selector: self.label_selector(term.label_selector.as_ref()),
            namespaces: namespaces.into(),
            namespace_selector: self.label_selector(term.namespace_selector.as_ref()),
        }
    }

    /// `labelSelector` of a constraint and what `matchLabelKeys` adds: upstream's scheduler adds it, too, if the API server
    /// has not (`podtopologyspread/common.go`). What matches nothing stays so.
    fn spread_selector(&mut self, constraint: &affinity::TopologySpreadConstraint, pod: &Written) -> LabelSelector {
        let selector = self.label_selector(constraint.label_selector.as_ref());
        let LabelSelector::All(all) = &selector else { return selector };
        if constraint.match_label_keys.is_empty() || !self.gates.is_on("MatchLabelKeysInPodTopologySpread") {
            return selector;
        }
        let mut all = all.to_vec();
        for key in &constraint.match_label_keys {
            if let Some(value) = pod.metadata.labels.get(key) {
                let own = Requirement::new(self.name(key), Operator::In, [self.names.intern(value)]);
                if !all.contains(&own) {
                    all.push(own);
                }
            }
        }
        LabelSelector::All(all.into())
    }

    fn spread(&mut self, constraint: &affinity::TopologySpreadConstraint, pod: &Written) -> SpreadConstraint {
        let policy = |policy: &Option<NodeInclusionPolicy>, default| match policy {
            Some(NodeInclusionPolicy::Honor) => InclusionPolicy::Honor,
            Some(NodeInclusionPolicy::Ignore) => InclusionPolicy::Ignore,
            _ => default,
        };
        SpreadConstraint {
            max_skew: constraint.max_skew,
            topology_key: self.name(&constraint.topology_key),
            when_unsatisfiable: match constraint.when_unsatisfiable {
                UnsatisfiableAction::ScheduleAnyway => WhenUnsatisfiable::ScheduleAnyway,
                _ => WhenUnsatisfiable::DoNotSchedule,
            },
            selector: self.spread_selector(constraint, pod),
            min_domains: constraint.min_domains.unwrap_or(1),
            node_affinity_policy: policy(&constraint.node_affinity_policy, InclusionPolicy::Honor),
            node_taints_policy: policy(&constraint.node_taints_policy, InclusionPolicy::Ignore),
        }
    }

    fn toleration(&mut self, toleration: &pod::Toleration) -> Option<Toleration> {
        let operator = match toleration.operator {
            None | Some(WrittenOperator::Equal) => TolerationOperator::Equal,
            Some(WrittenOperator::Exists) => TolerationOperator::Exists,
            Some(WrittenOperator::Lt) => TolerationOperator::Lt,
            Some(WrittenOperator::Gt) => TolerationOperator::Gt,
            Some(_) => return None,
        };
        let effect = match &toleration.effect {
            None => None,
            Some(written) => Some(effect(written)?),
        };
        Some(Toleration { key: self.some_name(&toleration.key), operator, value: self.name(&toleration.value), effect })
    }

    fn host_ports(&mut self, spec: &pod::PodSpec) -> Vec<HostPort> {
        let sidecars = spec.init_containers.iter().filter(|init| init.restart_policy.as_deref() == Some("Always"));
        let ports = spec.containers.iter().chain(sidecars).flat_map(|container| &container.ports);
        let used = ports.filter_map(|port| Some((port, u16::try_from(port.host_port).ok().filter(|port| *port > 0)?)));
        used.map(|(port, number)| HostPort {
            ip: Some(port.host_ip.as_str()).filter(|ip| !matches!(*ip, "" | "0.0.0.0")).map(|ip| self.names.intern(ip)),
            protocol: match port.protocol.as_str() {
                "UDP" => Protocol::Udp,
                "SCTP" => Protocol::Sctp,
                _ => Protocol::Tcp,
            },
            port: number,
        })
        .collect()
    }

    fn images(&mut self, spec: &pod::PodSpec) -> Vec<NameId> {
        let containers = spec.init_containers.iter().chain(&spec.containers).map(|container| container.image.as_str());
        let volumes = spec.rest.get("volumes").and_then(Value::as_array).into_iter().flatten();
        let volumes = volumes.filter_map(|volume| volume.get("image").filter(|image| image.is_object()));
        let references = volumes.map(|image| image.get("reference").and_then(Value::as_str).unwrap_or_default());
        containers.chain(references).map(|image| self.names.intern(&tagged(image))).collect()
    }
}

/// An image name with its tag (`plugins/imagelocality` `normalizedImageName`).
pub(super) fn tagged(image: &str) -> String {
    let has_tag = image.rfind(':').is_some_and(|colon| image.rfind('/').is_none_or(|slash| slash < colon));
    if has_tag { image.to_owned() } else { format!("{image}:latest") }
}
