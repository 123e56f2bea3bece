//! What DynamicResources did in a scheduling attempt (`plugins/dynamicresources/dynamicresources.go` of 1.29).
//!
//! The plugin knows what is written about the pod, and nothing of devices. It decides which writes follow; they block the
//! scheduling cycle, one after the other (until 1.30, when publishing moved to PreBind).

use std::cell::Cell;
use std::sync::Arc;

use crate::alloc::classic::context::{CLAIMS_MAX, Spec, Talk};
use crate::base::{NodeId, Seed, SimRng, Stream};

/// A write of the scheduler.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Write {
    /// The context gets this `spec`.
    Publish(Spec),
    /// The pod is added to `reservedFor` of a claim.
    Reserve(u8),
    /// The pod is taken out of it.
    Unreserve(u8),
    /// `deallocationRequested` is set, and `reservedFor` emptied.
    GiveUp(u8),
}

/// What Filter says about a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Nothing against it.
    Fits,
    /// A claim has its devices on another node.
    Unavailable,
    /// A driver has said that it does not suit.
    Unsuitable,
}

/// What Reserve says where a driver has to act first (`framework.Pending`).
const ALLOCATING: &str = "waiting for resource driver to allocate resource";
const ASKING: &str = "waiting for resource driver to provide information";

/// The part of the plugin in one attempt.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// What the scheduler has seen of the negotiation.
    seen: Arc<Talk>,
    /// Longest list of nodes in a context.
    nodes_max: usize,
    /// Which nodes are named if there are too many, and which claim is given up: upstream follows the order of a map.
    rng: SimRng,
    /// Nodes to name, where those that are named already do not cover the feasible ones.
    potential: Option<Vec<NodeId>>,
    /// Claims that were found on another node, one bit for each.
    unavailable: Cell<u32>,
    /// What is to be written, in order.
    pub writes: Vec<Write>,
    /// The pod waits for a driver.
    pub is_pending: bool,
}

impl Attempt {
    /// Nothing looked at yet. Panics for more claims than can be counted.
    pub fn new(seen: Arc<Talk>, nodes_max: usize, rng: SimRng) -> Attempt {
        assert!(seen.claims.len() <= CLAIMS_MAX, "a pod with {} claims", seen.claims.len());
        let unavailable = Cell::new(0);
        Attempt { seen, nodes_max, rng, potential: None, unavailable, writes: Vec::new(), is_pending: false }
    }

    /// For a pod about which nothing is written: no node is refused.
    pub fn of_nobody() -> Attempt {
        Attempt::new(Arc::default(), 0, Seed { root: 0, replicate: 0 }.stream(Stream::Negotiation, 0, 0))
    }

