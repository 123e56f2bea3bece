//! What an expression evaluates to.

use std::cmp::Ordering;
use std::net::IpAddr;
use std::sync::Arc;

use crate::base::{Quantity, Semver};
use crate::select::address::Cidr;
use crate::select::calendar::Timestamp;
use crate::select::device::{Device, Domains, Ids};
use crate::select::error::Failure;
use crate::select::functions::named_format::NamedFormat;
use crate::select::url::Url;

/// The outcome of evaluating a part of an expression.
pub type Outcome<'v> = Result<Value<'v>, Failure>;

/// A text: of the device or the program, or made by the evaluation.
#[derive(Clone, Debug)]
pub enum Text<'v> {
    /// Lent.
    Lent(&'v str),
    /// Made.
    Made(Arc<str>),
}

impl Text<'_> {
    /// The text itself.
    pub fn as_str(&self) -> &str {
        match self {
            Text::Lent(text) => text,
            Text::Made(text) => text,
        }
    }
}

/// A quantity: of the device or the program, or made by the evaluation.
#[derive(Clone, Debug)]
pub enum Measure<'v> {
    /// Lent.
    Lent(&'v Quantity),
    /// Made.
    Made(Arc<Quantity>),
}

impl Measure<'_> {
    /// The quantity itself.
    pub fn get(&self) -> &Quantity {
        match self {
            Measure::Lent(quantity) => quantity,
            Measure::Made(quantity) => quantity,
        }
    }
}

/// A map.
#[derive(Clone, Debug)]
pub enum Map<'v> {
    /// Entries in order of their keys, each key once.
    Entries(Arc<Vec<(Value<'v>, Value<'v>)>>),
    /// `device.attributes` or `device.capacity`: an unknown domain is an empty map.
    Domains(&'v Domains<'v>),
    /// One domain of those.
    Ids(&'v Ids<'v>),
}

