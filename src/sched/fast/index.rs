//! What is known about every node for one specification, brought up to date from the log of changes.
//!
//! Most plugins read what a node is, and not what is on it: they are asked once. When pods come and go, only those from the
//! first one on that looks at pods are asked again.

use std::sync::Arc;

use crate::alloc::dra::problem::Stats;
use crate::base::ring::Sums;
use crate::base::{BitSet, Id, NodeId, ShapeId};
use crate::model::Effort;
use crate::model::core::{Pod, PodSpec};
use crate::model::effort::PLUGINS;
use crate::sched::attempt::filtering::run_these;
use crate::sched::attempt::scoring::{self, PreScored};
use crate::sched::fast::devices::Devices;
use crate::sched::framework::{Code, Cx, CycleState, NodeInfo, Plugin, Rejection, default_normalize};

/// Total of a node that does not fit.
pub const UNFIT: i32 = i32::MIN;

/// A refusal that some nodes gave.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Who.
    pub plugin: Plugin,
    /// What.
    pub rejection: Rejection,
    /// How many nodes.
    pub count: usize,
}

/// A plugin whose points depend on the other nodes at hand: the greatest raw score is a hundred, or nothing.
#[derive(Clone, Debug)]
struct Share {
    plugin: Plugin,
    weight: i64,
    is_reverse: bool,
    /// Raw scores by position.
    raw: Vec<i64>,
    /// How many fitting nodes have a raw score other than 0.
    nonzero: usize,
}

/// What the allocator did on each node, by position.
#[derive(Clone, Debug)]
struct Searches {
    steps: Sums,
    devices_tried: Sums,
    cel_evaluations: Sums,
    constraint_checks: Sums,
}

impl Searches {
    fn new(n: usize) -> Searches {
        let sums = || Sums::new(n);
        Searches { steps: sums(), devices_tried: sums(), cel_evaluations: sums(), constraint_checks: sums() }
    }

    fn set(&mut self, position: usize, stats: Stats) {
        self.steps.set(position, stats.steps.into());
        self.devices_tried.set(position, stats.devices_tried.into());
        self.cel_evaluations.set(position, stats.cel_evaluations.into());
        self.constraint_checks.set(position, stats.constraint_checks.into());
    }
}

/// What is known about every node, by position in list order.
#[derive(Clone, Debug)]
pub struct SpecIndex {
    /// Any pod of the specification.
    pod: Arc<Pod>,
    state: CycleState,
    prepared: PreScored,
    /// Filters that are not skipped, in order.
    pub filters: Vec<Plugin>,
    /// How many of them, from the first on, do not look at pods.
    still: usize,
    /// Plugins that give points by what is on a node, with weights.
    moving: Vec<(Plugin, i64)>,
    shares: Vec<Share>,
    /// The specification has claims, which the allocator answers.
    searches: Option<Searches>,
    spec: ShapeId,
    read: u64,
    /// The part of the log of nodes themselves that is in.
    read_nodes: u64,
    /// 0 for a node that fits, else 1 more than the position of its refusal.
    pub verdicts: Vec<u16>,
    /// Positions that fit whatever pods are there, as far as filters that do not look at pods go.
    open: BitSet,
    /// Weighted points that do not depend on pods.
    still_points: Vec<i32>,
    /// Positions of nodes that fit.
    pub feasible: BitSet,
    /// Sums of points that depend on the node alone, weighted; [`UNFIT`] for nodes that do not fit.
    pub totals: Vec<i32>,
    /// Distinct refusals.
    pub refusals: Vec<Refusal>,
    /// Nodes that end the attempt in an error.
    pub errors: usize,
}

/// True for filters that look at the pods of a node.
fn looks_at_pods(plugin: Plugin) -> bool {
    !matches!(plugin, Plugin::NodeName | Plugin::NodeUnschedulable | Plugin::TaintToleration | Plugin::NodeAffinity)
}

