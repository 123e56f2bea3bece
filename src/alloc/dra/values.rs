//! Attribute values as constraints compare them.

use std::collections::BTreeSet;

use crate::model::AttrValue;

/// The values of an attribute, of one type; a scalar is a set of one (`deviceAttributeListAsSet` upstream).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ValueSet {
    /// `int`, `ints`
    Ints(BTreeSet<i64>),
    /// `bool`, `bools`
    Bools(BTreeSet<bool>),
    /// `string`, `strings`
    Strings(BTreeSet<String>),
    /// `version`, `versions`, as text
    Versions(BTreeSet<String>),
}

impl ValueSet {
    /// The values of an attribute; `None` if it has none.
    pub fn of(value: &AttrValue) -> Option<ValueSet> {
        match value {
            AttrValue::Int(value) => Some(ValueSet::Ints(BTreeSet::from([*value]))),
            AttrValue::Bool(value) => Some(ValueSet::Bools(BTreeSet::from([*value]))),
            AttrValue::String(value) => Some(ValueSet::Strings(BTreeSet::from([value.clone()]))),
            AttrValue::Version(value) => Some(ValueSet::Versions(BTreeSet::from([value.clone()]))),
            AttrValue::Ints(values) => set(values).map(ValueSet::Ints),
            AttrValue::Bools(values) => set(values).map(ValueSet::Bools),
            AttrValue::Strings(values) => set(values).map(ValueSet::Strings),
            AttrValue::Versions(values) => set(values).map(ValueSet::Versions),
            AttrValue::Nothing => None,
        }
    }

    /// The values that both have; `None` if there are none or the types differ.
    pub fn common(&self, other: &ValueSet) -> Option<ValueSet> {
        match (self, other) {
            (ValueSet::Ints(a), ValueSet::Ints(b)) => filled(a & b).map(ValueSet::Ints),
            (ValueSet::Bools(a), ValueSet::Bools(b)) => filled(a & b).map(ValueSet::Bools),
            (ValueSet::Strings(a), ValueSet::Strings(b)) => filled(a & b).map(ValueSet::Strings),
            (ValueSet::Versions(a), ValueSet::Versions(b)) => filled(a & b).map(ValueSet::Versions),
            _ => None,
        }
    }
}

fn set<T: Ord + Clone>(values: &[T]) -> Option<BTreeSet<T>> {
    filled(values.iter().cloned().collect())
}

fn filled<T>(set: BTreeSet<T>) -> Option<BTreeSet<T>> {
    (!set.is_empty()).then_some(set)
}

/// True for values that can be compared without DRAListTypeAttributes.
pub fn is_scalar(value: &AttrValue) -> bool {
    matches!(value, AttrValue::Int(_) | AttrValue::Bool(_) | AttrValue::String(_) | AttrValue::Version(_))
}
