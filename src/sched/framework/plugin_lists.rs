//! Which plugins run at which point, from the default ones and what a profile changes (`apis/config/v1/default_plugins.go`,
//! `expandMultiPointPlugins` and `getValidScoreWeights` in `framework/runtime/framework.go`).

use std::collections::{BTreeMap, BTreeSet};

use crate::kube::configuration::types::PluginEntry;
use crate::kube::configuration::{PluginSet as Changes, Plugins, Point, Problems};
use crate::kube::object_path::ObjectPath;
use crate::model::Gates;
use crate::sched::framework::points::{NOT_SUPPORTED, points};
use crate::sched::framework::{MAX_NODE_SCORE, Plugin, PluginSet};

/// Plugins of a profile.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PluginLists {
    /// By point, in the order in which they run.
    pub at: BTreeMap<Point, Vec<Plugin>>,
    /// Weights of those that score.
    pub weights: BTreeMap<Plugin, i64>,
    /// All that are made, those that run at no point included (`pluginsNeeded`).
    pub needed: PluginSet,
}

/// A plugin that is enabled, with its weight as written and its place if it was written.
#[derive(Clone, Debug)]
struct Enabled {
    plugin: Plugin,
    weight: i64,
    at: Option<ObjectPath>,
}

impl PluginLists {
    /// Plugins at a point, in order.
    pub fn list(&self, point: Point) -> &[Plugin] {
        self.at.get(&point).map_or(&[], Vec::as_slice)
    }

    /// The plugins of a profile that changes the default ones so. `at` is the place of the changes.
    pub fn new(changes: &Plugins, at: &ObjectPath, gates: &Gates, problems: &mut Problems) -> PluginLists {
        let multi = merged(&defaults(gates), &changes.multi_point, &at.key("multiPoint"), problems);
        let mut lists = PluginLists { needed: multi.iter().map(|entry| entry.plugin).collect(), ..PluginLists::default() };
        for &point in Point::ALL {
            let (set, at) = (changes.at(point), at.key(point.key()));
            let specific = merged(&[], set, &at, problems);
            for entry in specific.iter().filter(|entry| !points(entry.plugin).contains(&point)) {
                let text = format!("`{}` does nothing at {}", entry.plugin, point.key());
                problems.refused(entry.at.as_ref().unwrap_or(&at), text, "");
            }
            once(&specific, problems);
            specific.iter().for_each(|entry| lists.needed.insert(entry.plugin));
            let expanded = expand(point, set, &specific, &multi, problems);
            if point == Point::Score {
                lists.weigh(&specific, &multi, &at, problems);
            }
            lists.at.insert(point, expanded);
        }
        lists.required(at, problems);
        lists
    }

    /// The weight at the point itself goes before that of `multiPoint`; 0 means 1.
    fn weigh(&mut self, specific: &[Enabled], multi: &[Enabled], at: &ObjectPath, problems: &mut Problems) {
        let mut total = 0i64;
        for entry in specific.iter().chain(multi).filter(|entry| points(entry.plugin).contains(&Point::Score)) {
            if self.weights.contains_key(&entry.plugin) {
                continue;
            }
            let weight = if entry.weight == 0 { 1 } else { entry.weight };
            self.weights.insert(entry.plugin, weight);
            // Upstream's test for an overflow overflows itself where negative weights outweigh the others.
            if weight * MAX_NODE_SCORE > i64::MAX.wrapping_sub(total) {
                let text = format!("the weights up to that of `{}` sum up to less than nothing", entry.plugin);
                problems.refused(entry.at.as_ref().unwrap_or(at), text, "weights above 0");
                return;
            }
            total += weight * MAX_NODE_SCORE;
        }
    }

    fn required(&self, at: &ObjectPath, problems: &mut Problems) {
        if self.list(Point::QueueSort).len() != 1 {
            problems.refused(&at.key("queueSort"), "no plugin orders the queue", "PrioritySort enabled");
        }
        if self.list(Point::Bind).is_empty() {
            problems.refused(&at.key("bind"), "no plugin binds pods", "DefaultBinder enabled");
        }
    }
}

/// The default plugins with their weights.
fn defaults(gates: &Gates) -> Vec<(Plugin, i64)> {
    let weight = |plugin| match plugin {
        Plugin::TaintToleration => 3,
        Plugin::NodeAffinity | Plugin::PodTopologySpread | Plugin::InterPodAffinity | Plugin::DynamicResources => 2,
        _ => 1,
    };
    let is_default = |plugin: &Plugin| *plugin != Plugin::GangScheduling || gates.is_on("GenericWorkload");
    Plugin::ALL.into_iter().filter(is_default).map(|plugin| (plugin, weight(plugin))).collect()
}

