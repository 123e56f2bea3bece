//! Attributes and capacities of a device in a form that is found quickly.

use std::sync::Arc;

use crate::base::Semver;
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

/// FNV-1a over the three parts, folded so that the low bits say as much as the high ones.
fn hash(capacity: bool, domain: &str, id: &str) -> u64 {
    let bytes = [u8::from(capacity)].into_iter().chain(domain.bytes()).chain([0xff]).chain(id.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    hash ^ hash >> 32
}

/// Whether two texts are the same: for the lengths that names have, without a call.
#[inline]
pub fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    a.len() == b.len()
        && match a.len() {
            33.. => a == b,
            16.. => has_same_ends::<16>(a, b),
            8.. => has_same_ends::<8>(a, b),
            4.. => has_same_ends::<4>(a, b),
            _ => a.iter().zip(b).all(|(a, b)| a == b),
        }
}

/// Whether the first and the last `N` bytes are the same, which is all there is of texts of up to `2 * N`.
#[inline]
fn has_same_ends<const N: usize>(a: &[u8], b: &[u8]) -> bool {
    a.first_chunk::<N>() == b.first_chunk::<N>() && a.last_chunk::<N>() == b.last_chunk::<N>()
}

/// A value, as far as the short way knows it.
#[derive(Clone, Debug)]
pub enum Scalar<'p> {
    /// An int.
    Int(i64),
    /// A bool.
    Bool(bool),
    /// A text and its size in tens of code points, rounded up: what comparing it with a longer one costs.
    Text(&'p str, u64),
    /// A version.
    Version(Arc<Semver>),
    /// A quantity in nano-units.
    Quantity(i128),
    /// Anything else.
    Other,
}

impl<'p> Scalar<'p> {
    /// A text.
    pub fn text(text: &'p str) -> Scalar<'p> {
        Scalar::Text(text, (text.chars().count() as u64).div_ceil(10))
    }
}

#[derive(Clone, Debug)]
struct Fact<'p> {
    hash: u64,
    capacity: bool,
    domain: &'p str,
    id: &'p str,
    value: Scalar<'p>,
}

/// What is known of a device.
#[derive(Clone, Debug)]
pub struct Facts<'p> {
    /// A hash table: index into `facts` plus one, 0 for a free place. The length is a power of two, more than half are free.
    places: Vec<u32>,
    facts: Vec<Fact<'p>>,
    /// The driver's name.
    pub driver: Scalar<'p>,
    /// Whether several may share the device.
    pub shared: Scalar<'p>,
}

impl<'p> Facts<'p> {
    /// Of a device without attributes.
    pub fn new(driver: &'p str, shared: bool) -> Facts<'p> {
        Facts { places: vec![0], facts: Vec::new(), driver: Scalar::text(driver), shared: Scalar::Bool(shared) }
    }

    /// Adds or replaces a value.
    pub fn insert(&mut self, capacity: bool, domain: &'p str, id: &'p str, value: &Value<'p>) {
        let value = match value {
            Value::Int(n) => Scalar::Int(*n),
            Value::Bool(b) => Scalar::Bool(*b),
            Value::String(Text::Lent(text)) => Scalar::text(text),
            Value::Semver(version) => Scalar::Version(version.clone()),
            Value::Quantity(Measure::Lent(quantity)) => quantity.nano().map_or(Scalar::Other, Scalar::Quantity),
            _ => Scalar::Other,
        };
        let hash = hash(capacity, domain, id);
        match self.find(hash, capacity, domain, id) {
            Ok(at) => self.facts[at].value = value,
            Err(free) => {
                self.facts.push(Fact { hash, capacity, domain, id, value });
                self.places[free] = self.facts.len() as u32;
                if self.facts.len() * 2 >= self.places.len() {
                    self.grow();
                }
            }
        }
    }

    fn grow(&mut self) {
        let len = (self.places.len() * 4).max(32);
        self.places = vec![0; len];
        for (fact, number) in self.facts.iter().zip(1..) {
            let mut at = fact.hash as usize & (len - 1);
            while self.places[at] != 0 {
                at = (at + 1) & (len - 1);
            }
            self.places[at] = number;
        }
    }

    /// The fact of this name, or the free place where it would be noted.
    #[inline]
    fn find(&self, hash: u64, capacity: bool, domain: &str, id: &str) -> Result<usize, usize> {
        let mask = self.places.len() - 1;
        let mut at = hash as usize & mask;
        while let Some(index) = (self.places[at & mask] as usize).checked_sub(1) {
            let fact = &self.facts[index];
            if fact.hash == hash && fact.capacity == capacity && same(fact.id, id) && same(fact.domain, domain) {
                return Ok(index);
            }
            at = (at + 1) & mask;
        }
        Err(at)
    }

    /// The value at a place.
    #[inline]
    pub fn get(&self, place: &Place) -> Option<&Scalar<'p>> {
        let index = self.find(place.hash, place.capacity, &place.domain, &place.id).ok()?;
        Some(&self.facts[index].value)
    }

    /// True if the device has any attribute (or capacity) of a domain.
    pub fn has_domain(&self, capacity: bool, domain: &str) -> bool {
        self.facts.iter().any(|fact| fact.capacity == capacity && same(fact.domain, domain))
    }
}