impl SpecIndex {
    /// Looks at every node. `state` is what PreFilter left.
    pub fn new(cx: &Cx<'_>, devices: &mut Devices, spec: ShapeId, pod: &Arc<Pod>, state: CycleState) -> SpecIndex {
        let n = cx.snapshot.order.len();
        let prepared = scoring::pre_score(cx, pod, &[]).without_others();
        let filters: Vec<Plugin> = cx.config.filters.iter().copied().filter(|plugin| !state.skipped.contains(*plugin)).collect();
        let still = filters.iter().position(|plugin| looks_at_pods(*plugin)).unwrap_or(filters.len());
        let (mut moving, mut shares) = (Vec::new(), Vec::new());
        for &(plugin, weight) in &prepared.plugins {
            match plugin {
                Plugin::NodeResourcesFit | Plugin::NodeResourcesBalancedAllocation => moving.push((plugin, weight)),
                // Without claims everybody has none.
                Plugin::DynamicResources if pod.spec.claims.is_empty() => {}
                Plugin::TaintToleration | Plugin::NodeAffinity | Plugin::DynamicResources => {
                    let is_reverse = plugin == Plugin::TaintToleration;
                    shares.push(Share { plugin, weight, is_reverse, raw: vec![0; n], nonzero: 0 });
                }
                _ => {}
            }
        }
        let mut index = SpecIndex {
            pod: pod.clone(),
            filters,
            still,
            moving,
            shares,
            searches: (!pod.spec.claims.is_empty()).then(|| Searches::new(n)),
            spec,
            state,
            prepared,
            read: cx.snapshot.changes.head(),
            read_nodes: cx.snapshot.node_changes.head(),
            verdicts: vec![0; n],
            open: BitSet::new(n),
            still_points: vec![0; n],
            feasible: BitSet::new(n),
            totals: vec![UNFIT; n],
            refusals: Vec::new(),
            errors: 0,
        };
        for position in 0..n {
            index.look(cx, devices, position);
        }
        index
    }

    /// What does not depend on pods, then the rest.
    fn look(&mut self, cx: &Cx<'_>, devices: &mut Devices, position: usize) {
        let node = &cx.snapshot.nodes[cx.snapshot.order[position]];
        let mut points = 0;
        for &(plugin, weight) in &self.prepared.plugins {
            let raw = || scoring::raw(cx, &self.pod, &self.state, &self.prepared, plugin, node);
            match self.shares.iter_mut().find(|share| share.plugin == plugin) {
                // Points for devices move with what is held.
                Some(_) if plugin == Plugin::DynamicResources => {}
                Some(share) => share.raw[position] = raw(),
                None if self.moving.iter().any(|(moving, _)| *moving == plugin) => {}
                None => points += raw() * weight,
            }
        }
        self.still_points[position] = i32::try_from(points).expect("a few plugins give at most 100 points each");
        let filters = &self.filters[..self.still];
        match run_these(filters, cx, &self.pod, &mut self.state, node) {
            Some((plugin, rejection)) => self.verdicts[position] = self.refuse(plugin, rejection),
            None => {
                self.open.set(position, true);
                self.enter(cx, devices, position);
            }
        }
    }

    /// Looks at the nodes that changed since the last call. `positions` are list positions by node.
    pub fn sync(&mut self, cx: &Cx<'_>, devices: &mut Devices, positions: &[u32]) {
        self.sync_nodes(cx, devices, positions);
        let head = cx.snapshot.changes.head();
        match cx.snapshot.changes.since(self.read) {
            Some(changed) => {
                for node in changed {
                    self.refresh(cx, devices, positions[node.index()] as usize);
                }
            }
            None => (0..self.verdicts.len()).for_each(|position| self.refresh(cx, devices, position)),
        }
        self.read = head;
    }

