//! One scheduling cycle: filter, score, choose. Reads the ledger, changes nothing.
//!
//! Source: `pkg/scheduler/schedule_one.go` as told in `scheduler-kubelet.md` B5 and B6.

use std::cell::RefCell;

use crate::alloc::dra::Answers;
use crate::alloc::lower::Lowered;
use crate::base::{DeviceId, Id, NodeId, ShapeId};
use crate::model::{Effort, Inventory, Ledger};
use crate::sched::filter::{FilterCx, Lacks, NodeVerdict, dynamic_resources, evaluate};
use crate::sched::index::ShapeIndex;
use crate::sched::preorder::heap_root;
use crate::sched::{Profile, score};

/// What a cycle decided.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decision {
    /// The pod goes to `node`; `devices` are those of its claim, in the order of its requests.
    Place {
        /// Chosen node.
        node: NodeId,
        /// Devices of the claim; empty for pods without one.
        devices: Vec<DeviceId>,
    },
    /// No node fits: for each reason (bit of [`Lacks`]) the number of nodes that gave it.
    Unschedulable {
        /// Nodes by reason.
        counts: [u32; 16],
    },
    /// A node ended the attempt in an error.
    Error {
        /// What the node lacked.
        lacks: Lacks,
    },
}

/// kube-scheduler's memory between cycles: the rotation index, and the fast path's indices.
#[derive(Debug)]
pub struct Scheduler {
    next_start: usize,
    indices: Vec<Option<Box<ShapeIndex>>>,
    /// What the allocator has answered so far.
    answers: RefCell<Answers>,
    /// Decide by the reference path only.
    exact_path: bool,
}

/// What every cycle of a run reads.
#[derive(Clone, Copy)]
pub struct CycleCx<'a> {
    /// What the cluster consists of.
    pub inventory: &'a Inventory,
    /// Who holds what.
    pub ledger: &'a Ledger,
    /// Shapes, classes, selectors.
    pub lowered: &'a Lowered,
    /// The scheduler profile.
    pub profile: &'a Profile,
}

impl<'a> CycleCx<'a> {
    /// What filters read. With `answers` the allocator is not asked the same thing twice.
    fn filter<'b>(&self, answers: Option<&'b RefCell<Answers>>) -> FilterCx<'b>
    where
        'a: 'b,
    {
        FilterCx {
            inventory: self.inventory,
            ledger: self.ledger,
            lowered: self.lowered,
            step_budget: self.profile.filter_step_budget,
            answers,
        }
    }
}

impl Scheduler {
    /// A scheduler that has not decided anything yet. `exact_path` evaluates every node afresh in every cycle.
    pub fn new(shapes: usize, exact_path: bool) -> Scheduler {
        Scheduler { next_start: 0, indices: (0..shapes).map(|_| None).collect(), answers: RefCell::default(), exact_path }
    }

    /// One cycle for a pod of `shape`. The rotation moves on, as upstream's does.
    pub fn decide(&mut self, cx: &CycleCx<'_>, shape: ShapeId) -> (Decision, Effort) {
        let (decision, effort, next_start) = if self.exact_path { self.reference(cx, shape) } else { self.peek(cx, shape) };
        self.next_start = next_start;
        (decision, effort)
    }

    /// What [`Scheduler::decide`] would answer by the fast path, without moving on: decision, effort, next start.
    pub fn peek(&mut self, cx: &CycleCx<'_>, shape: ShapeId) -> (Decision, Effort, usize) {
        let start = self.next_start;
        let want = cx.profile.want(cx.inventory.nodes.len());
        let filter = cx.filter(Some(&self.answers));
        let index = synced(&mut self.indices, &filter, shape);
        match index.visit_all(start, want) {
            Some((feasible, counts, effort)) => {
                conclude(cx, &filter, shape, Search { feasible, counts, effort, error: None, next_start: start })
            }
            None => decide_from(cx, &filter, shape, start, index.verdicts()),
        }
    }

    /// What [`Scheduler::decide`] would answer by the reference path, without moving on: decision, effort, next start.
    pub fn reference(&self, cx: &CycleCx<'_>, shape: ShapeId) -> (Decision, Effort, usize) {
        let filter = cx.filter(None);
        let verdicts: Vec<NodeVerdict> = cx.inventory.nodes.ids().map(|node| evaluate(&filter, shape, node)).collect();
        decide_from(cx, &filter, shape, self.next_start, &verdicts)
    }

