//! PreScore, Score, normalising, weights (`prioritizeNodes`, `framework/runtime/framework.go`).

use crate::base::NodeId;
use crate::model::core::Pod;
use crate::sched::attempt::Scores;
use crate::sched::framework::{Cx, CycleState, MAX_NODE_SCORE, NodeInfo, Plugin, default_normalize};
use crate::sched::plugins::{
    dynamic_resources, image_locality, inter_pod_affinity, node_affinity, node_resources_balanced_allocation, node_resources_fit,
    pod_topology_spread, taint_toleration,
};

/// What PreScore leaves: the plugins that score, and their states.
#[derive(Clone, Debug, Default)]
pub struct PreScored {
    /// Plugins with weights, in order.
    pub plugins: Vec<(Plugin, i64)>,
    spread: Option<pod_topology_spread::ScoreState>,
    affinity: Option<inter_pod_affinity::ScoreState>,
}

impl PreScored {
    /// Without the plugins that look at what is on other nodes.
    pub fn without_others(mut self) -> PreScored {
        (self.spread, self.affinity) = (None, None);
        self.plugins.retain(|(plugin, _)| !matches!(plugin, Plugin::PodTopologySpread | Plugin::InterPodAffinity));
        self
    }
}

/// Runs PreScore plugins; those that skip do not score.
pub fn pre_score(cx: &Cx<'_>, pod: &Pod, feasible: &[NodeId]) -> PreScored {
    let mut scored = PreScored::default();
    for &(plugin, weight) in &cx.config.scores {
        let goes = match plugin {
            Plugin::NodeAffinity => !node_affinity::skips_score(cx, pod),
            Plugin::NodeResourcesBalancedAllocation => !node_resources_balanced_allocation::skips_score(cx, pod),
            Plugin::PodTopologySpread => {
                scored.spread = pod_topology_spread::pre_score(cx, pod, feasible);
                scored.spread.is_some()
            }
            Plugin::InterPodAffinity => {
                scored.affinity = inter_pod_affinity::pre_score(cx, pod, feasible);
                scored.affinity.is_some()
            }

            _ => true,
        };
        if goes {
            scored.plugins.push((plugin, weight));
        }
    }
    scored
}

/// The raw score of one node by one plugin.
pub fn raw(cx: &Cx<'_>, pod: &Pod, state: &CycleState, scored: &PreScored, plugin: Plugin, node: &NodeInfo) -> i64 {
    match plugin {
        Plugin::TaintToleration => taint_toleration::score(cx, pod, node),
        Plugin::NodeAffinity => node_affinity::score(cx, pod, node),
        Plugin::NodeResourcesFit => node_resources_fit::score(cx, pod, node),
        Plugin::PodTopologySpread => scored.spread.as_ref().map_or(0, |own| pod_topology_spread::score(cx, own, pod, node)),
        Plugin::InterPodAffinity => scored.affinity.as_ref().map_or(0, |own| inter_pod_affinity::score(cx, own, pod, node)),
        Plugin::DynamicResources => state.dynamic_resources.as_ref().map_or(0, |own| dynamic_resources::score(cx, own, node)),
        Plugin::NodeResourcesBalancedAllocation => node_resources_balanced_allocation::score(cx, pod, node),
        Plugin::ImageLocality => image_locality::score(cx, pod, node),
        // VolumeBinding gives 0 to pods without volumes to bind, and there are no others here.
        _ => 0,
    }
}

/// Brings the raw scores of one plugin to 0 to 100.
pub fn normalize(cx: &Cx<'_>, scored: &PreScored, plugin: Plugin, feasible: &[NodeId], scores: &mut [i64]) {
    match plugin {
        Plugin::TaintToleration => default_normalize(scores, true),
        Plugin::NodeAffinity | Plugin::DynamicResources => default_normalize(scores, false),
        Plugin::PodTopologySpread => {
            if let Some(own) = &scored.spread {
                pod_topology_spread::normalize(cx, own, feasible, scores);
            }
        }
        Plugin::InterPodAffinity => {
            if let Some(own) = &scored.affinity {
                inter_pod_affinity::normalize(cx, own, feasible, scores);
            }
        }
        _ => {}
    }
}

/// Normalises and weighs; the error is a score out of range, which ends the attempt.
pub fn finish(cx: &Cx<'_>, scored: &PreScored, nodes: Vec<NodeId>, raw: Vec<(Plugin, Vec<i64>)>) -> Result<Scores, String> {
    let mut totals = vec![0_i64; nodes.len()];
    let mut plugins = Vec::with_capacity(raw.len());
    for ((plugin, scores), (_, weight)) in raw.iter().zip(&scored.plugins) {
        let mut scores = scores.clone();
        normalize(cx, scored, *plugin, &nodes, &mut scores);
        if let Some(score) = scores.iter().find(|score| !(0..=MAX_NODE_SCORE).contains(*score)) {
            let range = "it should in the range of [0, 100] after normalizing";
            let text = format!("plugin \"{plugin}\" returns an invalid score {score}, {range}");
            return Err(format!("applying score defaultWeights on Score plugins: {text}"));
        }
        for (total, score) in totals.iter_mut().zip(&mut scores) {
            *score *= weight;
            *total += *score;
        }
        plugins.push((*plugin, scores));
    }
    Ok(Scores { nodes, plugins, totals, raw })
}

/// Scores the feasible nodes.
pub fn score(cx: &Cx<'_>, pod: &Pod, state: &CycleState, feasible: &[NodeId]) -> Result<Scores, String> {
    let scored = pre_score(cx, pod, feasible);
    let by_plugin = scored.plugins.iter().map(|&(plugin, _)| {
        let of = |node: &NodeId| raw(cx, pod, state, &scored, plugin, &cx.snapshot.nodes[*node]);
        (plugin, feasible.iter().map(of).collect())
    });
    finish(cx, &scored, feasible.to_vec(), by_plugin.collect())
}
