//! Attributes and capacities of a device in a form that is found quickly.

use std::sync::Arc;

use crate::base::{Quantity, Semver};
use crate::select::value::{Measure, Text, Value};

/// Which attribute or capacity is meant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// A hash of all that follows.
    hash: u64,
    /// Capacity, not attribute.
    capacity: bool,
    domain: String,
    id: String,
}

impl Place {
    /// An attribute or capacity by domain and id.
    pub fn new(capacity: bool, domain: &str, id: &str) -> Place {
        Place { hash: hash(capacity, domain, id), capacity, domain: domain.to_owned(), id: id.to_owned() }
    }
}

/// FNV-1a over the three parts.
fn hash(capacity: bool, domain: &str, id: &str) -> u64 {
    let bytes = [u8::from(capacity)].into_iter().chain(domain.bytes()).chain([0xff]).chain(id.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Whether two texts are the same: for the lengths that names have, without a call.
#[inline]
pub fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    match (a.first_chunk::<8>(), a.last_chunk::<8>(), b.first_chunk::<8>(), b.last_chunk::<8>()) {
        // Up to 16 bytes the first eight and the last eight are all there are.
        (Some(a1), Some(a2), Some(b1), Some(b2)) if a.len() <= 16 => a1 == b1 && a2 == b2,
        (Some(a1), _, Some(b1), _) => a1 == b1 && a == b,
        _ => match (a.first_chunk::<4>(), a.last_chunk::<4>(), b.first_chunk::<4>(), b.last_chunk::<4>()) {
            (Some(a1), Some(a2), Some(b1), Some(b2)) => a1 == b1 && a2 == b2,
            _ => a.iter().zip(b).all(|(a, b)| a == b),
        },
    }
}

/// A value, as far as the short way knows it.
#[derive(Clone, Debug)]
pub enum Scalar<'p> {
    /// An int.
    Int(i64),
    /// A bool.
    Bool(bool),
    /// A text and its size in code points.
    Text(&'p str, u64),
    /// A version.
    Version(Arc<Semver>),
    /// A quantity.
    Quantity(&'p Quantity),
    /// Anything else.
    Other,
}

#[derive(Clone, Debug)]
struct Fact<'p> {
    capacity: bool,
    domain: &'p str,
    id: &'p str,
    value: Scalar<'p>,
}

/// What is known of a device.
#[derive(Clone, Debug)]
pub struct Facts<'p> {
    hashes: Vec<u64>,
    facts: Vec<Fact<'p>>,
    driver: &'p str,
    driver_size: u64,
}

impl<'p> Facts<'p> {
    /// Of a device without attributes.
    pub fn new(driver: &'p str) -> Facts<'p> {
        Facts { hashes: Vec::new(), facts: Vec::new(), driver, driver_size: driver.chars().count() as u64 }
    }

    /// Adds or replaces a value.
    pub fn insert(&mut self, capacity: bool, domain: &'p str, id: &'p str, value: &Value<'p>) {
        let value = match value {
            Value::Int(n) => Scalar::Int(*n),
            Value::Bool(b) => Scalar::Bool(*b),
            Value::String(Text::Lent(text)) => Scalar::Text(text, text.chars().count() as u64),
            Value::Semver(version) => Scalar::Version(version.clone()),
            Value::Quantity(Measure::Lent(quantity)) => Scalar::Quantity(quantity),
            _ => Scalar::Other,
        };
        let fact = Fact { capacity, domain, id, value };
        let same = |have: &Fact<'_>| (have.capacity, have.domain, have.id) == (capacity, domain, id);
        match self.facts.iter().position(same) {
            Some(at) => self.facts[at] = fact,
            None => {
                self.hashes.push(hash(capacity, domain, id));
                self.facts.push(fact);
            }
        }
    }

    /// The value at a place.
    #[inline]
    pub fn get(&self, place: &Place) -> Option<&Scalar<'p>> {
        self.hashes.iter().zip(&self.facts).find_map(|(hash, fact)| {
            let same =
                *hash == place.hash && fact.id == place.id && fact.domain == place.domain && fact.capacity == place.capacity;
            same.then_some(&fact.value)
        })
    }

    /// True if the device has any attribute (or capacity) of a domain.
    pub fn has_domain(&self, capacity: bool, domain: &str) -> bool {
        self.facts.iter().any(|fact| fact.capacity == capacity && fact.domain == domain)
    }

    /// The driver's name, and its size in code points.
    pub fn driver(&self) -> (&'p str, u64) {
        (self.driver, self.driver_size)
    }
}
