//! Constraints of a pod, its own or the default ones, and the nodes that count for them
//! (`podtopologyspread/common.go`, `plugins/helper/spread.go`).

use std::collections::BTreeMap;

use crate::base::NameId;
use crate::model::core::{
    InclusionPolicy, LabelSelector, Labels, Node, Operator, Pod, PodSelector, Requirement, SpreadConstraint, TaintEffect,
    WhenUnsatisfiable,
};
use crate::sched::framework::config::{DefaultConstraint, SpreadArgs};
use crate::sched::framework::{Cx, NodeInfo};

/// The constraints of a pod that do `action` when they are violated, in order: those of the pod or, if it has none at all,
/// the default ones with [`default_selector`].
pub fn constraints(cx: &Cx<'_>, pod: &Pod, action: WhenUnsatisfiable) -> Vec<SpreadConstraint> {
    let own = &pod.spec.spread;
    if !own.is_empty() {
        return own.iter().filter(|constraint| constraint.when_unsatisfiable == action).cloned().collect();
    }
    let defaults = match &cx.config.spread {
        SpreadArgs::System => system_defaults(cx),
        SpreadArgs::List(list) => list.clone(),
    };
    let defaults: Vec<_> = defaults.into_iter().filter(|default| default.when_unsatisfiable == action).collect();
    if defaults.is_empty() {
        return Vec::new();
    }
    let selector = default_selector(cx, pod);
    if selector.is_everything() {
        return Vec::new();
    }
    defaults.iter().map(|default| with_selector(default, &selector)).collect()
}

/// True if any constraint applies to the pod, its own or a default one.
pub fn has_constraints(cx: &Cx<'_>, pod: &Pod) -> bool {
    let has_neighbours = !(cx.neighbours.services.is_empty() && cx.neighbours.controllers.is_empty());
    let some = |action| !constraints(cx, pod, action).is_empty();
    !pod.spec.spread.is_empty()
        || has_neighbours && (some(WhenUnsatisfiable::DoNotSchedule) || some(WhenUnsatisfiable::ScheduleAnyway))
}

/// True if a node must have all topology keys to count for scores: always but under the system's defaults, which spread
/// over hosts also where nodes have no zone.
pub fn requires_all_keys(cx: &Cx<'_>, pod: &Pod) -> bool {
    !pod.spec.spread.is_empty() || cx.config.spread != SpreadArgs::System
}

fn system_defaults(cx: &Cx<'_>) -> Vec<DefaultConstraint> {
    let default = |max_skew, topology_key| DefaultConstraint::new(max_skew, topology_key, WhenUnsatisfiable::ScheduleAnyway);
    vec![default(3, cx.known.hostname), default(5, cx.known.zone)]
}

fn with_selector(default: &DefaultConstraint, selector: &LabelSelector) -> SpreadConstraint {
    SpreadConstraint {
        max_skew: default.max_skew,
        topology_key: default.topology_key,
        when_unsatisfiable: default.when_unsatisfiable,
        selector: selector.clone(),
        min_domains: default.min_domains,
        node_affinity_policy: default.node_affinity_policy,
        node_taints_policy: default.node_taints_policy,
    }
}

/// What the Services that select the pod and the controller that owns it select, all at once; everything if there are none
/// (`helper.DefaultSelector`). The labels of a ReplicationController take the place of equal keys of the Services; the
/// requirements of a ReplicaSet or StatefulSet are added to them.
pub fn default_selector(cx: &Cx<'_>, pod: &Pod) -> LabelSelector {
    let spec = &pod.spec;
    let mut pairs: BTreeMap<NameId, NameId> = BTreeMap::new();
    let services = cx.neighbours.services.iter().filter(|service| service.namespace == spec.namespace);
    for service in services.filter(|service| spec.labels.contain(&service.selector)) {
        pairs.extend(service.selector.iter());
    }
    let mut requirements = Vec::new();
    match owner(cx, pod) {
        Some(PodSelector::Labels(labels)) => pairs.extend(labels.iter()),
        Some(PodSelector::Selector(LabelSelector::All(all))) => requirements.extend(all.iter().cloned()),
        Some(PodSelector::Selector(LabelSelector::Nothing)) | None => {}
    }
    let equal = pairs.into_iter().map(|(key, value)| Requirement::new(key, Operator::In, [value]));
    LabelSelector::All(equal.chain(requirements).collect())
}