    /// Where the next search starts.
    pub fn next_start(&self) -> usize {
        self.next_start
    }

    /// True if `node` would pass all filters for `shape` now.
    pub fn fits(&mut self, cx: &CycleCx<'_>, shape: ShapeId, node: NodeId) -> bool {
        if self.exact_path {
            return evaluate(&cx.filter(None), shape, node).lacks.is_empty();
        }
        synced(&mut self.indices, &cx.filter(Some(&self.answers)), shape).fits(node)
    }
}

/// The index of `shape`, up to date.
fn synced<'i>(indices: &'i mut [Option<Box<ShapeIndex>>], filter: &FilterCx<'_>, shape: ShapeId) -> &'i ShapeIndex {
    let slot = &mut indices[shape.index()];
    match slot {
        Some(index) => index.sync(filter, shape),
        None => *slot = Some(Box::new(ShapeIndex::new(filter, shape))),
    }
    slot.as_ref().expect("filled above")
}

/// What the search for feasible nodes found.
struct Search {
    /// Feasible nodes in visiting order, at most the wanted number.
    feasible: Vec<NodeId>,
    /// Nodes by reason.
    counts: [u32; 16],
    /// What the visits took.
    effort: Effort,
    /// What ended the attempt, if a node did.
    error: Option<Lacks>,
    /// Where the next search starts.
    next_start: usize,
}

/// Visits nodes in rotation until one more than the wanted number of feasible nodes is seen (B5.1), then scores.
fn decide_from(
    cx: &CycleCx<'_>,
    filter: &FilterCx<'_>,
    shape: ShapeId,
    start: usize,
    verdicts: &[NodeVerdict],
) -> (Decision, Effort, usize) {
    let n = verdicts.len();
    let want = cx.profile.want(n);
    let mut search = Search { feasible: Vec::new(), counts: [0; 16], effort: Effort::default(), error: None, next_start: 0 };
    let mut failed = 0;
    for i in 0..n {
        let node = (start + i) % n;
        let verdict = &verdicts[node];
        verdict.add_to(&mut search.effort);
        if verdict.lacks.is_empty() {
            if search.feasible.len() == want {
                break;
            }
            search.feasible.push(NodeId::from_index(node));
            continue;
        }
        failed += 1;
        verdict.lacks.bits().for_each(|bit| search.counts[bit as usize] += 1);
        if verdict.lacks.is_error() {
            search.error = Some(verdict.lacks);
            break;
        }
    }
    search.next_start = if n == 0 { 0 } else { (start + search.feasible.len() + failed) % n };
    conclude(cx, filter, shape, search)
}

/// Scores what the search found and takes the best.
fn conclude(cx: &CycleCx<'_>, filter: &FilterCx<'_>, shape: ShapeId, search: Search) -> (Decision, Effort, usize) {
    let Search { feasible, counts, mut effort, error, next_start } = search;
    effort.attempts = 1;
    if cx.lowered.shapes[shape].devices.is_claim() {
        // The allocator is handed every slice of the cluster: one pool per node and driver here.
        effort.slices_listed = cx.inventory.nodes.len() as u64;
    }
    if let Some(lacks) = error {
        return (Decision::Error { lacks }, effort, next_start);
    }
    match choose(cx, filter, shape, &feasible, &mut effort) {
        Some(node) => {
            let devices = dynamic_resources::devices(filter, shape, node);
            (Decision::Place { node, devices }, effort, next_start)
        }
        None => (Decision::Unschedulable { counts }, effort, next_start),
    }
}

/// The best of the feasible nodes. A single one is taken without scoring.
fn choose(cx: &CycleCx<'_>, filter: &FilterCx<'_>, shape: ShapeId, feasible: &[NodeId], effort: &mut Effort) -> Option<NodeId> {
    if feasible.len() < 2 {
        return feasible.first().copied();
    }
    effort.nodes_scored += feasible.len() as u64;
    let asked = &cx.lowered.shapes[shape];
    let scores: Vec<i64> = feasible.iter().map(|&node| score::total(filter, cx.profile, asked, node)).collect();
    heap_root(&scores).map(|i| feasible[i])
}
