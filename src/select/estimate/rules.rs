//! What calls cost at most, and how large their results are.

use crate::select::ast::{Expr, Kind, Literal};
use crate::select::estimate::path::Path;
use crate::select::estimate::size::{Size, matching, reading, scaled};
use crate::select::estimate::walk::Walk;
use crate::select::functions::Overload;
use crate::select::types::Type;

/// Cost, and size of the result if it is known.
type Estimate = (u64, Option<Size>);

/// An argument or target of a call.
#[derive(Clone, Copy)]
pub struct Part<'t> {
    /// The node.
    pub node: &'t Expr,
    /// Where it leads.
    pub path: Path,
    /// Its static type.
    pub t: &'t Type,
    /// Its size as far as known when the call was reached.
    pub size: Option<Size>,
}

/// One meaning of a call.
pub struct Call<'a, 't> {
    /// The call itself.
    pub node: &'t Expr,
    /// Its full name.
    pub function: &'a str,
    /// Which overload.
    pub overload: Option<&'static Overload>,
    /// The receiver of a method.
    pub target: Option<&'a Part<'t>>,
    /// The other arguments.
    pub args: &'a [Part<'t>],
    /// What the arguments cost.
    pub costs: &'a [u64],
}

impl Call<'_, '_> {
    /// The declared type of the n-th parameter, the receiver first.
    fn parameter(&self, n: usize) -> Option<&'static Type> {
        self.overload.and_then(|overload| overload.signature.params.get(n))
    }
}

/// What a call costs at most, arguments included, and the size of its result.
pub fn estimate<'t>(walk: &mut Walk<'t>, call: &Call<'_, 't>) -> Estimate {
    let arguments = call.costs.iter().fold(0u64, |sum, cost| sum.saturating_add(*cost));
    match call.function {
        "_&&_" | "_||_" => return (arguments, None),
        "_?_:_" => return choice(walk, call),
        _ => {}
    }
    let found = lists(walk, call).or_else(|| library(walk, call)).unwrap_or_else(|| core(walk, call));
    (found.0.saturating_add(arguments), found.1)
}

fn known(size: Option<Size>) -> Size {
    size.unwrap_or(Size::UNKNOWN)
}

/// The size of an argument as the libraries ask for it.
fn size_of(walk: &Walk<'_>, part: &Part<'_>) -> Size {
    known(part.size.or_else(|| walk.hint(part.path)))
}

fn choice<'t>(walk: &mut Walk<'t>, call: &Call<'_, 't>) -> Estimate {
    let ([_, yes, no], [condition, first, second]) = (call.args, call.costs) else { return (1, None) };
    let entries = walk.either_entries(yes.node, no.node);
    walk.set_entries(call.node, entries);
    (condition.saturating_add(*first.max(second)), Some(known(yes.size).or(known(no.size))))
}

/// A literal integer as upstream reads it, negative ones as 0.
fn literal(part: Option<&Part<'_>>, otherwise: u64) -> u64 {
    match part.map(|part| &part.node.kind) {
        Some(Kind::Literal(Literal::Int(n))) => u64::try_from(*n).unwrap_or(0),
        _ => otherwise,
    }
}

/// `ext/lists.go`, `ext/sets.go`.
fn lists(walk: &Walk<'_>, call: &Call<'_, '_>) -> Option<Estimate> {
    let args = call.args;
    let listing = |factor: f64, size: Size| Some((scaled(size.max, factor).saturating_add(11), Some(size)));
    let sorted = |size: Size, element: Option<&Type>| {
        let text = matches!(element, Some(Type::List(t)) if matches!(**t, Type::String | Type::Bytes));
        listing(if text { 2.0 + 0.1 } else { 2.0 }, size.times(size))
    };
    let pairs = |factor: f64| {
        let (a, b) = (size_of(walk, args.first()?), size_of(walk, args.get(1)?));
        Some((scaled(a.times(b).max, factor).saturating_add(1), None))
    };
    match (call.function, call.target) {
        ("slice", Some(target)) => {
            let start = literal(args.first(), 0);
            let end = literal(args.get(1), size_of(walk, target).max);
            listing(1.0, Size::exactly(end.wrapping_sub(start)))
        }
        ("lists.range", _) => listing(1.0, Size::exactly(literal(args.first(), u64::MAX))),
        ("reverse", Some(target)) => listing(1.0, size_of(walk, target)),
        ("flatten", Some(target)) => {
            let depth = if args.is_empty() { 1 } else { literal(args.first(), u64::MAX) };
            listing(depth as f64, size_of(walk, target))
        }
        ("distinct", Some(target)) => {
            let size = size_of(walk, target);
            listing(2.0, size.times(size))
        }
        ("sort", Some(target)) => sorted(size_of(walk, target), call.parameter(0)),
        ("@sortByAssociatedKeys", Some(_)) => sorted(size_of(walk, args.first()?), call.parameter(1)),
        ("sets.contains" | "sets.intersects", _) => pairs(1.0),
        ("sets.equivalent", _) => pairs(2.0),
        _ => None,
    }
}

