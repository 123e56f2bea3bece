//! What kube-scheduler refuses about arguments of plugins (`apis/config/validation/validation_pluginargs.go`).

use crate::kube::configuration::args::{
    BalancedAllocationArgs, DefaultPreemptionArgs, DynamicResourcesArgs, FitArgs, PodTopologySpreadArgs, ShapePoint,
    VolumeBindingArgs,
};
use crate::kube::configuration::types::{PluginConfig, VERSION};
use crate::kube::configuration::{PluginArgs, Problems};
use crate::kube::node_selector::{NodeSelectorOperator, NodeSelectorRequirement, NodeSelectorTerm};
use crate::kube::object::At;
use crate::kube::object_path::ObjectPath;
use crate::kube::pod_affinity::{NodeAffinity, TopologySpreadConstraint};
use crate::kube::validate::selectors::{node_field, node_requirement};
use crate::kube::validate::{Faults, names};
use crate::model::Gates;
use crate::select::functions::duration;

/// Strategies of NodeResourcesFit.
const STRATEGIES: &[&str] = &["LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"];

/// What is wrong with the arguments of one plugin.
pub fn arguments(config: &PluginConfig, at: &ObjectPath, gates: &Gates, problems: &mut Problems) {
    let (version, kind) = config.args.stated();
    let own_kind = format!("{}Args", config.name);
    if !kind.is_empty() && kind != own_kind {
        problems.refused(&at.key("kind"), format!("the kind is `{kind}`"), own_kind);
    }
    if !version.is_empty() && version != VERSION {
        problems.refused(&at.key("apiVersion"), format!("the version is `{version}`"), VERSION);
    }
    let mut faults = Faults::default();
    match &config.args {
        PluginArgs::DefaultPreemption(args) => preemption(args, at, &mut faults),
        PluginArgs::DynamicResources(args) => dynamic_resources(args, at, gates, &mut faults),
        PluginArgs::InterPodAffinity(args) => {
            let weight = args.hard_pod_affinity_weight.unwrap_or(1);
            within(weight.into(), 0, 100, &at.key("hardPodAffinityWeight"), &mut faults);
        }
        PluginArgs::NodeAffinity(args) => {
            let added = at.key("addedAffinity");
            args.added_affinity.iter().for_each(|affinity| node_affinity(affinity, &added, &mut faults, problems));
        }
        PluginArgs::BalancedAllocation(args) => balanced(args, at, &mut faults),
        PluginArgs::PodTopologySpread(args) => spread(args, at, &mut faults),
        PluginArgs::VolumeBinding(args) => volume_binding(args, at, gates, &mut faults),
        // Those of NodeResourcesFit are looked at only where the plugin runs.
        PluginArgs::Fit(_) | PluginArgs::Absent | PluginArgs::Other(_) => {}
    }
    problems.faults(faults);
}

fn within(value: i64, min: i64, max: i64, at: &ObjectPath, faults: &mut Faults) {
    if !(min..=max).contains(&value) {
        faults.invalid(at, format!("found {value}"), format!("{min} to {max}"));
    }
}

fn preemption(args: &DefaultPreemptionArgs, at: &ObjectPath, faults: &mut Faults) {
    let (percentage, absolute) =
        (args.min_candidate_nodes_percentage.unwrap_or(10), args.min_candidate_nodes_absolute.unwrap_or(100));
    let absolute_at = at.key("minCandidateNodesAbsolute");
    within(percentage.into(), 0, 100, &at.key("minCandidateNodesPercentage"), faults);
    within(absolute.into(), 0, i32::MAX.into(), &absolute_at, faults);
    if percentage == 0 && absolute == 0 {
        faults.invalid(&absolute_at, "no candidate would be looked at", "a number above 0 here or for the percentage");
    }
}

