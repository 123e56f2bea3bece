//! Labels and selectors over them (`apimachinery/pkg/labels`).

use std::sync::Arc;

use crate::base::{NameId, Names};

/// Labels of an object: key and value, ascending by key id. Copies share them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Labels(Arc<[(NameId, NameId)]>);

impl Labels {
    /// Labels from pairs in any order; keys must differ.
    pub fn new(pairs: impl IntoIterator<Item = (NameId, NameId)>) -> Labels {
        let mut pairs: Vec<_> = pairs.into_iter().collect();
        pairs.sort_unstable();
        Labels(pairs.into())
    }

    /// The value of `key`.
    pub fn get(&self, key: NameId) -> Option<NameId> {
        self.0.binary_search_by_key(&key, |(key, _)| *key).ok().map(|at| self.0[at].1)
    }

    /// Key and value, ascending by key id.
    pub fn iter(&self) -> impl Iterator<Item = (NameId, NameId)> + '_ {
        self.0.iter().copied()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True if each pair of `wanted` is here, as a Service's selector asks.
    pub fn contain(&self, wanted: &Labels) -> bool {
        wanted.iter().all(|(key, value)| self.get(key) == Some(value))
    }
}

/// How a requirement compares.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Operator {
    /// The value is one of those given.
    In,
    /// It is absent or none of those given.
    NotIn,
    /// It is there.
    Exists,
    /// It is not.
    DoesNotExist,
    /// It is an integer above this one.
    Gt(i64),
    /// It is an integer below this one.
    Lt(i64),
}

/// A requirement on one label.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Requirement {
    /// Label key.
    pub key: NameId,
    /// How the value is compared.
    pub operator: Operator,
    /// For `In` and `NotIn`, ascending by id.
    pub values: Box<[NameId]>,
}

impl Requirement {
    /// A requirement; values in any order.
    pub fn new(key: NameId, operator: Operator, values: impl IntoIterator<Item = NameId>) -> Requirement {
        let mut values: Vec<NameId> = values.into_iter().collect();
        values.sort_unstable();
        values.dedup();
        Requirement { key, operator, values: values.into() }
    }

    /// True if labels with this `value` of the key (or without it) satisfy the requirement.
    pub fn accepts(&self, value: Option<NameId>, names: &Names) -> bool {
        let number = || value.and_then(|value| names.text(value).parse::<i64>().ok());
        match self.operator {
            Operator::In => value.is_some_and(|value| self.values.binary_search(&value).is_ok()),
            Operator::NotIn => value.is_none_or(|value| self.values.binary_search(&value).is_err()),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::Gt(bound) => number().is_some_and(|number| number > bound),
            Operator::Lt(bound) => number().is_some_and(|number| number < bound),
        }
    }

    /// True if `labels` satisfy the requirement.
    pub fn matches(&self, labels: &Labels, names: &Names) -> bool {
        self.accepts(labels.get(self.key), names)
    }
}

/// A `LabelSelector` of an object.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum LabelSelector {
    /// Not given: matches nothing.
    #[default]
    Nothing,
    /// All must hold; without any it matches everything.
    All(Box<[Requirement]>),
}

impl LabelSelector {
    /// True if it matches these labels.
    pub fn matches(&self, labels: &Labels, names: &Names) -> bool {
        match self {
            LabelSelector::Nothing => false,
            LabelSelector::All(all) => all.iter().all(|requirement| requirement.matches(labels, names)),
        }
    }

    /// True if it is given and requires nothing (`{}`).
    pub fn is_everything(&self) -> bool {
        matches!(self, LabelSelector::All(all) if all.is_empty())
    }
}
