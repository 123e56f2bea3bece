//! What a pod says about where it may go (`pkg/apis/core/validation` `ValidatePodSpec`).
//!
//! What containers run is none of the scheduler's business and is not looked at; nor are volumes.

use crate::kube::node::{Taint, TaintEffect};
use crate::kube::object::At;
use crate::kube::pod::{PodResourceClaim, PodSpec, Toleration, TolerationOperator};
use crate::kube::pod_affinity::{
    Affinity, NodeAffinity, NodeInclusionPolicy, PodAffinity, PodAffinityTerm, TopologySpreadConstraint, UnsatisfiableAction,
};
use crate::kube::validate::selectors::{label_selector, labels, node_selector_term};
use crate::kube::validate::taint::taint_of;
use crate::kube::validate::{FaultKind, Faults, names};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

/// `spec` of a pod.
pub fn spec(spec: &PodSpec, at: &At<'_>, faults: &mut Faults) {
    labels(&spec.node_selector, &at.key("nodeSelector"), faults);
    if let Some(wanted) = &spec.affinity {
        affinity(wanted, &at.key("affinity"), faults);
    }
    tolerations(&spec.tolerations, &at.key("tolerations"), faults);
    spread(&spec.topology_spread_constraints, &at.key("topologySpreadConstraints"), faults);
    let gates = at.key("schedulingGates");
    for (index, gate) in spec.scheduling_gates.iter().enumerate() {
        faults.name(&gates.index(index).key("name"), &gate.name, names::label_key(&gate.name));
    }
    faults.unique(&gates, Some("name"), spec.scheduling_gates.iter().map(|gate| gate.name.as_str()));
    if let Some(policy) = &spec.preemption_policy {
        preemption_policy(policy, at, faults);
    }
    claims(&spec.resource_claims, &at.key("resourceClaims"), faults);
    containers(spec, at, faults);
}

/// `preemptionPolicy` of a pod or a PriorityClass.
pub fn preemption_policy(policy: &str, of: &At<'_>, faults: &mut Faults) {
    faults.word(&of.key("preemptionPolicy"), policy, &["PreemptLowerPriority", "Never"]);
}

/// Taints of a node.
pub fn taints(taints: &[Taint], at: &At<'_>, faults: &mut Faults) {
    for (index, taint) in taints.iter().enumerate() {
        taint_of((&taint.key, &taint.value), (taint.effect.as_str(), TaintEffect::TEXTS), &at.index(index), faults);
    }
}

fn claims(claims: &[PodResourceClaim], at: &At<'_>, faults: &mut Faults) {
    faults.unique(at, Some("name"), claims.iter().map(|claim| claim.name.as_str()));
    for (index, claim) in claims.iter().enumerate() {
        let at = at.index(index);
        faults.name(&at.key("name"), &claim.name, names::dns_label(&claim.name));
        let sources = [&claim.resource_claim_name, &claim.resource_claim_template_name];
        match sources.into_iter().flatten().count() {
            1 => {}
            0 => faults.invalid(&at, "names no claim", "resourceClaimName or resourceClaimTemplateName"),
            _ => faults.invalid(&at, "names a claim and a template", "resourceClaimName or resourceClaimTemplateName"),
        }
        let keys = ["resourceClaimName", "resourceClaimTemplateName"];
        for (key, name) in keys.into_iter().zip(sources).filter_map(|(key, name)| Some((key, name.as_ref()?))) {
            faults.name(&at.key(key), name, names::dns_subdomain(name));
        }
    }
}

fn containers(spec: &PodSpec, at: &At<'_>, faults: &mut Faults) {
    for (list, containers) in [("initContainers", &spec.init_containers), ("containers", &spec.containers)] {
        let at = at.key(list);
        for (index, container) in containers.iter().enumerate() {
            let at = at.index(index);
            let (ports, resources) = (at.key("ports"), at.key("resources"));
            for (index, port) in container.ports.iter().enumerate().filter(|(_, port)| !(0..=65535).contains(&port.host_port)) {
                faults.invalid(&ports.index(index).key("hostPort"), format!("found {}", port.host_port), "1 to 65535");
            }
            let used = resources.key("claims");
            for (index, claim) in container.resources.claims.iter().enumerate() {
                if spec.resource_claims.iter().all(|entry| entry.name != claim.name) {
                    let text = format!("{:?} is no entry of spec.resourceClaims", claim.name);
                    faults.invalid(&used.index(index).key("name"), text, "a name that is there");
                }
            }
        }
    }
}

fn affinity(affinity: &Affinity, at: &At<'_>, faults: &mut Faults) {
    if let Some(nodes) = &affinity.node_affinity {
        node_affinity(nodes, &at.key("nodeAffinity"), faults);
    }
    for (key, pods) in [("podAffinity", &affinity.pod_affinity), ("podAntiAffinity", &affinity.pod_anti_affinity)] {
        if let Some(pods) = pods {
            pod_affinity(pods, &at.key(key), faults);
        }
    }
}

fn node_affinity(affinity: &NodeAffinity, at: &At<'_>, faults: &mut Faults) {
    if let Some(required) = &affinity.required {
        let at = at.key(REQUIRED);
        let terms = at.key("nodeSelectorTerms");
        if required.node_selector_terms.is_empty() {
            faults.required(&terms);
        }
        for (index, term) in required.node_selector_terms.iter().enumerate() {
            node_selector_term(term, &terms.index(index), faults);
        }
    }
    let preferred = at.key(PREFERRED);
    for (index, one) in affinity.preferred.iter().enumerate() {
        let at = preferred.index(index);
        weight(one.weight, &at, faults);
        node_selector_term(&one.preference, &at.key("preference"), faults);
    }
}

