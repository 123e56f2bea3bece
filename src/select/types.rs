//! Static types and how they are unified (`cel-go` `common/types/types.go`, `checker/types.go`).

use std::fmt;
use std::sync::Arc;

/// A static type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Type {
    /// Anything; decided when evaluated.
    Dyn,
    /// `google.protobuf.Any`, as good as `dyn` except that no loop runs over it.
    Any,
    /// One of the messages that hold a scalar, such as `google.protobuf.Int64Value`: that scalar, or null.
    Wrapper(Arc<Type>),
    /// `null`
    Null,
    /// `bool`
    Bool,
    /// `int`, 64 bits
    Int,
    /// `uint`, 64 bits
    Uint,
    /// `double`
    Double,
    /// `string`
    String,
    /// `bytes`
    Bytes,
    /// `google.protobuf.Duration`
    Duration,
    /// `google.protobuf.Timestamp`
    Timestamp,
    /// A list of elements of one type.
    List(Arc<Type>),
    /// A map from one type to another.
    Map(Arc<(Type, Type)>),
    /// The type of a type.
    Type(Arc<Type>),
    /// An optional value.
    Optional(Arc<Type>),
    /// A named type without parameters, such as `kubernetes.Quantity`.
    Opaque(&'static str),
    /// The type of `device`.
    Device,
    /// A type variable: in a declaration the n-th parameter, in a check a variable of the mapping.
    Param(usize),
}

impl Type {
    /// `list(element)`
    pub fn list(element: Type) -> Type {
        Type::List(Arc::new(element))
    }

    /// `map(key, value)`
    pub fn map(key: Type, value: Type) -> Type {
        Type::Map(Arc::new((key, value)))
    }

    /// `optional_type(value)`
    pub fn optional(value: Type) -> Type {
        Type::Optional(Arc::new(value))
    }

    /// `type(of)`
    pub fn type_of(of: Type) -> Type {
        Type::Type(Arc::new(of))
    }

    /// The type inside an optional, or the type itself; and whether it was an optional.
    pub fn unwrap_optional(&self) -> (Type, bool) {
        match self {
            Type::Optional(value) => ((**value).clone(), true),
            other => (other.clone(), false),
        }
    }

    /// The scalar type of a wrapper, or the type itself. Where upstream asks whether types are the same, these two are.
    pub fn unwrapped(&self) -> &Type {
        match self {
            Type::Wrapper(inner) => inner,
            other => other,
        }
    }

    /// The type with each parameter replaced by what `f` gives.
    pub fn map_params(&self, f: &mut impl FnMut(usize) -> Type) -> Type {
        match self {
            Type::Param(n) => f(*n),
            Type::List(t) => Type::list(t.map_params(f)),
            Type::Map(kv) => Type::map(kv.0.map_params(f), kv.1.map_params(f)),
            Type::Type(t) => Type::type_of(t.map_params(f)),
            Type::Optional(t) => Type::optional(t.map_params(f)),
            other => other.clone(),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Dyn | Type::Param(_) => f.write_str("dyn"),
            Type::Any => f.write_str("any"),
            Type::Wrapper(t) => write!(f, "wrapper({t})"),
            Type::Null => f.write_str("null"),
            Type::Bool => f.write_str("bool"),
            Type::Int => f.write_str("int"),
            Type::Uint => f.write_str("uint"),
            Type::Double => f.write_str("double"),
            Type::String => f.write_str("string"),
            Type::Bytes => f.write_str("bytes"),
            Type::Duration => f.write_str("duration"),
            Type::Timestamp => f.write_str("timestamp"),
            Type::List(t) => write!(f, "list({t})"),
            Type::Map(kv) => write!(f, "map({}, {})", kv.0, kv.1),
            Type::Type(t) => write!(f, "type({t})"),
            Type::Optional(t) => write!(f, "optional_type({t})"),
            Type::Opaque(name) => f.write_str(name),
            Type::Device => f.write_str("kubernetes.DRADevice"),
        }
    }
}

/// What is known about type variables so far.
#[derive(Debug, Default)]
pub struct Mapping {
    known: Vec<Option<Type>>,
    /// Changes in order, so that a failed attempt can be undone.
    trail: Vec<(usize, Option<Type>)>,
}

