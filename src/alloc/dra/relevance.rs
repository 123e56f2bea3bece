//! Which attributes can make a difference to the claims of a run, and devices with the others left out.
//!
//! A UUID or a bus address that nobody reads does not make a device another kind of device. A value that only constraints
//! compare (a PCIe root, say) counts by which devices of the node have the same, not by itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{AttributeId, IdVec, NameId, ProfileId, SelectorId, Semver};
use crate::model::AttrValue;
use crate::model::dra::{Attribute, Claim, ConstraintKind, Profile, Published};
use crate::select::{CompileError, Program, Reads};

/// What selectors read and constraints compare.
#[derive(Clone, Debug, Default)]
pub struct Relevance {
    reads: Reads,
    compared: BTreeSet<String>,
}

impl Relevance {
    /// What these selectors (derived attributes among them) and the constraints of these claims look at.
    pub fn of<'c>(
        selectors: &IdVec<SelectorId, Result<Program, CompileError>>,
        claims: impl IntoIterator<Item = &'c Claim>,
    ) -> Relevance {
        let mut relevance = Relevance::default();
        for program in selectors.iter().flatten() {
            relevance.reads.merge(program.reads());
        }
        for constraint in claims.into_iter().flat_map(|claim| &claim.constraints) {
            if let ConstraintKind::Match(name) | ConstraintKind::Distinct(name) = &constraint.kind {
                relevance.compared.insert(name.clone());
            }
        }
        relevance
    }

    /// Every profile as it is seen.
    pub fn seen(&self, published: &Published) -> Seen {
        let mut codes = BTreeMap::new();
        let mut values: BTreeMap<&AttrValue, u32> = BTreeMap::new();
        let of_profile = published.profiles.iter().map(|profile| {
            let (mut fixed, mut compared) = (Vec::new(), Vec::new());
            let driver = published.names.text(profile.driver);
            for id in &profile.attributes {
                match self.role(driver, published, *id) {
                    Role::Read => fixed.push(id.0),
                    Role::Compared => {
                        let attribute = &published.attributes[*id];
                        let next = values.len() as u32;
                        compared.push((attribute.name, *values.entry(&attribute.value).or_insert(next)));
                    }
                    Role::Unseen => {}
                }
            }
            let Profile { driver, allow_multiple_allocations, capacity, .. } = profile;
            let capacity: Vec<u32> = capacity.iter().map(|id| id.0).collect();
            let next = codes.len() as u32;
            let code = *codes.entry((*driver, *allow_multiple_allocations, capacity, fixed)).or_insert(next);
            SeenProfile { code, compared: compared.into() }
        });
        Seen { of_profile: of_profile.collect() }
    }

    fn role(&self, driver: &str, published: &Published, id: AttributeId) -> Role {
        let Attribute { name, value } = &published.attributes[id];
        let name = published.names.text(*name);
        let (domain, bare) = name.split_once('/').unwrap_or((driver, name));
        if self.reads.sees(domain, bare) || is_fault(value) {
            return Role::Read;
        }
        match self.compared.contains(name) || self.compared.contains(&format!("{driver}/{name}")) {
            // Lists can overlap without being equal.
            true if matches!(value, AttrValue::Int(_) | AttrValue::Bool(_) | AttrValue::String(_) | AttrValue::Version(_)) => {
                Role::Compared
            }
            true => Role::Read,
            false => Role::Unseen,
        }
    }
}

enum Role {
    Read,
    Compared,
    Unseen,
}

/// A value with which every selector fails on the device, whatever it reads.
fn is_fault(value: &AttrValue) -> bool {
    let is_bad = |text: &String| Semver::parse(text).is_err();
    match value {
        AttrValue::Nothing => true,
        AttrValue::Version(text) => is_bad(text),
        AttrValue::Versions(list) => list.iter().any(is_bad),
        _ => false,
    }
}

#[derive(Clone, Debug)]
struct SeenProfile {
    /// Equal for profiles that are equal in all that is read.
    code: u32,
    /// Attributes that are only compared: their names, and the same number for the same value.
    compared: Box<[(NameId, u32)]>,
}

/// Profiles without what nobody looks at.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    of_profile: IdVec<ProfileId, SeenProfile>,
}

impl Seen {
    /// Writes a device of a node. `values` numbers the compared values of the node in the order in which they are met.
    pub fn write(&self, profile: ProfileId, key: &mut Vec<u32>, values: &mut BTreeMap<u32, u32>) {
        let seen = &self.of_profile[profile];
        // Devices have compared values in different number.
        key.extend([seen.code, seen.compared.len() as u32]);
        for (name, value) in &seen.compared {
            let next = values.len() as u32;
            key.extend([name.0, *values.entry(*value).or_insert(next)]);
        }
    }
}
