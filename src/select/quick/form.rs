//! Simple forms and what they say.

use std::cmp::Ordering;

use crate::base::{Quantity, Semver};
use crate::select::device::Device;
use crate::select::quick::facts::{Place, Scalar, same};

/// A constant that attributes are compared with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Literal {
    /// A text and its size in code points.
    Text(String, u64),
    /// An int.
    Int(i64),
    /// A bool.
    Bool(bool),
}

/// Which of the three outcomes of a comparison count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Allowed {
    /// The value is smaller.
    pub less: bool,
    /// Both are equal.
    pub equal: bool,
    /// The value is greater.
    pub greater: bool,
}

impl Allowed {
    #[inline]
    fn has(self, order: Ordering) -> bool {
        match order {
            Ordering::Less => self.less,
            Ordering::Equal => self.equal,
            Ordering::Greater => self.greater,
        }
    }
}

/// What is asked of a value.
#[derive(Clone, Debug)]
pub enum Test {
    /// It is true.
    True,
    /// It equals the constant; with true, it does not.
    Equal(Literal, bool),
    /// It is one of the constants, which are all of one type.
    Among(Vec<Literal>),
    /// `value.includes(constant)`, for a value that is no list.
    Includes(Literal),
    /// Its order with an int.
    Int(Allowed, i64),
    /// Its order with a version, and what naming the version costs.
    Version(Allowed, Semver, u64),
    /// Its order with a quantity, and what naming the quantity costs.
    Quantity(Allowed, Quantity, u64),
}

/// How a value is read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Which.
    pub place: Place,
    /// What reading it costs.
    pub cost: u64,
    /// The value if it is absent, where `orValue` gives one; reading costs 1 less then.
    pub otherwise: Option<Literal>,
    /// The variable that it is read through.
    pub bound: Option<Bound>,
}

/// A variable of `cel.bind` that stands for a domain: its first use pays for finding the domain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bound {
    /// Which variable: one bit.
    pub bit: u32,
    /// What the first use costs.
    pub cost: u64,
}

/// A form.
#[derive(Clone, Debug)]
pub enum Form {
    /// A constant.
    Known(bool),
    /// `!form`
    Not(Box<Form>),
    /// `form && form && ...`
    All(Vec<Form>),
    /// `form || form || ...`
    Any(Vec<Form>),
    /// `device.driver` compared.
    Driver(Test),
    /// `device.allowMultipleAllocations` compared.
    Shared(Test),
    /// A value compared.
    Value(Reading, Test),
    /// The value is there.
    Has(Reading),
    /// The domain is there: attributes, or with true capacities; the cost of asking.
    Domain(bool, String, u64),
}

/// What an evaluation has counted so far.
#[derive(Debug, Default)]
pub struct Count {
    /// Cost.
    pub cost: u64,
    /// Variables used so far.
    used: u32,
}

impl Count {
    #[inline]
    fn pay(&mut self, reading: &Reading) {
        self.cost += reading.cost;
        if let Some(bound) = reading.bound
            && self.used & bound.bit == 0
        {
            self.used |= bound.bit;
            self.cost += bound.cost;
        }
    }
}

impl Form {
    /// Whether the form holds; nothing if that takes the plan to find out.
    pub fn holds(&self, device: &Device<'_>, count: &mut Count) -> Option<bool> {
        match self {
            Form::Value(reading, test) => {
                count.pay(reading);
                match (device.facts.get(&reading.place), &reading.otherwise) {
                    (Some(value), _) => test.holds(value, count),
                    (None, Some(other)) => {
                        count.cost -= 1;
                        test.holds(&other.scalar(), count)
                    }
                    (None, None) => None,
                }
            }
            Form::All(forms) => {
                for form in forms {
                    if !form.holds(device, count)? {
                        return Some(false);
                    }
                }
                Some(true)
            }
            Form::Any(forms) => {
                for form in forms {
                    if form.holds(device, count)? {
                        return Some(true);
                    }
                }
                Some(false)
            }
            Form::Not(form) => {
                let holds = form.holds(device, count)?;
                count.cost += 1;
                Some(!holds)
            }
            Form::Driver(test) => {
                count.cost += 2;
                let (driver, size) = device.facts.driver();
                test.holds(&Scalar::Text(driver, size), count)
            }
            Form::Shared(test) => {
                count.cost += 2;
                test.holds(&Scalar::Bool(device.allow_multiple_allocations), count)
            }
            Form::Has(reading) => {
                count.pay(reading);
                Some(device.facts.get(&reading.place).is_some())
            }
            Form::Domain(capacity, name, cost) => {
                count.cost += cost;
                Some(device.facts.has_domain(*capacity, name))
            }
            Form::Known(value) => Some(*value),
        }
    }
}

impl Literal {
    fn scalar(&self) -> Scalar<'_> {
        match self {
            Literal::Text(text, size) => Scalar::Text(text, *size),
            Literal::Int(n) => Scalar::Int(*n),
            Literal::Bool(b) => Scalar::Bool(*b),
        }
    }

    /// Whether it equals the value, and what comparing them costs.
    #[inline]
    fn equals(&self, value: &Scalar<'_>) -> Option<(bool, u64)> {
        Some(match (self, value) {
            (Literal::Text(a, size), Scalar::Text(b, other)) => (same(a, b), (*size).min(*other).div_ceil(10)),
            (Literal::Int(a), Scalar::Int(b)) => (a == b, 1),
            (Literal::Bool(a), Scalar::Bool(b)) => (a == b, 1),
            (Literal::Text(_, size), Scalar::Int(_) | Scalar::Bool(_))
            | (Literal::Int(_) | Literal::Bool(_), Scalar::Text(_, size)) => (false, (*size).min(1)),
            (Literal::Int(_), Scalar::Bool(_)) | (Literal::Bool(_), Scalar::Int(_)) => (false, 1),
            _ => return None,
        })
    }
}

impl Test {
    #[inline]
    fn holds(&self, value: &Scalar<'_>, count: &mut Count) -> Option<bool> {
        Some(match (self, value) {
            (Test::Equal(literal, unequal), value) => {
                let (equal, cost) = literal.equals(value)?;
                count.cost += cost;
                equal != *unequal
            }
            (Test::Int(allowed, n), Scalar::Int(value)) => {
                count.cost += 1;
                allowed.has(value.cmp(n))
            }
            (Test::Quantity(allowed, quantity, cost), Scalar::Quantity(value)) => {
                count.cost += cost;
                allowed.has((*value).cmp(quantity))
            }
            (Test::Version(allowed, version, cost), Scalar::Version(value)) => {
                count.cost += cost;
                allowed.has((**value).cmp(version))
            }
            (Test::Among(literals), value) => {
                let mut found = false;
                for literal in literals {
                    found = found || literal.equals(value)?.0;
                }
                found
            }
            (Test::Includes(literal), value) => {
                let (equal, _) = literal.equals(value)?;
                count.cost += if let Scalar::Text(text, _) = value { text.len() as u64 / 10 } else { 1 };
                equal
            }
            (Test::True, Scalar::Bool(value)) => *value,
            _ => return None,
        })
    }
}
