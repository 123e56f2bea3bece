//! What the order of claims, requests and alternatives says about leaves, as sets of leaves.

use crate::alloc::dra::prepare::{PreparedClaim, PreparedLeaf};

/// A set of leaves, as bits.
pub type LeafSet = u128;

/// Most claims that marks of devices can tell apart.
pub const CLAIMS_MAX: usize = 64;

/// Sets of leaves. They are empty if there are more than 128 leaves; then nothing is remembered.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// True if leaves fit into sets.
    pub has_sets: bool,
    /// What may still be served after a leaf in the same branch of the search, and the leaf itself; by leaf.
    pub remaining: Vec<LeafSet>,
    /// Leaves with admin access.
    pub admin: LeafSet,
    /// Leaves that want all devices.
    pub all: LeafSet,
    /// Leaves by claim.
    pub of_claim: Vec<LeafSet>,
    /// True for claims whose constraints see the same for all leaves.
    pub is_uniform: Vec<bool>,
}

impl Plan {
    /// Reads prepared claims.
    pub fn of(claims: &[PreparedClaim<'_>], leaves: &[PreparedLeaf<'_>]) -> Plan {
        if leaves.len() > LeafSet::BITS as usize {
            return Plan::default();
        }
        let set = |is_in: &dyn Fn(&PreparedLeaf<'_>) -> bool| {
            let bits = leaves.iter().enumerate().filter(|(_, leaf)| is_in(leaf)).map(|(at, _)| 1 << at);
            bits.fold(0, |set: LeafSet, bit: LeafSet| set | bit)
        };
        let remaining = leaves.iter().enumerate().map(|(at, leaf)| {
            let later = set(&|other| (other.claim, other.request) > (leaf.claim, leaf.request));
            later | 1 << at
        });
        let is_uniform = claims.iter().map(|claim| {
            let is_uniform = |concerns: &[crate::alloc::dra::constraint::Concern]| {
                concerns.iter().all(|concern| *concern == concerns[0] && concern.derived.is_none())
            };
            claim.constraints.iter().all(|constraint| is_uniform(&constraint.concerns))
        });
        Plan {
            has_sets: true,
            remaining: remaining.collect(),
            admin: set(&|leaf| leaf.is_admin),
            all: set(&|leaf| leaf.all.is_some()),
            of_claim: (0..claims.len()).map(|claim| set(&|leaf| leaf.claim == claim)).collect(),
            is_uniform: is_uniform.collect(),
        }
    }
}

/// The members of a set, ascending.
pub fn members(mut set: LeafSet) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let first = set.trailing_zeros();
        (set != 0).then(|| {
            set &= set - 1;
            first as usize
        })
    })
}