fn weight(weight: i32, at: &At<'_>, faults: &mut Faults) {
    if !(1..=100).contains(&weight) {
        faults.invalid(&at.key("weight"), format!("found {weight}"), "1 to 100");
    }
}

fn pod_affinity(affinity: &PodAffinity, at: &At<'_>, faults: &mut Faults) {
    let required = at.key(REQUIRED);
    for (index, term) in affinity.required.iter().enumerate() {
        pod_term(term, &required.index(index), faults);
    }
    let preferred = at.key(PREFERRED);
    for (index, one) in affinity.preferred.iter().enumerate() {
        let at = preferred.index(index);
        weight(one.weight, &at, faults);
        pod_term(&one.pod_affinity_term, &at.key("podAffinityTerm"), faults);
    }
}

fn pod_term(term: &PodAffinityTerm, at: &At<'_>, faults: &mut Faults) {
    label_selector(term.label_selector.as_ref(), &at.key("labelSelector"), faults);
    label_selector(term.namespace_selector.as_ref(), &at.key("namespaceSelector"), faults);
    let namespaces = at.key("namespaces");
    for (index, name) in term.namespaces.iter().enumerate() {
        faults.name(&namespaces.index(index), name, names::dns_label(name));
    }
    for (key, list) in [("matchLabelKeys", &term.match_label_keys), ("mismatchLabelKeys", &term.mismatch_label_keys)] {
        label_keys(list, term.label_selector.is_some(), &at.key(key), faults);
    }
    faults.name(&at.key("topologyKey"), &term.topology_key, names::label_key(&term.topology_key));
}

fn label_keys(keys: &[String], has_selector: bool, at: &At<'_>, faults: &mut Faults) {
    if !keys.is_empty() && !has_selector {
        faults.forbidden(at, "has nothing to add to without labelSelector");
    }
    for (index, key) in keys.iter().enumerate() {
        faults.name(&at.index(index), key, names::label_key(key));
    }
}

fn spread(constraints: &[TopologySpreadConstraint], at: &At<'_>, faults: &mut Faults) {
    for (index, constraint) in constraints.iter().enumerate() {
        let at = at.index(index);
        if constraint.max_skew <= 0 {
            faults.invalid(&at.key("maxSkew"), format!("found {}", constraint.max_skew), "a number above 0");
        }
        faults.name(&at.key("topologyKey"), &constraint.topology_key, names::label_key(&constraint.topology_key));
        let action = &constraint.when_unsatisfiable;
        faults.word(&at.key("whenUnsatisfiable"), action.as_str(), UnsatisfiableAction::TEXTS);
        let is_same = |other: &TopologySpreadConstraint| {
            (&other.topology_key, &other.when_unsatisfiable) == (&constraint.topology_key, action)
        };
        if constraints[..index].iter().any(is_same) {
            faults.add(FaultKind::Duplicate, &at, "topologyKey and whenUnsatisfiable are those of an earlier one", "");
        }
        let domains = at.key("minDomains");
        match constraint.min_domains {
            Some(count) if count <= 0 => faults.invalid(&domains, format!("found {count}"), "a number above 0"),
            Some(_) if *action != UnsatisfiableAction::DoNotSchedule => {
                faults.invalid(&domains, "goes with DoNotSchedule only", "whenUnsatisfiable: DoNotSchedule");
            }
            _ => {}
        }
        for (key, policy) in
            [("nodeAffinityPolicy", &constraint.node_affinity_policy), ("nodeTaintsPolicy", &constraint.node_taints_policy)]
        {
            if let Some(policy) = policy {
                faults.word(&at.key(key), policy.as_str(), NodeInclusionPolicy::TEXTS);
            }
        }
        label_keys(&constraint.match_label_keys, constraint.label_selector.is_some(), &at.key("matchLabelKeys"), faults);
        label_selector(constraint.label_selector.as_ref(), &at.key("labelSelector"), faults);
    }
}

fn tolerations(tolerations: &[Toleration], at: &At<'_>, faults: &mut Faults) {
    for (index, toleration) in tolerations.iter().enumerate() {
        let at = at.index(index);
        let (operator, value) = (at.key("operator"), at.key("value"));
        if !toleration.key.is_empty() {
            faults.name(&at.key("key"), &toleration.key, names::label_key(&toleration.key));
        } else if toleration.operator != Some(TolerationOperator::Exists) {
            faults.invalid(&operator, "compares values of any key", "`Exists` where the key is empty");
        }
        match &toleration.operator {
            None | Some(TolerationOperator::Equal) => {
                faults.name(&value, &toleration.value, names::label_value(&toleration.value));
            }
            Some(TolerationOperator::Exists) if !toleration.value.is_empty() => {
                faults.invalid(&value, format!("{:?} is never compared", toleration.value), "empty for `Exists`");
            }
            Some(TolerationOperator::Lt | TolerationOperator::Gt) if !is_whole(&toleration.value) => {
                faults.invalid(&value, format!("{:?} is no whole number", toleration.value), "a number for Lt and Gt");
            }
            Some(other) => faults.word(&operator, other.as_str(), TolerationOperator::TEXTS),
        }
        if toleration.toleration_seconds.is_some() && toleration.effect != Some(TaintEffect::NoExecute) {
            faults.invalid(&at.key("effect"), "tolerationSeconds goes with NoExecute only", "NoExecute");
        }
        if let Some(effect) = &toleration.effect {
            faults.word(&at.key("effect"), effect.as_str(), TaintEffect::TEXTS);
        }
    }
}

/// A decimal number of 64 bits without sign `+` or zeros before it.
fn is_whole(text: &str) -> bool {
    text.parse::<i64>().is_ok_and(|number| number.to_string() == text)
}
