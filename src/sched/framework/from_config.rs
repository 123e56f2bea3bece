//! From a KubeSchedulerConfiguration to what the scheduler runs by.

use serde_json::{Value, json};

use crate::base::Findings;
use crate::kube;
use crate::kube::configuration::args::{self as written, ResourceSpec};
use crate::kube::configuration::types::{KIND, VERSION};
use crate::kube::configuration::{KubeSchedulerConfiguration, PluginArgs, Point, Problems, Profile, fit_arguments};
use crate::kube::core::CoreInterning;
use crate::kube::object_path::ObjectPath;
use crate::kube::pod_affinity::{NodeInclusionPolicy, TopologySpreadConstraint};
use crate::model::Gates;
use crate::model::core::{InclusionPolicy, WhenUnsatisfiable};
use crate::sched::framework::config::{
    AddedAffinity, Configuration, DefaultConstraint, FitArgs, InterPodAffinityArgs, PreemptionArgs, ScoredName, SpreadArgs,
    Strategy,
};
use crate::sched::framework::plugin_lists::PluginLists;
use crate::sched::framework::points::{is_idle, points};
use crate::sched::framework::{Plugin, PluginSet};

/// What a kube-scheduler is started with.
#[derive(Clone, PartialEq, Debug)]
pub struct Settings {
    /// Profiles in order: the name by which pods ask for each, and what it says.
    pub profiles: Vec<(String, Configuration)>,
    /// How many nodes are looked at at once.
    pub parallelism: u32,
    /// First backoff of a pod, in seconds.
    pub pod_initial_backoff_seconds: u64,
    /// Longest backoff of a pod, in seconds.
    pub pod_max_backoff_seconds: u64,
    /// Requests to the API server in a second, if said.
    pub client_qps: Option<f64>,
    /// Requests to the API server at once, if said.
    pub client_burst: Option<u32>,
}

/// Reads a configuration, YAML or JSON. `file` is the name to report. With errors among the findings there are no settings.
pub fn settings(file: &str, text: &str, gates: &Gates, core: &mut CoreInterning) -> (Option<Settings>, Findings) {
    kube::configuration::load(file, text, gates, |configuration, problems| convert(configuration, gates, core, problems))
}

/// The default profile with arguments of plugins, as recorded cases give them: each a map with `name` and `args`.
pub fn with_plugin_config(
    percentage_of_nodes_to_score: i32,
    gates: &Gates,
    plugin_config: &[Value],
    core: &mut CoreInterning,
) -> Result<Configuration, Findings> {
    let text = json!({
        "apiVersion": VERSION,
        "kind": KIND,
        "percentageOfNodesToScore": percentage_of_nodes_to_score,
        "profiles": [{ "pluginConfig": plugin_config }],
    });
    let (settings, findings) = settings("pluginConfig", &text.to_string(), gates, core);
    settings.and_then(|settings| settings.profiles.into_iter().next()).map(|(_, config)| config).ok_or(findings)
}

fn convert(
    configuration: &KubeSchedulerConfiguration,
    gates: &Gates,
    core: &mut CoreInterning,
    problems: &mut Problems,
) -> Settings {
    let default = [Profile::default()];
    let profiles = if configuration.profiles.is_empty() { &default[..] } else { &configuration.profiles };
    let mut made = Vec::new();
    for (index, profile) in profiles.iter().enumerate() {
        let at = ObjectPath::fields("profiles").index(index);
        let name = profile.scheduler_name.clone().unwrap_or_else(|| "default-scheduler".to_owned());
        let percentage = profile.percentage_of_nodes_to_score.or(configuration.percentage_of_nodes_to_score);
        let mut config = of_profile(profile, &at, gates, core, problems);
        config.percentage_of_nodes_to_score = percentage.unwrap_or(0);
        made.push((name, config));
    }
    let client = &configuration.client_connection;
    Settings {
        profiles: made,
        parallelism: configuration.parallelism.and_then(|number| u32::try_from(number).ok()).unwrap_or(16),
        pod_initial_backoff_seconds: configuration.pod_initial_backoff_seconds.map_or(1, |number| number.max(0) as u64),
        pod_max_backoff_seconds: configuration.pod_max_backoff_seconds.map_or(10, |number| number.max(0) as u64),
        client_qps: client.qps.as_f64().filter(|qps| *qps != 0.0),
        client_burst: u32::try_from(client.burst).ok().filter(|burst| *burst != 0),
    }
}