fn dynamic_resources(args: &DynamicResourcesArgs, at: &ObjectPath, gates: &Gates, faults: &mut Faults) {
    const SECOND: i64 = 1_000_000_000;
    let binding_gates = ["DRADeviceBindingConditions", "DRAResourceClaimDeviceStatus"];
    let fields = [
        ("filterTimeout", &args.filter_timeout, 0, &["DRASchedulerFilterTimeout"][..]),
        ("bindingTimeout", &args.binding_timeout, SECOND, &binding_gates[..]),
    ];
    for (key, value, min, needed) in fields {
        let (Some(text), at) = (value, at.key(key)) else { continue };
        if let Some(gate) = needed.iter().find(|gate| !gates.is_on(gate)) {
            faults.forbidden(&at, format!("feature gate {gate} is off"));
        }
        match duration::parse(text) {
            None => faults.invalid(&at, format!("{text:?} is no duration"), "such as 10s or 1m30s"),
            Some(nanos) if nanos < min => faults.invalid(&at, format!("found {text}"), format!("at least {}s", min / SECOND)),
            Some(_) => {}
        }
    }
}

fn node_affinity(affinity: &NodeAffinity, at: &ObjectPath, faults: &mut Faults, problems: &mut Problems) {
    if let Some(required) = &affinity.required {
        let terms = at.key("requiredDuringSchedulingIgnoredDuringExecution").key("nodeSelectorTerms");
        for (index, one) in required.node_selector_terms.iter().enumerate() {
            term(one, &terms.index(index), faults, problems);
        }
    }
    let preferred = at.key("preferredDuringSchedulingIgnoredDuringExecution");
    for (index, one) in affinity.preferred.iter().enumerate().filter(|(_, one)| one.weight != 0) {
        term(&one.preference, &preferred.index(index), faults, problems);
    }
}

fn term(term: &NodeSelectorTerm, at: &ObjectPath, faults: &mut Faults, problems: &mut Problems) {
    for (index, entry) in term.match_expressions.iter().enumerate() {
        expression(entry, &at.key("matchExpressions").index(index), faults);
    }
    for (index, entry) in term.match_fields.iter().enumerate() {
        let at = at.key("matchFields").index(index);
        node_field(entry, &At::Path(&at), faults);
        if entry.key != "metadata.name" {
            problems.not_supported(&at.key("key"), format!("nodes have no field {:?} here", entry.key), "metadata.name");
        }
    }
}

/// A requirement on a label (`labels.NewRequirement`).
fn expression(entry: &NodeSelectorRequirement, at: &ObjectPath, faults: &mut Faults) {
    node_requirement(entry, &At::Path(at), faults);
    let is_number = |value: &String| value.parse::<i64>().is_ok();
    match (&entry.operator, entry.values.as_slice()) {
        (NodeSelectorOperator::Gt | NodeSelectorOperator::Lt, [value]) if !is_number(value) => {
            faults.invalid(&at.key("values").index(0), format!("{value:?} is no whole number"), "a number for Gt and Lt");
        }
        _ => {}
    }
}

fn balanced(args: &BalancedAllocationArgs, at: &ObjectPath, faults: &mut Faults) {
    let at = at.key("resources");
    for (index, resource) in args.resources.iter().enumerate() {
        if args.resources[..index].iter().any(|other| other.name == resource.name) {
            faults.invalid(&at.index(index).key("name"), format!("{:?} occurs twice", resource.name), "each resource once");
        }
    }
    for (index, resource) in args.resources.iter().enumerate().filter(|(_, resource)| !matches!(resource.weight, 0 | 1)) {
        faults.invalid(&at.index(index).key("weight"), format!("found {}", resource.weight), "1: balance knows no weights");
    }
}

/// What is wrong with the arguments of NodeResourcesFit, which upstream checks where it makes the plugin.
pub fn fit_arguments(args: &FitArgs, at: &ObjectPath, problems: &mut Problems) {
    let mut faults = Faults::default();
    fit(args, at, &mut faults);
    problems.faults(faults);
}

