//! What is known about every node for one specification, brought up to date from the log of changes.

use std::sync::Arc;

use crate::base::{BitSet, Id, NodeId};
use crate::model::core::Pod;
use crate::sched::attempt::filtering::run_filters;
use crate::sched::attempt::scoring::{self, PreScored};
use crate::sched::framework::{Code, Cx, CycleState, Plugin, Rejection};

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

/// How the raw scores of a plugin become points.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Points {
    /// They are points already.
    Raw,
    /// The greatest of the nodes at hand is a hundred.
    Share,
    /// The greatest of the nodes at hand is nothing.
    ReverseShare,
}

/// A plugin that scores.
#[derive(Clone, Debug)]
struct Scorer {
    plugin: Plugin,
    weight: i64,
    points: Points,
    /// Raw scores by position; kept where points depend on other nodes.
    raw: Vec<i64>,
    /// How many fitting nodes have a raw score other than 0.
    nonzero: usize,
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
    scorers: Vec<Scorer>,
    read: u64,
    /// 0 for a node that fits, else 1 more than the position of its refusal.
    pub verdicts: Vec<u16>,
    /// Positions of nodes that fit.
    pub feasible: BitSet,
    /// Sums of points that depend on the node alone, weighted; [`UNFIT`] for nodes that do not fit.
    pub totals: Vec<i32>,
    /// Distinct refusals.
    pub refusals: Vec<Refusal>,
    /// Nodes that end the attempt in an error.
    pub errors: usize,
}

impl SpecIndex {
    /// Looks at every node. `state` is what PreFilter left.
    pub fn new(cx: &Cx<'_>, pod: &Arc<Pod>, state: CycleState) -> SpecIndex {
        let n = cx.snapshot.order.len();
        let prepared = scoring::pre_score(cx, pod, &[]);
        let scorers = prepared.plugins.iter().map(|&(plugin, weight)| {
            let points = match plugin {
                Plugin::TaintToleration => Points::ReverseShare,
                Plugin::NodeAffinity | Plugin::DynamicResources => Points::Share,
                _ => Points::Raw,
            };
            let raw = if points == Points::Raw { Vec::new() } else { vec![0; n] };
            Scorer { plugin, weight, points, raw, nonzero: 0 }
        });
        let mut index = SpecIndex {
            pod: pod.clone(),
            filters: cx.config.filters.iter().copied().filter(|plugin| !state.skipped.contains(*plugin)).collect(),
            scorers: scorers.collect(),
            state,
            prepared,
            read: cx.snapshot.changes.head(),
            verdicts: vec![0; n],
            feasible: BitSet::new(n),
            totals: vec![UNFIT; n],
            refusals: Vec::new(),
            errors: 0,
        };
        for position in 0..n {
            index.enter(cx, position);
        }
        index
    }

    /// Looks at the nodes that changed since the last call. `positions` are list positions by node.
    pub fn sync(&mut self, cx: &Cx<'_>, positions: &[u32]) {
        let head = cx.snapshot.changes.head();
        match cx.snapshot.changes.since(self.read) {
            Some(changed) => {
                for node in changed {
                    self.refresh(cx, positions[node.index()] as usize);
                }
            }
            None => (0..self.verdicts.len()).for_each(|position| self.refresh(cx, position)),
        }
        self.read = head;
    }

    /// Points of the log up to which everything is in.
    pub fn read(&self) -> u64 {
        self.read
    }

    fn refresh(&mut self, cx: &Cx<'_>, position: usize) {
        match self.verdicts[position] {
            0 => {
                for scorer in &mut self.scorers {
                    if let Some(raw) = scorer.raw.get_mut(position) {
                        scorer.nonzero -= usize::from(*raw != 0);
                        *raw = 0;
                    }
                }
            }
            refused => {
                let refusal = &mut self.refusals[usize::from(refused) - 1];
                refusal.count -= 1;
                self.errors -= usize::from(refusal.rejection.code == Code::Error);
            }
        }
        self.enter(cx, position);
    }

    fn enter(&mut self, cx: &Cx<'_>, position: usize) {
        let node = &cx.snapshot.nodes[cx.snapshot.order[position]];
        match run_filters(cx, &self.pod, &mut self.state, node) {
            None => {
                self.verdicts[position] = 0;
                self.feasible.set(position, true);
                self.totals[position] = self.score(cx, position, node.id);
            }
            Some((plugin, rejection)) => {
                self.errors += usize::from(rejection.code == Code::Error);
                self.verdicts[position] = self.refuse(plugin, rejection);
                self.feasible.set(position, false);
                self.totals[position] = UNFIT;
            }
        }
    }

    fn refuse(&mut self, plugin: Plugin, rejection: Rejection) -> u16 {
        let is_same = |known: &Refusal| known.plugin == plugin && known.rejection == rejection;
        let at = match self.refusals.iter().position(is_same) {
            Some(at) => at,
            None => {
                self.refusals.push(Refusal { plugin, rejection, count: 0 });
                self.refusals.len() - 1
            }
        };
        self.refusals[at].count += 1;
        u16::try_from(at + 1).expect("a plugin has fewer than 65,535 things to say about a specification")
    }

    fn score(&mut self, cx: &Cx<'_>, position: usize, node: NodeId) -> i32 {
        let info = &cx.snapshot.nodes[node];
        let mut total = 0;
        for scorer in &mut self.scorers {
            let raw = scoring::raw(cx, &self.pod, &self.state, &self.prepared, scorer.plugin, info);
            match scorer.points {
                Points::Raw => total += raw * scorer.weight,
                Points::Share | Points::ReverseShare => {
                    scorer.raw[position] = raw;
                    scorer.nonzero += usize::from(raw != 0);
                }
            }
        }
        i32::try_from(total).expect("a few plugins give at most 100 points each")
    }

    /// True if points that depend on other nodes are equal for all nodes, so that totals alone decide.
    pub fn is_settled(&self) -> bool {
        self.scorers.iter().all(|scorer| scorer.nonzero == 0)
    }

    /// Totals of these positions with all points.
    pub fn full_totals(&self, positions: &[usize]) -> Vec<i64> {
        let mut totals: Vec<i64> = positions.iter().map(|at| i64::from(self.totals[*at])).collect();
        for scorer in self.scorers.iter().filter(|scorer| scorer.points != Points::Raw) {
            let mut points: Vec<i64> = positions.iter().map(|at| scorer.raw[*at]).collect();
            crate::sched::framework::default_normalize(&mut points, scorer.points == Points::ReverseShare);
            totals.iter_mut().zip(points).for_each(|(total, points)| *total += points * scorer.weight);
        }
        totals
    }

    /// Plugins that score.
    pub fn scoring_plugins(&self) -> impl Iterator<Item = Plugin> + '_ {
        self.scorers.iter().map(|scorer| scorer.plugin)
    }
}
