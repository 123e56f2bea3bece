//! What the plugin remembers during an attempt (`stateData`, `claimStore`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::alloc::dra::Learnt;
use crate::alloc::dra::problem::Stats;
use crate::base::{NameId, NodeId};
use crate::model::Effort;
use crate::model::dra::{AllocationResult, Claim};
use crate::sched::dra::{Allocation, ClaimUid, Mapping, StoredClaim};

/// What upstream would have done, for the cost model.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Work {
    /// Calls of the allocator.
    pub allocator_calls: u64,
    /// Searches of all calls.
    pub search: Stats,
    /// ResourceSlices handed to a new allocator.
    pub slices_listed: u64,
    /// Writes to the API server.
    pub api_writes: u64,
}

impl Work {
    /// The same among all that is counted.
    pub fn effort(&self) -> Effort {
        Effort {
            allocator_calls: self.allocator_calls,
            allocator_steps: self.search.steps,
            devices_tried: self.search.devices_tried,
            cel_evaluations: self.search.cel_evaluations,
            constraint_checks: self.search.constraint_checks,
            slices_listed: self.slices_listed,
            api_writes: self.api_writes,
            ..Effort::default()
        }
    }

    /// Counts a call of the allocator.
    pub(super) fn add_call(&mut self, stats: Stats) {
        self.allocator_calls += 1;
        self.search.steps += stats.steps;
        self.search.devices_tried += stats.devices_tried;
        self.search.cel_evaluations += stats.cel_evaluations;
        self.search.constraint_checks += stats.constraint_checks;
    }
}

/// What is asked of the allocator on nodes that leave the same extended resources to it.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Asked {
    /// Claims to be allocated, in order.
    pub claims: Vec<Claim>,
    /// What the claim for extended resources asks for.
    pub special: Option<Arc<Claim>>,
    /// Which of its requests is for what.
    pub mappings: Vec<Mapping>,
}

/// The allocator's answer for a node.
#[derive(Clone, Debug, Default)]
pub(super) struct NodeAllocation {
    /// One result for each claim that is to be allocated.
    pub results: Vec<AllocationResult>,
    /// What was asked.
    pub asked: Arc<Asked>,
}

/// What is known of a claim.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The claim as it was when the attempt began, or as the plugin wrote it since.
    pub claim: Arc<StoredClaim>,
    /// Its allocation when the attempt began: its node selector decides where it is.
    pub initial: Option<Arc<Allocation>>,
    /// What Reserve decided and PreBind is to write.
    pub made: Option<Arc<Allocation>>,
}

/// Claims, the allocator's answers by node, what was unavailable. A pod without claims has an empty one.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Claims of the pod's entries, then the one for its extended resources.
    pub(super) entries: Vec<Entry>,
    /// How many claims are of the pod's entries.
    pub(super) user_claims: usize,
    /// Identity of the claim for extended resources when the attempt began.
    pub(super) special_uid: Option<ClaimUid>,
    /// Extended resources that the pod requests, with amounts, as far as a class may stand for them; zeros left out.
    pub(super) resources: Vec<(NameId, i64)>,
    /// Something is to be allocated.
    pub(super) has_allocator: bool,
    /// What is known for all nodes.
    pub(super) learnt: Learnt,
    /// What is asked, by the extended resources that a node leaves to the plugin.
    pub(super) asked: BTreeMap<Vec<NameId>, Arc<Asked>>,
    /// Claims that were unavailable on some node.
    pub(super) unavailable: BTreeSet<usize>,
    /// Nodes that passed.
    pub(super) nodes: BTreeMap<NodeId, NodeAllocation>,
    /// What it took so far.
    pub(super) work: Work,
}

/// What the plugin remembers during an attempt. Copies share it, as upstream's do: what it learns while nominated pods are
/// supposed on a node, or victims gone from it, is not forgotten.
#[derive(Clone, Debug, Default)]
pub struct State(Arc<Mutex<Memory>>);

impl State {
    pub(super) fn new(memory: Memory) -> State {
        State(Arc::new(Mutex::new(memory)))
    }

    /// The memory, for as long as one function of the plugin runs.
    pub(super) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().expect("an attempt is made by one thread")
    }

    /// What upstream would have done so far.
    pub fn work(&self) -> Work {
        self.memory().work
    }
}

impl Memory {
    /// True if the pod has no claims.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Position of the claim for extended resources.
    pub(super) fn special(&self) -> Option<usize> {
        (self.user_claims < self.entries.len()).then_some(self.user_claims)
    }

    /// Positions of claims without allocation.
    pub(super) fn to_allocate(&self) -> Vec<usize> {
        (0..self.entries.len()).filter(|at| self.entries[*at].claim.allocation.is_none()).collect()
    }
}
