//! Which devices a leaf may take at all: selectors of class and request, and the node a device names for itself.
//!
//! Source: `isSelectable` and `selectorsMatch` upstream (`dra.md` 2.15).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::alloc::dra::candidate::Candidate;
use crate::alloc::dra::derived::derived_value;
use crate::alloc::dra::features::Variant;
use crate::alloc::dra::nodes::node_matches;
use crate::alloc::dra::prepare::{PreparedLeaf, claim_text};
use crate::alloc::dra::problem::{ErrorKind, Reason, World};
use crate::base::{ProfileId, SelectorId};
use crate::model::AttrValue;
use crate::model::dra::Node;
use crate::select::{Device, Verdict};

/// What selectors and derived attributes say about profiles. Kept for all nodes of an attempt: the answers depend on
/// nothing else.
#[derive(Debug, Default)]
pub struct Verdicts<'a> {
    devices: BTreeMap<ProfileId, Device<'a>>,
    /// The answers.
    pub said: Said,
}

/// Answers of selectors and derived attributes for profiles.
#[derive(Clone, Debug, Default)]
pub struct Said {
    verdicts: BTreeMap<(SelectorId, ProfileId), Verdict>,
    derived: BTreeMap<(SelectorId, ProfileId), Result<Arc<AttrValue>, String>>,
}

impl<'a> Verdicts<'a> {
    /// Goes on with answers that are known.
    pub fn resume(said: Said) -> Verdicts<'a> {
        Verdicts { devices: BTreeMap::new(), said }
    }

    fn device(&mut self, world: &World<'a>, profile: ProfileId) -> &Device<'a> {
        let is_shareable = world.variant != Variant::Stable;
        self.devices.entry(profile).or_insert_with(|| Device::published(world.published, profile, is_shareable))
    }

    /// What a selector says; the error is one that does not compile.
    fn verdict(&mut self, world: &World<'a>, selector: SelectorId, profile: ProfileId) -> Result<Verdict, String> {
        let program = world.selectors[selector].as_ref().map_err(|error| error.text.clone())?;
        if let Some(verdict) = self.said.verdicts.get(&(selector, profile)) {
            return Ok(*verdict);
        }
        let (verdict, _) = program.evaluate_on(self.device(world, profile));
        self.said.verdicts.insert((selector, profile), verdict);
        Ok(verdict)
    }

    /// Why a selector fails.
    fn failure(&mut self, world: &World<'a>, selector: SelectorId, profile: ProfileId) -> String {
        let program = world.selectors[selector].as_ref().ok();
        program.and_then(|program| program.failure_on(self.device(world, profile))).unwrap_or_default()
    }

    /// The value of the derived attribute `name`; `device` is for the text of an error.
    pub fn derived(
        &mut self,
        world: &World<'a>,
        selector: SelectorId,
        candidate: &Candidate,
        name: &str,
    ) -> Result<Arc<AttrValue>, Reason> {
        let program = world.selectors[selector].as_ref().map_err(|error| Reason {
            kind: ErrorKind::CelCompile,
            text: format!("compile derived attribute {name} failed: {}", error.text),
        })?;
        let profile = candidate.device.profile;
        if !self.said.derived.contains_key(&(selector, profile)) {
            let value = derived_value(program, self.device(world, profile)).map(Arc::new);
            self.said.derived.insert((selector, profile), value);
        }
        self.said.derived[&(selector, profile)].clone().map_err(|why| {
            let device = world.published.key_text(candidate.device.key);
            let text = format!("evaluate derived attribute {name} on device {device} failed: {why}");
            Reason { kind: ErrorKind::CelRuntime, text }
        })
    }
}

/// The error of a selector with upstream's advice for the usual case (`cel.EnhanceRuntimeError`).
fn advised(why: &str) -> String {
    let advice = ". consider using CEL optional chaining (.? followed by orValue()) or guarding the check with has() for \
                  optional fields";
    if why.contains("no such key:") { format!("{why}{advice}") } else { why.to_owned() }
}

/// What is known of (leaf, position) in one pass. Upstream keeps it too, so it decides what is evaluated, and how often.
#[derive(Clone, Debug, Default)]
pub struct MatchCache {
    /// By leaf, then by position.
    known: Vec<Vec<Option<bool>>>,
}

/// What a match needs to know beside the leaf and the device.
pub struct Matching<'m, 'a> {
    /// The attempt.
    pub world: &'m World<'a>,
    /// The node.
    pub node: &'m Node,
    /// Devices by position.
    pub candidates: &'m [Candidate],
    /// Answers by profile.
    pub verdicts: &'m mut Verdicts<'a>,
    /// Answers by position.
    pub cache: &'m mut MatchCache,
    /// Counts selector evaluations as upstream makes them.
    pub evaluations: &'m mut u64,
}

impl<'a> Matching<'_, 'a> {
    /// Whether the device at `position` is for `leaf`, the `index`th of the pass. Whoever holds it does not matter.
    pub fn is_selectable(&mut self, index: usize, leaf: &PreparedLeaf<'a>, position: usize) -> Result<bool, Reason> {
        let published = self.world.published;
        let candidate = self.candidates[position];
        let traits = &published.traits[candidate.device.traits];
        let has_conditions = traits.binding_conditions.as_ref().is_some_and(|list| !list.is_empty());
        if has_conditions && !self.world.features.binding_and_status {
            return Ok(false);
        }
        let known = &mut self.cache.known;
        if known.len() <= index {
            known.resize_with(index + 1, Vec::new);
        }
        known[index].resize(self.candidates.len(), None);
        if let Some(known) = known[index][position] {
            return Ok(known);
        }
        let matches = self.matches(leaf, &candidate)?;
        self.cache.known[index][position] = Some(matches);
        Ok(matches)
    }

    fn matches(&mut self, leaf: &PreparedLeaf<'a>, candidate: &Candidate) -> Result<bool, Reason> {
        let of_class = || format!("class {}", leaf.class.name);
        let of_claim = || format!("claim {}", claim_text(&self.world.claims[leaf.claim]));
        let published = self.world.published;
        let lists: [(&dyn Fn() -> String, _); 2] = [(&of_class, &leaf.class.selectors), (&of_claim, &leaf.leaf.selectors)];
        for (owner, selectors) in lists {
            for (at, selector) in selectors.iter().enumerate() {
                let Some(selector) = *selector else {
                    let text = format!("{}: selector #{at}: CEL expression empty (unsupported selector type?)", owner());
                    return Err(Reason { kind: ErrorKind::Request, text });
                };
                let verdict = self.verdicts.verdict(self.world, selector, candidate.device.profile).map_err(|why| Reason {
                    kind: ErrorKind::CelCompile,
                    text: format!("{}: selector #{at}: CEL compile error: {why}", owner()),
                })?;
                *self.evaluations += 1;
                match verdict {
                    Verdict::True => {}
                    Verdict::False => return Ok(false),
                    Verdict::Error => {
                        let why = self.verdicts.failure(self.world, selector, candidate.device.profile);
                        let device = published.key_text(candidate.device.key);
                        let text =
                            format!("{}: selector #{at} on device {device}: CEL runtime error: {}", owner(), advised(&why));
                        return Err(Reason { kind: ErrorKind::CelRuntime, text });
                    }
                }
            }
        }
        if published.slices[candidate.device.slice].per_device_node_selection != Some(true) {
            return Ok(true);
        }
        let nodes = &published.traits[candidate.device.traits].nodes;
        node_matches(self.node, nodes, &published.names).map_err(|text| Reason { kind: ErrorKind::NodeSelector, text })
    }
}
