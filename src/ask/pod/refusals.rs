//! Nodes that were refused, grouped by plugin and reason, and what stands behind a reason.

use std::collections::BTreeMap;

use crate::ask::pod::stage::Stage;
use crate::ask::state::full_name;
use crate::ask::words::list;
use crate::base::NodeId;
use crate::model::core::TaintEffect;
use crate::sched::attempt::{Attempt, PreFilterRecord};
use crate::sched::framework::{Code, NodeInfo, Plugin};
use crate::sched::plugins::taint_toleration::tolerates;

/// Nodes that one plugin refuses for one reason. A node with several reasons is in several groups, as the event counts it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    /// The plugins; several where they leave no node together.
    pub plugins: Vec<&'static str>,
    /// Upstream's words.
    pub reason: String,
    /// The nodes, in the order of their names.
    pub nodes: Vec<String>,
    /// Those of them where evicting pods may help (`Unschedulable`); on the others it cannot.
    pub resolvable: Vec<String>,
    /// What stands behind it; may be empty.
    pub detail: String,
}

/// A plugin, or several, and a reason; and nodes with the way in which each refused.
type Groups = BTreeMap<(Vec<&'static str>, String), Vec<(NodeId, Code)>>;

/// All groups, the largest first; nodes that PreFilter left out are a group, too.
pub fn refusals(stage: &Stage, attempt: &Attempt) -> Vec<Refused> {
    let scheduler = &stage.scheduler;
    let mut groups = Groups::new();
    for (node, (plugin, rejection)) in &attempt.verdicts {
        for reason in &rejection.reasons {
            let key = (vec![plugin.name()], reason.text(&scheduler.names));
            groups.entry(key).or_default().push((*node, rejection.code));
        }
    }
    if let Some(PreFilterRecord::Narrowed(names, plugins)) = &attempt.pre_filter {
        let is_left_out = |node: &&NodeInfo| !names.contains(&node.node.name);
        let left_out = scheduler.snapshot.list().filter(is_left_out).map(|node| (node.id, Code::UnschedulableAndUnresolvable));
        let left_out: Vec<_> = left_out.collect();
        if !left_out.is_empty() {
            groups.insert((plugins.names(), attempt.left_out.clone()), left_out);
        }
    }
    let mut found: Vec<Refused> = groups.into_iter().map(|(key, nodes)| group(stage, key, &nodes)).collect();
    found.sort_by_key(|group| std::cmp::Reverse(group.nodes.len()));
    found
}

fn group(stage: &Stage, (plugins, reason): (Vec<&'static str>, String), nodes: &[(NodeId, Code)]) -> Refused {
    let infos: Vec<&NodeInfo> = nodes.iter().map(|(node, _)| &stage.scheduler.snapshot.nodes[*node]).collect();
    let is_by = |plugin: Plugin| plugins == [plugin.name()];
    let detail = match reason.as_str() {
        _ if is_by(Plugin::NodeResourcesFit) => lacking(stage, &reason, &infos),
        _ if is_by(Plugin::TaintToleration) => taints(stage, &infos),
        _ if is_by(Plugin::NodeAffinity) => selector(stage),
        "resourceclaim not available on the node" => allocated(stage),
        _ => String::new(),
    };
    let names = |is_wanted: &dyn Fn(Code) -> bool| {
        let wanted = nodes.iter().zip(&infos).filter(|((_, code), _)| is_wanted(*code));
        let mut names: Vec<String> = wanted.map(|(_, node)| stage.text(node.node.name)).collect();
        names.sort_unstable();
        names
    };
    let resolvable = names(&|code| code == Code::Unschedulable);
    Refused { nodes: names(&|_| true), resolvable, plugins, reason, detail }
}

/// The claims that bind the pod to nodes.
fn allocated(stage: &Stage) -> String {
    let allocated = stage.claims.iter().filter(|claim| claim.status.allocation.is_some());
    let names: Vec<String> = allocated.map(|claim| full_name(&claim.metadata.namespace, &claim.metadata.name)).collect();
    format!("allocated elsewhere: {}; --again tries the pod as if nothing were allocated to it", list(&names))
}

/// `asks for 4; most free: 1500m on node-b`
fn lacking(stage: &Stage, reason: &str, nodes: &[&NodeInfo]) -> String {
    let full =
        |node: &&NodeInfo| format!("{} has {} of {}", stage.text(node.node.name), node.pods.len(), node.node.allocatable.pods);
    let Some(resource) = reason.strip_prefix("Insufficient ") else {
        return list(&nodes.iter().map(full).collect::<Vec<_>>());
    };
    let of = |amounts: &crate::model::core::Resources| match resource {
        "cpu" => amounts.milli_cpu,
        "memory" => amounts.memory,
        "ephemeral-storage" => amounts.ephemeral_storage,
        _ => stage.scheduler.names.find(resource).map_or(0, |name| amounts.scalar(name)),
    };
    let free = |node: &NodeInfo| of(&node.node.allocatable) - of(&node.requested);
    let asked = of(&stage.pod.spec.requests.total);
    let has = |node: &NodeInfo| of(&node.node.allocatable);
    let told = |n| amount(resource, n);
    let greatest = |nodes: &[&NodeInfo], key: &dyn Fn(&NodeInfo) -> i64| {
        let node = nodes.iter().max_by_key(|node| (key(node), std::cmp::Reverse(node.id)));
        node.map_or_else(String::new, |node| format!("{}, on {}", told(key(node)), stage.text(node.node.name)))
    };
    let (too_small, others): (Vec<&NodeInfo>, Vec<&NodeInfo>) = nodes.iter().partition(|node| asked > has(node));
    if too_small.iter().all(|node| has(node) == 0) && others.is_empty() {
        return format!("asks for {}; there is none", told(asked));
    }
    if others.is_empty() {
        let most = greatest(nodes, &has);
        return format!("asks for {}, more than there is even without other pods: at most {most}", told(asked));
    }
    let most = greatest(&others, &free);
    let small: Vec<String> = too_small.iter().map(|node| stage.text(node.node.name)).collect();
    let small = if small.is_empty() { small.concat() } else { format!("; too small even without other pods: {}", list(&small)) };
    format!("asks for {}; most free: {most}{small}", told(asked))
}

/// An amount as people write it.
pub fn amount(resource: &str, n: i64) -> String {
    const UNITS: [(&str, i64); 4] = [("Ti", 1 << 40), ("Gi", 1 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)];
    match resource {
        "cpu" if n % 1000 != 0 => format!("{n}m"),
        "cpu" => (n / 1000).to_string(),
        "memory" | "ephemeral-storage" => match UNITS.iter().find(|(_, unit)| n.abs() >= *unit) {
            Some((suffix, unit)) if n % unit == 0 => format!("{}{suffix}", n / unit),
            Some((suffix, unit)) => format!("{:.1}{suffix}", n as f64 / *unit as f64),
            None => n.to_string(),
        },
        _ => n.to_string(),
    }
}

/// The taints that the pod does not tolerate, and on how many of the nodes each is.
fn taints(stage: &Stage, nodes: &[&NodeInfo]) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for node in nodes {
        for taint in node.node.taints.iter().filter(|taint| !tolerates(&stage.scheduler.cx(), &stage.pod, taint)) {
            let (key, value) = (stage.text(taint.key), stage.text(taint.value));
            let effect = match taint.effect {
                TaintEffect::NoSchedule => "NoSchedule",
                TaintEffect::NoExecute => "NoExecute",
                TaintEffect::PreferNoSchedule => continue,
            };
            let value = if value.is_empty() { value } else { format!("={value}") };
            *counts.entry(format!("{key}{value}:{effect}")).or_default() += 1;
        }
    }
    let told = |(taint, n): (&String, &usize)| if *n < nodes.len() { format!("{taint} on {n}") } else { taint.clone() };
    format!("not tolerated: {}", list(&counts.iter().map(told).collect::<Vec<_>>()))
}

/// What the pod says about the labels of its node.
fn selector(stage: &Stage) -> String {
    let spec = &stage.written.spec;
    let mut wants: Vec<String> = spec.node_selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let affinity = spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
    if affinity.is_some_and(|affinity| affinity.required.is_some()) {
        wants.push("its required node affinity".to_owned());
    }
    if wants.is_empty() { String::new() } else { format!("wants {}", list(&wants)) }
}

#[cfg(test)]
mod tests {
    use super::amount;

    #[test]
    fn amounts_read_as_they_are_written() {
        let check = |resource, n, want: &str| assert_eq!(amount(resource, n), want, "{resource} {n}");
        check("cpu", 2000, "2");
        check("cpu", 1500, "1500m");
        check("memory", 3 << 30, "3Gi");
        check("memory", (3 << 30) + (1 << 29), "3.5Gi");
        check("memory", 1000, "1000");
        check("memory", -(2 << 30), "-2Gi");
        check("nvidia.com/gpu", 8, "8");
    }
}
