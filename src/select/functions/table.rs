//! All overloads by name.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::select::functions::{convert, duration, format, lists, named_format, net, operators, optional, quantity, regex};
use crate::select::functions::{semver, sets, strings, timestamp, url};
use crate::select::signature::{self, Signature};
use crate::select::types::Type;
use crate::select::value::{Outcome, Value};

/// The code of an overload. Arguments are values of the declared types, the receiver first.
pub type Run = for<'a, 'v> fn(&'a [Value<'v>]) -> Outcome<'v>;

/// What one call costs (`cel-go` `interpreter/runtimecost.go`, `ext/lists.go`, `ext/sets.go`,
/// `apiserver/pkg/cel/library/cost.go`). Sizes are those of [`Value::size`], an error has size 1; a tenth is rounded up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cost {
    /// 1
    One,
    /// A tenth of the size of the first argument.
    Text,
    /// A tenth of the size of the second argument.
    Affix,
    /// A fifth of the size of the first argument.
    Rewrite,
    /// A fifth of the size of the result.
    Joined,
    /// A tenth of the smaller of two sizes.
    Smaller,
    /// The same, but 1 if the first argument is a value of a Kubernetes type.
    Equal,
    /// A tenth of the sum of two sizes.
    Both,
    /// The product of tenths.
    Product,
    /// The text (a tenth of its size plus 1) times the pattern (a quarter of its size).
    Pattern,
    /// The size of the second argument.
    Second,
    /// All that is inside the first argument: 1 for each scalar, a tenth of the bytes, rounded down, for each text.
    Traversal,
    /// A call and a new list (11) and the size of the result.
    Fill,
    /// A call and a new list, and the size of the first argument for each level.
    Levels,
    /// A call and a new list, and twice (for texts and bytes 2.1 times) the square of the size of the first argument.
    Sorted,
    /// The same for the second argument.
    SortedBy,
    /// 1 and the product of two sizes.
    Pairs,
    /// 1 and twice the product of two sizes.
    PairsTwice,
    /// A fifth of the size of a network.
    Within,
    /// The same, and a tenth of the size of the text.
    WithinText,
    /// A fifth and a tenth of the size of a network, and 1.
    Range,
    /// The same, and a tenth of the size of the text.
    RangeText,
    /// As [`Cost::Pattern`], with the pattern of a named format.
    Validated,
}

