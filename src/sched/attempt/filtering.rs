//! PreFilter and Filter (`framework/runtime/framework.go`, `findNodesThatFitPod`).

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::{NameId, Names};
use crate::model::core::Pod;
use crate::sched::attempt::PreFilterRecord;
use crate::sched::framework::{Code, Cx, CycleState, NodeInfo, Nominator, Plugin, PluginSet, PreFilter, Rejection};
use crate::sched::plugins::{
    classic_resources, dynamic_resources, inter_pod_affinity, node_affinity, node_declared_features, node_name, node_ports,
    node_resources_fit, node_unschedulable, pod_topology_spread, taint_toleration,
};

/// What PreFilter leaves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PreFiltered {
    /// All nodes.
    All,
    /// Nodes of these names, by these plugins.
    Some(BTreeSet<NameId>, PluginSet),
    /// None.
    Rejected(Option<Plugin>, Rejection, PluginSet),
}

impl PreFiltered {
    /// What is told about it.
    pub fn record(&self) -> Option<PreFilterRecord> {
        match self {
            PreFiltered::All => None,
            PreFiltered::Some(nodes, plugins) => Some(PreFilterRecord::Narrowed(nodes.iter().copied().collect(), *plugins)),
            PreFiltered::Rejected(plugin, rejection, plugins) => {
                Some(PreFilterRecord::Rejected(*plugin, rejection.clone(), *plugins))
            }
        }
    }
}

/// What one plugin's PreFilter says, its state put away.
enum Said {
    Skip,
    Go,
    Narrow(BTreeSet<NameId>),
    Reject(Rejection),
}

fn put<S>(said: PreFilter<S>, slot: &mut Option<S>) -> Said {
    match said {
        PreFilter::Skip => Said::Skip,
        PreFilter::Go(state) => {
            *slot = Some(state);
            Said::Go
        }
        PreFilter::Narrow(state, nodes) => {
            *slot = Some(state);
            Said::Narrow(nodes)
        }
        PreFilter::Reject(rejection) => Said::Reject(rejection),
    }
}

fn skip_if(skips: bool) -> Said {
    if skips { Said::Skip } else { Said::Go }
}

fn pre_filter(cx: &Cx<'_>, plugin: Plugin, pod: &Pod, state: &mut CycleState) -> Said {
    match plugin {
        Plugin::NodeName => put(node_name::pre_filter(pod), &mut None),
        Plugin::NodeAffinity => put(node_affinity::pre_filter(cx, pod), &mut state.node_affinity),
        Plugin::NodePorts => skip_if(node_ports::skips(pod)),
        Plugin::PodTopologySpread => put(pod_topology_spread::pre_filter(cx, pod), &mut state.pod_topology_spread),
        Plugin::InterPodAffinity => put(inter_pod_affinity::pre_filter(cx, pod), &mut state.inter_pod_affinity),
        Plugin::DynamicResources => match cx.classic {
            Some(own) => put(classic_resources::pre_filter(own), &mut None),
            None => put(dynamic_resources::pre_filter(cx, pod), &mut state.dynamic_resources),
        },
        Plugin::NodeDeclaredFeatures => skip_if(node_declared_features::skips(pod)),
        _ => Said::Go,
    }
}

/// An error of a plugin as the framework hands it on.
pub fn wrapped(context: &str, plugin: Plugin, rejection: &Rejection, names: &Names) -> Rejection {
    Rejection::told(Code::Error, format!("{}: {}", context.replace("{}", plugin.name()), rejection.message(names)))
}

/// Runs PreFilter plugins in order: a refusal that cannot be resolved ends it at once, of others the last one counts.
pub fn run_pre_filters(cx: &Cx<'_>, pod: &Pod, state: &mut CycleState) -> PreFiltered {
    let mut narrowed: Option<BTreeSet<NameId>> = None;
    let mut narrowing = PluginSet::EMPTY;
    let mut refused = None;
    for &plugin in &cx.config.filters {
        state.pre_filtered.insert(plugin);
        match pre_filter(cx, plugin, pod, state) {
            Said::Skip => state.skipped.insert(plugin),
            Said::Go => {}
            Said::Narrow(nodes) => {
                narrowing.insert(plugin);
                let is_first = narrowed.is_none();
                let left = match narrowed.take() {
                    None => nodes,
                    Some(left) => left.intersection(&nodes).copied().collect(),
                };
                // One plugin alone may have named nodes that do not exist: upstream counts names here.
                if left.is_empty() && !is_first {
                    return PreFiltered::Rejected(None, nothing_left(narrowing), narrowing);
                }
                narrowed = Some(left);
            }
            Said::Reject(rejection) => match rejection.code {
                Code::UnschedulableAndUnresolvable => {
                    return PreFiltered::Rejected(Some(plugin), rejection, PluginSet::EMPTY);
                }
                Code::Unschedulable => refused = Some((plugin, rejection)),
                Code::Error => {
                    let error = wrapped("running PreFilter plugin \"{}\"", plugin, &rejection, cx.names);
                    return PreFiltered::Rejected(Some(plugin), error, PluginSet::EMPTY);
                }
            },
        }
    }
    match (refused, narrowed) {
        (Some((plugin, rejection)), _) => PreFiltered::Rejected(Some(plugin), rejection, narrowing),
        (None, Some(nodes)) => PreFiltered::Some(nodes, narrowing),
        (None, None) => PreFiltered::All,
    }
}

