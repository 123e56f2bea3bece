//! The reference search: readable, step by step as upstream, counting upstream's steps.

use crate::base::{ClassId, IdVec, NodeId};
use crate::base::{DeviceId, SelectorId};
use crate::model::dra::{Claim, ConstraintKind, CountMode, DeviceClass, Leaf, Request};
use crate::model::{AttrValue, Inventory};
use crate::select::{SelectorTable, Truth};

/// Most devices that one claim may get (`AllocationResultsMaxSize`).
const RESULTS_MAX: usize = 32;

/// One call of the allocator: one node, one claim.
#[derive(Clone, Copy)]
pub struct Problem<'a> {
    /// Devices and what they publish, in allocator order.
    pub inventory: &'a Inventory,
    /// Classes by id.
    pub classes: &'a IdVec<ClassId, DeviceClass>,
    /// What each selector says about each profile.
    pub table: &'a SelectorTable,
    /// The claim.
    pub claim: &'a Claim,
    /// The node.
    pub node: NodeId,
    /// True for devices that no claim holds.
    pub is_free: &'a dyn Fn(DeviceId) -> bool,
    /// Most steps of the search; `None` knows no limit.
    pub step_budget: Option<u64>,
}

/// How an allocation ended (`dra.md` 2.17).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Devices were found.
    Allocated,
    /// The search is exhausted: this node does not fit.
    NoFit,
    /// A selector failed on a device, or the claim asks for more devices than a claim may have: the attempt of the pod
    /// ends in an error.
    Fatal(Option<SelectorId>),
    /// The step budget is spent, as upstream's deadline would be.
    GaveUp,
}

/// Work of one call, in upstream's units.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stats {
    /// `allocateOne` invocations.
    pub steps: u64,
    /// Devices looked at (`isSelectable` calls).
    pub devices_tried: u64,
    /// CEL expressions evaluated.
    pub cel_evaluations: u64,
}

/// Finds devices for the claim, or says why there are none. On [`Outcome::Allocated`] `devices` holds them in the order
/// of the requests; otherwise it is empty.
pub fn allocate(problem: &Problem<'_>, devices: &mut Vec<DeviceId>) -> (Outcome, Stats) {
    devices.clear();
    let wanted: usize = problem.claim.requests.iter().map(|r| count(r) as usize).sum();
    if wanted > RESULTS_MAX {
        return (Outcome::Fatal(None), Stats::default());
    }
    let mut search = Search::new(problem, devices);
    if let Some(answer) = search.count_hopeless_subsets() {
        return answer;
    }
    let outcome = match search.step(0, 0, 0) {
        Step::Found => Outcome::Allocated,
        Step::Exhausted => Outcome::NoFit,
        Step::Fatal(selector) => Outcome::Fatal(Some(selector)),
        Step::GaveUp => Outcome::GaveUp,
    };
    let stats = search.stats;
    if outcome != Outcome::Allocated {
        devices.clear();
    }
    (outcome, stats)
}

enum Step {
    Found,
    Exhausted,
    Fatal(SelectorId),
    GaveUp,
}

/// What a request has already said about a device in this call (upstream's match cache).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Match {
    Unknown,
    Yes,
    No,
}

struct Search<'a, 'p> {
    problem: &'p Problem<'a>,
    order: Vec<DeviceId>,
    matches: Vec<Match>,
    taken: Vec<bool>,
    constraints: Vec<MatchState<'a>>,
    results: &'p mut Vec<DeviceId>,
    stats: Stats,
}

/// A `matchAttribute` while devices come and go: the value of the first device, and how many there are.
#[derive(Clone, Copy, Default)]
struct MatchState<'a> {
    value: Option<&'a AttrValue>,
    count: u32,
}

