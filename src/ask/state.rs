//! What is known when a question is asked: what drivers publish, who holds what, which nodes there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::alloc::dra::slices::SliceIndex;
use crate::alloc::dra::{Features, Variant, World};
use crate::base::{ClassId, DeviceKeyId, IdVec, NameId, Quantity, SelectorId};
use crate::kube::ResourceClaim;
use crate::model::Gates;
use crate::model::dra::{AllocatedState, AllocationResult, Claim, DeviceClass, Node, NodeSelector, Published};
use crate::select::{CompileError, Program};

/// Search steps for one node after which the scheduler's filter would run into its time-out (`filter_step_budget`).
pub const STEPS_MAX: u64 = 5_000_000;

/// Steps after which drasim gives up where the scheduler has no time-out.
pub const STEPS_WITHOUT_TIMEOUT: u64 = 500_000_000;

/// A device, or a share of one, in the hands of a claim.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Holding {
    /// The claim, as `namespace/name`.
    pub claim: String,
    /// The device.
    pub device: DeviceKeyId,
    /// `adminAccess`: such a holder is in nobody's way.
    pub admin: bool,
    /// `shareID`
    pub share: Option<String>,
    /// `consumedCapacity`; `None` where nothing is recorded.
    pub consumed: Option<Vec<(NameId, Quantity)>>,
}

/// A cluster as the scheduler sees it.
#[derive(Debug)]
pub struct State {
    /// Feature gates.
    pub gates: Gates,
    /// Which of upstream's allocators is followed.
    pub variant: Variant,
    /// What drivers publish.
    pub published: Published,
    /// The same, sorted once for all attempts.
    pub index: Arc<SliceIndex>,
    /// DeviceClasses.
    pub classes: IdVec<ClassId, DeviceClass>,
    /// Texts of selectors and derived attributes.
    pub texts: IdVec<SelectorId, String>,
    /// The same, compiled.
    pub programs: IdVec<SelectorId, Result<Program, CompileError>>,
    /// Nodes, ascending by name.
    pub nodes: Vec<Node>,
    /// True if there were no Node objects, so that the nodes are those that slices name.
    pub nodes_are_inferred: bool,
    /// Who holds what, in the order in which it was given.
    pub holdings: Vec<Holding>,
    /// Steps after which a search gives up: the scheduler's time-out, or drasim's patience without
    /// DRASchedulerFilterTimeout.
    pub step_budget: u64,
}

/// What a question is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SubjectKind {
    /// The claims of a pod, which are allocated together.
    Pod,
    /// A claim that no pod uses.
    Claim,
    /// A template that no pod uses, as one claim of that name.
    Template,
}

/// Claims that are allocated together, and what binds them.
#[derive(Clone, PartialEq, Debug)]
pub struct Subject {
    /// Whose claims they are.
    pub kind: SubjectKind,
    /// `namespace/name` of the pod, claim or template.
    pub name: String,
    /// The claims without allocation, in the order of the pod's entries.
    pub claims: Vec<Claim>,
    /// The same as objects.
    pub objects: Vec<ResourceClaim>,
    /// Claims that are allocated already: name and the nodes that can reach the devices.
    pub bound: Vec<(String, Option<NodeSelector>)>,
    /// Claims that are given with a pod that goes first.
    pub awaits: Vec<String>,
    /// `spec.nodeName`: the only node.
    pub node: Option<String>,
    /// Why the scheduler turns the pod away before it looks at nodes.
    pub refusal: Option<Refusal>,
}

/// Why the scheduler does not look at nodes at all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// As upstream says it.
    pub text: String,
    /// What to do about it; may be empty.
    pub hint: String,
}

impl State {
    /// What others hold, as the scheduler gathers it from allocated claims (`dra.md` 2.2), without what `freed` holds.
    pub fn allocated(&self, freed: Option<&str>) -> AllocatedState {
        let mut state = AllocatedState::default();
        let has_shares = self.gates.is_on("DRAConsumableCapacity");
        for holding in self.holdings.iter().filter(|holding| !holding.admin && Some(holding.claim.as_str()) != freed) {
            match &holding.share {
                Some(share) if has_shares => {
                    state.shares.entry(holding.device).or_default().insert(share.clone());
                    if let Some(consumed) = &holding.consumed {
                        add(state.consumed.entry(holding.device).or_default(), consumed);
                    }
                }
                _ => drop(state.dedicated.insert(holding.device)),
            }
        }
        state
    }

    /// One attempt to allocate `claims` together beside what `allocated` holds.
    pub fn world<'a>(&'a self, claims: &'a [Claim], allocated: &'a AllocatedState) -> World<'a> {
        World {
            features: Features::of(&self.gates),
            variant: self.variant,
            published: &self.published,
            classes: &self.classes,
            selectors: &self.programs,
            allocated,
            claims,
            step_budget: Some(self.step_budget),
        }
    }

    /// Enters what was given to a claim. `share` names the share of a result, by its index.
    pub fn grant(&mut self, claim: &str, result: &AllocationResult, share: impl Fn(usize) -> String) {
        for (at, device) in result.results.iter().enumerate() {
            self.holdings.push(Holding {
                claim: claim.to_owned(),
                device: self.published.devices[device.device].key,
                admin: device.admin_access,
                share: device.is_share.then(|| share(at)),
                consumed: (!device.consumed.is_empty()).then(|| device.consumed.clone()),
            });
        }
    }

    /// The claims that hold a device, each once.
    pub fn holders(&self, device: DeviceKeyId) -> Vec<&str> {
        let mut found: Vec<&str> =
            self.holdings.iter().filter(|h| h.device == device && !h.admin).map(|h| h.claim.as_str()).collect();
        found.dedup();
        found
    }

    /// The node with this name.
    pub fn node_named(&self, name: &str) -> Option<usize> {
        self.nodes.binary_search_by(|node| node.name.as_str().cmp(name)).ok()
    }
}

fn add(sum: &mut BTreeMap<NameId, Quantity>, amounts: &[(NameId, Quantity)]) {
    for (name, amount) in amounts {
        let have = sum.entry(*name).or_insert(Quantity::ZERO);
        // A sum that cannot be written out is more than any device has, and the greater of the two says so as well.
        let total = have.checked_add(amount).unwrap_or_else(|| (*have).clone().max(amount.clone()));
        *have = total;
    }
}

/// The name of a claim as people write it.
pub fn full_name(namespace: &str, name: &str) -> String {
    if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") }
}