/// `apiserver/pkg/cel/library/cost.go` `EstimateCallCost`.
fn library(walk: &mut Walk<'_>, call: &Call<'_, '_>) -> Option<Estimate> {
    let args = call.args;
    match (call.function, call.target, args) {
        ("isSorted" | "sum" | "max" | "min" | "indexOf" | "lastIndexOf" | "includes", Some(target), _) => {
            Some((traversal(walk, call.function, target), None))
        }
        ("url", _, [text]) => {
            let size = size_of(walk, text);
            Some((reading(size.max), Some(size)))
        }
        ("lowerAscii" | "upperAscii" | "substring" | "trim", Some(target), _) => {
            let size = size_of(walk, target);
            Some((reading(size.max), Some(size)))
        }
        ("replace", Some(target), [old, new, ..]) => {
            let size = size_of(walk, target);
            let result = replaced(size, size_of(walk, old), size_of(walk, new));
            Some((scaled(size.max, 0.2), Some(result)))
        }
        ("split", Some(target), _) => {
            let size = size_of(walk, target);
            let parts = match args.get(1).map(|limit| &limit.node.kind) {
                Some(Kind::Literal(Literal::Int(n))) => *n as u64,
                _ => size.max,
            };
            Some((scaled(size.max, 0.2), Some(Size::at_most(parts))))
        }
        ("join", Some(target), _) => {
            let size = joined(walk, target, args.first());
            Some((reading(size.max), Some(size)))
        }
        ("find" | "findAll", Some(target), [pattern, ..]) => {
            let size = size_of(walk, target);
            Some((matching(size.max, size_of(walk, pattern).max), Some(Size::at_most(size.max))))
        }
        ("cidr" | "isIP" | "isCIDR" | "ip" | "quantity" | "isQuantity" | "semver" | "isSemver", None, [text, ..]) => {
            Some((reading(size_of(walk, text).max), None))
        }
        ("ip.isCanonical", _, [text]) => Some((scaled(size_of(walk, text).max, 0.2), None)),
        ("containsIP" | "containsCIDR", _, [other]) => {
            // Two addresses of up to 16 bytes; a network is masked first.
            let comparing = reading(32) + if call.function == "containsCIDR" { reading(16) + 1 } else { 0 };
            let parsing = match call.parameter(1) {
                Some(Type::String) => reading(size_of(walk, other).max),
                _ => 0,
            };
            Some((comparing.saturating_add(parsing), None))
        }
        // A pattern of at most 128 code points.
        ("validate", _, [text]) => Some((scaled(reading(size_of(walk, text).max), 128.0 * 0.25), None)),
        ("_==_", _, [a, b]) if a.t == b.t => equality(a.t, b),
        _ => None,
    }
}

/// Comparing two values of one type, where Kubernetes has a rule.
fn equality(t: &Type, right: &Part<'_>) -> Option<Estimate> {
    let cost = match t {
        Type::Opaque("net.IP" | "net.CIDR" | "kubernetes.Quantity" | "kubernetes.Semver") => 1,
        Type::Opaque("kubernetes.NamedFormat") => reading(64),
        Type::Opaque("kubernetes.URL") => reading(right.size.map_or(1, |size| size.max)),
        _ => return None,
    };
    Some((cost, None))
}

/// The static type and path of the elements of a value whose type has a parameter.
fn element(walk: &mut Walk<'_>, list: &Part<'_>) -> Option<(Type, Path)> {
    let t = match list.t {
        Type::List(t) | Type::Optional(t) | Type::Type(t) => (**t).clone(),
        Type::Map(kv) => kv.0.clone(),
        _ => return None,
    };
    Some((t, walk.elements(list.path)))
}