impl<'a, 'p> Search<'a, 'p> {
    fn new(problem: &'p Problem<'a>, results: &'p mut Vec<DeviceId>) -> Self {
        let order: Vec<DeviceId> = problem.inventory.devices_of(problem.node).collect();
        let requests = problem.claim.requests.len();
        Search {
            problem,
            matches: vec![Match::Unknown; order.len() * requests],
            taken: vec![false; order.len()],
            constraints: vec![MatchState::default(); problem.claim.constraints.len()],
            order,
            results,
            stats: Stats::default(),
        }
    }

    /// One `allocateOne` invocation: place device number `nth` of request `request`, looking from position `from` on.
    fn step(&mut self, request: usize, nth: u32, from: usize) -> Step {
        self.stats.steps += 1;
        if self.problem.step_budget.is_some_and(|budget| self.stats.steps > budget) {
            return Step::GaveUp;
        }
        let Some(asked) = self.problem.claim.requests.get(request) else {
            // Upstream steps once more, past the last claim.
            self.stats.steps += 1;
            return Step::Found;
        };
        if nth >= count(asked) {
            return self.step(request + 1, 0, 0);
        }
        for position in from..self.order.len() {
            let device = self.order[position];
            if self.taken[position] || !(self.problem.is_free)(device) {
                continue;
            }
            match self.selectable(request, position) {
                Ok(false) => continue,
                Ok(true) => {}
                Err(selector) => return Step::Fatal(selector),
            }
            if !self.take(request, position) {
                continue;
            }
            match self.step(request, nth + 1, position + 1) {
                Step::Exhausted => self.undo(request, position),
                done => return done,
            }
        }
        Step::Exhausted
    }

    /// Class selectors, then request selectors; the first that is not true ends it.
    fn selectable(&mut self, request: usize, position: usize) -> Result<bool, SelectorId> {
        self.stats.devices_tried += 1;
        let cell = request * self.order.len() + position;
        match self.matches[cell] {
            Match::Yes => return Ok(true),
            Match::No => return Ok(false),
            Match::Unknown => {}
        }
        let asked = &self.problem.claim.requests[request];
        let profile = self.problem.inventory.devices[self.order[position]].profile;
        let leaf = leaf(asked);
        let class = leaf.class.id.map(|id| &self.problem.classes[id].selectors[..]).unwrap_or_default();
        for selector in class.iter().chain(&leaf.selectors).flatten().copied() {
            self.stats.cel_evaluations += 1;
            match self.problem.table.get(selector, profile) {
                Truth::True => {}
                Truth::False => {
                    self.matches[cell] = Match::No;
                    return Ok(false);
                }
                Truth::Error => return Err(selector),
            }
        }
        self.matches[cell] = Match::Yes;
        Ok(true)
    }

    /// Adds the device to every constraint in order; on a refusal those already added are taken back.
    fn take(&mut self, request: usize, position: usize) -> bool {
        let problem = self.problem;
        let profile = &problem.inventory.profiles[problem.inventory.devices[self.order[position]].profile];
        for (i, constraint) in problem.claim.constraints.iter().enumerate() {
            if !applies(&constraint.requests, &problem.claim.requests[request].name) {
                continue;
            }
            let attribute = match &constraint.kind {
                ConstraintKind::Match(name) => profile.attribute(name),
                _ => None,
            };
            let state = &mut self.constraints[i];
            let accepted = match (attribute, state.count) {
                (None, _) => false,
                (Some(value), 0) => {
                    state.value = Some(value);
                    true
                }
                (Some(value), _) => state.value == Some(value),
            };
            if !accepted {
                self.drop_from_constraints(request, i);
                return false;
            }
            state.count += 1;
        }
        self.taken[position] = true;
        self.results.push(self.order[position]);
        true
    }

    fn undo(&mut self, request: usize, position: usize) {
        self.results.pop();
        self.taken[position] = false;
        self.drop_from_constraints(request, self.problem.claim.constraints.len());
    }

    fn drop_from_constraints(&mut self, request: usize, before: usize) {
        for (i, constraint) in self.problem.claim.constraints[..before].iter().enumerate() {
            if applies(&constraint.requests, &self.problem.claim.requests[request].name) {
                self.constraints[i].count -= 1;
            }
        }
    }

