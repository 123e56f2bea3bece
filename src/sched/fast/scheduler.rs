//! The scheduler that decides by the fast path where it can.

use std::sync::Arc;

use crate::base::{Id, NodeId, ShapeId};
use crate::model::core::Pod;
use crate::model::dra::{AllocationResult, Claim};
use crate::sched::attempt::binding::{Binding, PreBound};
use crate::sched::attempt::filtering::{PreFiltered, run_pre_filters};
use crate::sched::attempt::{self, Attempt, Outcome};
use crate::sched::fast::Decision;
use crate::sched::fast::beyond::pick_beyond;
use crate::sched::fast::conclude::{conclude, somebody_may_go};
use crate::sched::fast::devices::{Devices, fresh_claims};
use crate::sched::fast::eligible::{is_alike, is_indexed, looks_beyond};
use crate::sched::fast::index::SpecIndex;
use crate::sched::fast::pick::pick;
use crate::sched::framework::{CycleState, Nominator, Plugin, Snapshot};
use crate::sched::terms::TermIndex;

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
    /// The first specification that is alike to the index, by specification.
    first_alike: Vec<Option<ShapeId>>,
    /// Indices, by the first of the specifications that share one.
    indices: Vec<Option<Box<SpecIndex>>>,
    /// The last failure of each specification, which holds until a node changes.
    failures: Vec<Option<(u64, Decision)>>,
    devices: Devices,
    terms: TermIndex,
    /// List positions by node.
    positions: Vec<u32>,
    /// How many decisions the fast path took.
    pub fast_decisions: u64,
}

impl Scheduler {
    /// A scheduler that knows nothing yet of any specification.
    pub fn new(exact: attempt::Scheduler, path: Path) -> Scheduler {
        Scheduler {
            positions: positions(&exact.snapshot),
            exact,
            path,
            first_alike: Vec::new(),
            indices: Vec::new(),
            failures: Vec::new(),
            devices: Devices::default(),
            terms: TermIndex::default(),
            fast_decisions: 0,
        }
    }

    /// Tries to place `pod`, as [`attempt::Scheduler::attempt`] does. Pods with equal `spec` have equal specifications.
    pub fn decide(&mut self, pod: &Arc<Pod>, spec: ShapeId) -> Decision {
        let (mut decision, binding) = self.schedule(pod, spec);
        let Some(binding) = binding else { return decision };
        let written = binding.claim_writes();
        if let PreBound::Refused(rejection) = self.exact.pre_bind(&binding) {
            let mut attempt = Attempt::default();
            self.exact.fail(&binding, rejection, &mut attempt);
            decision.ends_as(attempt);
        }
        decision.effort.api_writes += binding.claim_writes() - written;
        decision
    }

    /// A scheduling cycle, as [`attempt::Scheduler::schedule`] makes it.
    pub fn schedule(&mut self, pod: &Arc<Pod>, spec: ShapeId) -> (Decision, Option<Binding>) {
        let fast = if self.path == Path::Fast { self.try_fast(pod, spec) } else { None };
        let Some(mut decision) = fast else {
            let (attempt, binding) = self.exact.schedule(pod);
            self.exact.asked = None;
            return (attempt.into(), binding);
        };
        self.exact.asked = None;
        self.exact.count_compilations(pod, &mut decision.effort);
        self.fast_decisions += 1;
        let mut binding = None;
        if let Outcome::Scheduled(node) = decision.outcome {
            let known = self.results_on(spec, node);
            match self.exact.reserve_on(pod, node, known) {
                Ok(begun) => binding = Some(begun),
                Err(attempt) => decision.ends_as(*attempt),
            }
        }
        self.exact.enter(pod, binding.as_ref().map(|binding| binding.node), decision.next_start);
        (decision, binding)
    }

    /// What the claims of a pod get on a node that fits, as far as that is known.
    fn results_on(&mut self, spec: ShapeId, node: NodeId) -> Option<Vec<AllocationResult>> {
        let first = self.first_alike.get(spec.index()).copied().flatten()?;
        self.devices.results(&self.exact.cx(), first, node)
    }

    /// True if `node` passes all filters for `pod` now, room that is kept for others being free. Nothing is entered.
    pub fn fits(&mut self, pod: &Arc<Pod>, spec: ShapeId, node: NodeId) -> bool {
        let cx = self.exact.cx();
        let is_indexed = self.path == Path::Fast && is_indexed(&cx, &Nominator::default(), pod) && !looks_beyond(&cx, pod);
        if !is_indexed {
            return self.exact.fits(pod, node);
        }
        self.see_devices();
        match self.sync(pod, spec).and_then(|first| self.indices[first.index()].as_ref()) {
            Some(index) => index.feasible.contains(self.positions[node.index()] as usize),
            None => self.exact.fits(pod, node),
        }
    }

