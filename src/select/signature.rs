//! Declared types, written as text: `list(T).(T) -> int` is a method of lists with one argument, `(string, bool) -> semver`
//! a function. Single capital letters are type parameters.

use std::collections::BTreeMap;

use crate::select::types::Type;

/// A parsed signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signature {
    /// Whether the first parameter is the receiver.
    pub method: bool,
    /// Parameter types, the receiver first.
    pub params: Vec<Type>,
    /// Type of the result.
    pub result: Type,
    /// How many type parameters there are; they are `Type::Param(0..variables)`.
    pub variables: usize,
}

/// Parses a signature of the built-in tables. Panics on a misspelt one: a test parses them all.
pub fn parse(text: &str) -> Signature {
    let mut reader = Reader { rest: text, variables: BTreeMap::new() };
    let mut params = Vec::new();
    let method = !reader.rest.starts_with('(');
    if method {
        params.push(reader.one());
        reader.skip(".");
    }
    reader.skip("(");
    while !reader.rest.starts_with(')') {
        params.push(reader.one());
        if !reader.rest.starts_with(')') {
            reader.skip(", ");
        }
    }
    reader.skip(") -> ");
    let result = reader.one();
    assert!(reader.rest.is_empty(), "signature `{text}` has a rest");
    Signature { method, params, result, variables: reader.variables.len() }
}

struct Reader<'a> {
    rest: &'a str,
    variables: BTreeMap<&'a str, usize>,
}

impl<'a> Reader<'a> {
    fn skip(&mut self, text: &str) {
        self.rest = self.rest.strip_prefix(text).unwrap_or_else(|| panic!("expected `{text}` at `{}`", self.rest));
    }

    fn one(&mut self) -> Type {
        let rest: &'a str = self.rest;
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        self.rest = after;
        match word {
            "dyn" => Type::Dyn,
            "null" => Type::Null,
            "bool" => Type::Bool,
            "int" => Type::Int,
            "uint" => Type::Uint,
            "double" => Type::Double,
            "string" => Type::String,
            "bytes" => Type::Bytes,
            "duration" => Type::Duration,
            "timestamp" => Type::Timestamp,
            "quantity" => Type::Opaque(QUANTITY),
            "semver" => Type::Opaque(SEMVER),
            "ip" => Type::Opaque("net.IP"),
            "cidr" => Type::Opaque("net.CIDR"),
            "url" => Type::Opaque("kubernetes.URL"),
            "format" => Type::Opaque("kubernetes.NamedFormat"),
            "list" => Type::list(self.inner()),
            "type" => Type::type_of(self.inner()),
            "optional" => Type::optional(self.inner()),
            "map" => {
                self.skip("(");
                let key = self.one();
                self.skip(", ");
                let value = self.one();
                self.skip(")");
                Type::map(key, value)
            }
            variable if variable.len() == 1 => {
                let next = self.variables.len();
                Type::Param(*self.variables.entry(variable).or_insert(next))
            }
            other => panic!("unknown type `{other}` in a signature"),
        }
    }

    fn inner(&mut self) -> Type {
        self.skip("(");
        let t = self.one();
        self.skip(")");
        t
    }
}

/// Name of the quantity type.
pub const QUANTITY: &str = "kubernetes.Quantity";

/// Name of the version type.
pub const SEMVER: &str = "kubernetes.Semver";