fn traversal(walk: &mut Walk<'_>, function: &str, target: &Part<'_>) -> u64 {
    let size = size_of(walk, target);
    match element(walk, target) {
        Some((Type::String | Type::Bytes, path)) => {
            let each = reading(known(walk.hint(path)).max).saturating_add(1);
            size.max.saturating_mul(each)
        }
        Some(_) => size.max,
        None if function == "includes" => size.max,
        None => reading(size.max),
    }
}

/// The size of a text in which `old` is replaced by `new`.
fn replaced(text: Size, old: Size, new: Size) -> Size {
    let parts = |text: u64, old: u64| scaled_quotient(text, old);
    let (mut count, mut kept) = (Size::exactly(0), Size::exactly(0));
    if old.min == 0 {
        // Nothing is replaced by something around every code point.
        count.max = text.max.saturating_add(1);
        kept.max = text.max;
    } else if new.max <= old.min {
        kept.max = text.max;
    } else {
        count.max = parts(text.max, old.min);
    }
    if old.max == 0 {
        count.min = text.min.saturating_add(1);
        kept.min = text.min;
    } else if old.max <= new.min {
        kept.min = text.min;
    } else {
        count.min = parts(text.min, old.max);
    }
    count.times(new).plus(kept)
}

/// A quotient of doubles, rounded up, and converted as Go does on amd64.
fn scaled_quotient(a: u64, b: u64) -> u64 {
    let quotient = (a as f64 / b as f64).ceil();
    if quotient < 18_446_744_073_709_551_616.0 { quotient as u64 } else { 1 << 63 }
}

fn joined(walk: &mut Walk<'_>, list: &Part<'_>, separator: Option<&Part<'_>>) -> Size {
    let length = size_of(walk, list);
    let mut size = Size::exactly(0);
    if let Some((_, path)) = element(walk, list) {
        size = length.times(known(walk.hint(path)));
    }
    if let Some(separator) = separator {
        let gaps = Size { min: length.min.saturating_sub(1), max: length.max.saturating_sub(1) };
        size = size.plus(size_of(walk, separator).times(gaps));
    }
    size
}

/// `checker/cost.go` `functionCost`, without the arguments.
fn core<'t>(walk: &mut Walk<'t>, call: &Call<'_, 't>) -> Estimate {
    let first = call.parameter(0);
    let text = matches!(first, Some(Type::String | Type::Bytes));
    let size = |n: usize| known(call.args.get(n).and_then(|part| part.size));
    let receiver = || known(call.target.and_then(|part| part.size));
    match call.function {
        "format" => (reading(receiver().max), None),
        // A code point has up to four bytes; upstream's product may wrap.
        "bytes" if first == Some(&Type::String) => {
            let from = size(0);
            (reading(from.max), Some(Size { min: from.min, max: from.max.wrapping_mul(4) }))
        }
        "string" if first == Some(&Type::Bytes) => {
            let from = size(0);
            (reading(from.max), Some(Size { min: from.min / 4, max: from.max }))
        }
        "strings.quote" => {
            let from = size(0);
            let quoted = Size { min: from.min.wrapping_add(2), max: from.max.wrapping_mul(2).wrapping_add(2) };
            (reading(from.max), Some(quoted))
        }
        "startsWith" | "endsWith" => (reading(size(0).max), None),
        "@in" if matches!(call.parameter(1), Some(Type::List(_))) => (scaled(size(1).max, 1.0), None),
        "matches" if call.target.is_some() => (matching(receiver().max, size(0).max), None),
        "matches" => (matching(size(0).max, size(1).max), None),
        "contains" => (reading(receiver().max).saturating_mul(reading(size(0).max)), None),
        "_+_" if text || matches!(first, Some(Type::List(_))) => {
            let sum = size(0).plus(size(1));
            if let [a, b] = call.args {
                let entries = walk.either_entries(a.node, b.node);
                walk.set_entries(call.node, entries);
            }
            (if text { reading(sum.max) } else { 1 }, Some(sum))
        }
        "_==_" | "_!=_" => (reading(size(0).max.min(size(1).max)), None),
        "_<_" | "_<=_" | "_>_" | "_>=_" if text => (reading(size(0).max.min(size(1).max)), None),
        _ => (1, None),
    }
}
