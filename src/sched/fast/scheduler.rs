//! The scheduler that decides by the fast path where it can.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::{Id, NodeId, ShapeId};
use crate::model::Effort;
use crate::model::core::Pod;
use crate::sched::attempt::diagnosis::{fit_error, note};
use crate::sched::attempt::filtering::{PreFiltered, run_pre_filters};
use crate::sched::attempt::{self, Nominating, Outcome};
use crate::sched::fast::Decision;
use crate::sched::fast::eligible::is_local;
use crate::sched::fast::index::SpecIndex;
use crate::sched::fast::pick::{Pick, pick};
use crate::sched::framework::{Code, CycleState, Plugin, PluginSet, Snapshot};

/// Which path decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Path {
    /// The fast one where it can, else the exact one.
    #[default]
    Fast,
    /// The exact one, always.
    Exact,
}

/// kube-scheduler with an index.
#[derive(Debug)]
pub struct Scheduler {
    /// What it is exactly.
    pub exact: attempt::Scheduler,
    path: Path,
    /// By specification.
    indices: Vec<Option<Box<Indexed>>>,
    /// List positions by node.
    positions: Vec<u32>,
    /// How many decisions the fast path took.
    pub fast_decisions: u64,
}

/// What is kept of one specification.
#[derive(Clone, Debug)]
struct Indexed {
    index: SpecIndex,
    /// The last failure, which holds until a node changes or a pod of lower priority comes or goes.
    failure: Option<(u64, Decision)>,
}

impl Scheduler {
    /// A scheduler that knows nothing yet of any specification.
    pub fn new(exact: attempt::Scheduler, path: Path) -> Scheduler {
        Scheduler { positions: positions(&exact.snapshot), exact, path, indices: Vec::new(), fast_decisions: 0 }
    }

    /// Tries to place `pod`, as [`attempt::Scheduler::attempt`] does. Pods with equal `spec` have equal specifications.
    pub fn decide(&mut self, pod: &Arc<Pod>, spec: ShapeId) -> Decision {
        if self.path == Path::Fast
            && let Some(decision) = self.try_fast(pod, spec)
        {
            let node = match decision.outcome {
                Outcome::Scheduled(node) => Some(node),
                Outcome::Unschedulable | Outcome::Error => None,
            };
            self.exact.enter(pod, node, decision.next_start);
            self.fast_decisions += 1;
            return decision;
        }
        self.exact.attempt(pod).into()
    }

    /// True if `node` passes all filters for `pod` now. Nothing is entered.
    pub fn fits(&mut self, pod: &Arc<Pod>, spec: ShapeId, node: NodeId) -> bool {
        let is_known = self.path == Path::Fast
            && self.exact.nominator.is_empty()
            && is_local(&self.exact.cx(), pod)
            && self.sync(pod, spec).is_some();
        let index = self.indices.get(spec.index()).and_then(Option::as_ref).filter(|_| is_known);
        match index {
            Some(known) => known.index.feasible.contains(self.positions[node.index()] as usize),
            None => self.exact.fits(pod, node),
        }
    }

    /// The decision, if the fast path knows it. Nothing is entered yet.
    fn try_fast(&mut self, pod: &Arc<Pod>, spec: ShapeId) -> Option<Decision> {
        let can = self.exact.nominator.is_empty() && !self.exact.snapshot.order.is_empty() && is_local(&self.exact.cx(), pod);
        if !can {
            return None;
        }
        self.sync(pod, spec)?;
        let cx = self.exact.cx();
        let indexed = self.indices[spec.index()].as_mut()?;
        let index = &indexed.index;
        if index.errors > 0 {
            return None;
        }
        if let Some((read, failure)) = &indexed.failure
            && *read == index.read()
        {
            return Some(Decision { next_start: self.exact.next_start, ..failure.clone() });
        }
        let n = cx.snapshot.order.len();
        let want = if cx.config.scores.is_empty() { 1 } else { cx.config.want(n) };
        let picked = pick(index, self.exact.next_start, want);
        let mut decision = Decision {
            outcome: Outcome::Unschedulable,
            evaluated: picked.feasible + picked.failed,
            feasible: picked.feasible,
            next_start: (self.exact.next_start + picked.feasible + picked.failed) % n,
            message: String::new(),
            reasons: Arc::default(),
            unschedulable_plugins: PluginSet::EMPTY,
            nominating: Nominating::Keep,
            preemption: None,
            effort: effort(index, &picked),
        };
        if let Some(position) = picked.chosen {
            decision.outcome = Outcome::Scheduled(cx.snapshot.order[position]);
            return Some(decision);
        }
        if cx.snapshot.priorities.range(..pod.priority()).next().is_some() && pod.spec.may_preempt {
            // Somebody may have to go: that is for the exact path.
            return None;
        }
        refuse(&cx, index, pod, &mut decision);
        indexed.failure = Some((index.read(), decision.clone()));
        Some(decision)
    }