    /// A single request without constraints that wants more devices than there are: upstream tries every subset of the
    /// n that would do, 2^n steps. The counts are known without trying.
    fn count_hopeless_subsets(&mut self) -> Option<(Outcome, Stats)> {
        let [asked] = self.problem.claim.requests.as_slice() else { return None };
        if !self.problem.claim.constraints.is_empty() {
            return None;
        }
        let free: Vec<usize> = (0..self.order.len()).filter(|&p| (self.problem.is_free)(self.order[p])).collect();
        let usable = self.usable(&free, count(asked) as usize);
        // Whatever was learnt here must not change what the search counts.
        let cel_evaluations = std::mem::take(&mut self.stats).cel_evaluations;
        self.matches.fill(Match::Unknown);
        let usable = usable?;
        let power_of_two = |n: usize| 1u64.checked_shl(n as u32).unwrap_or(u64::MAX);
        let steps = power_of_two(usable.len());
        // A subset whose last member is number i of the free devices goes on to look at the ones after it.
        let devices_tried = usable.iter().enumerate().fold(free.len() as u64, |sum, (j, &i)| {
            sum.saturating_add(power_of_two(j).saturating_mul((free.len() - 1 - i) as u64))
        });
        let over = self.problem.step_budget.is_some_and(|budget| steps > budget);
        let outcome = if over { Outcome::GaveUp } else { Outcome::NoFit };
        Some((outcome, Stats { steps, devices_tried, cel_evaluations }))
    }

    /// Indices into `free` of the devices that the only request accepts; `None` if there are enough of them, or if a
    /// selector fails, since then the search has something to find.
    fn usable(&mut self, free: &[usize], enough: usize) -> Option<Vec<usize>> {
        let mut usable = Vec::new();
        for (i, &position) in free.iter().enumerate() {
            if self.selectable(0, position).ok()? {
                usable.push(i);
            }
        }
        (usable.len() < enough).then_some(usable)
    }
}

fn applies(requests: &[String], request: &String) -> bool {
    requests.is_empty() || requests.contains(request)
}

fn leaf(request: &Request) -> &Leaf {
    &request.leaves()[0]
}