impl Mapping {
    /// A new variable about which nothing is known.
    pub fn fresh(&mut self) -> Type {
        self.known.push(None);
        Type::Param(self.known.len() - 1)
    }

    /// The type with known variables replaced.
    pub fn resolve(&self, t: &Type) -> Type {
        t.map_params(&mut |n| match &self.known[n] {
            Some(known) => self.resolve(known),
            None => Type::Param(n),
        })
    }

    fn set(&mut self, n: usize, t: Type) {
        let old = self.known[n].replace(t);
        self.trail.push((n, old));
    }

    /// True if values of the types `from` can stand where `to` is declared, one by one. What was learned is kept only if
    /// all can.
    pub fn assignable<'t>(&mut self, pairs: impl IntoIterator<Item = (&'t Type, &'t Type)>) -> bool {
        let mark = self.trail.len();
        if pairs.into_iter().all(|(from, to)| self.unify(from, to)) {
            return true;
        }
        while self.trail.len() > mark {
            if let Some((n, old)) = self.trail.pop() {
                self.known[n] = old;
            }
        }
        false
    }

    fn unify(&mut self, a: &Type, b: &Type) -> bool {
        if let Type::Param(n) = b {
            match self.substitute(a, *n) {
                Sub::Fits => return true,
                Sub::Clashes => return false,
                Sub::Circular => {}
            }
        }
        if let Type::Param(n) = a {
            return matches!(self.substitute(b, *n), Sub::Fits);
        }
        match (a, b) {
            (Type::Dyn | Type::Any, _) | (_, Type::Dyn | Type::Any) => true,
            (Type::Null, t) | (t, Type::Null) => nullable(t),
            (Type::List(a), Type::List(b)) | (Type::Optional(a), Type::Optional(b)) => self.unify(a, b),
            (Type::Map(a), Type::Map(b)) => self.unify(&a.0, &b.0) && self.unify(&a.1, &b.1),
            (Type::Type(_), Type::Type(_)) => true,
            (a, b) => a.unwrapped() == b.unwrapped(),
        }
    }

    /// Tries `t` as the value of variable `n`.
    fn substitute(&mut self, t: &Type, n: usize) -> Sub {
        if *t == Type::Param(n) {
            return Sub::Fits;
        }
        if let Some(known) = self.known[n].clone() {
            if *t == known {
                return Sub::Fits;
            }
            if self.unify(t, &known) {
                let general = most_general(t, &known);
                if self.is_free_of(n, &general) {
                    self.set(n, general);
                }
                return Sub::Fits;
            }
            return Sub::Clashes;
        }
        if self.is_free_of(n, t) {
            self.set(n, t.clone());
            return Sub::Fits;
        }
        Sub::Circular
    }

    /// True if variable `n` does not occur inside `t`.
    fn is_free_of(&self, n: usize, t: &Type) -> bool {
        match t {
            Type::Param(m) if *m == n => false,
            Type::Param(m) => self.known[*m].as_ref().is_none_or(|known| self.is_free_of(n, known)),
            Type::List(t) | Type::Type(t) | Type::Optional(t) => self.is_free_of(n, t),
            Type::Map(kv) => self.is_free_of(n, &kv.0) && self.is_free_of(n, &kv.1),
            _ => true,
        }
    }
}

enum Sub {
    Fits,
    Clashes,
    Circular,
}

/// Types that `null` may stand for.
fn nullable(t: &Type) -> bool {
    matches!(
        t,
        Type::Null | Type::Wrapper(_) | Type::Opaque(_) | Type::Optional(_) | Type::Device | Type::Duration | Type::Timestamp
    )
}

/// The less specific of two types that unify.
pub fn most_general(a: &Type, b: &Type) -> Type {
    if less_specific(a, b) { a.clone() } else { b.clone() }
}

fn less_specific(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::Dyn | Type::Any | Type::Param(_), _) => true,
        (_, Type::Dyn | Type::Any | Type::Param(_)) => false,
        (Type::List(a), Type::List(b)) | (Type::Optional(a), Type::Optional(b)) => less_specific(a, b),
        (Type::Map(a), Type::Map(b)) => less_specific(&a.0, &b.0) && less_specific(&a.1, &b.1),
        (Type::Type(_), Type::Type(_)) => true,
        (a, b) => a.unwrapped() == b.unwrapped(),
    }
}