    /// Looks anew at nodes that are others than they were, which is seldom.
    fn sync_nodes(&mut self, cx: &Cx<'_>, devices: &mut Devices, positions: &[u32]) {
        let head = cx.snapshot.node_changes.head();
        if head == self.read_nodes {
            return;
        }
        let everywhere = || (0..self.verdicts.len()).collect();
        let changed = cx.snapshot.node_changes.since(self.read_nodes);
        let changed: Vec<usize> =
            changed.map_or_else(everywhere, |nodes| nodes.iter().map(|node| positions[node.index()] as usize).collect());
        for position in changed {
            self.forget(position);
            self.open.set(position, false);
            self.feasible.set(position, false);
            self.totals[position] = UNFIT;
            self.searches.iter_mut().for_each(|searches| searches.set(position, Stats::default()));
            self.look(cx, devices, position);
        }
        self.read_nodes = head;
    }

    /// The part of the log that is in.
    pub fn read(&self) -> u64 {
        self.read
    }

    fn refresh(&mut self, cx: &Cx<'_>, devices: &mut Devices, position: usize) {
        if self.open.contains(position) {
            self.forget(position);
            self.enter(cx, devices, position);
        }
    }

    /// What is counted of a node is counted no more.
    fn forget(&mut self, position: usize) {
        match self.verdicts[position] {
            0 => self.count_shares(position, -1),
            refused => {
                let refusal = &mut self.refusals[usize::from(refused) - 1];
                refusal.count -= 1;
                self.errors -= usize::from(refusal.rejection.code == Code::Error);
            }
        }
    }

    fn count_shares(&mut self, position: usize, sign: isize) {
        for share in self.shares.iter_mut().filter(|share| share.raw[position] != 0) {
            share.nonzero = share.nonzero.wrapping_add_signed(sign);
        }
    }

    /// What depends on pods.
    fn enter(&mut self, cx: &Cx<'_>, devices: &mut Devices, position: usize) {
        let node = &cx.snapshot.nodes[cx.snapshot.order[position]];
        let refused = match self.searches {
            None => run_these(&self.filters[self.still..], cx, &self.pod, &mut self.state, node),
            Some(_) => self.run_with_devices(cx, devices, position, node),
        };
        self.feasible.set(position, refused.is_none());
        match refused {
            None => {
                self.verdicts[position] = 0;
                self.count_shares(position, 1);
                self.totals[position] = self.still_points[position] + self.points(cx, node.id);
            }
            Some((plugin, rejection)) => {
                self.verdicts[position] = self.refuse(plugin, rejection);
                self.totals[position] = UNFIT;
            }
        }
    }

    /// Runs filters, DynamicResources among them by what the allocator is known to answer.
    fn run_with_devices(
        &mut self,
        cx: &Cx<'_>,
        devices: &mut Devices,
        position: usize,
        node: &NodeInfo,
    ) -> Option<(Plugin, Rejection)> {
        let at = self.filters.iter().position(|plugin| *plugin == Plugin::DynamicResources)?;
        let searches = self.searches.as_mut()?;
        searches.set(position, Stats::default());
        let refused = run_these(&self.filters[self.still..at], cx, &self.pod, &mut self.state, node);
        if refused.is_some() {
            return refused;
        }
        let Some(answer) = devices.answer(cx, self.spec, node.id) else {
            return Some((Plugin::DynamicResources, Rejection::told(Code::Error, "what is held cannot be told by state")));
        };
        searches.set(position, answer.stats);
        match devices.judge(cx, self.spec, node.id, &answer) {
            Err(rejection) => return Some((Plugin::DynamicResources, rejection)),
            Ok(points) => {
                let share = self.shares.iter_mut().find(|share| share.plugin == Plugin::DynamicResources);
                share.into_iter().for_each(|share| share.raw[position] = points);
            }
        }
        run_these(&self.filters[at + 1..], cx, &self.pod, &mut self.state, node)
    }

