//! What a constraint has seen so far: the states of [`crate::alloc::dra::constraint::Constraint`] in numbers.

use crate::alloc::dra::fast::values::{Value, Values};

/// A constraint and the devices it has let through.
#[derive(Clone, Debug)]
pub struct Seen {
    /// `distinctAttribute`, else `matchAttribute`.
    pub is_distinct: bool,
    /// Match: what all devices have in common, after each of them. Distinct: the values.
    stack: Vec<Value>,
    /// Distinct: whether some device has the value, by element.
    used: Vec<bool>,
}

impl Seen {
    /// A constraint that has seen no device.
    pub fn new(is_distinct: bool) -> Seen {
        Seen { is_distinct, stack: Vec::new(), used: Vec::new() }
    }

    /// True before the first device.
    pub fn is_fresh(&self) -> bool {
        self.stack.is_empty()
    }

    /// What all devices so far have in common, for match constraints.
    pub fn top(&self) -> Option<Value> {
        self.stack.last().copied()
    }

    /// What to remember of a device if the constraint lets it through. The constraint has to concern the leaf, and the
    /// value must not be a fault.
    pub fn admits(&self, value: Value, values: &mut Values) -> Option<Value> {
        match (value, self.top()) {
            (Value::Unseen | Value::Absent | Value::Fault, _) => None,
            (_, None) => Some(value),
            (Value::Odd, Some(_)) => None,
            (_, Some(_)) if self.is_distinct => {
                (!values.elements(&value).iter().any(|element| self.is_used(*element))).then_some(value)
            }
            (_, Some(Value::Odd)) => None,
            (_, Some(top)) => values.common(top, value),
        }
    }

    /// Whether [`Seen::admits`] would let a device through.
    #[inline]
    pub fn allows(&self, value: Value, values: &mut Values) -> bool {
        match (value, self.stack.last()) {
            (Value::One(_), None) => true,
            (Value::One(element), _) if self.is_distinct => !self.is_used(element),
            (Value::One(element), Some(Value::One(top))) => element == *top,
            _ => self.admits(value, values).is_some(),
        }
    }

    #[inline]
    fn is_used(&self, element: u32) -> bool {
        self.used.get(element as usize).copied().unwrap_or(false)
    }

    /// Lets a device through; `remembered` is what [`Seen::admits`] gave.
    pub fn push(&mut self, remembered: Value, values: &Values) {
        self.stack.push(remembered);
        self.mark(remembered, values, true);
    }

    /// Forgets the device that came last.
    pub fn pop(&mut self, values: &Values) {
        if let Some(last) = self.stack.pop() {
            self.mark(last, values, false);
        }
    }

    fn mark(&mut self, value: Value, values: &Values, is_used: bool) {
        if !self.is_distinct {
            return;
        }
        for element in values.elements(&value) {
            let at = *element as usize;
            if self.used.len() <= at {
                self.used.resize(at + 1, false);
            }
            self.used[at] = is_used;
        }
    }
}
