//! Claims that are made from a template for one pod alone, answered by what the allocator said of a node of the same kind
//! in the same state.

use std::sync::Arc;

use crate::alloc::dra::kinds::Kinds;
use crate::alloc::dra::relevance::Relevance;
use crate::alloc::dra::{Answer, Answers, Asking, Held, Served, Verdict};
use crate::base::{DeviceKeyId, Id, IdVec, NodeId, ShapeId, StateId};
use crate::model::core::Pod;
use crate::model::dra::{AllocationResult, Claim, Node};
use crate::sched::attempt::filtering::wrapped;
use crate::sched::dra::Manager;
use crate::sched::framework::{Code, Cx, Plugin, Rejection};
use crate::sched::plugins::dynamic_resources::{WhyNot, points_of, refusal};

/// Searches up to this many steps are made step by step, so that all their work is counted.
const WALKED_STEPS: u64 = 4096;

/// Where a device is that is not published for one node alone.
const NOWHERE: NodeId = NodeId(u32::MAX);

/// What is known of devices, for all specifications.
#[derive(Debug, Default)]
pub struct Devices {
    /// Claims of each specification.
    templates: Vec<Option<Vec<Claim>>>,
    nodes: Arc<IdVec<NodeId, Node>>,
    kinds: Kinds,
    answers: Answers,
    /// State of each node, as far as it was asked for since it last changed.
    states: Vec<Option<StateId>>,
    /// The node of each device that is published for one node alone; [`NOWHERE`] for others.
    node_of: IdVec<DeviceKeyId, NodeId>,
    read: u64,
}

impl Devices {
    /// The claims of a specification, as any of its pods has them. Everything is sorted anew when a claim is new, since what
    /// it looks at decides which devices are alike. `None` if a node is not on its own.
    pub fn learn(&mut self, cx: &Cx<'_>, spec: ShapeId, claims: &[Arc<Claim>]) -> Option<()> {
        if self.templates.len() <= spec.index() {
            self.templates.resize(spec.index() + 1, None);
        }
        if self.templates[spec.index()].is_some() {
            return Some(());
        }
        self.templates[spec.index()] = Some(claims.iter().map(|claim| Claim::clone(claim)).collect());
        let manager = cx.dra;
        let all = self.templates.iter().flatten().flatten();
        let relevance = Relevance::of(manager.programs(), all);
        let settings = manager.settings();
        let rules = (settings.features, settings.variant);
        self.nodes = manager.nodes().clone();
        self.kinds = Kinds::new(manager.published(), manager.index(), rules, self.nodes.as_slice(), &relevance);
        self.answers = Answers::default();
        self.states = vec![None; self.nodes.len()];
        self.node_of = IdVec::filled(NOWHERE, manager.published().keys.len());
        for node in cx.snapshot.nodes.ids() {
            self.kinds.of(node)?;
            for device in self.kinds.devices(node) {
                self.node_of[manager.published().devices[*device].key] = node;
            }
        }
        self.read = manager.tracker().changes.head();
        Some(())
    }

    /// Nodes of which devices were taken or given back since the last call; `None` if that is not known.
    pub fn changed(&mut self, manager: &Manager) -> Option<Vec<NodeId>> {
        let changes = manager.tracker().changes.since(self.read);
        self.read = manager.tracker().changes.head();
        let node_of = |key: &DeviceKeyId| self.node_of.get(*key).copied().filter(|node| *node != NOWHERE);
        let mut nodes: Option<Vec<NodeId>> = changes.map(|keys| keys.iter().filter_map(node_of).collect());
        // Devices of a claim change one after the other.
        nodes.iter_mut().for_each(Vec::dedup);
        match &nodes {
            Some(nodes) => nodes.iter().for_each(|node| self.states[node.index()] = None),
            None => self.states.fill(None),
        }
        nodes
    }

    /// The claims of a specification.
    fn template(&self, spec: ShapeId) -> &[Claim] {
        self.templates.get(spec.index()).and_then(Option::as_deref).unwrap_or_default()
    }