    /// Brings the index of `spec` up to date. `None` if PreFilter does more than let all nodes through.
    fn sync(&mut self, pod: &Arc<Pod>, spec: ShapeId) -> Option<()> {
        if self.indices.len() <= spec.index() {
            self.indices.resize_with(spec.index() + 1, || None);
        }
        let cx = self.exact.cx();
        let slot = &mut self.indices[spec.index()];
        if let Some(indexed) = slot {
            indexed.index.sync(&cx, &self.positions);
            return Some(());
        }
        let mut state = CycleState::default();
        if run_pre_filters(&cx, pod, &mut state) != PreFiltered::All {
            return None;
        }
        *slot = Some(Box::new(Indexed { index: SpecIndex::new(&cx, pod, state), failure: None }));
        Some(())
    }
}

fn positions(snapshot: &Snapshot) -> Vec<u32> {
    let mut positions = vec![0; snapshot.nodes.len()];
    for (at, node) in snapshot.order.iter().enumerate() {
        positions[node.index()] = at as u32;
    }
    positions
}

/// What upstream would have done for this search.
fn effort(index: &SpecIndex, picked: &Pick) -> Effort {
    let mut effort = Effort { attempts: 1, nodes_filtered: picked.visited as u64, ..Effort::default() };
    let mut reached = picked.visited as u64;
    for plugin in &index.filters {
        effort.filter_calls[*plugin as usize] = reached;
        reached -= picked.refused[*plugin as usize];
    }
    if picked.feasible > 1 {
        effort.nodes_scored = picked.feasible as u64;
        for plugin in index.scoring_plugins() {
            effort.score_calls[plugin as usize] = picked.feasible as u64;
        }
    }
    effort
}

/// No node fits, and nobody of lower priority is there to be evicted.
fn refuse(cx: &crate::sched::framework::Cx<'_>, index: &SpecIndex, pod: &Pod, decision: &mut Decision) {
    let n = cx.snapshot.order.len();
    let given = || index.refusals.iter().filter(|refusal| refusal.count > 0);
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for refusal in given() {
        for reason in &refusal.rejection.reasons {
            *reasons.entry(reason.text(cx.names)).or_default() += refusal.count;
        }
    }
    decision.unschedulable_plugins = given().map(|refusal| refusal.plugin).collect();
    let mut said = String::new();
    if cx.config.post_filters.is_empty() {
        decision.nominating = Nominating::Clear;
    } else if cx.config.post_filters.contains(&Plugin::DefaultPreemption) {
        if pod.spec.may_preempt {
            let is_potential = |refusal: &&_| matches!(refusal, crate::sched::fast::index::Refusal { rejection, .. } if rejection.code == Code::Unschedulable);
            let potential: usize = given().filter(is_potential).map(|refusal| refusal.count).sum();
            let counts = [
                ("No preemption victims found for incoming pod", potential),
                ("Preemption is not helpful for scheduling", n - potential),
            ];
            let counts = counts.into_iter().filter(|(_, count)| *count > 0);
            said = fit_error(n, &counts.map(|(reason, count)| (reason.to_owned(), count)).collect(), "");
            decision.nominating = Nominating::Clear;
        } else {
            said = "not eligible due to preemptionPolicy=Never.".to_owned();
        }
        said = format!("preemption: {said}");
    }
    decision.message = note(&fit_error(n, &reasons, &said));
    decision.reasons = Arc::new(reasons);
}
