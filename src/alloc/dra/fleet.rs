//! Pods placed one after the other on many nodes: the allocator's part of a scheduler's work, at full speed.
//!
//! A pod changes one node. So for each kind of claims it is kept which nodes fit and what a look at each costs upstream, and
//! "the first that fits from here, and all the work until so many fit" is a question of logarithmic time.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::alloc::dra::answers::{Answer, Answers, Asking, Verdict};
use crate::base::{DeviceId, Id, IdVec, NodeId, StateId, Sums};
use crate::model::dra::Claim;

/// Where a pod went, and what upstream would have done to find out.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Placement {
    /// The node, if one fits, with the devices in the order of the claims.
    pub placed: Option<(NodeId, Vec<DeviceId>)>,
    /// Nodes asked.
    pub calls: u64,
    /// Search steps on all of them.
    pub steps: u128,
}

/// What is known of all nodes for some claims.
#[derive(Debug)]
struct Column {
    /// 1 for nodes that fit.
    fits: Sums,
    /// Steps of a search on the node.
    steps: Sums,
    /// 1 for nodes whose answer is an error.
    errors: Sums,
    /// How many changes are worked in.
    read: usize,
}

/// Nodes with what is held on them.
pub struct Fleet<'a> {
    asking: Asking<'a>,
    claims: &'a [Vec<Claim>],
    answers: Answers,
    state_of: IdVec<NodeId, StateId>,
    columns: Vec<Option<Column>>,
    /// Nodes in the order in which they changed.
    changes: Vec<NodeId>,
    next_states: BTreeMap<(StateId, usize), StateId>,
}

impl<'a> Fleet<'a> {
    /// Nodes on which nothing is held; `None` if some node is not of any kind. `claims` are those that pods will have.
    pub fn new(asking: Asking<'a>, claims: &'a [Vec<Claim>]) -> Option<Fleet<'a>> {
        let mut answers = Answers::default();
        let nodes = (0..asking.nodes.len()).map(NodeId::from_index);
        let kinds: Option<Vec<_>> = nodes.map(|node| asking.kinds.of(node)).collect();
        let state_of = kinds?.into_iter().map(|kind| answers.state(kind, Default::default())).collect();
        let columns = claims.iter().map(|_| None).collect();
        Some(Fleet { asking, claims, answers, state_of, columns, changes: Vec::new(), next_states: BTreeMap::new() })
    }

    /// Places a pod with the claims at `shape`: nodes are tried in order from `start` on and around, until `feasible` of
    /// them fit; the first of them gets the pod, whose devices are held exclusively from then on. The error is the answer
    /// of a node that ended the attempt.
    pub fn place(&mut self, shape: usize, start: NodeId, feasible: usize) -> Result<Placement, Arc<Answer>> {
        self.sync(shape);
        let column = self.columns[shape].as_ref().expect("synced");
        let from = start.index();
        let first = column.fits.reach_around(from, 1);
        let calls = column.fits.reach_around(from, feasible.max(1) as u128).unwrap_or(column.fits.len());
        if column.errors.around(from, calls) > 0 {
            let at = column.errors.reach_around(from, 1).map_or(from, |n| (from + n - 1) % column.fits.len());
            return Err(self.answer(shape, NodeId::from_index(at)));
        }
        let mut placement = Placement { placed: None, calls: calls as u64, steps: column.steps.around(from, calls) };
        if let Some(n) = first {
            let node = NodeId::from_index((from + n - 1) % column.fits.len());
            placement.placed = Some((node, self.grant(shape, node)));
        }
        Ok(placement)
    }

    /// How often the allocator had to be asked.
    pub fn asked(&self) -> u64 {
        self.answers.asked()
    }

    fn answer(&mut self, shape: usize, node: NodeId) -> Arc<Answer> {
        let state = self.state_of[node];
        self.answers.answer(&self.asking, (shape, &self.claims[shape]), node, state)
    }

    /// Takes the devices of the answer for `node`.
    fn grant(&mut self, shape: usize, node: NodeId) -> Vec<DeviceId> {
        let answer = self.answer(shape, node);
        let Verdict::Fits(served) = &answer.verdict else { return Vec::new() };
        let positions = || served.iter().flat_map(|claim| &claim.picked).map(|(position, _)| *position as usize);
        let devices = self.asking.kinds.devices(node);
        let taken = positions().map(|position| devices[position]).collect();
        let before = self.state_of[node];
        let after = match self.next_states.get(&(before, shape)) {
            Some(after) => *after,
            None => {
                let mut held = self.answers.held(before).clone();
                positions().for_each(|position| held.dedicate(position));
                let kind = self.asking.kinds.of(node).expect("every node of a fleet has a kind");
                let after = self.answers.state(kind, held);
                self.next_states.insert((before, shape), after);
                after
            }
        };
        self.state_of.as_mut_slice()[node.index()] = after;
        self.changes.push(node);
        taken
    }

    /// Brings the column of `shape` up to date.
    fn sync(&mut self, shape: usize) {
        let n = self.state_of.len();
        let (mut column, nodes) = match self.columns[shape].take() {
            Some(column) => {
                let nodes = self.changes[column.read..].to_vec();
                (column, nodes)
            }
            None => {
                let column = Column { fits: Sums::new(n), steps: Sums::new(n), errors: Sums::new(n), read: 0 };
                (column, (0..n).map(NodeId::from_index).collect())
            }
        };
        for node in nodes {
            let answer = self.answer(shape, node);
            let (fits, error) = match answer.verdict {
                Verdict::Fits(_) => (1, 0),
                Verdict::Unsatisfiable => (0, 0),
                Verdict::NodeError | Verdict::Error(_) | Verdict::GaveUp => (0, 1),
            };
            column.fits.set(node.index(), fits);
            column.errors.set(node.index(), error);
            column.steps.set(node.index(), u128::from(answer.stats.steps));
        }
        column.read = self.changes.len();
        self.columns[shape] = Some(column);
    }
}