    /// The allocator's answer for a node; `None` if something is held of it that states do not tell.
    pub fn answer(&mut self, cx: &Cx<'_>, spec: ShapeId, node: NodeId) -> Option<Arc<Answer>> {
        let state = match self.states[node.index()] {
            Some(state) => state,
            None => {
                let held = self.held(cx.dra, node)?;
                let state = self.answers.state(self.kinds.of(node)?, held);
                self.states[node.index()] = Some(state);
                state
            }
        };
        let manager = cx.dra;
        let settings = manager.settings();
        let asking = Asking {
            features: settings.features,
            variant: settings.variant,
            published: manager.published(),
            index: manager.index().clone(),
            classes: manager.classes(),
            selectors: manager.programs(),
            nodes: self.nodes.as_slice(),
            kinds: &self.kinds,
            step_budget: cx.config.filter_step_budget.filter(|_| settings.filter_timeout),
            walked_steps: WALKED_STEPS,
        };
        let claims = self.templates[spec.index()].as_deref()?;
        Some(self.answers.answer(&asking, (spec.index(), claims), node, state))
    }

    fn held(&self, manager: &Manager, node: NodeId) -> Option<Held> {
        let allocated = manager.tracker().allocated();
        let mut held = Held::default();
        for (position, device) in self.kinds.devices(node).iter().enumerate() {
            let key = manager.published().devices[*device].key;
            if allocated.dedicated.contains(&key) {
                held.dedicate(position);
            }
            match allocated.consumed.get(&key) {
                Some(consumed) => held.share(position, consumed.iter().map(|(name, sum)| (*name, sum.clone())).collect()),
                // Shares of nothing are not told by what is consumed.
                None if allocated.is_shared(key) => return None,
                None => {}
            }
        }
        Some(held)
    }

    /// What claims of a specification get on a node that fits; `None` where the allocator is to be asked for that.
    pub fn results(&mut self, cx: &Cx<'_>, spec: ShapeId, node: NodeId) -> Option<Vec<AllocationResult>> {
        if self.template(spec).is_empty() {
            return None;
        }
        let answer = self.answer(cx, spec, node)?;
        let Verdict::Fits(served) = &answer.verdict else { return None };
        served.iter().map(|served| served.on(&self.nodes[node], self.kinds.devices(node))).collect()
    }

    /// What DynamicResources says to an answer; for a node that fits, its raw score.
    pub fn judge(&self, cx: &Cx<'_>, spec: ShapeId, node: NodeId, answer: &Answer) -> Result<i64, Rejection> {
        let why_not = match &answer.verdict {
            Verdict::Fits(served) => {
                let claims = self.template(spec).iter().zip(served);
                let points =
                    |(claim, served): (&Claim, &Served)| points_of(claim, served.picked.iter().map(|(_, result)| result.leaf));
                return Ok(claims.map(points).sum());
            }
            Verdict::Unsatisfiable => WhyNot::Unsatisfiable,
            Verdict::NodeError => WhyNot::NodeError,
            Verdict::Error(reason) => WhyNot::Error(reason.text.clone()),
            Verdict::GaveUp => WhyNot::GaveUp,
        };
        let rejection = refusal(why_not, &self.nodes[node].name);
        Err(match rejection.code {
            Code::Error => wrapped("running \"{}\" filter plugin", Plugin::DynamicResources, &rejection, cx.names),
            _ => rejection,
        })
    }
}

/// The claims of a pod, if each was made for it from a template and nothing has been given to it.
pub fn fresh_claims(cx: &Cx<'_>, pod: &Pod) -> Option<Vec<Arc<Claim>>> {
    let tracker = cx.dra.tracker();
    let mut claims = Vec::with_capacity(pod.spec.claims.len());
    for (entry, made) in pod.spec.claims.iter().zip(&pod.made_claims) {
        let name = made.flatten().filter(|_| entry.is_template)?;
        let claim = tracker.get((pod.spec.namespace, name))?;
        let is_fresh = claim.allocation.is_none()
            && !claim.is_deleting
            && claim.controller == Some((pod.name, pod.uid))
            && tracker.pending(claim.uid).is_none();
        claims.push(is_fresh.then(|| claim.asked.clone())?);
    }
    (claims.len() == pod.spec.claims.len()).then_some(claims)
}

impl Devices {
    /// True if these claims ask what the specification's template asks; names may differ.
    pub fn is_template(&self, spec: ShapeId, claims: &[Arc<Claim>]) -> bool {
        let template = self.template(spec);
        let is_same =
            |(a, b): (&Claim, &Arc<Claim>)| (&a.requests, &a.constraints, &a.config) == (&b.requests, &b.constraints, &b.config);
        template.len() == claims.len() && template.iter().zip(claims).all(is_same)
    }
}
