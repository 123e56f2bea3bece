//! Answers remembered: the allocator is asked once for each (claims, kind of node, what is held there).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::alloc::dra::fast::Fast;
use crate::alloc::dra::features::{Features, Variant};
use crate::alloc::dra::kinds::Kinds;
use crate::alloc::dra::problem::{Outcome, Reason, Stats, World};
use crate::alloc::dra::reference::Reference;
use crate::alloc::dra::slices::SliceIndex;
use crate::base::{ClassId, DeviceId, Id, IdVec, Interner, KindId, NameId, NodeId, Quantity, SelectorId, StateId};
use crate::model::dra::{
    AllocatedState, AllocationResult, Claim, DeviceClass, DeviceResult, Node, NodeSelector, Published, ResultConfig,
};
use crate::select::{CompileError, Program};

/// What asking the allocator takes, beside the node and the claims.
#[derive(Clone)]
pub struct Asking<'a> {
    /// Gates.
    pub features: Features,
    /// Which implementation is followed.
    pub variant: Variant,
    /// What drivers publish.
    pub published: &'a Published,
    /// The same, sorted.
    pub index: Arc<SliceIndex>,
    /// DeviceClasses.
    pub classes: &'a IdVec<ClassId, DeviceClass>,
    /// Selectors and derived attributes.
    pub selectors: &'a IdVec<SelectorId, Result<Program, CompileError>>,
    /// Nodes.
    pub nodes: &'a [Node],
    /// Their kinds.
    pub kinds: &'a Kinds,
    /// Most search steps for a node.
    pub step_budget: Option<u64>,
    /// Longest search that is made step by step, for the sake of everything in [`Stats`] but the steps; 0 for none.
    pub walked_steps: u64,
}

/// What other claims hold of a node's devices, by position.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Held {
    /// Devices held exclusively, 64 to a word; no word behind the last is zero.
    dedicated: Vec<u64>,
    /// Shared devices with what their shares consume, ascending by position.
    shared: Vec<(u32, Vec<(NameId, Quantity)>)>,
}

impl Held {
    /// Marks the device at `position` as held exclusively.
    pub fn dedicate(&mut self, position: usize) {
        if self.dedicated.len() <= position / 64 {
            self.dedicated.resize(position / 64 + 1, 0);
        }
        self.dedicated[position / 64] |= 1 << (position % 64);
    }

    /// True if the device at `position` is held exclusively.
    pub fn is_dedicated(&self, position: usize) -> bool {
        self.dedicated.get(position / 64).is_some_and(|word| word >> (position % 64) & 1 == 1)
    }

    /// Says what the shares of the device at `position` consume together.
    pub fn share(&mut self, position: usize, consumed: Vec<(NameId, Quantity)>) {
        let position = position as u32;
        match self.shared.binary_search_by_key(&position, |(at, _)| *at) {
            Ok(at) => self.shared[at].1 = consumed,
            Err(at) => self.shared.insert(at, (position, consumed)),
        }
    }

    /// The same by the identity of the devices, which are given by position.
    fn state(&self, published: &Published, devices: &[DeviceId]) -> AllocatedState {
        let key = |position: usize| published.devices[devices[position]].key;
        let dedicated = (0..devices.len()).filter(|position| self.is_dedicated(*position)).map(key).collect();
        let consumed = self.shared.iter().map(|(at, consumed)| (key(*at as usize), consumed.iter().cloned().collect()));
        AllocatedState { dedicated, consumed: consumed.collect(), ..AllocatedState::default() }
    }
}

/// A device that an answer takes: its position, and the result for the node that was asked.
pub type Picked = (u32, DeviceResult);

/// What a claim gets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Served {
    /// The devices.
    pub picked: Vec<Picked>,
    config: Vec<ResultConfig>,
    /// The devices can be used on their own node alone, and nothing that is recorded of them is the node's own affair.
    is_local: bool,
}

impl Served {
    /// The allocation on another node of the same kind and state, with these devices; `None` where that is to be asked.
    pub fn on(&self, node: &Node, devices: &[DeviceId]) -> Option<AllocationResult> {
        let moved = |(position, result): &Picked| DeviceResult { device: devices[*position as usize], ..result.clone() };
        self.is_local.then(|| AllocationResult {
            results: self.picked.iter().map(moved).collect(),
            config: self.config.clone(),
            node_selector: Some(NodeSelector::of_node(&node.name)),
        })
    }
}

