//! What kube-scheduler keeps between attempts, and one attempt from begin to end (`schedulingCycle`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::alloc::classic;
use crate::base::{Names, NodeId};
use crate::model::Effort;
use crate::model::core::Pod;
use crate::model::dra::AllocationResult;
use crate::sched::attempt::batch::Batch;
use crate::sched::attempt::binding::{Binding, PreBound};
use crate::sched::attempt::diagnosis::note;
use crate::sched::attempt::filtering::{PreFiltered, run_filters_with_nominated, run_pre_filters};
use crate::sched::attempt::heap::{Scored, ScoredHeap};
use crate::sched::attempt::{Attempt, Diagnosis, Nominating, Outcome, Scores, scoring, signature};
use crate::sched::dra::Manager;
use crate::sched::framework::cx::Neighbours;
use crate::sched::framework::{Code, Configuration, Cx, CycleState, Nominator, Plugin, Rejection, Snapshot, WellKnown};
use crate::sched::plugins::dynamic_resources;
use crate::sched::terms::Asked;

/// How equals are told apart: nodes of equal score, and preemption candidates.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum TieRule {
    /// As upstream does: the heap's root (spec B6); the first candidate, where upstream follows map order.
    #[default]
    Upstream,
    /// The smallest name, as recorded decisions do.
    SmallestName,
}

/// A scheduler with its caches.
#[derive(Debug)]
pub struct Scheduler {
    /// All texts.
    pub names: Names,
    /// Names that plugins know.
    pub known: WellKnown,
    /// The profile.
    pub config: Configuration,
    /// Nodes and the pods on them.
    pub snapshot: Snapshot,
    /// Namespaces, Services and the like.
    pub neighbours: Neighbours,
    /// Claims, slices, classes.
    pub dra: Manager,
    /// Nominated pods.
    pub nominator: Nominator,
    /// How equals are told apart.
    pub tie_rule: TieRule,
    /// Where the next search starts.
    pub next_start: usize,
    /// What an index knows about the pod at hand, so that plugins need not walk over all pods.
    pub asked: Option<Asked>,
    /// What is said about the pod at hand under classic DRA, and afterwards what the attempt makes of it.
    pub classic: Option<classic::Attempt>,
    batch: Batch,
    cycle: u64,
}

/// What the search for feasible nodes left.
#[derive(Default)]
struct Search {
    feasible: Vec<NodeId>,
    diagnosis: Diagnosis,
    error: Option<Rejection>,
    visited: BTreeSet<NodeId>,
    first: Option<NodeId>,
}

impl Scheduler {
    /// A scheduler that has made no attempt yet.
    pub fn new(
        (names, known): (Names, WellKnown),
        config: Configuration,
        snapshot: Snapshot,
        neighbours: Neighbours,
        dra: Manager,
    ) -> Scheduler {
        Scheduler {
            names,
            known,
            config,
            snapshot,
            neighbours,
            dra,
            nominator: Nominator::default(),
            tie_rule: TieRule::default(),
            next_start: 0,
            asked: None,
            classic: None,
            batch: Batch::default(),
            cycle: 0,
        }
    }