fn of_profile(
    profile: &Profile,
    at: &ObjectPath,
    gates: &Gates,
    core: &mut CoreInterning,
    problems: &mut Problems,
) -> Configuration {
    let changes = profile.plugins.clone().unwrap_or_default();
    let lists = PluginLists::new(&changes, &at.key("plugins"), gates, problems);
    what_cannot_be_followed(&lists, &at.key("plugins"), problems);
    let simulated = |point: Point| lists.list(point).iter().copied().filter(|plugin| !is_idle(*plugin)).collect::<Vec<_>>();
    let weight = |plugin: &Plugin| (*plugin, lists.weights.get(plugin).copied().unwrap_or(1));
    let mut config = Configuration {
        gates: gates.clone(),
        pre_enqueues: simulated(Point::PreEnqueue),
        filters: simulated(Point::Filter),
        scores: lists.list(Point::Score).iter().map(weight).collect(),
        post_filters: simulated(Point::PostFilter),
        ..Configuration::default()
    };
    for (index, plugin) in profile.plugin_config.iter().enumerate() {
        if let PluginArgs::Fit(args) = &plugin.args
            && lists.needed.contains(Plugin::NodeResourcesFit)
        {
            fit_arguments(args, &at.key("pluginConfig").index(index).key("args"), problems);
        }
        take_args(&plugin.args, &mut config, core);
    }
    config
}

/// Points that depend on each other must agree where that matters: upstream runs them apart, and mostly fails then.
fn what_cannot_be_followed(lists: &PluginLists, at: &ObjectPath, problems: &mut Problems) {
    let simulated = |point: Point| lists.list(point).iter().copied().filter(|plugin| !is_idle(*plugin));
    let set = |point: Point| simulated(point).collect::<PluginSet>();
    let is_part = |part: PluginSet, whole: PluginSet| part.iter().all(|plugin| whole.contains(plugin));
    // Others prepare what nobody asks for, if their filter is off.
    let decides = |plugin: &Plugin| matches!(plugin, Plugin::NodeName | Plugin::NodeAffinity | Plugin::DynamicResources);
    let is_same = simulated(Point::PreFilter).filter(decides).eq(simulated(Point::Filter).filter(decides));
    if !is_same || !is_part(set(Point::Filter), set(Point::PreFilter)) {
        let help = "the same plugins in the same order at both points";
        problems.not_supported(&at.key("preFilter"), "preFilter and filter do not agree", help);
    }
    let prepared = simulated(Point::Score).filter(|plugin| points(*plugin).contains(&Point::PreScore)).collect();
    if !is_part(prepared, set(Point::PreScore)) {
        problems.not_supported(&at.key("preScore"), "a plugin scores without preparation", "preScore for all that score");
    }
    let filters = lists.list(Point::Filter).contains(&Plugin::DynamicResources);
    for point in [Point::PreEnqueue, Point::Reserve, Point::PreBind] {
        if lists.list(point).contains(&Plugin::DynamicResources) != filters {
            let text = format!("DynamicResources is on at only one of filter and {}", point.key());
            problems.not_supported(&at.key(point.key()), text, "DynamicResources at all of its points, or at none");
        }
    }
}