/// What `cost` says about a call; nothing stands for an error. No result: upstream's rule panics, which ends the
/// evaluation.
pub fn cost_of(cost: Cost, args: &[Option<&Value<'_>>], result: Option<&Value<'_>>) -> Option<u64> {
    let arg = |n: usize| args.get(n).copied().flatten();
    let size = |n: usize| arg(n).map_or(1, Value::size);
    // The core rules look into optionals, those of the libraries do not.
    let core = |n: usize| arg(n).map_or(1, Value::inner_size);
    let tenth = |size: u64| size.div_ceil(10);
    Some(match cost {
        Cost::One => 1,
        Cost::Text => tenth(size(0)),
        Cost::Affix => tenth(core(1)),
        Cost::Rewrite => size(0).div_ceil(5),
        Cost::Joined => result.map_or(1, Value::size).div_ceil(5),
        Cost::Equal if arg(0).is_some_and(Value::is_of_kubernetes) => 1,
        Cost::Equal | Cost::Smaller => tenth(core(0).min(core(1))),
        Cost::Both => tenth(core(0) + core(1)),
        Cost::Product => tenth(core(0)) * tenth(core(1)),
        Cost::Pattern => tenth(size(0) + 1) * size(1).div_ceil(4),
        Cost::Second => core(1),
        Cost::Traversal => arg(0).map_or(1, traversal),
        Cost::Fill => 11 + result.map_or(1, Value::size),
        Cost::Levels => {
            let levels = match (args.len(), arg(1)) {
                (..2, _) => 1,
                (_, Some(Value::Int(n))) => u64::try_from(*n).unwrap_or(1),
                _ => return None,
            };
            rounded_down(size(0) as f64 * levels as f64).saturating_add(11)
        }
        Cost::Sorted => sorting(arg(0))?,
        Cost::SortedBy => sorting(arg(1))?,
        Cost::Pairs => 1 + size(0) * size(1),
        Cost::PairsTwice => 1 + 2 * size(0) * size(1),
        Cost::Within => size(0).div_ceil(5),
        Cost::WithinText => size(0).div_ceil(5) + tenth(size(1)),
        Cost::Range => size(0).div_ceil(5) + tenth(size(0)) + 1,
        Cost::RangeText => size(0).div_ceil(5) + tenth(size(0)) + 1 + tenth(size(1)),
        Cost::Validated => match args.first() {
            Some(Some(Value::Format(format))) => tenth(size(1) + 1) * format.pattern_size.div_ceil(4),
            _ => 1,
        },
    })
}

/// Go's conversion of a double beyond the range of its integers.
fn rounded_down(cost: f64) -> u64 {
    if cost < 18_446_744_073_709_551_616.0 { cost as u64 } else { 1 << 63 }
}

fn sorting(list: Option<&Value<'_>>) -> Option<u64> {
    let Some(Value::List(items)) = list else { return None };
    let factor = if matches!(items.first(), Some(Value::String(_) | Value::Bytes(_))) { 2.1 } else { 2.0 };
    let size = items.len() as u64;
    Some(rounded_down(size.saturating_mul(size) as f64 * factor).saturating_add(11))
}

fn traversal(value: &Value<'_>) -> u64 {
    match value {
        Value::String(text) => text.as_str().len() as u64 / 10,
        Value::Bytes(bytes) => bytes.len() as u64 / 10,
        Value::List(items) => items.iter().map(traversal).sum(),
        Value::Map(map) => map.entries().iter().map(|(key, value)| traversal(key) + traversal(value)).sum(),
        _ => 1,
    }
}

/// Functions whose cost upstream looks up by name. All others cost 1 if the checker did not settle on one overload.
const BY_NAME: [&str; 21] = [
    "isSorted",
    "sum",
    "max",
    "min",
    "indexOf",
    "lastIndexOf",
    "includes",
    "lowerAscii",
    "upperAscii",
    "substring",
    "trim",
    "replace",
    "split",
    "join",
    "find",
    "findAll",
    "quantity",
    "isQuantity",
    "semver",
    "isSemver",
    "sign",
];

/// Functions for which upstream leaves the types of elements to the code.
const UNCHECKED: [&str; 3] = ["flatten", "sort", "@sortByAssociatedKeys"];

/// True for functions that upstream runs by one implementation for all overloads: it looks at the values alone, whatever
/// the checker thought of the types.
pub fn is_single(name: &str) -> bool {
    operators::is_by_value(name) || matches!(name, "matches" | "sort" | "@sortByAssociatedKeys")
}

/// True if upstream evaluates the arguments only up to the first error: always for more than two of them, else where the
/// checker did not settle on one overload and the function has no implementation of its own (`FunctionDecl.Bindings`).
pub fn stops_at_errors(overloads: &[&'static Overload], arguments: usize) -> bool {
    match overloads {
        _ if arguments > 2 => true,
        [first, _, ..] => !is_single(first.name),
        [one] => one.name == "format",
        [] => false,
    }
}

/// The cost of a call that may mean any of `overloads`.
pub fn cost_rule(overloads: &[&'static Overload]) -> Cost {
    match overloads {
        [one] => one.cost,
        // These two look at the overload as well as at the name.
        [first, ..] if first.name == "containsIP" => Cost::Within,
        [first, ..] if first.name == "containsCIDR" => Cost::Range,
        [first, ..] if BY_NAME.contains(&first.name) => first.cost,
        _ => Cost::One,
    }
}

/// A row of a family's table: name, signature, cost, code.
pub(super) type Row = (&'static str, &'static str, Cost, Run);

/// An overload.
#[derive(Debug)]
pub struct Overload {
    /// Function or method name.
    pub name: &'static str,
    /// Declared type.
    pub signature: Signature,
    /// What a call costs.
    pub cost: Cost,
    /// What a call does.
    pub run: Run,
}

impl Overload {
    /// True if the values are of the declared types, as far as upstream looks: at the first element of a list or map.
    pub fn accepts(&self, args: &[Value<'_>]) -> bool {
        if UNCHECKED.contains(&self.name) {
            return self.signature.params.len() == args.len();
        }
        self.signature.params.len() == args.len() && self.signature.params.iter().zip(args).all(|(t, value)| fits(t, value))
    }
}

fn fits(t: &Type, value: &Value<'_>) -> bool {
    match (t, value) {
        (Type::Dyn | Type::Param(_), _) => true,
        (Type::Null, Value::Null)
        | (Type::Bool, Value::Bool(_))
        | (Type::Int, Value::Int(_))
        | (Type::Uint, Value::Uint(_))
        | (Type::Double, Value::Double(_))
        | (Type::String, Value::String(_))
        | (Type::Bytes, Value::Bytes(_))
        | (Type::Type(_), Value::Type(_))
        | (Type::Duration, Value::Duration(_))
        | (Type::Timestamp, Value::Timestamp(_))
        | (Type::Optional(_), Value::Optional(_)) => true,
        (Type::List(t), Value::List(items)) => items.first().is_none_or(|item| fits(t, item)),
        (Type::Map(kv), Value::Map(map)) => map.first().is_none_or(|(key, value)| fits(&kv.0, &key) && fits(&kv.1, &value)),
        (Type::Opaque(name), value) => value.type_name() == *name,
        _ => false,
    }
}

static ALL: LazyLock<BTreeMap<&'static str, Vec<Overload>>> = LazyLock::new(|| {
    let families = [
        operators::TABLE,
        convert::TABLE,
        strings::TABLE,
        lists::TABLE,
        sets::TABLE,
        optional::TABLE,
        regex::TABLE,
        quantity::TABLE,
        semver::TABLE,
        duration::TABLE,
        timestamp::TABLE,
        net::TABLE,
        url::TABLE,
        named_format::TABLE,
        format::TABLE,
    ];
    let mut all: BTreeMap<&'static str, Vec<Overload>> = BTreeMap::new();
    for &(name, text, cost, run) in families.into_iter().flatten() {
        all.entry(name).or_default().push(Overload { name, signature: signature::parse(text), cost, run });
    }
    all
});

/// The overloads of a function or method name, in the order of declaration.
pub fn overloads_of(name: &str) -> Option<&'static [Overload]> {
    ALL.get(name).map(Vec::as_slice)
}