/// Default plugins with changes: disabled ones go, enabled ones take the place of their default or come after all.
fn merged(defaults: &[(Plugin, i64)], set: &Changes, at: &ObjectPath, problems: &mut Problems) -> Vec<Enabled> {
    let disabled: BTreeSet<&str> = set.disabled.iter().map(|entry| entry.name.as_str()).collect();
    for (index, entry) in set.disabled.iter().enumerate().filter(|(_, entry)| entry.name != "*") {
        if Plugin::named(&entry.name).is_none() && !NOT_SUPPORTED.contains(&entry.name.as_str()) {
            problems.no_effect(&at.key("disabled").index(index), format!("there is no plugin `{}`", entry.name));
        }
    }
    let custom: Vec<Enabled> = set
        .enabled
        .iter()
        .enumerate()
        .filter_map(|(index, entry)| enabled(entry, at.key("enabled").index(index), problems))
        .collect();
    let mut replaced = BTreeSet::new();
    let mut list = Vec::new();
    let kept = defaults.iter().filter(|(plugin, _)| !disabled.contains("*") && !disabled.contains(plugin.name()));
    for &(plugin, weight) in kept {
        // Of several entries for one default plugin the last takes its place.
        match custom.iter().rposition(|entry| entry.plugin == plugin) {
            Some(at) => {
                replaced.insert(at);
                list.push(custom[at].clone());
            }
            None => list.push(Enabled { plugin, weight, at: None }),
        }
    }
    list.extend(custom.into_iter().enumerate().filter(|(at, _)| !replaced.contains(at)).map(|(_, entry)| entry));
    list
}

fn enabled(entry: &PluginEntry, at: ObjectPath, problems: &mut Problems) -> Option<Enabled> {
    let Some(plugin) = Plugin::named(&entry.name) else {
        let name = &entry.name;
        match NOT_SUPPORTED.contains(&name.as_str()) {
            true => problems.not_supported(&at, format!("`{name}` is not simulated"), ""),
            false => {
                let known: Vec<&str> = Plugin::ALL.into_iter().map(Plugin::name).collect();
                let help = format!("a plugin of kube-scheduler v1.37: {}", known.join(", "));
                problems.refused(&at.key("name"), format!("there is no plugin `{name}`"), help);
            }
        }
        return None;
    };
    let weight = i64::from(entry.weight.unwrap_or(0));
    if weight < 0 {
        let text = format!("the weight {weight} is negative: the better a node, the less likely");
        problems.no_effect(&at.key("weight"), text);
    }
    Some(Enabled { plugin, weight, at: Some(at) })
}

/// Refuses plugins that are enabled twice.
fn once(list: &[Enabled], problems: &mut Problems) {
    for (index, entry) in list.iter().enumerate() {
        if list[..index].iter().any(|other| other.plugin == entry.plugin) {
            let field = entry.at.clone().unwrap_or_default();
            problems.refused(&field, format!("`{}` is enabled twice", entry.plugin), "");
        }
    }
}

/// The plugins of one point: those of `multiPoint` that the point names again, in its order; the others of `multiPoint`;
/// what else the point names.
fn expand(point: Point, set: &Changes, specific: &[Enabled], multi: &[Enabled], problems: &mut Problems) -> Vec<Plugin> {
    let own: Vec<Plugin> = specific.iter().map(|entry| entry.plugin).collect();
    let is_disabled = |name: &str| set.disabled.iter().any(|entry| entry.name == name);
    if is_disabled("*") {
        return own;
    }
    let candidates: Vec<&Enabled> =
        multi.iter().filter(|entry| points(entry.plugin).contains(&point) && !is_disabled(entry.plugin.name())).collect();
    let mut expanded: Vec<Plugin> = Vec::new();
    for entry in candidates.iter().filter(|entry| !own.contains(&entry.plugin)) {
        match expanded.contains(&entry.plugin) {
            true => {
                let field = entry.at.clone().unwrap_or_default();
                problems.refused(&field, format!("`{}` is enabled twice at {}", entry.plugin, point.key()), "");
            }
            false => expanded.push(entry.plugin),
        }
    }
    let is_override = |plugin: &&Plugin| candidates.iter().any(|entry| entry.plugin == **plugin);
    let (first, last): (Vec<Plugin>, Vec<Plugin>) = own.iter().partition(|plugin| is_override(plugin));
    [first, expanded, last].concat()
}