    /// What plugins read.
    pub fn cx(&self) -> Cx<'_> {
        Cx {
            names: &self.names,
            known: self.known,
            config: &self.config,
            snapshot: &self.snapshot,
            neighbours: &self.neighbours,
            dra: &self.dra,
            asked: self.asked.as_ref(),
            classic: self.classic.as_ref(),
        }
    }

    /// Tries to place `pod`: a scheduling cycle, and then PreBind at once. A pod that was placed is on its node afterwards;
    /// binding it is the caller's.
    pub fn attempt(&mut self, pod: &Arc<Pod>) -> Attempt {
        let (mut attempt, binding) = self.schedule(pod);
        if let Some(binding) = binding {
            self.bind_at_once(&binding, &mut attempt);
        }
        attempt
    }

    /// PreBind without delay. Devices that are not ready yet are not waited for.
    fn bind_at_once(&mut self, binding: &Binding, attempt: &mut Attempt) {
        let written = binding.claim_writes();
        if let PreBound::Refused(rejection) = self.pre_bind(binding) {
            self.fail(binding, rejection, attempt);
        }
        attempt.effort.api_writes += binding.claim_writes() - written;
    }

    /// A scheduling cycle. If it ends with a node, the pod is supposed on it, and its binding cycle begins.
    pub fn schedule(&mut self, pod: &Arc<Pod>) -> (Attempt, Option<Binding>) {
        self.cycle += 1;
        let mut state = CycleState::default();
        let mut attempt = self.decide(pod, &mut state);
        attempt.effort += state.effort;
        attempt.effort.attempts = 1;
        if let Some(own) = &state.dynamic_resources {
            attempt.effort += own.work().effort();
        }
        self.count_compilations(pod, &mut attempt.effort);
        attempt.next_start = self.next_start;
        attempt.message = note(&attempt.message);
        let Outcome::Scheduled(node) = attempt.outcome else { return (attempt, None) };
        self.assume(pod, node);
        (attempt, Some(Binding { pod: pod.clone(), node, state }))
    }

    /// Adds what upstream compiles to what an attempt took.
    pub(in crate::sched) fn count_compilations(&mut self, pod: &Pod, effort: &mut Effort) {
        effort.cel_compilations = match effort.cel_evaluations {
            0 => 0,
            _ => self.dra.count_compilations(pod, effort.allocator_calls),
        };
    }

    /// Supposes the pod on the node; its nomination ends.
    fn assume(&mut self, pod: &Pod, node: NodeId) {
        self.nominator.remove(pod.id);
        let assumed = Pod { node_name: Some(self.snapshot.nodes[node].node.name), ..pod.clone() };
        self.snapshot.add_pod(node, Arc::new(assumed));
    }

    /// Enters an attempt that was decided elsewhere, for a pod that is not batched: it went to this node, or nowhere.
    pub(in crate::sched) fn enter(&mut self, pod: &Pod, node: Option<NodeId>, next_start: usize) {
        self.cycle += 1;
        self.next_start = next_start;
        if let Some(node) = node {
            self.batch.store(None, None, node, None, self.cycle);
            self.assume(pod, node);
        }
    }

    fn decide(&mut self, pod: &Arc<Pod>, state: &mut CycleState) -> Attempt {
        let mut attempt = Attempt::default();
        if self.snapshot.order.is_empty() {
            attempt.outcome = Outcome::Unschedulable;
            attempt.message = "no nodes available to schedule pods".to_owned();
            attempt.reasons = Arc::new(BTreeMap::from([(attempt.message.clone(), 0)]));
            attempt.nominating = Nominating::Clear;
            return attempt;
        }
        let search = self.find(pod, state, &mut attempt);
        attempt.first = search.first;
        attempt.visited = search.visited.len();
        attempt.evaluated = attempt.visited;
        if let Some(error) = search.error {
            self.tell_error(error.message(&self.names), &mut attempt);
            attempt.nominating = Nominating::Clear;
            return attempt;
        }
        if search.feasible.is_empty() {
            self.refuse(pod, state, search.diagnosis, &mut attempt);
            return attempt;
        }
        match self.choose(pod, state, &search.feasible, &mut attempt) {
            Ok(node) => {
                attempt.evaluated = search.feasible.len() + search.diagnosis.verdicts.len();
                attempt.feasible = search.feasible.len();
                match self.reserve(pod, state, node) {
                    None => attempt.outcome = Outcome::Scheduled(node),
                    Some(rejection) => self.refuse_after_choice(node, rejection, &mut attempt),
                }
            }
            Err(error) => {
                self.tell_error(error, &mut attempt);
                attempt.nominating = Nominating::Clear;
            }
        }
        attempt
    }

    /// PreFilter, then the nominated or hinted node alone, then all nodes in rotation (spec B5.1).
    fn find(&mut self, pod: &Pod, state: &mut CycleState, attempt: &mut Attempt) -> Search {
        let mut search = Search::default();
        let all = self.snapshot.order.len();
        let pre_filtered = run_pre_filters(&self.cx(), pod, state);
        attempt.pre_filter = pre_filtered.record();
        let narrowed = match pre_filtered {
            PreFiltered::All => None,
            PreFiltered::Some(nodes, plugins) => {
                search.diagnosis.plugins = plugins;
                Some(nodes)
            }
            PreFiltered::Rejected(_, rejection, _) if rejection.code == Code::Error => {
                search.error = Some(rejection);
                return search;
            }
            PreFiltered::Rejected(plugin, rejection, plugins) => {
                search.diagnosis.plugins = plugins.union(plugin.into_iter().collect());
                search.diagnosis.pre_filter_message = rejection.message(&self.names);
                search.diagnosis.absent = Some(rejection);
                return search;
            }
        };
        attempt.hint = self.hint(pod, state);
        let first = pod.nominated_node_name.and_then(|name| self.snapshot.named(name)).or(attempt.hint);
        let first = if pod.nominated_node_name.is_some() && self.nominated_is_gone(pod) { None } else { first };
        if let Some(node) = first {
            self.search(pod, state, &[node], attempt, &mut search);
            if !search.feasible.is_empty() {
                return search;
            }
            // An error on the nominated node is logged only; all nodes are searched.
            search.error = None;
        }
        let nodes = match narrowed {
            None => self.snapshot.order.clone(),
            Some(nodes) => {
                // Upstream keeps one set, so plugins that refused the nominated node are among those that PreFilter names.
                let text = format!("node(s) didn't satisfy plugin(s) [{}]", search.diagnosis.plugins.names().join(" "));
                attempt.left_out = text.clone();
                search.diagnosis.absent = Some(Rejection::told(Code::UnschedulableAndUnresolvable, text));
                // Upstream goes through them in map order.
                nodes.into_iter().filter_map(|name| self.snapshot.named(name)).collect()
            }
        };
        self.search(pod, state, &nodes, attempt, &mut search);
        let processed = search.feasible.len() + search.diagnosis.verdicts.len();
        self.next_start = (self.next_start + processed) % all;
        search
    }

    fn nominated_is_gone(&self, pod: &Pod) -> bool {
        pod.nominated_node_name.is_some_and(|name| self.snapshot.named(name).is_none())
    }

    fn hint(&mut self, pod: &Pod, state: &CycleState) -> Option<NodeId> {
        let mut batch = std::mem::take(&mut self.batch);
        let cx = self.cx();
        let hint = batch.hint(&cx, pod, signature::sign(&cx, pod).as_ref(), state, self.cycle);
        self.batch = batch;
        hint
    }

    /// Filters `nodes` from the rotation index on, until one more than the wanted number fits.
    fn search(&self, pod: &Pod, state: &mut CycleState, nodes: &[NodeId], attempt: &mut Attempt, search: &mut Search) {
        let n = nodes.len();
        let want = if self.config.scores.is_empty() { 1 } else { self.config.want(n) };
        let cx = self.cx();
        for at in 0..n {
            let node = nodes[(self.next_start + at) % n];
            search.first.get_or_insert(node);
            search.visited.insert(node);
            state.effort.nodes_filtered += 1;
            match run_filters_with_nominated(&cx, &self.nominator, pod, state, &self.snapshot.nodes[node]) {
                None if search.feasible.len() == want => return,
                None => search.feasible.push(node),
                Some((plugin, rejection)) => {
                    attempt.verdicts.insert(node, (plugin, rejection.clone()));
                    if rejection.code == Code::Error {
                        search.error = Some(rejection);
                        return;
                    }
                    search.diagnosis.refuse(node, plugin, rejection);
                }
            }
        }
    }

    /// No node fits: PostFilter, and the text of it all.
    fn refuse(&mut self, pod: &Pod, state: &mut CycleState, mut diagnosis: Diagnosis, attempt: &mut Attempt) {
        attempt.outcome = Outcome::Unschedulable;
        if self.config.post_filters.is_empty() {
            attempt.nominating = Nominating::Clear;
        } else {
            let said = self.post_filter(pod, state, &diagnosis, &mut attempt.effort);
            diagnosis.post_filter_message = said.record.message.clone();
            attempt.post_filter = Some(said.record);
            attempt.preemption = said.preemption;
            attempt.nominating = said.nominating;
        }
        self.tell(&diagnosis, self.snapshot.order.len(), attempt);
    }

    /// The best of the feasible nodes; a single one is taken without scoring. The error is a score out of range.
    fn choose(&mut self, pod: &Pod, state: &CycleState, feasible: &[NodeId], attempt: &mut Attempt) -> Result<NodeId, String> {
        if let (Some(own), [_, _, ..]) = (&mut self.classic, feasible) {
            own.pre_score(feasible);
        }
        let signature = signature::sign(&self.cx(), pod);
        if let [only] = feasible {
            self.batch.store(signature, attempt.hint, *only, None, self.cycle);
            return Ok(*only);
        }
        let scores = scoring::score(&self.cx(), pod, state, feasible)?;
        attempt.effort.nodes_scored += feasible.len() as u64;
        for (plugin, _) in &scores.raw {
            attempt.effort.score_calls[*plugin as usize] += feasible.len() as u64;
        }
        attempt.heap_pick = ScoredHeap::new(self.scored(&scores, TieRule::Upstream)).pop().map(|scored| scored.node);
        let mut heap = ScoredHeap::new(self.scored(&scores, self.tie_rule));
        attempt.scores = Some(scores);
        let chosen = heap.pop().map_or(feasible[0], |scored| scored.node);
        self.batch.store(signature, attempt.hint, chosen, Some(heap), self.cycle);
        Ok(chosen)
    }

    fn scored(&self, scores: &Scores, tie_rule: TieRule) -> Vec<Scored> {
        let name = |node: &NodeId| self.names.text(self.snapshot.nodes[*node].node.name);
        let mut by_name: Vec<usize> = (0..scores.nodes.len()).collect();
        by_name.sort_by(|a, b| name(&scores.nodes[*a]).cmp(name(&scores.nodes[*b])));
        let mut tie_keys = vec![0; by_name.len()];
        if tie_rule == TieRule::SmallestName {
            for (rank, at) in by_name.iter().enumerate() {
                tie_keys[*at] = (by_name.len() - rank) as i64;
            }
        }
        let raw = |at: usize| scores.raw.iter().map(|(_, column)| column[at]).collect();
        let all = scores.nodes.iter().zip(&scores.totals).zip(tie_keys).enumerate();
        all.map(|(at, ((node, total), tie_key))| Scored { node: *node, total: *total, tie_key, raw: raw(at) }).collect()
    }

    /// Keeps for `pod` what it needs on `node`, which was found to fit elsewhere: claims are looked up and devices taken. What
    /// the allocator says about the node may be `known`.
    /// The binding cycle, or what went wrong.
    pub(in crate::sched) fn reserve_on(
        &mut self,
        pod: &Arc<Pod>,
        node: NodeId,
        known: Option<Vec<AllocationResult>>,
    ) -> Result<Binding, Box<Attempt>> {
        let mut state = CycleState::default();
        if !pod.spec.claims.is_empty() {
            let cx = self.cx();
            run_pre_filters(&cx, pod, &mut state);
            if let Some(own) = &state.dynamic_resources
                && !known.is_some_and(|results| dynamic_resources::remember(own, node, results))
            {
                let refused = dynamic_resources::filter(&cx, own, pod, &self.snapshot.nodes[node]);
                assert!(refused.is_none(), "a node that fits refuses: {refused:?}");
            }
        }
        match self.reserve(pod, &state, node) {
            None => Ok(Binding { pod: pod.clone(), node, state }),
            Some(rejection) => {
                let mut attempt = Box::<Attempt>::default();
                self.refuse_after_choice(node, rejection, &mut attempt);
                Err(attempt)
            }
        }
    }

    /// Notes what went wrong.
    pub(super) fn tell_error(&self, message: String, attempt: &mut Attempt) {
        attempt.reasons = Arc::new(BTreeMap::from([(message.clone(), 1)]));
        attempt.message = message;
    }

    /// Notes why no node will do.
    pub(super) fn tell(&self, diagnosis: &Diagnosis, all_nodes: usize, attempt: &mut Attempt) {
        attempt.unschedulable_plugins = diagnosis.plugins;
        attempt.reasons = Arc::new(diagnosis.reasons(all_nodes, &self.names));
        attempt.message = diagnosis.message(all_nodes, &self.names);
    }

    /// True if `node` passes all filters for `pod` now, room that is kept for others being free. Nothing is entered.
    pub fn fits(&self, pod: &Pod, node: NodeId) -> bool {
        let cx = self.cx();
        let mut state = CycleState::default();
        let info = &self.snapshot.nodes[node];
        let is_left = match run_pre_filters(&cx, pod, &mut state) {
            PreFiltered::All => true,
            PreFiltered::Some(nodes, _) => nodes.contains(&info.node.name),
            PreFiltered::Rejected(..) => false,
        };
        is_left && run_filters_with_nominated(&cx, &Nominator::default(), pod, &mut state, info).is_none()
    }

    /// The plugin that keeps `pod` from the active queue, if one does (PreEnqueue).
    pub fn gating_plugin(&self, pod: &Pod) -> Option<Plugin> {
        if !pod.spec.gates.is_empty() && self.config.pre_enqueues.contains(&Plugin::SchedulingGates) {
            return Some(Plugin::SchedulingGates);
        }
        let is_refused = dynamic_resources::pre_enqueue(&self.dra, &self.names, pod).is_some();
        is_refused.then_some(Plugin::DynamicResources)
    }

    /// Takes a pod from its node, as when it is deleted. `None` if it is on none.
    pub fn forget(&mut self, pod: &Pod) -> Option<Arc<Pod>> {
        let node = self.snapshot.named(pod.node_name?)?;
        self.snapshot.remove_pod(node, pod.id)
    }
}
