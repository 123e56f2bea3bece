//! Attribute values as numbers: equal values have equal numbers, lists are sets of them.

use std::collections::BTreeMap;

use crate::alloc::dra::values::is_scalar;
use crate::model::AttrValue;

/// What a constraint sees of a device.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Value {
    /// Nothing, since the constraint does not concern the leaf.
    Unseen,
    /// No value, which every constraint refuses.
    Absent,
    /// A value.
    One(u32),
    /// Several values, as a set of [`Values`].
    Many(u32),
    /// A value that cannot be compared: it is allowed as the first, and equals nothing.
    Odd,
    /// An error, which ends the attempt.
    Fault,
}

/// The numbers of all values.
#[derive(Clone, Debug, Default)]
pub struct Values {
    elements: BTreeMap<AttrValue, u32>,
    sets: Vec<Box<[u32]>>,
    set_ids: BTreeMap<Box<[u32]>, u32>,
}

impl Values {
    /// The number of an attribute's value; without `has_lists`, lists cannot be compared.
    pub fn of(&mut self, value: Option<&AttrValue>, has_lists: bool) -> Value {
        let Some(value) = value else { return Value::Absent };
        if is_scalar(value) {
            return Value::One(self.element(value.clone()));
        }
        if !has_lists {
            return Value::Odd;
        }
        let mut set: Vec<u32> = match value {
            AttrValue::Ints(list) => list.iter().map(|value| self.element(AttrValue::Int(*value))).collect(),
            AttrValue::Bools(list) => list.iter().map(|value| self.element(AttrValue::Bool(*value))).collect(),
            AttrValue::Strings(list) => list.iter().map(|value| self.element(AttrValue::String(value.clone()))).collect(),
            AttrValue::Versions(list) => list.iter().map(|value| self.element(AttrValue::Version(value.clone()))).collect(),
            _ => Vec::new(),
        };
        set.sort_unstable();
        set.dedup();
        self.set(&set).unwrap_or(Value::Absent)
    }

    fn element(&mut self, value: AttrValue) -> u32 {
        let next = self.elements.len() as u32;
        *self.elements.entry(value).or_insert(next)
    }

    /// A set of sorted elements; `None` for the empty one.
    fn set(&mut self, elements: &[u32]) -> Option<Value> {
        match elements {
            [] => None,
            [one] => Some(Value::One(*one)),
            _ => Some(Value::Many(match self.set_ids.get(elements) {
                Some(id) => *id,
                None => {
                    let id = self.sets.len() as u32;
                    self.sets.push(elements.into());
                    self.set_ids.insert(elements.into(), id);
                    id
                }
            })),
        }
    }

    /// The elements of a value, ascending.
    pub fn elements<'v>(&'v self, value: &'v Value) -> &'v [u32] {
        match value {
            Value::One(element) => std::slice::from_ref(element),
            Value::Many(set) => &self.sets[*set as usize],
            _ => &[],
        }
    }

    /// What two values have in common; `None` if that is nothing.
    pub fn common(&mut self, a: Value, b: Value) -> Option<Value> {
        if let (Value::One(left), Value::One(right)) = (a, b) {
            return (left == right).then_some(a);
        }
        let (left, right) = (self.elements(&a), self.elements(&b));
        let common: Vec<u32> = left.iter().copied().filter(|element| right.binary_search(element).is_ok()).collect();
        self.set(&common)
    }
}