fn take_args(args: &PluginArgs, config: &mut Configuration, core: &mut CoreInterning) {
    match args {
        PluginArgs::DefaultPreemption(args) => {
            config.preemption = PreemptionArgs {
                min_candidate_nodes_percentage: args.min_candidate_nodes_percentage.unwrap_or(10),
                min_candidate_nodes_absolute: args.min_candidate_nodes_absolute.unwrap_or(100),
            };
        }
        PluginArgs::InterPodAffinity(args) => {
            config.inter_pod_affinity = InterPodAffinityArgs {
                hard_pod_affinity_weight: args.hard_pod_affinity_weight.unwrap_or(1),
                ignore_preferred_terms_of_existing_pods: args.ignore_preferred_terms_of_existing_pods,
            };
        }
        PluginArgs::NodeAffinity(args) => {
            let added = args.added_affinity.as_ref();
            config.added_affinity = AddedAffinity {
                required: added.and_then(|added| added.required.as_ref()).map(|required| core.node_selector(required)),
                preferred: added
                    .iter()
                    .flat_map(|added| &added.preferred)
                    .map(|term| (term.weight, core.node_selector_term(&term.preference)))
                    .collect(),
            };
        }
        PluginArgs::BalancedAllocation(args) => config.balanced = resources(&args.resources, core),
        PluginArgs::Fit(args) => config.fit = fit(args, core),
        PluginArgs::PodTopologySpread(args) => {
            config.spread = match args.defaulting_type.as_str() {
                "List" => SpreadArgs::List(args.default_constraints.iter().map(|one| constraint(one, core)).collect()),
                _ => SpreadArgs::System,
            };
        }
        // Time-outs have their counterparts among the constants of a scenario, and no pod has volumes.
        PluginArgs::DynamicResources(_) | PluginArgs::VolumeBinding(_) | PluginArgs::Absent | PluginArgs::Other(_) => {}
    }
}

fn resources(list: &[ResourceSpec], core: &mut CoreInterning) -> Vec<(ScoredName, i64)> {
    if list.is_empty() {
        return vec![(ScoredName::Cpu, 1), (ScoredName::Memory, 1)];
    }
    let scored = |spec: &ResourceSpec| {
        let name = match spec.name.as_str() {
            "cpu" => ScoredName::Cpu,
            "memory" => ScoredName::Memory,
            "ephemeral-storage" => ScoredName::EphemeralStorage,
            name => ScoredName::Scalar(core.name(name)),
        };
        (name, if spec.weight == 0 { 1 } else { spec.weight })
    };
    list.iter().map(scored).collect()
}

fn fit(args: &written::FitArgs, core: &mut CoreInterning) -> FitArgs {
    let strategy = args.scoring_strategy.clone().unwrap_or_default();
    let shape = strategy.requested_to_capacity_ratio.unwrap_or_default().shape;
    FitArgs {
        strategy: match strategy.r#type.as_str() {
            "MostAllocated" => Strategy::MostAllocated,
            "RequestedToCapacityRatio" => {
                let points = shape.iter().map(|point| (point.utilization.into(), point.score.into()));
                Strategy::RequestedToCapacityRatio(points.collect())
            }
            _ => Strategy::LeastAllocated,
        },
        resources: resources(&strategy.resources, core),
        ignored_resources: args.ignored_resources.iter().map(|name| core.name(name)).collect(),
        ignored_groups: args.ignored_resource_groups.iter().map(|name| core.name(name)).collect(),
    }
}

fn constraint(written: &TopologySpreadConstraint, core: &mut CoreInterning) -> DefaultConstraint {
    let policy = |policy: &Option<NodeInclusionPolicy>, default| match policy {
        Some(NodeInclusionPolicy::Honor) => InclusionPolicy::Honor,
        Some(NodeInclusionPolicy::Ignore) => InclusionPolicy::Ignore,
        _ => default,
    };
    DefaultConstraint {
        max_skew: written.max_skew,
        topology_key: core.name(&written.topology_key),
        when_unsatisfiable: match written.when_unsatisfiable.as_str() {
            "ScheduleAnyway" => WhenUnsatisfiable::ScheduleAnyway,
            _ => WhenUnsatisfiable::DoNotSchedule,
        },
        min_domains: written.min_domains.unwrap_or(1),
        node_affinity_policy: policy(&written.node_affinity_policy, InclusionPolicy::Honor),
        node_taints_policy: policy(&written.node_taints_policy, InclusionPolicy::Ignore),
    }
}