fn nothing_left(plugins: PluginSet) -> Rejection {
    let names = plugins.names();
    let text = match names.as_slice() {
        [name] => format!("node(s) didn't satisfy plugin {name}"),
        _ => format!("node(s) didn't satisfy plugin(s) [{}] simultaneously", names.join(" ")),
    };
    Rejection::told(Code::UnschedulableAndUnresolvable, text)
}

fn filter(cx: &Cx<'_>, plugin: Plugin, pod: &Pod, state: &mut CycleState, node: &NodeInfo) -> Option<Rejection> {
    match plugin {
        Plugin::NodeName => node_name::filter(pod, node),
        Plugin::NodeUnschedulable => node_unschedulable::filter(cx, pod, node),
        Plugin::TaintToleration => taint_toleration::filter(cx, pod, node),
        Plugin::NodeAffinity => state.node_affinity.as_ref().and_then(|own| node_affinity::filter(cx, own, pod, node)),
        Plugin::NodePorts => node_ports::filter(pod, node),
        Plugin::NodeResourcesFit => node_resources_fit::filter(cx, pod, node),
        Plugin::PodTopologySpread => {
            state.pod_topology_spread.as_ref().and_then(|own| pod_topology_spread::filter(cx, own, pod, node))
        }
        Plugin::InterPodAffinity => {
            state.inter_pod_affinity.as_ref().and_then(|own| inter_pod_affinity::filter(cx, own, pod, node))
        }
        Plugin::DynamicResources => match cx.classic {
            Some(own) => classic_resources::filter(own, node.id),
            None => state.dynamic_resources.as_ref().and_then(|own| dynamic_resources::filter(cx, own, pod, node)),
        },
        Plugin::NodeDeclaredFeatures => node_declared_features::filter(pod, node),
        _ => None,
    }
}

/// Runs Filter plugins in order; the first that refuses wins.
pub fn run_filters(cx: &Cx<'_>, pod: &Pod, state: &mut CycleState, node: &NodeInfo) -> Option<(Plugin, Rejection)> {
    run_these(&cx.config.filters, cx, pod, state, node)
}

/// Runs these Filter plugins in order, except those that PreFilter skipped.
pub fn run_these(
    plugins: &[Plugin],
    cx: &Cx<'_>,
    pod: &Pod,
    state: &mut CycleState,
    node: &NodeInfo,
) -> Option<(Plugin, Rejection)> {
    for &plugin in plugins {
        if state.skipped.contains(plugin) {
            continue;
        }
        state.effort.filter_calls[plugin as usize] += 1;
        if let Some(rejection) = filter(cx, plugin, pod, state, node) {
            let rejection = match rejection.code {
                Code::Error => wrapped("running \"{}\" filter plugin", plugin, &rejection, cx.names),
                _ => rejection,
            };
            return Some((plugin, rejection));
        }
    }
    None
}

/// The same, first with the pods of at least its priority that are nominated to the node, then without (spec B5.2).
pub fn run_filters_with_nominated(
    cx: &Cx<'_>,
    nominator: &Nominator,
    pod: &Pod,
    state: &mut CycleState,
    node: &NodeInfo,
) -> Option<(Plugin, Rejection)> {
    let counts = |other: &&Arc<Pod>| other.priority() >= pod.priority() && other.id != pod.id;
    let nominated: Vec<&Arc<Pod>> = nominator.on(node.node.name).iter().filter(counts).collect();
    if !nominated.is_empty() {
        let (mut with, mut with_node) = (state.clone(), node.clone());
        for other in nominated {
            with_node.add_pod(other.clone());
            add_pod(cx, pod, &mut with, other, &with_node);
        }
        let refused = run_filters(cx, pod, &mut with, &with_node);
        state.effort = with.effort;
        if refused.is_some() {
            return refused;
        }
    }
    run_filters(cx, pod, state, node)
}

/// Tells plugins that `other` is supposed on `node`, where it is already.
pub fn add_pod(cx: &Cx<'_>, pod: &Pod, state: &mut CycleState, other: &Pod, node: &NodeInfo) {
    if let Some(own) = &mut state.pod_topology_spread {
        own.add_pod(cx, pod, other, node);
    }
    if let Some(own) = &mut state.inter_pod_affinity {
        own.add_pod(cx, pod, other, node);
    }
}

/// Tells plugins that `other` is supposed gone from `node`.
pub fn remove_pod(cx: &Cx<'_>, pod: &Pod, state: &mut CycleState, other: &Pod, node: &NodeInfo) {
    if let Some(own) = &mut state.pod_topology_spread {
        own.remove_pod(cx, pod, other, node);
    }
    if let Some(own) = &mut state.inter_pod_affinity {
        own.remove_pod(cx, pod, other, node);
    }
}
