//! Affinity between pods and topology spread: what they say of each node follows from counts that
//! [`crate::sched::terms`] keeps; all else from the index.

use crate::base::NodeId;
use crate::model::core::Pod;
use crate::sched::attempt::scoring;
use crate::sched::fast::index::{Refusal, SpecIndex};
use crate::sched::fast::pick::Pick;
use crate::sched::framework::{Cx, CycleState, Plugin, PreFilter, Rejection};
use crate::sched::plugins::{inter_pod_affinity, pod_topology_spread};
use crate::sched::preorder::heap_root;

/// The plugins in question.
const BEYOND: [Plugin; 2] = [Plugin::PodTopologySpread, Plugin::InterPodAffinity];

/// What their PreFilter leaves.
struct Filters {
    plugins: Vec<Plugin>,
    spread: Option<pod_topology_spread::State>,
    affinity: Option<inter_pod_affinity::State>,
}

impl Filters {
    /// `None` if PreFilter refuses, or a plugin behind them refuses some node: which of the two is told would depend on both.
    fn new(cx: &Cx<'_>, index: &SpecIndex) -> Option<Filters> {
        let asked = cx.asked?;
        let mut filters = Filters { plugins: Vec::new(), spread: None, affinity: None };
        for &plugin in cx.config.filters.iter().filter(|plugin| BEYOND.contains(plugin)) {
            let goes = match plugin {
                Plugin::PodTopologySpread => put(&asked.spread, &mut filters.spread)?,
                _ => put(&asked.affinity, &mut filters.affinity)?,
            };
            if goes {
                filters.plugins.push(plugin);
            }
        }
        // The allocator is not asked about nodes that are refused before, so what it did there must not be counted.
        if index.has_claims() && !filters.plugins.is_empty() {
            return None;
        }
        let last = cx.config.filters.iter().position(|plugin| filters.plugins.contains(plugin));
        let refuses_behind = |refusal: &Refusal| {
            let at = cx.config.filters.iter().position(|plugin| *plugin == refusal.plugin);
            refusal.count > 0 && last.is_some() && at > last
        };
        (!index.refusals.iter().any(refuses_behind)).then_some(filters)
    }

    fn refuse(&self, cx: &Cx<'_>, pod: &Pod, node: NodeId) -> Option<(Plugin, Rejection)> {
        let info = &cx.snapshot.nodes[node];
        self.plugins.iter().find_map(|plugin| {
            let rejection = match plugin {
                Plugin::PodTopologySpread => pod_topology_spread::filter(cx, self.spread.as_ref()?, pod, info),
                _ => inter_pod_affinity::filter(cx, self.affinity.as_ref()?, pod, info),
            };
            rejection.map(|rejection| (*plugin, rejection))
        })
    }
}

/// Whether the plugin's filter runs; `None` where PreFilter refuses.
fn put<S: Clone>(said: &PreFilter<S>, slot: &mut Option<S>) -> Option<bool> {
    match said {
        PreFilter::Skip => Some(false),
        PreFilter::Go(state) => {
            *slot = Some(state.clone());
            Some(true)
        }
        PreFilter::Narrow(..) | PreFilter::Reject(_) => None,
    }
}

/// [`super::pick::pick`] for a pod about which [`Cx::asked`] knows. `None` if the exact path has to see to it.
pub fn pick_beyond(cx: &Cx<'_>, index: &SpecIndex, pod: &Pod, start: usize, want: usize) -> Option<Pick> {
    let filters = Filters::new(cx, index)?;
    let n = index.verdicts.len();
    let (mut kept, mut refusals): (Vec<usize>, Vec<Refusal>) = (Vec::new(), Vec::new());
    let mut visited = n;
    let rotated = index.feasible.from(start).chain(index.feasible.iter().take_while(|position| *position < start));
    for position in rotated {
        match filters.refuse(cx, pod, cx.snapshot.order[position]) {
            None if kept.len() == want => {
                visited = (position + n - start) % n + 1;
                break;
            }
            None => kept.push(position),
            Some((plugin, rejection)) => note_refusal(&mut refusals, plugin, rejection),
        }
    }
    let mut refused = index.refused_among(start, visited);
    for refusal in &refusals {
        refused[refusal.plugin as usize] += refusal.count as u64;
    }
    let failed = refused.iter().sum::<u64>() as usize;
    let mut pick = Pick { chosen: None, feasible: kept.len(), failed, visited, refused, refusals, ..Pick::default() };
    pick.filters = filters_in_order(cx, index, &filters.plugins);
    pick.chosen = match kept.as_slice() {
        [] => None,
        [only] => Some(*only),
        _ => Some(best(cx, index, pod, &kept, &mut pick.scorers)),
    };
    Some(pick)
}

fn note_refusal(refusals: &mut Vec<Refusal>, plugin: Plugin, rejection: Rejection) {
    match refusals.iter_mut().find(|known| known.plugin == plugin && known.rejection == rejection) {
        Some(known) => known.count += 1,
        None => refusals.push(Refusal { plugin, rejection, count: 1 }),
    }
}

fn filters_in_order(cx: &Cx<'_>, index: &SpecIndex, beyond: &[Plugin]) -> Vec<Plugin> {
    let runs = |plugin: &Plugin| index.filters.contains(plugin) || beyond.contains(plugin);
    cx.config.filters.iter().copied().filter(runs).collect()
}

/// The winner among these positions. `scorers` becomes the list of plugins that score.
fn best(cx: &Cx<'_>, index: &SpecIndex, pod: &Pod, kept: &[usize], scorers: &mut Vec<Plugin>) -> usize {
    let nodes: Vec<NodeId> = kept.iter().map(|position| cx.snapshot.order[*position]).collect();
    let prepared = scoring::pre_score(cx, pod, &nodes);
    let mut totals = index.full_totals(kept);
    let state = CycleState::default();
    for &(plugin, weight) in &prepared.plugins {
        scorers.push(plugin);
        if !BEYOND.contains(&plugin) {
            continue;
        }
        let raw = |node: &NodeId| scoring::raw(cx, pod, &state, &prepared, plugin, &cx.snapshot.nodes[*node]);
        let mut points: Vec<i64> = nodes.iter().map(raw).collect();
        scoring::normalize(cx, &prepared, plugin, &nodes, &mut points);
        totals.iter_mut().zip(points).for_each(|(total, points)| *total += points * weight);
    }
    kept[heap_root(&totals).unwrap_or(0)]
}