    /// PreFilter: why no node can do, if that is so.
    pub fn pre_filter(&self) -> Option<&'static str> {
        let is_given_up = self.seen.claims.iter().any(|claim| claim.deallocation_requested);
        is_given_up.then_some("resourceclaim must be reallocated")
    }

    /// Filter. It remembers which claims are on other nodes.
    pub fn filter(&self, node: NodeId) -> Verdict {
        let elsewhere = |at: &usize| self.seen.claims[*at].allocated.is_some_and(|own| own != node);
        let away = (0..self.seen.claims.len()).filter(elsewhere).fold(0, |bits, at| bits | 1 << at);
        self.unavailable.set(self.unavailable.get() | away);
        if away != 0 {
            return Verdict::Unavailable;
        }
        // What drivers said about a claim that has its devices by now does not count any more.
        let refuses = |at: usize| {
            let context = self.seen.context.as_ref()?;
            context.unsuitable[at].as_ref().map(|nodes| nodes.binary_search(&node).is_ok())
        };
        if self.seen.pending().any(|at| refuses(at) == Some(true)) { Verdict::Unsuitable } else { Verdict::Fits }
    }

    /// PreScore, which is left out where one node alone is feasible: names the feasible nodes, or a uniform sample of them,
    /// unless all are named already.
    pub fn pre_score(&mut self, feasible: &[NodeId]) {
        let named =
            |node: &NodeId| self.seen.context.as_ref().is_some_and(|context| context.spec.potential.binary_search(node).is_ok());
        if self.seen.pending().next().is_none() || feasible.iter().all(named) {
            return;
        }
        let mut nodes = feasible.to_vec();
        if nodes.len() > self.nodes_max {
            self.rng.shuffle(&mut nodes);
            nodes.truncate(self.nodes_max);
        }
        nodes.sort_unstable();
        self.potential = Some(nodes);
    }

    /// Reserve: the pod can go to the node, or the message says what it waits for.
    pub fn reserve(&mut self, node: NodeId) -> Option<&'static str> {
        for (at, claim) in self.seen.claims.iter().enumerate() {
            if claim.allocated.is_some() && !claim.is_reserved {
                self.writes.push(Write::Reserve(at as u8));
            }
        }
        let pending = self.seen.pending().count();
        if pending == 0 {
            return None;
        }
        let message = self.publish(node, pending);
        self.is_pending = true;
        // A refusal of Reserve makes the framework call Unreserve.
        let allocated = (0..self.seen.claims.len()).filter(|at| self.seen.claims[*at].allocated.is_some());
        self.writes.extend(allocated.map(|at| Write::Unreserve(at as u8)));
        Some(message)
    }

    /// One claim that waits can be allocated without asking first; of several, each driver is asked before a node is selected,
    /// so that not one allocates where another cannot.
    fn publish(&mut self, node: NodeId, pending: usize) -> &'static str {
        let old = self.seen.spec();
        let mut spec = old.clone();
        match self.potential.take() {
            Some(nodes) => spec.potential = nodes,
            None if old.potential.binary_search(&node).is_err() => spec.potential = vec![node],
            None => {}
        }
        let has_answer = |at: &usize| self.seen.context.as_ref().is_some_and(|context| context.unsuitable[*at].is_some());
        let informed = self.seen.pending().filter(has_answer).count();
        let selects = (pending == 1 || informed == pending) && old.selected != Some(node);
        if selects {
            spec.selected = Some(node);
        }
        if spec != old || self.seen.context.is_none() {
            self.writes.push(Write::Publish(spec));
        }
        if selects { ALLOCATING } else { ASKING }
    }

    /// PostFilter: no node is left, so one claim that stands in the way is given up, any of them. `false` if none does.
    pub fn post_filter(&mut self) -> bool {
        let away = self.unavailable.get();
        let candidates: Vec<usize> = (0..self.seen.claims.len()).filter(|at| away >> at & 1 == 1).collect();
        if candidates.is_empty() {
            return false;
        }
        let chosen = candidates[self.rng.below(candidates.len() as u64) as usize];
        let spec = self.seen.spec();
        if spec.selected.is_some() {
            // Else the driver would allocate again for the same node.
            self.writes.push(Write::Publish(Spec { selected: None, ..spec }));
        }
        self.writes.push(Write::GiveUp(chosen as u8));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alloc::classic::context::{Claim, Context};

    const NODE: [NodeId; 3] = [NodeId(0), NodeId(1), NodeId(2)];

    fn attempt(claims: &[Claim], context: Option<Context>) -> Attempt {
        let rng = Seed { root: 1, replicate: 0 }.stream(Stream::Negotiation, 0, 0);
        Attempt::new(Arc::new(Talk { claims: claims.to_vec(), context }), 128, rng)
    }

    fn on(node: NodeId) -> Claim {
        Claim { allocated: Some(node), is_reserved: true, has_finalizer: true, ..Claim::default() }
    }

    fn context(selected: Option<NodeId>, potential: &[NodeId], unsuitable: &[Option<&[NodeId]>]) -> Context {
        let spec = Spec { selected, potential: potential.to_vec() };
        let unsuitable = unsuitable.iter().map(|nodes| nodes.map(<[NodeId]>::to_vec)).collect();
        Context { version: 1, spec, unsuitable }
    }

    /// One attempt on feasible nodes, of which the first is the best.
    fn check(claims: &[Claim], context: Option<Context>, feasible: &[NodeId], want: (Option<&str>, &[Write])) {
        let mut attempt = attempt(claims, context);
        assert!(feasible.iter().all(|node| attempt.filter(*node) == Verdict::Fits));
        if feasible.len() > 1 {
            attempt.pre_score(feasible);
        }
        let said = attempt.reserve(feasible[0]);
        assert_eq!((said, attempt.writes.as_slice()), want);
        assert_eq!(attempt.is_pending, said.is_some());
    }

    #[test]
    fn one_claim_is_asked_for_at_once() {
        let new = Claim::default();
        let spec = |selected, potential: &[NodeId]| Write::Publish(Spec { selected, potential: potential.to_vec() });
        check(&[new], None, &[NODE[1], NODE[0]], (Some(ALLOCATING), &[spec(Some(NODE[1]), &NODE[..2])]));
        check(&[new], None, &NODE[2..], (Some(ALLOCATING), &[spec(Some(NODE[2]), &NODE[2..])]));
        let asked = context(Some(NODE[0]), &NODE, &[None]);
        check(&[new], Some(asked.clone()), &NODE, (Some(ASKING), &[]));
        // Another node is best by now: the old wish is overwritten.
        check(&[new], Some(asked.clone()), &[NODE[1]], (Some(ALLOCATING), &[spec(Some(NODE[1]), &NODE)]));
        check(&[on(NODE[0])], Some(asked), &NODE[..1], (None, &[]));
        check(&[Claim { is_reserved: false, ..on(NODE[0]) }], None, &NODE[..1], (None, &[Write::Reserve(0)]));
    }

    #[test]
    fn two_claims_wait_for_answers_first() {
        let new = Claim::default();
        let spec = |selected| Write::Publish(Spec { selected, potential: NODE.to_vec() });
        check(&[new; 2], None, &NODE, (Some(ASKING), &[spec(None)]));
        check(&[new; 2], Some(context(None, &NODE, &[Some(&[]), None])), &NODE, (Some(ASKING), &[]));
        let answered = context(None, &NODE, &[Some(&[]), Some(&NODE[2..])]);
        check(&[new; 2], Some(answered), &NODE[..2], (Some(ALLOCATING), &[spec(Some(NODE[0]))]));
        // One is allocated, the other on its way: what is reserved is let go for that long.
        let half = context(Some(NODE[0]), &NODE, &[Some(&[]), Some(&[])]);
        check(&[on(NODE[0]), new], Some(half), &NODE[..1], (Some(ASKING), &[Write::Unreserve(0)]));
    }

    #[test]
    fn nodes_are_refused_for_devices_elsewhere_and_by_answers() {
        let answered = context(None, &NODE, &[Some(&NODE[2..]), None]);
        let attempt = attempt(&[Claim::default(), on(NODE[1])], Some(answered));
        let said = NODE.map(|node| attempt.filter(node));
        assert_eq!(said, [Verdict::Unavailable, Verdict::Fits, Verdict::Unavailable]);
        let answered = context(None, &NODE, &[Some(&NODE[2..])]);
        let said = NODE.map(|node| self::attempt(&[Claim::default()], Some(answered.clone())).filter(node));
        assert_eq!(said, [Verdict::Fits, Verdict::Fits, Verdict::Unsuitable]);
        // An answer about a claim that is allocated is out of date.
        let said = NODE.map(|node| self::attempt(&[on(NODE[2])], Some(answered.clone())).filter(node));
        assert_eq!(said, [Verdict::Unavailable, Verdict::Unavailable, Verdict::Fits]);
    }

    #[test]
    fn one_claim_that_stands_in_the_way_is_given_up() {
        let asked = context(Some(NODE[0]), &NODE, &[Some(&[]), Some(&[])]);
        let mut attempt = attempt(&[Claim::default(), on(NODE[1])], Some(asked));
        assert!(!attempt.clone().post_filter(), "no node was looked at");
        attempt.filter(NODE[0]);
        assert!(attempt.post_filter());
        let cleared = Spec { selected: None, potential: NODE.to_vec() };
        assert_eq!(attempt.writes, [Write::Publish(cleared), Write::GiveUp(1)]);
        let given_up = Claim { deallocation_requested: true, is_reserved: false, ..on(NODE[1]) };
        assert_eq!(self::attempt(&[given_up], None).pre_filter(), Some("resourceclaim must be reallocated"));
    }

    #[test]
    fn only_a_sample_of_many_nodes_is_named() {
        let feasible: Vec<NodeId> = (0..200).map(NodeId).collect();
        let named = |seed| {
            let rng = Seed { root: seed, replicate: 0 }.stream(Stream::Negotiation, 0, 0);
            let talk = Talk { claims: vec![Claim::default()], context: None };
            let mut attempt = Attempt::new(Arc::new(talk), 128, rng);
            attempt.pre_score(&feasible);
            attempt.reserve(NodeId(7));
            let [Write::Publish(spec)] = attempt.writes.as_slice() else { panic!("{:?}", attempt.writes) };
            assert!(spec.potential.is_sorted() && spec.potential.len() == 128);
            spec.potential.clone()
        };
        assert_eq!(named(1), named(1));
        assert_ne!(named(1), named(2));
    }
}
