//! What kube-scheduler refuses about its configuration, plugins apart (`apis/config/validation/validation.go`).

use std::collections::BTreeMap;

use crate::kube::configuration::types::{KubeSchedulerConfiguration, LeaderElection, Profile};
use crate::kube::configuration::validate_args::arguments;
use crate::kube::configuration::{PluginArgs, Problems};
use crate::kube::object_path::ObjectPath;
use crate::model::Gates;
use crate::select::functions::duration;

/// Plugins that are gone, with their arguments.
const REMOVED: &[&str] = &["AzureDiskLimits", "CinderLimits", "EBSLimits", "GCEPDLimits"];

/// All that is wrong with a configuration, and what of it has no effect here.
pub fn configuration(configuration: &KubeSchedulerConfiguration, gates: &Gates, problems: &mut Problems) {
    let top = ObjectPath::default();
    if configuration.parallelism.is_some_and(|parallelism| parallelism <= 0) {
        problems.refused(&top.key("parallelism"), "there must be a worker", "a number above 0; 16 unless set");
    }
    let profiles = top.key("profiles");
    let mut seen = BTreeMap::new();
    for (at, one) in configuration.profiles.iter().enumerate() {
        let path = profiles.index(at);
        profile(one, configuration.profiles.len() > 1, &path, gates, problems);
        let name = one.scheduler_name.as_deref().unwrap_or_default();
        match seen.get(name) {
            Some(first) if !name.is_empty() => {
                problems.refused(&path.key("schedulerName"), format!("profile {first} has the name `{name}`, too"), "");
            }
            _ => drop(seen.insert(name, at)),
        }
    }
    queue_sort(&configuration.profiles, &profiles, problems);
    percentage(configuration.percentage_of_nodes_to_score, &top, problems);
    leader_election(&configuration.leader_election, &top.key("leaderElection"), problems);
    if configuration.client_connection.burst < 0 {
        problems.refused(&top.key("clientConnection").key("burst"), "is negative", "0 or more; 100 if 0 or absent");
    }
    backoff(configuration, &top, problems);
    if !configuration.extenders.is_empty() {
        problems.not_supported(&top.key("extenders"), "extenders are programs of their own", "a profile without extenders");
    }
}

/// All profiles share one queue, so what they say about its order must be the same, word by word.
fn queue_sort(profiles: &[Profile], at: &ObjectPath, problems: &mut Problems) {
    let of = |profile: &Profile| profile.plugins.as_ref().map(|plugins| plugins.queue_sort.clone()).unwrap_or_default();
    for (index, profile) in profiles.iter().enumerate().skip(1) {
        if of(profile) != of(&profiles[0]) {
            let field = at.index(index).key("plugins").key("queueSort");
            problems.refused(&field, "is not what the first profile says", "the same words in all profiles");
        }
    }
}

fn leader_election(election: &LeaderElection, at: &ObjectPath, problems: &mut Problems) {
    let mut duration = |key: &str, text: &str, default: i64| {
        let nanos = if text.is_empty() { Some(0) } else { duration::parse(text) };
        if nanos.is_none() {
            problems.refused(&at.key(key), format!("{text:?} is no duration"), "such as 15s");
        }
        nanos.filter(|nanos| *nanos != 0).unwrap_or(default * 1_000_000_000)
    };
    let lease = duration("leaseDuration", &election.lease_duration, 15);
    let renewal = duration("renewDeadline", &election.renew_deadline, 10);
    let retry = duration("retryPeriod", &election.retry_period, 2);
    if election.leader_elect == Some(false) {
        return;
    }
    for (key, nanos) in [("leaseDuration", lease), ("renewDeadline", renewal), ("retryPeriod", retry)] {
        if nanos < 0 {
            problems.refused(&at.key(key), "is negative", "a duration above 0");
        }
    }
    if lease <= renewal {
        problems.refused(&at.key("leaseDuration"), "is not longer than renewDeadline", "15s unless set");
    }
    if !matches!(election.resource_lock.as_str(), "" | "leases") {
        problems.refused(&at.key("resourceLock"), format!("found {:?}", election.resource_lock), "leases");
    }
}

fn backoff(configuration: &KubeSchedulerConfiguration, top: &ObjectPath, problems: &mut Problems) {
    let (initial, max) =
        (configuration.pod_initial_backoff_seconds.unwrap_or(1), configuration.pod_max_backoff_seconds.unwrap_or(10));
    if initial <= 0 {
        problems.refused(&top.key("podInitialBackoffSeconds"), format!("found {initial}"), "a number above 0; 1 unless set");
    }
    if max < initial {
        let text = format!("the longest backoff of {max} s is shorter than the first one of {initial} s");
        problems.refused(&top.key("podMaxBackoffSeconds"), text, "at least podInitialBackoffSeconds; 10 unless set");
    }
}

fn percentage(value: Option<i32>, at: &ObjectPath, problems: &mut Problems) {
    if let Some(value) = value.filter(|value| !(0..=100).contains(value)) {
        problems.refused(&at.key("percentageOfNodesToScore"), format!("found {value}"), "0 to 100");
    }
}

fn profile(profile: &Profile, is_one_of_many: bool, path: &ObjectPath, gates: &Gates, problems: &mut Problems) {
    let name = profile.scheduler_name.as_deref();
    if name == Some("") || name.is_none() && is_one_of_many {
        problems.refused(&path.key("schedulerName"), "the profile has no name", "a name of its own for each of several profiles");
    }
    percentage(profile.percentage_of_nodes_to_score, path, problems);
    let mut seen: Vec<&str> = Vec::new();
    for (at, config) in profile.plugin_config.iter().enumerate() {
        let path = path.key("pluginConfig").index(at);
        if seen.contains(&config.name.as_str()) {
            problems.refused(&path, format!("arguments of `{}` are given twice", config.name), "");
        }
        seen.push(&config.name);
        if REMOVED.contains(&config.name.as_str()) {
            problems.refused(&path, format!("plugin `{}` is gone", config.name), "");
        } else if matches!(config.args, PluginArgs::Other(_)) {
            let known = PluginArgs::PLUGINS.join(", ");
            problems.no_effect(&path, format!("`{}` takes no arguments; plugins that do are {known}", config.name));
        }
        arguments(config, &path.key("args"), gates, problems);
    }
}
