//! Simple forms: what a selector of comparisons says, as a tree.

use std::cmp::Ordering;

use crate::base::Semver;
use crate::select::quick::facts::{Name, Scalar, same};

/// A constant that attributes are compared with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Literal {
    /// A text and its size in tens of code points, rounded up.
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
    /// Its order with a version.
    Version(Allowed, Semver),
    /// Its order with a quantity in nano-units.
    Quantity(Allowed, i128),
}

/// How an attribute, a capacity or a domain is read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Which.
    pub name: Name,
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

/// What is tested.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A constant.
    Known(bool),
    /// `device.driver`
    Driver,
    /// `device.allowMultipleAllocations`
    Shared,
    /// An attribute or capacity.
    Value(Reading),
    /// Whether it, or a domain, is there.
    Has(Reading),
}

/// A question about a device.
#[derive(Clone, Debug)]
pub struct Question {
    /// What is tested.
    pub subject: Subject,
    /// What is asked of it.
    pub test: Test,
    /// What asking costs whatever the device has.
    pub cost: u64,
}

/// A form.
#[derive(Clone, Debug)]
pub enum Form {
    /// A question.
    Ask(Question),
    /// `!form`
    Not(Box<Form>),
    /// `form && form && ...`
    All(Vec<Form>),
    /// `form || form || ...`
    Any(Vec<Form>),
}

impl Form {
    /// How many questions it is made of.
    pub fn questions(&self) -> usize {
        match self {
            Form::Ask(_) => 1,
            Form::Not(form) => form.questions(),
            Form::All(forms) | Form::Any(forms) => forms.iter().map(Form::questions).sum(),
        }
    }
}

impl Reading {
    /// What the first use of a variable costs, if this is it; `used` are the variables used before.
    #[inline]
    pub fn first_use(&self, used: &mut u32) -> u64 {
        match self.bound {
            Some(bound) if *used & bound.bit == 0 => {
                *used |= bound.bit;
                bound.cost
            }
            _ => 0,
        }
    }
}

impl Literal {
    /// The constant as a value.
    pub fn scalar(&self) -> Scalar<'_> {
        match self {
            Literal::Text(text, tens) => Scalar::Text(text, *tens),
            Literal::Int(n) => Scalar::Int(*n),
            Literal::Bool(b) => Scalar::Bool(*b),
        }
    }

    /// Whether it equals the value, and what comparing them costs.
    #[inline(always)]
    fn equals(&self, value: &Scalar<'_>) -> Option<(bool, u64)> {
        Some(match (self, value) {
            (Literal::Text(a, tens), Scalar::Text(b, others)) => (same(a, b), *tens.min(others)),
            (Literal::Int(a), Scalar::Int(b)) => (a == b, 1),
            (Literal::Bool(a), Scalar::Bool(b)) => (a == b, 1),
            (Literal::Text(_, tens), Scalar::Int(_) | Scalar::Bool(_))
            | (Literal::Int(_) | Literal::Bool(_), Scalar::Text(_, tens)) => (false, (*tens).min(1)),
            (Literal::Int(_), Scalar::Bool(_)) | (Literal::Bool(_), Scalar::Int(_)) => (false, 1),
            _ => return None,
        })
    }
}

impl Test {
    /// The answer, and what it costs beyond the price of the question; nothing if that takes the plan to find out.
    #[inline]
    pub fn holds(&self, value: &Scalar<'_>) -> Option<(bool, u64)> {
        Some(match (self, value) {
            (Test::Equal(literal, unequal), value) => {
                let (equal, cost) = literal.equals(value)?;
                (equal != *unequal, cost)
            }
            (Test::Int(allowed, n), Scalar::Int(value)) => (allowed.has(value.cmp(n)), 0),
            (Test::Quantity(allowed, n), Scalar::Quantity(value)) => (allowed.has(value.cmp(n)), 0),
            (Test::Version(allowed, version), Scalar::Version(value)) => (allowed.has((**value).cmp(version)), 0),
            (Test::Among(literals), value) => {
                let mut found = false;
                for literal in literals {
                    found = found || literal.equals(value)?.0;
                }
                (found, 0)
            }
            (Test::Includes(literal), value) => {
                let (equal, _) = literal.equals(value)?;
                (equal, if let Scalar::Text(text, _) = value { text.len() as u64 / 10 } else { 1 })
            }
            (Test::True, Scalar::Bool(value)) => (*value, 0),
            _ => return None,
        })
    }
}