/// A value.
#[derive(Clone, Debug)]
pub enum Value<'v> {
    /// `null`
    Null,
    /// `bool`
    Bool(bool),
    /// `int`
    Int(i64),
    /// `uint`
    Uint(u64),
    /// `double`
    Double(f64),
    /// `string`
    String(Text<'v>),
    /// `bytes`
    Bytes(Arc<Vec<u8>>),
    /// `list`
    List(Arc<Vec<Value<'v>>>),
    /// `map`
    Map(Map<'v>),
    /// A type, by name.
    Type(&'static str),
    /// `optional_type`
    Optional(Option<Arc<Value<'v>>>),
    /// `kubernetes.Quantity`
    Quantity(Measure<'v>),
    /// A quantity made by `add` or `sub`. Upstream holds it by pointer, and `==` with one on the right is an error.
    Sum(Arc<Quantity>),
    /// `kubernetes.Semver`
    Semver(Arc<Semver>),
    /// `google.protobuf.Duration`, in nanoseconds
    Duration(i64),
    /// `google.protobuf.Timestamp`
    Timestamp(Timestamp),
    /// `net.IP`
    Ip(IpAddr),
    /// `net.CIDR`
    Cidr(Cidr),
    /// `kubernetes.URL`
    Url(Arc<Url>),
    /// `kubernetes.NamedFormat`
    Format(&'static NamedFormat),
    /// `google.protobuf.Empty`
    Empty,
    /// The device itself.
    Device(&'v Device<'v>),
}

impl<'v> Value<'v> {
    /// A text that the evaluation made.
    pub fn text(text: impl AsRef<str>) -> Value<'v> {
        Value::String(Text::Made(Arc::from(text.as_ref())))
    }

    /// A quantity that the evaluation made, other than by `add` and `sub`.
    pub fn quantity(quantity: Quantity) -> Value<'v> {
        Value::Quantity(Measure::Made(Arc::new(quantity)))
    }

    /// The quantity, if it is one.
    pub fn as_quantity(&self) -> Option<&Quantity> {
        match self {
            Value::Quantity(quantity) => Some(quantity.get()),
            Value::Sum(quantity) => Some(quantity),
            _ => None,
        }
    }

    /// A list.
    pub fn list(items: Vec<Value<'v>>) -> Value<'v> {
        Value::List(Arc::new(items))
    }

    /// An optional with a value.
    pub fn some(value: Value<'v>) -> Value<'v> {
        Value::Optional(Some(Arc::new(value)))
    }

    /// The same value without a copy of the text, for as long as `self` lives.
    pub fn lend(&'v self) -> Value<'v> {
        match self {
            Value::String(text) => Value::String(Text::Lent(text.as_str())),
            Value::Quantity(quantity) => Value::Quantity(Measure::Lent(quantity.get())),
            other => other.clone(),
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// The name of the value's type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "null_type",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Uint(_) => "uint",
            Value::Double(_) => "double",
            Value::String(_) => "string",
            Value::Bytes(_) => "bytes",
            Value::List(_) => "list",
            Value::Map(_) => "map",
            Value::Type(_) => "type",
            Value::Optional(_) => "optional_type",
            Value::Quantity(_) | Value::Sum(_) => crate::select::signature::QUANTITY,
            Value::Semver(_) => crate::select::signature::SEMVER,
            Value::Duration(_) => "google.protobuf.Duration",
            Value::Timestamp(_) => "google.protobuf.Timestamp",
            Value::Ip(_) => "net.IP",
            Value::Cidr(_) => "net.CIDR",
            Value::Url(_) => "kubernetes.URL",
            Value::Format(_) => "kubernetes.NamedFormat",
            Value::Empty => "google.protobuf.Empty",
            Value::Device(_) => "kubernetes.DRADevice",
        }
    }

    /// The size as upstream's cost rules see it: code points, bytes (also of an address and of the prefix of a network),
    /// elements, entries; 1 for anything else.
    pub fn size(&self) -> u64 {
        match self {
            Value::String(text) => text.as_str().chars().count() as u64,
            Value::Bytes(bytes) => bytes.len() as u64,
            Value::List(items) => items.len() as u64,
            Value::Map(map) => map.len() as u64,
            Value::Ip(ip) => {
                if ip.is_ipv4() {
                    4
                } else {
                    16
                }
            }
            Value::Cidr(cidr) => u64::from(cidr.bits.div_ceil(8)),
            _ => 1,
        }
    }
}

impl Value<'_> {
    /// The size of what is inside an optional, else of the value.
    pub fn inner_size(&self) -> u64 {
        match self {
            Value::Optional(Some(value)) => value.inner_size(),
            other => other.size(),
        }
    }

    /// Fails for keys that upstream cannot hash: that panics, and ends the evaluation.
    pub fn check_hashable(&self) -> Result<(), Failure> {
        match self {
            Value::Bytes(_) | Value::Semver(_) | Value::Format(_) => {
                Err(Failure::fatal(format!("hash of unhashable type {}", self.type_name())))
            }
            _ => Ok(()),
        }
    }

    /// True for values of types that Kubernetes adds; comparing them counts 1 whatever their size.
    pub fn is_of_kubernetes(&self) -> bool {
        matches!(
            self,
            Value::Quantity(_)
                | Value::Sum(_)
                | Value::Semver(_)
                | Value::Ip(_)
                | Value::Cidr(_)
                | Value::Format(_)
                | Value::Url(_)
        )
    }
}

impl<'v> Map<'v> {
    /// A map of entries in any order; of two equal keys the later entry counts. Fails for keys that upstream cannot hash.
    pub fn collect(entries: Vec<(Value<'v>, Value<'v>)>) -> Result<Map<'v>, Failure> {
        let mut sorted: Vec<(Value<'v>, Value<'v>)> = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            match position(&sorted, &key)? {
                Ok(at) => sorted[at].1 = value,
                Err(at) => sorted.insert(at, (key, value)),
            }
        }
        Ok(Map::Entries(Arc::new(sorted)))
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        match self {
            Map::Entries(entries) => entries.len(),
            Map::Domains(domains) => domains.0.len(),
            Map::Ids(ids) => ids.0.len(),
        }
    }

    /// True if there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entries in order of their keys, which upstream visits in random order.
    pub fn entries(&self) -> Vec<(Value<'v>, Value<'v>)> {
        match self {
            Map::Entries(entries) => entries.to_vec(),
            Map::Domains(domains) => {
                let entry = |(name, ids): &'v (&'v str, Ids<'v>)| (Value::String(Text::Lent(name)), Value::Map(Map::Ids(ids)));
                domains.0.iter().map(entry).collect()
            }
            Map::Ids(ids) => ids.0.iter().map(|(id, value)| (Value::String(Text::Lent(id)), value.lend())).collect(),
        }
    }

    /// The entry with the lowest key.
    pub fn first(&self) -> Option<(Value<'v>, Value<'v>)> {
        match self {
            Map::Entries(entries) => entries.first().cloned(),
            Map::Domains(domains) => {
                domains.0.first().map(|(name, ids)| (Value::String(Text::Lent(name)), Value::Map(Map::Ids(ids))))
            }
            Map::Ids(ids) => ids.0.first().map(|(id, value)| (Value::String(Text::Lent(id)), value.lend())),
        }
    }

    /// The value under `key`, as `map[key]` finds it: numbers of other types are converted. Fails for a key that upstream
    /// cannot hash.
    pub fn find(&self, key: &Value<'_>) -> Result<Option<Value<'v>>, Failure> {
        match self {
            Map::Entries(entries) => position(entries, key).map(|_| self.get(key)),
            _ => Ok(self.get(key)),
        }
    }

    /// The same for keys of this or another map, which have been hashed.
    pub fn get(&self, key: &Value<'_>) -> Option<Value<'v>> {
        match self {
            Map::Domains(domains) => Some(Value::Map(Map::Ids(domains.get(key.as_str())))),
            Map::Ids(ids) => ids.get(key.as_str()?).map(Value::lend),
            Map::Entries(entries) => {
                let found = |key: &Value<'_>| Some(entries[position(entries, key).ok()?.ok()?].1.clone());
                found(key).or_else(|| numeric_twins(key).iter().find_map(found))
            }
        }
    }

    /// Whether `key in map`. An unknown domain is not, although [`Map::get`] finds it.
    pub fn contains(&self, key: &Value<'_>) -> bool {
        match self {
            Map::Domains(domains) => key.as_str().is_some_and(|name| domains.0.iter().any(|(domain, _)| *domain == name)),
            _ => self.get(key).is_some(),
        }
    }
}

/// The same number in the other types that a key can have.
fn numeric_twins(key: &Value<'_>) -> Vec<Value<'static>> {
    let mut twins = Vec::new();
    match key {
        Value::Int(n) => twins.extend(u64::try_from(*n).ok().map(Value::Uint)),
        Value::Uint(n) => twins.extend(i64::try_from(*n).ok().map(Value::Int)),
        Value::Double(d) if d.fract() == 0.0 => {
            // The bounds are exact powers of two, so the casts below are exact.
            if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(d) {
                twins.push(Value::Int(*d as i64));
            }
            if (0.0..18_446_744_073_709_551_616.0).contains(d) {
                twins.push(Value::Uint(*d as u64));
            }
        }
        _ => {}
    }
    twins
}

/// True for values that upstream holds by reference: as keys they are equal to themselves only, and not to their likes.
fn is_reference(key: &Value<'_>) -> bool {
    match key {
        Value::List(_) | Value::Map(_) | Value::Optional(Some(_)) | Value::Url(_) | Value::Empty | Value::Device(_) => true,
        Value::Quantity(_) | Value::Sum(_) => true,
        Value::Timestamp(at) => at.offset != 0,
        Value::Double(d) => d.is_nan(),
        _ => false,
    }
}

/// True if two references are the same.
fn is_same(a: &Value<'_>, b: &Value<'_>) -> bool {
    match (a, b) {
        (Value::List(a), Value::List(b)) => Arc::ptr_eq(a, b),
        (Value::Map(Map::Entries(a)), Value::Map(Map::Entries(b))) => Arc::ptr_eq(a, b),
        (Value::Optional(Some(a)), Value::Optional(Some(b))) => Arc::ptr_eq(a, b),
        (Value::Quantity(a), Value::Quantity(b)) => std::ptr::eq(a.get(), b.get()),
        (Value::Sum(a), Value::Sum(b)) => Arc::ptr_eq(a, b),
        (Value::Url(a), Value::Url(b)) => Arc::ptr_eq(a, b),
        _ => false,
    }
}

/// Where `key` is or belongs in entries sorted by (type, value), references last.
fn position(entries: &[(Value<'_>, Value<'_>)], key: &Value<'_>) -> Result<Result<usize, usize>, Failure> {
    key.check_hashable()?;
    if is_reference(key) {
        return Ok(entries.iter().position(|(have, _)| is_same(have, key)).ok_or(entries.len()));
    }
    Ok(entries.binary_search_by(|(have, _)| if is_reference(have) { Ordering::Greater } else { key_order(have, key) }))
}

fn key_order(a: &Value<'_>, b: &Value<'_>) -> Ordering {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::Uint(a), Value::Uint(b)) => a.cmp(b),
        // No NaN comes here, and both zeros are one key.
        (Value::Double(a), Value::Double(b)) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
        (Value::String(a), Value::String(b)) => a.as_str().cmp(b.as_str()),
        (Value::Type(a), Value::Type(b)) => a.cmp(b),
        (Value::Duration(a), Value::Duration(b)) => a.cmp(b),
        (Value::Timestamp(a), Value::Timestamp(b)) => a.cmp(b),
        (Value::Ip(a), Value::Ip(b)) => a.cmp(b),
        (Value::Cidr(a), Value::Cidr(b)) => a.cmp(b),
        _ => a.type_name().cmp(b.type_name()),
    }
}
