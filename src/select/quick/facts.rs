//! Attributes and capacities of a device in a form that is found quickly.

use std::sync::Arc;

use crate::base::Semver;
use crate::select::value::{Measure, Text, Value};

/// Words of the longest name that is known here; others are left to the plan.
const WORDS: usize = 8;

/// A domain of attributes or capacities, or one of these by domain and id, in a block that is compared at once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Name {
    hash: u64,
    /// As bytes: what is named, then the parts, each with a byte behind it that no text has, then zeros.
    words: [u64; WORDS],
}

impl Name {
    /// A domain of attributes, or with `capacity` of capacities. Nothing if the name is too long.
    pub fn domain(capacity: bool, domain: &str) -> Option<Name> {
        Name::of(if capacity { b'C' } else { b'A' }, &[domain])
    }

    /// An attribute, or with `capacity` a capacity, by domain and id. Nothing if the name is too long.
    pub fn value(capacity: bool, domain: &str, id: &str) -> Option<Name> {
        Name::of(if capacity { b'c' } else { b'a' }, &[domain, id])
    }

    fn of(what: u8, parts: &[&str]) -> Option<Name> {
        let mut bytes = [0; 8 * WORDS];
        let mut end = 1;
        bytes[0] = what;
        for part in parts {
            bytes.get_mut(end..end + part.len())?.copy_from_slice(part.as_bytes());
            end += part.len() + 1;
            *bytes.get_mut(end - 1)? = 0xff;
        }
        let word = |at: usize| bytes[8 * at..8 * at + 8].iter().rfold(0, |word, byte| word << 8 | u64::from(*byte));
        let words: [u64; WORDS] = std::array::from_fn(word);
        // The low bits of the hash have to say as much as the high ones.
        let mix = |hash: u64| hash ^ hash >> 32;
        let hash = words.iter().fold(0, |hash, word| mix((hash ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        Some(Name { hash, words })
    }

    /// Equality without a call, as the comparison of two arrays would be.
    #[inline(always)]
    fn is(&self, other: &Name) -> bool {
        self.words.iter().zip(&other.words).fold(0, |differing, (a, b)| differing | a ^ b) == 0
    }
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
    name: Name,
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
        self.note(Name::value(capacity, domain, id), value);
        self.note(Name::domain(capacity, domain), Scalar::Other);
    }

    /// Notes a value under a name. One that is too long is never asked for.
    fn note(&mut self, name: Option<Name>, value: Scalar<'p>) {
        let Some(name) = name else { return };
        match self.find(&name) {
            Ok(at) => self.facts[at].value = value,
            Err(free) => {
                self.facts.push(Fact { name, value });
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
            let mut at = fact.name.hash as usize & (len - 1);
            while self.places[at] != 0 {
                at = (at + 1) & (len - 1);
            }
            self.places[at] = number;
        }
    }

    /// The fact of this name, or the free place where it would be noted.
    #[inline(always)]
    fn find(&self, name: &Name) -> Result<usize, usize> {
        let mask = self.places.len() - 1;
        let mut at = name.hash as usize & mask;
        while let Some(index) = (self.places[at] as usize).checked_sub(1) {
            if self.facts[index].name.is(name) {
                return Ok(index);
            }
            at = (at + 1) & mask;
        }
        Err(at)
    }

    /// The value under a name. A domain that is there has one.
    #[inline(always)]
    pub fn get(&self, name: &Name) -> Option<&Scalar<'p>> {
        self.find(name).ok().map(|index| &self.facts[index].value)
    }
}