fn fit(args: &FitArgs, at: &ObjectPath, faults: &mut Faults) {
    for (index, name) in args.ignored_resources.iter().enumerate() {
        faults.name(&at.key("ignoredResources").index(index), name, names::label_key(name));
    }
    for (index, group) in args.ignored_resource_groups.iter().enumerate() {
        let at = at.key("ignoredResourceGroups").index(index);
        match group.contains('/') {
            true => faults.invalid(&at, format!("{group:?} has a slash"), "what is before the slash of a resource"),
            false => faults.name(&at, group, names::label_key(group)),
        }
    }
    let (Some(strategy), at) = (&args.scoring_strategy, at.key("scoringStrategy")) else { return };
    faults.word(&at.key("type"), &strategy.r#type, STRATEGIES);
    for (index, resource) in strategy.resources.iter().enumerate() {
        within(resource.weight, 0, 100, &at.key("resources").index(index).key("weight"), faults);
    }
    let ratio = at.key("requestedToCapacityRatio");
    match (strategy.r#type == "RequestedToCapacityRatio", &strategy.requested_to_capacity_ratio) {
        (true, None) => faults.required(&ratio),
        (true, Some(param)) => shape(&param.shape, &ratio.key("shape"), faults),
        (false, Some(_)) => faults.forbidden(&ratio, format!("type {:?} has no shape", strategy.r#type)),
        (false, None) => {}
    }
}

fn shape(shape: &[ShapePoint], at: &ObjectPath, faults: &mut Faults) {
    if shape.is_empty() {
        faults.required(at);
    }
    if let Some(index) = (1..shape.len()).find(|index| shape[index - 1].utilization >= shape[*index].utilization) {
        let text = format!("{} comes after {}", shape[index].utilization, shape[index - 1].utilization);
        faults.invalid(&at.index(index).key("utilization"), text, "ascending values");
    }
    for (index, point) in shape.iter().enumerate() {
        within(point.utilization.into(), 0, 100, &at.index(index).key("utilization"), faults);
        within(point.score.into(), 0, 10, &at.index(index).key("score"), faults);
    }
}

fn spread(args: &PodTopologySpreadArgs, at: &ObjectPath, faults: &mut Faults) {
    let constraints = &args.default_constraints;
    let kind = at.key("defaultingType");
    match args.defaulting_type.as_str() {
        "" | "System" if !constraints.is_empty() => {
            faults.invalid(&kind, "System goes with no constraints", "List, or no defaultConstraints");
        }
        "" => {}
        word => faults.word(&kind, word, &["System", "List"]),
    }
    for (index, constraint) in constraints.iter().enumerate() {
        let at = at.key("defaultConstraints").index(index);
        within(constraint.max_skew.into(), 1, i32::MAX.into(), &at.key("maxSkew"), faults);
        faults.name(&at.key("topologyKey"), &constraint.topology_key, names::label_key(&constraint.topology_key));
        let action = constraint.when_unsatisfiable.as_str();
        faults.word(&at.key("whenUnsatisfiable"), action, &["DoNotSchedule", "ScheduleAnyway"]);
        if constraint.label_selector.is_some() {
            faults.forbidden(&at.key("labelSelector"), "the selector is derived for each pod");
        }
        let is_same = |other: &TopologySpreadConstraint| {
            (&other.topology_key, &other.when_unsatisfiable) == (&constraint.topology_key, &constraint.when_unsatisfiable)
        };
        if constraints[..index].iter().any(is_same) {
            faults.invalid(&at, "topologyKey and whenUnsatisfiable are those of an earlier one", "each pair once");
        }
    }
}

fn volume_binding(args: &VolumeBindingArgs, at: &ObjectPath, gates: &Gates, faults: &mut Faults) {
    let timeout = args.bind_timeout_seconds.unwrap_or(600);
    within(timeout, 0, i64::MAX, &at.key("bindTimeoutSeconds"), faults);
    let points = at.key("shape");
    match (args.shape.is_empty(), gates.is_on("StorageCapacityScoring")) {
        (true, _) => {}
        (false, true) => shape(&args.shape, &points, faults),
        (false, false) => faults.forbidden(&points, "feature gate StorageCapacityScoring is off"),
    }
}