/// The allocator's answer for nodes of one kind in one state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// Whether the claims can be served.
    pub verdict: Verdict,
    /// Work of the search.
    pub stats: Stats,
}

/// An outcome without the node's name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// What each claim gets, in order.
    Fits(Vec<Served>),
    /// No.
    Unsatisfiable,
    /// No, and some pool of the node is invalid.
    NodeError,
    /// The attempt ends.
    Error(Reason),
    /// The step budget is used up.
    GaveUp,
}

/// All answers so far. Claims are known by a number that the caller gives them.
#[derive(Debug, Default)]
pub struct Answers {
    known: Interner<StateId, (KindId, Held)>,
    states: IdVec<StateId, (KindId, Held)>,
    /// By number of the claims, then by state.
    of_claims: BTreeMap<usize, Vec<Option<Arc<Answer>>>>,
    /// How often the allocator was asked.
    asked: u64,
}

impl Answers {
    /// The state of a node of this kind.
    pub fn state(&mut self, kind: KindId, held: Held) -> StateId {
        self.known.intern(&mut self.states, (kind, held))
    }

    /// What is held in a state.
    pub fn held(&self, state: StateId) -> &Held {
        &self.states[state].1
    }

    /// How often the allocator had to be asked.
    pub fn asked(&self) -> u64 {
        self.asked
    }

    /// The answer for `claims`, known by `number`, on `node`, which is in `state`.
    pub fn answer(
        &mut self,
        asking: &Asking<'_>,
        (number, claims): (usize, &[Claim]),
        node: NodeId,
        state: StateId,
    ) -> Arc<Answer> {
        let of_state = self.of_claims.entry(number).or_default();
        if of_state.len() <= state.index() {
            of_state.resize(self.states.len(), None);
        }
        if let Some(answer) = &of_state[state.index()] {
            return answer.clone();
        }
        self.asked += 1;
        let answer = Arc::new(ask(asking, claims, node, &self.states[state].1));
        of_state[state.index()] = Some(answer.clone());
        answer
    }
}

/// Searches that are not long are made by the reference, which counts everything that upstream would have done; long ones
/// by the fast search, which knows the steps, and of the rest what it did itself.
fn search<'a>(world: World<'a>, asking: &Asking<'_>, node: &'a Node) -> (Outcome, Stats) {
    let budget = world.step_budget.unwrap_or(u64::MAX);
    if asking.walked_steps > 0 {
        let walked = World { step_budget: Some(budget.min(asking.walked_steps)), ..world };
        match Reference::with_index(walked, asking.index.clone()).allocate(node) {
            (Outcome::GaveUp, _) if budget > asking.walked_steps => {}
            answer => return answer,
        }
    }
    Fast::with_index(world, asking.index.clone()).allocate(node)
}

/// Asks the allocator.
fn ask(asking: &Asking<'_>, claims: &[Claim], node: NodeId, held: &Held) -> Answer {
    let devices = asking.kinds.devices(node);
    let allocated = held.state(asking.published, devices);
    let Asking { features, variant, published, classes, selectors, step_budget, .. } = *asking;
    let world = World { features, variant, published, classes, selectors, allocated: &allocated, claims, step_budget };
    let (outcome, stats) = search(world, asking, &asking.nodes[node.index()]);
    let position = |device: DeviceId| devices.iter().position(|at| *at == device).expect("a device of the node") as u32;
    let verdict = match outcome {
        Outcome::Allocated(results) => {
            let name = asking.nodes[node.index()].name.as_str();
            let served = |AllocationResult { results, config, node_selector }: AllocationResult| Served {
                is_local: node_selector.is_some_and(|selector| selector.is_of_node(name))
                    && results.iter().all(|result| !result.is_share),
                picked: results.into_iter().map(|result| (position(result.device), result)).collect(),
                config,
            };
            Verdict::Fits(results.into_iter().map(served).collect())
        }
        Outcome::Unsatisfiable => Verdict::Unsatisfiable,
        Outcome::NodeError => Verdict::NodeError,
        Outcome::Error(reason) => Verdict::Error(reason),
        Outcome::GaveUp => Verdict::GaveUp,
    };
    Answer { verdict, stats }
}