/// The selector of the controller that owns the pod, if it is of a kind that counts.
fn owner<'a>(cx: &Cx<'a>, pod: &Pod) -> Option<&'a PodSelector> {
    let owner = pod.spec.controller?;
    let kind = (cx.names.text(owner.api_version), cx.names.text(owner.kind));
    if !matches!(kind, ("v1", "ReplicationController") | ("apps/v1", "ReplicaSet" | "StatefulSet")) {
        return None;
    }
    let is_owner = |controller: &&crate::model::core::ControllerSelector| {
        (controller.kind, controller.namespace, controller.name) == (owner.kind, pod.spec.namespace, owner.name)
    };
    cx.neighbours.controllers.iter().find(is_owner).map(|controller| &controller.selector)
}

/// True if the labels have the topology keys of all constraints.
pub fn has_all_keys(labels: &Labels, constraints: &[SpreadConstraint]) -> bool {
    constraints.iter().all(|constraint| labels.get(constraint.topology_key).is_some())
}

/// What a node is to a pod, as far as inclusion policies ask.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    matches_affinity: bool,
    is_tolerated: bool,
}

impl Standing {
    /// Looks at a node; only at what some policy asks.
    pub fn new(cx: &Cx<'_>, pod: &Pod, node: &Node, constraints: &[SpreadConstraint]) -> Standing {
        let honor = |policy: fn(&SpreadConstraint) -> InclusionPolicy| {
            constraints.iter().any(|constraint| policy(constraint) == InclusionPolicy::Honor)
        };
        Standing {
            matches_affinity: !honor(|c| c.node_affinity_policy) || matches_required_affinity(cx, pod, node),
            is_tolerated: !honor(|c| c.node_taints_policy) || is_tolerated(cx, pod, node),
        }
    }

    /// True if the node counts for the constraint (`matchNodeInclusionPolicies`).
    pub fn counts_for(self, constraint: &SpreadConstraint) -> bool {
        (self.matches_affinity || constraint.node_affinity_policy == InclusionPolicy::Ignore)
            && (self.is_tolerated || constraint.node_taints_policy == InclusionPolicy::Ignore)
    }
}

fn matches_required_affinity(cx: &Cx<'_>, pod: &Pod, node: &Node) -> bool {
    node.labels.contain(&pod.spec.node_selector)
        && pod.spec.node_affinity.as_ref().is_none_or(|required| required.matches(node, cx.names))
}

fn is_tolerated(cx: &Cx<'_>, pod: &Pod, node: &Node) -> bool {
    let comparison = cx.config.gates.is_on("TaintTolerationComparisonOperators");
    let repelling = node.taints.iter().filter(|taint| taint.effect != TaintEffect::PreferNoSchedule);
    let tolerates = |taint| pod.spec.tolerations.iter().any(|toleration| toleration.tolerates(taint, cx.names, comparison));
    repelling.into_iter().all(tolerates)
}

/// Pods on a node that a selector matches, terminating ones and other namespaces left out. `{}` matches none of them
/// (`countPodsMatchSelector`).
pub fn count_pods(cx: &Cx<'_>, node: &NodeInfo, selector: &LabelSelector, namespace: NameId) -> i64 {
    if selector.is_everything() {
        return 0;
    }
    let counts =
        |pod: &Pod| !pod.is_terminating && pod.spec.namespace == namespace && selector.matches(&pod.spec.labels, cx.names);
    node.pods.iter().filter(|pod| counts(pod)).count() as i64
}