    /// The decision, if the fast path knows it. Nothing is entered yet.
    fn try_fast(&mut self, pod: &Arc<Pod>, spec: ShapeId) -> Option<Decision> {
        if !is_indexed(&self.exact.cx(), &self.exact.nominator, pod) {
            return None;
        }
        if looks_beyond(&self.exact.cx(), pod) {
            self.exact.asked = Some(self.terms.ask(&self.exact.cx(), pod));
        }
        self.see_devices();
        let index = self.sync(pod, spec)?;
        let cx = self.exact.cx();
        let (index, start) = (self.indices[index.index()].as_ref()?, self.exact.next_start);
        if index.errors > 0 {
            return None;
        }
        if let Some((read, failure)) = &self.failures[spec.index()]
            && *read == index.read()
        {
            return Some(Decision { next_start: start, ..failure.clone() });
        }
        let n = cx.snapshot.order.len();
        let want = if cx.config.scores.is_empty() { 1 } else { cx.config.want(n) };
        let picked = if cx.asked.is_some() { pick_beyond(&cx, index, pod, start, want)? } else { pick(index, start, want) };
        if picked.chosen.is_none() && somebody_may_go(&cx, index, &picked, pod) {
            // Preemption is for the exact path.
            return None;
        }
        let decision = conclude(&cx, index, pod, start, &picked);
        if picked.chosen.is_none() {
            self.failures[spec.index()] = Some((index.read(), decision.clone()));
        }
        Some(decision)
    }

    /// Nodes of which devices were taken or given back have changed.
    fn see_devices(&mut self) {
        match self.devices.changed(&self.exact.dra) {
            Some(nodes) => nodes.into_iter().for_each(|node| self.exact.snapshot.changes.push(node)),
            None => self.exact.snapshot.nodes.ids().for_each(|node| self.exact.snapshot.changes.push(node)),
        }
    }

    /// Brings the index of `spec` up to date, and tells by which specification it goes. `None` if PreFilter does more than let
    /// all nodes through, or if claims are not what the index knows.
    fn sync(&mut self, pod: &Arc<Pod>, spec: ShapeId) -> Option<ShapeId> {
        let cx = self.exact.cx();
        let claims = if pod.spec.claims.is_empty() { Vec::new() } else { fresh_claims(&cx, pod)? };
        let first = self.first_alike(pod, spec, &claims);
        let cx = self.exact.cx();
        if !claims.is_empty() {
            self.devices.learn(&cx, first, &claims)?;
            self.devices.is_template(first, &claims).then_some(())?;
        }
        let slot = &mut self.indices[first.index()];
        if let Some(index) = slot {
            index.sync(&cx, &mut self.devices, &self.positions);
            return Some(first);
        }
        let mut state = CycleState::default();
        if run_pre_filters(&cx, pod, &mut state) != PreFiltered::All {
            return None;
        }
        // What looks beyond nodes is asked for each pod anew.
        state.skipped.insert(Plugin::PodTopologySpread);
        state.skipped.insert(Plugin::InterPodAffinity);
        (state.pod_topology_spread, state.inter_pod_affinity) = (None, None);
        *slot = Some(Box::new(SpecIndex::new(&cx, &mut self.devices, first, pod, state)));
        Some(first)
    }

    /// The first specification that asks the same of each node by itself.
    fn first_alike(&mut self, pod: &Pod, spec: ShapeId, claims: &[Arc<Claim>]) -> ShapeId {
        if let Some(first) = self.first_alike.get(spec.index()).copied().flatten() {
            return first;
        }
        if self.indices.len() <= spec.index() {
            self.first_alike.resize(spec.index() + 1, None);
            self.indices.resize_with(spec.index() + 1, || None);
            self.failures.resize(spec.index() + 1, None);
        }
        let is_alike = |(at, index): (usize, &Option<Box<SpecIndex>>)| {
            let at = ShapeId::from_index(at);
            let alike = index.as_ref().is_some_and(|index| is_alike(index.spec(), &pod.spec));
            (alike && self.devices.is_template(at, claims)).then_some(at)
        };
        let first = self.indices.iter().enumerate().find_map(is_alike).unwrap_or(spec);
        self.first_alike[spec.index()] = Some(first);
        first
    }
}

fn positions(snapshot: &Snapshot) -> Vec<u32> {
    let mut positions = vec![0; snapshot.nodes.len()];
    for (at, node) in snapshot.order.iter().enumerate() {
        positions[node.index()] = at as u32;
    }
    positions
}