fn count(request: &Request) -> u32 {
    match leaf(request).mode {
        CountMode::Exact(count) => count as u32,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::dra::{ClassRef, Constraint};
    use crate::model::fit::tests::gpu_node;
    use crate::select::Program;
    use proptest::prelude::*;

    const PCIE_ROOT: &str = "resource.kubernetes.io/pcieRoot";

    struct Case {
        inventory: Inventory,
        classes: IdVec<ClassId, DeviceClass>,
        table: SelectorTable,
        claim: Claim,
    }

    fn case(roots: &[u16], counts: &[u32], constrained: bool) -> Case {
        let inventory = gpu_node(&roots.iter().map(|&root| (0, root)).collect::<Vec<_>>());
        let programs: IdVec<SelectorId, Program> =
            [Program::compile("device.driver == \"gpu.nvidia.com\"").expect("compiles")].into_iter().collect();
        let table = SelectorTable::new(&programs, &inventory.profiles);
        let class = DeviceClass { name: "gpu.nvidia.com".into(), selectors: vec![Some(SelectorId(0))], config: vec![] };
        let named = || ClassRef { name: "gpu.nvidia.com".into(), id: Some(ClassId(0)) };
        let request =
            |(i, &count): (usize, &u32)| Request::exactly(Leaf::exact(format!("r{i}"), named(), vec![], i64::from(count)));
        let constraint = Constraint { requests: vec![], kind: ConstraintKind::Match(PCIE_ROOT.into()) };
        let claim = Claim {
            requests: counts.iter().enumerate().map(request).collect(),
            constraints: if constrained { vec![constraint] } else { vec![] },
            ..Claim::default()
        };
        Case { inventory, classes: [class].into_iter().collect(), table, claim }
    }

    fn run(case: &Case, held: &[u32]) -> (Outcome, Vec<u32>, Stats) {
        let is_free = |d: DeviceId| !held.contains(&d.0);
        let problem = Problem {
            inventory: &case.inventory,
            classes: &case.classes,
            table: &case.table,
            claim: &case.claim,
            node: NodeId(0),
            is_free: &is_free,
            step_budget: Some(1_000_000),
        };
        let mut devices = Vec::new();
        let (outcome, stats) = allocate(&problem, &mut devices);
        (outcome, devices.iter().map(|d| d.0).collect(), stats)
    }

    #[test]
    fn takes_the_first_that_fit_in_order() {
        let check = |roots: &[u16], counts: &[u32], constrained: bool, held: &[u32], want: Option<&[u32]>, steps: u64| {
            let (outcome, devices, stats) = run(&case(roots, counts, constrained), held);
            assert_eq!((outcome == Outcome::Allocated, devices.as_slice()), (want.is_some(), want.unwrap_or(&[])));
            assert_eq!(stats.steps, steps, "steps of {counts:?} from {roots:?}");
        };
        // One step for each device, one past the request, one past the claim... as upstream counts them.
        check(&[0, 0, 0, 0], &[2], false, &[], Some(&[0, 1]), 5);
        check(&[0, 0, 0, 0], &[2], false, &[0, 2], Some(&[1, 3]), 5);
        check(&[0, 1, 1, 0], &[2], true, &[], Some(&[0, 3]), 5);
        check(&[0, 1, 1, 2], &[2], true, &[], Some(&[1, 2]), 6);
        check(&[0, 1, 1, 2], &[1, 1], true, &[], Some(&[1, 2]), 8);
        // Five of four: all sixteen subsets.
        check(&[0, 0, 0, 0], &[5], false, &[], None, 16);
    }

    #[test]
    fn more_devices_than_a_claim_may_have_are_an_error() {
        assert_eq!(run(&case(&[0, 0], &[33], false), &[]).0, Outcome::Fatal(None));
    }

    proptest! {
        /// The closed form for hopeless requests equals the search it replaces.
        #[test]
        fn hopeless_counts_equal_the_search(n in 0usize..9, extra in 1u32..4, held in prop::collection::btree_set(0u32..9, 0..4)) {
            let held: Vec<u32> = held.into_iter().collect();
            let free = (0..n as u32).filter(|d| !held.contains(d)).count() as u32;
            let case = case(&vec![0; n], &[free + extra], false);
            let is_free = |d: DeviceId| !held.contains(&d.0);
            let problem = Problem {
                inventory: &case.inventory, classes: &case.classes, table: &case.table, claim: &case.claim,
                node: NodeId(0), is_free: &is_free, step_budget: None,
            };
            let mut devices = Vec::new();
            let mut search = Search::new(&problem, &mut devices);
            prop_assert!(matches!(search.step(0, 0, 0), Step::Exhausted));
            let want = search.stats;
            let mut devices = Vec::new();
            prop_assert_eq!(allocate(&problem, &mut devices), (Outcome::NoFit, want));
        }

        /// If some choice satisfies the claim, the search finds the lexicographically first one.
        #[test]
        fn finds_what_brute_force_finds(roots in prop::collection::vec(0u16..3, 1..7), counts in prop::collection::vec(1u32..3, 1..3)) {
            let case = case(&roots, &counts, true);
            let (outcome, devices, _) = run(&case, &[]);
            let total: u32 = counts.iter().sum();
            // Requests are alike, so the first request takes the lowest devices of the first root that has enough.
            let enough = |root: u16| roots.iter().filter(|&&r| r == root).count() as u32 >= total;
            let want: Vec<u32> = match (0..roots.len()).find(|&i| enough(roots[i])) {
                Some(first) => (0..roots.len()).filter(|&i| roots[i] == roots[first]).map(|i| i as u32).take(total as usize).collect(),
                None => vec![],
            };
            prop_assert_eq!(outcome == Outcome::Allocated, !want.is_empty());
            prop_assert_eq!(devices, want);
        }
    }
}