    /// What the allocator did on so many nodes from a position on.
    pub fn searched(&self, start: usize, visited: usize) -> Effort {
        let Some(searches) = &self.searches else { return Effort::default() };
        let sum = |sums: &Sums| u64::try_from(sums.around(start, visited)).unwrap_or(u64::MAX);
        Effort {
            allocator_steps: sum(&searches.steps),
            devices_tried: sum(&searches.devices_tried),
            cel_evaluations: sum(&searches.cel_evaluations),
            constraint_checks: sum(&searches.constraint_checks),
            ..Effort::default()
        }
    }

    fn points(&self, cx: &Cx<'_>, node: NodeId) -> i32 {
        let node = &cx.snapshot.nodes[node];
        let points = self
            .moving
            .iter()
            .map(|&(plugin, weight)| scoring::raw(cx, &self.pod, &self.state, &self.prepared, plugin, node) * weight);
        i32::try_from(points.sum::<i64>()).expect("a few plugins give at most 100 points each")
    }

    fn refuse(&mut self, plugin: Plugin, rejection: Rejection) -> u16 {
        let is_same = |known: &Refusal| known.plugin == plugin && known.rejection == rejection;
        self.errors += usize::from(rejection.code == Code::Error);
        let at = match self.refusals.iter().position(is_same) {
            Some(at) => at,
            None => {
                self.refusals.push(Refusal { plugin, rejection, count: 0 });
                self.refusals.len() - 1
            }
        };
        self.refusals[at].count += 1;
        u16::try_from(at + 1).expect("plugins have fewer than 65,535 things to say about one specification")
    }

    /// True if points that depend on other nodes are equal for all nodes, so that totals alone decide.
    pub fn is_settled(&self) -> bool {
        self.shares.iter().all(|share| share.nonzero == 0)
    }

    /// Totals of these positions with all points.
    pub fn full_totals(&self, positions: &[usize]) -> Vec<i64> {
        let mut totals: Vec<i64> = positions.iter().map(|at| i64::from(self.totals[*at])).collect();
        for share in &self.shares {
            let mut points: Vec<i64> = positions.iter().map(|at| share.raw[*at]).collect();
            default_normalize(&mut points, share.is_reverse);
            totals.iter_mut().zip(points).for_each(|(total, points)| *total += points * share.weight);
        }
        totals
    }

    /// Refusals by plugin on so many nodes from a position on.
    pub fn refused_among(&self, start: usize, visited: usize) -> [u64; PLUGINS] {
        let n = self.verdicts.len();
        let end = start + visited;
        let parts = if end <= n { [start..end, 0..0] } else { [start..n, 0..end - n] };
        let mut present = self.refusals.iter().filter(|refusal| refusal.count > 0);
        let mut by_plugin = [0; PLUGINS];
        if visited == n {
            present.for_each(|refusal| by_plugin[refusal.plugin as usize] += refusal.count as u64);
        } else if let (Some(only), None) = (present.next(), present.next()) {
            let fitting: usize = parts.into_iter().map(|part| self.feasible.count_in(part)).sum();
            by_plugin[only.plugin as usize] = (visited - fitting) as u64;
        } else {
            for verdict in parts.into_iter().flat_map(|part| &self.verdicts[part]) {
                if let Some(at) = verdict.checked_sub(1) {
                    by_plugin[self.refusals[usize::from(at)].plugin as usize] += 1;
                }
            }
        }
        by_plugin
    }

    /// The specification, or one that is alike.
    pub fn spec(&self) -> &PodSpec {
        &self.pod.spec
    }

    /// True if the specification has claims.
    pub fn has_claims(&self) -> bool {
        self.searches.is_some()
    }

    /// Plugins that score.
    pub fn scoring_plugins(&self) -> impl Iterator<Item = Plugin> + '_ {
        self.prepared.plugins.iter().map(|(plugin, _)| *plugin)
    }
}
