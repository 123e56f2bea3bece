//! How the values of a compared attribute are spread over the devices that a claim could take: where `matchAttribute` or
//! `distinctAttribute` is what stands in the way, this shows it.

use std::collections::BTreeMap;

use crate::alloc::dra::constraint::AttributeName;
use crate::ask::sieve::{LeafAt, Sieve, applies, compared, leaf_name};
use crate::ask::state::State;
use crate::model::AttrValue;
use crate::model::dra::{Claim, ConstraintKind};

/// A constraint and the values of its attribute.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spread {
    /// Index of the claim.
    pub claim: usize,
    /// Index of the constraint.
    pub constraint: usize,
    /// Fully qualified name of the attribute.
    pub attribute: String,
    /// True for `matchAttribute`.
    pub is_match: bool,
    /// Requests that it compares, with how many devices each wants.
    pub wanted: Vec<(String, Option<i64>)>,
    /// For each value, in the order of the first device that has it, how many devices each request could take.
    pub values: Vec<(String, Vec<usize>)>,
}

impl Spread {
    /// True if the devices could satisfy this constraint if they had no other.
    pub fn is_enough(&self) -> bool {
        if self.is_match {
            let fits =
                |counts: &[usize]| counts.iter().zip(&self.wanted).all(|(have, (_, want))| *have as i64 >= want.unwrap_or(1));
            return self.values.iter().any(|(_, counts)| fits(counts));
        }
        let wanted: i64 = self.wanted.iter().map(|(_, want)| want.unwrap_or(1)).sum();
        self.values.len() as i64 >= wanted
    }

    /// The values that come nearest, at most `most` of them, and how many there are.
    pub fn nearest(&self, most: usize) -> (Vec<&(String, Vec<usize>)>, usize) {
        let lacking = |counts: &[usize]| -> i64 {
            counts.iter().zip(&self.wanted).map(|(have, (_, want))| (want.unwrap_or(1) - *have as i64).max(0)).sum()
        };
        let mut values: Vec<_> = self.values.iter().collect();
        if self.is_match {
            values.sort_by_key(|(_, counts)| lacking(counts));
        }
        values.truncate(most);
        (values, self.values.len())
    }
}

/// The spreads of all constraints. Lists of values and derived attributes are left out, and so are requests with
/// alternatives, of which only one would count.
pub fn spreads(state: &State, claims: &[Claim], sieves: &[Sieve]) -> Vec<Spread> {
    let of_claim = |(at, claim)| compared(claim).filter_map(move |(index, name)| of(state, (at, claim), (index, name), sieves));
    claims.iter().enumerate().flat_map(of_claim).collect()
}

fn of(state: &State, (at, claim): (usize, &Claim), (index, name): (usize, &str), sieves: &[Sieve]) -> Option<Spread> {
    let concerned = |sieve: &&Sieve| sieve.leaf.claim == at && applies(claim, index, sieve.leaf);
    let concerned: Vec<&Sieve> = sieves.iter().filter(concerned).collect();
    if concerned.iter().any(|sieve| sieve.leaf.alternative.is_some()) {
        return None;
    }
    let attribute = AttributeName::new(name, &state.published.names);
    let mut order = Vec::new();
    let mut counts: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (column, sieve) in concerned.iter().enumerate() {
        for device in &sieve.left {
            let value = value_text(attribute.value(&state.published, state.published.devices[*device].profile)?)?;
            let row = counts.entry(value.clone()).or_insert_with(|| {
                order.push(value);
                vec![0; concerned.len()]
            });
            row[column] += 1;
        }
    }
    let name_of = |leaf: LeafAt| leaf_name(claim, leaf);
    Some(Spread {
        claim: at,
        constraint: index,
        attribute: name.to_owned(),
        is_match: matches!(claim.constraints[index].kind, ConstraintKind::Match(_)),
        wanted: concerned.iter().map(|sieve| (name_of(sieve.leaf), sieve.wanted)).collect(),
        values: order.into_iter().map(|value| (value.clone(), counts.remove(&value).unwrap_or_default())).collect(),
    })
}

/// A value as people write it; `None` for lists.
pub fn value_text(value: &AttrValue) -> Option<String> {
    match value {
        AttrValue::Int(value) => Some(value.to_string()),
        AttrValue::Bool(value) => Some(value.to_string()),
        AttrValue::String(value) | AttrValue::Version(value) => Some(value.clone()),
        _ => None,
    }
}
