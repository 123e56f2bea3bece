//! What an allocation says: devices, configurations, node selector.
//!
//! Source: the second half of `Allocate` and `createNodeSelector` upstream (`dra.md` 2.16).

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::alloc::dra::candidate::Candidate;
use crate::alloc::dra::features::Variant;
use crate::alloc::dra::prepare::{PreparedClaim, PreparedLeaf};
use crate::alloc::dra::problem::{ErrorKind, Reason, World};
use crate::alloc::dra::take::Pick;
use crate::base::ClassId;
use crate::model::dra::{
    AllocationResult, ConfigSource, DeviceResult, Node, NodeSelector, NodeSelectorTerm, Requirement, ResultConfig,
};

/// What was decided for one claim.
#[derive(Clone, Copy)]
pub struct Decision<'d, 'a> {
    /// The attempt.
    pub world: &'d World<'a>,
    /// The node.
    pub node: &'d Node,
    /// Devices by position.
    pub candidates: &'d [Candidate],
    /// Leaves of all claims.
    pub leaves: &'d [PreparedLeaf<'a>],
    /// The claim.
    pub claim: &'d PreparedClaim<'a>,
    /// The leaf that was chosen for each request.
    pub chosen: &'d [usize],
    /// The devices in the order of taking.
    pub picks: &'d [Pick],
}

impl Decision<'_, '_> {
    /// The allocation. The error is a node selector with more than one term.
    pub fn result(&self) -> Result<AllocationResult, Reason> {
        let node_selector = self.node_selector().map_err(|why| Reason {
            kind: ErrorKind::NodeSelector,
            text: format!("create NodeSelector for claim {}: {why}", self.claim.claim.name),
        })?;
        let results = self.picks.iter().map(|pick| self.device(pick)).collect();
        Ok(AllocationResult { results, config: self.config(), node_selector })
    }

    fn device(&self, pick: &Pick) -> DeviceResult {
        let leaf = &self.leaves[pick.leaf];
        let published = self.world.published;
        let candidate = self.candidates[pick.position];
        let names = published.profiles[candidate.device.profile].capacity.iter().map(|id| published.capacities[*id].name);
        let consumed = pick.share.iter().flat_map(|amounts| names.clone().zip(amounts.iter().cloned())).collect();
        DeviceResult {
            leaf: (leaf.request as u32, leaf.alternative.map(|at| at as u32)),
            device: candidate.id,
            admin_access: leaf.is_admin,
            is_share: pick.share.is_some(),
            consumed,
        }
    }

    /// The name of a leaf in results: `request` or `request/subrequest`.
    fn name(&self, leaf: usize) -> String {
        let leaf = &self.leaves[leaf];
        let request = &self.claim.claim.requests[leaf.request].name;
        if leaf.alternative.is_some() { format!("{request}/{}", leaf.leaf.name) } else { leaf.leaf.name.clone() }
    }

    /// True if a list of requests names request `at`, or the alternative chosen for it.
    fn is_named(&self, at: usize, requests: &[String]) -> bool {
        requests.contains(&self.claim.claim.requests[at].name)
            || self.claim.requests[at].is_list && requests.contains(&self.name(self.chosen[at]))
    }

    fn config(&self) -> Vec<ResultConfig> {
        let mut config: Vec<ResultConfig> = Vec::new();
        let mut of_class: BTreeMap<ClassId, Range<usize>> = BTreeMap::new();
        for leaf in self.chosen {
            let Some(class) = self.leaves[*leaf].leaf.class.id else { continue };
            if let Some(range) = of_class.get(&class) {
                // Each configuration of a class is there once, with all requests that use it.
                config[range.clone()].iter_mut().for_each(|entry| entry.requests.push(self.name(*leaf)));
                continue;
            }
            let start = config.len();
            let entry = |body: &String| ResultConfig {
                source: ConfigSource::Class,
                requests: vec![self.name(*leaf)],
                body: body.clone(),
            };
            config.extend(self.leaves[*leaf].class.config.iter().map(entry));
            of_class.insert(class, start..config.len());
        }
        let requests = 0..self.claim.requests.len();
        for own in &self.claim.claim.config {
            if own.requests.is_empty() || requests.clone().any(|at| self.is_named(at, &own.requests)) {
                let (requests, body) = (own.requests.clone(), own.body.clone());
                config.push(ResultConfig { source: ConfigSource::Claim, requests, body });
            }
        }
        for entry in &mut config {
            if requests.clone().all(|at| self.is_named(at, &entry.requests)) {
                entry.requests.clear();
            }
        }
        config
    }

    /// The nodes where the devices can be used; `None` for all nodes.
    fn node_selector(&self) -> Result<Option<NodeSelector>, String> {
        let published = self.world.published;
        let is_stable = self.world.variant == Variant::Stable;
        let mut term = NodeSelectorTerm::default();
        for pick in self.picks {
            let device = self.candidates[pick.position].device;
            let (slice, traits) = (&published.slices[device.slice], &published.traits[device.traits]);
            let nodes = if slice.per_device_node_selection == Some(true) { &traits.nodes } else { &slice.nodes };
            if nodes.name.is_some() || traits.binds_to_node && !is_stable {
                let name = match nodes.name {
                    Some(name) if is_stable => published.names.text(name),
                    _ => &self.node.name,
                };
                return Ok(Some(NodeSelector::of_node(name)));
            }
            match nodes.selector.as_deref().map(|selector| selector.terms.as_slice()) {
                None | Some([]) => {}
                Some([one]) => {
                    add_new(&one.match_fields, &mut term.match_fields);
                    add_new(&one.match_expressions, &mut term.match_expressions);
                }
                Some(terms) => {
                    return Err(format!("unsupported ResourceSlice.NodeSelector with {} terms", terms.len()));
                }
            }
        }
        let is_empty = term.match_fields.is_empty() && term.match_expressions.is_empty();
        Ok((!is_empty).then(|| NodeSelector { terms: vec![term] }))
    }
}

/// Adds the requirements that are not there yet; the order of their values does not matter.
fn add_new(from: &[Requirement], to: &mut Vec<Requirement>) {
    let values = |requirement: &Requirement| requirement.values.iter().cloned().collect::<BTreeSet<String>>();
    for new in from {
        let is_same = |old: &Requirement| old.key == new.key && old.operator == new.operator && values(old) == values(new);
        if !to.iter().any(is_same) {
            to.push(new.clone());
        }
    }
}
