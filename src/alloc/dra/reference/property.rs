//! The search against a naive oracle on tiny worlds, and what must hold of every step.

use proptest::prelude::*;

use super::*;
use crate::alloc::dra::testing::{Dev, Small, asking, constraint, exactly, leaf, tolerant};
use crate::model::AttrValue;
use crate::model::dra::ConstraintKind;

/// A device.
#[derive(Clone, Debug)]
struct Part {
    group: Option<i64>,
    kind: bool,
    draws: Option<i64>,
    /// Size of its memory, and whether that is shared.
    memory: Option<(i64, bool)>,
    is_tainted: bool,
    is_held: bool,
    /// What others use of the memory.
    used: Option<i64>,
}

impl Part {
    fn is_shareable(&self) -> bool {
        matches!(self.memory, Some((_, true)))
    }
}

/// A request.
#[derive(Clone, Debug)]
struct Want {
    count: usize,
    of_kind: bool,
    is_tolerant: bool,
    memory: Option<i64>,
}

/// A claim.
#[derive(Clone, Debug)]
struct Ask {
    wants: Vec<Want>,
    /// A constraint on the groups, to be equal or different, of the first request or of all.
    constraint: Option<(bool, bool)>,
}

#[derive(Clone, Debug)]
struct Tiny {
    pools: Vec<Vec<Part>>,
    /// What every pool has of the counter.
    slots: i64,
    asks: Vec<Ask>,
}

fn part() -> impl Strategy<Value = Part> {
    let rare = prop::bool::weighted;
    let attributes = (prop::option::weighted(0.9, 0..3i64), any::<bool>());
    let amounts = (prop::option::weighted(0.4, 0..3i64), prop::option::weighted(0.4, (0..4i64, any::<bool>())));
    (attributes, amounts, rare(0.1), rare(0.15), prop::option::weighted(0.2, 0..3i64)).prop_map(
        |((group, kind), (draws, memory), is_tainted, is_held, used)| {
            let used = used.filter(|_| matches!(memory, Some((_, true))) && !is_held);
            Part { group, kind, draws, memory, is_tainted, is_held, used }
        },
    )
}

fn tiny() -> impl Strategy<Value = Tiny> {
    let memory = prop::option::weighted(0.4, 0..4i64);
    let want = (1..3usize, prop::bool::weighted(0.3), any::<bool>(), memory)
        .prop_map(|(count, of_kind, is_tolerant, memory)| Want { count, of_kind, is_tolerant, memory });
    let constraint = prop::option::weighted(0.6, (any::<bool>(), any::<bool>()));
    let ask = (prop::collection::vec(want, 1..3), constraint).prop_map(|(wants, constraint)| Ask { wants, constraint });
    let pools = prop::collection::vec(prop::collection::vec(part(), 0..4), 1..3);
    (pools, 0..5i64, prop::collection::vec(ask, 1..3)).prop_map(|(pools, slots, asks)| Tiny { pools, slots, asks })
}

/// Groups of compatible devices, which would hide slices where their feature is off.
fn grouped(device: Dev, part: &Part) -> Dev {
    device.in_groups(if part.kind { &["a", "b"] } else { &["b", "c"] })
}

fn device(name: &str, part: &Part) -> Dev {
    let mut device = Dev::new(name).attribute("kind", AttrValue::Bool(part.kind));
    if let Some(group) = part.group {
        device = device.attribute("group", AttrValue::Int(group));
    }
    if let Some(amount) = part.draws {
        device = device.draws("set", "slots", &amount.to_string());
    }
    if let Some((size, is_shared)) = part.memory {
        device = device.capacity("memory", &size.to_string());
        device = if is_shared { device.shareable() } else { device };
    }
    if part.is_tainted { device.tainted() } else { device }
}

/// The world of `tiny`, a slice for each device, published in order or in reverse.
fn build(tiny: &Tiny, is_reversed: bool) -> Small {
    build_with(tiny, is_reversed, |device, _| device)
}

fn build_with(tiny: &Tiny, is_reversed: bool, finish: fn(Dev, &Part) -> Dev) -> Small {
    let mut small = Small::new();
    let mut slices: Vec<(String, String, Dev)> = Vec::new();
    for (at, parts) in tiny.pools.iter().enumerate() {
        let pool = format!("p{at}");
        for (at, part) in parts.iter().enumerate() {
            let name = format!("d{at}");
            if part.is_held {
                small.hold(&pool, &name);
            }
            if let Some(used) = part.used {
                small.share(&pool, &name, &[("memory", &used.to_string())]);
            }
            slices.push((format!("s{at}"), pool.clone(), finish(device(&name, part), part)));
        }
    }
    if is_reversed {
        slices.reverse();
    }
    let count = |pool: &str| slices.iter().filter(|(_, other, _)| other == pool).count() as i64 + 1;
    for (name, pool, device) in &slices {
        small.slice(name, (pool, count(pool)), std::slice::from_ref(device));
    }
    for at in 0..tiny.pools.len() {
        let pool = format!("p{at}");
        small.counters("counters", (&pool, count(&pool)), "set", &[("slots", &tiny.slots.to_string())]);
    }
    for ask in &tiny.asks {
        let mut requests = Vec::new();
        for (at, want) in ask.wants.iter().enumerate() {
            let mut asked = leaf(&format!("r{at}"), want.count as i64);
            if want.of_kind {
                asked = small.select(asked, "device.attributes['gpu.example.com'].kind");
            }
            asked = if want.is_tolerant { tolerant(asked) } else { asked };
            if let Some(amount) = want.memory {
                asked = asking(asked, "memory", &amount.to_string());
            }
            requests.push(exactly(asked));
        }
        let constraints = ask.constraint.iter().map(|(is_match, is_partial)| {
            let names: &[&str] = if *is_partial { &["r0"] } else { &[] };
            constraint(names, if *is_match { ConstraintKind::Match } else { ConstraintKind::Distinct }, "group")
        });
        let constraints = constraints.collect();
        small.claim(requests, constraints);
    }
    small
}

/// A device given: claim, request, position.
type Given = (usize, usize, usize);

/// Whether a complete allocation is allowed, said of it as a whole.
fn is_allowed(tiny: &Tiny, given: &[Given]) -> bool {
    let parts: Vec<(usize, &Part)> =
        tiny.pools.iter().enumerate().flat_map(|(pool, parts)| parts.iter().map(move |part| (pool, part))).collect();
    let each = given.iter().all(|(claim, request, position)| {
        let (part, want) = (parts[*position].1, &tiny.asks[*claim].wants[*request]);
        !part.is_held
            && (part.kind || !want.of_kind)
            && (!part.is_tainted || want.is_tolerant)
            && (want.memory.is_none() || part.memory.is_some())
    });
    let devices = (0..parts.len()).all(|position| {
        let part = parts[position].1;
        let holders: Vec<&Given> = given.iter().filter(|(_, _, at)| *at == position).collect();
        let Some((size, _)) = part.memory else { return holders.len() <= 1 };
        let amounts = holders.iter().map(|(claim, request, _)| tiny.asks[*claim].wants[*request].memory.unwrap_or(size));
        (part.is_shareable() || holders.len() <= 1)
            && (holders.is_empty() || amounts.sum::<i64>() + part.used.unwrap_or(0) <= size)
    });
    let counters = (0..tiny.pools.len()).all(|pool| {
        let of_pool = || parts.iter().enumerate().filter(|(_, (other, _))| *other == pool);
        let is_allocated = |part: &Part| part.is_held || part.used.is_some();
        let left =
            tiny.slots - of_pool().filter(|(_, (_, part))| is_allocated(part)).filter_map(|(_, (_, p))| p.draws).sum::<i64>();
        let is_new = |position: usize, part: &Part| part.used.is_none() && given.iter().any(|(_, _, at)| *at == position);
        let drawn: Vec<i64> =
            of_pool().filter(|(at, (_, part))| is_new(*at, part)).filter_map(|(_, (_, part))| part.draws).collect();
        drawn.is_empty() || drawn.iter().sum::<i64>() <= left
    });
    let constraints = tiny.asks.iter().enumerate().all(|(index, ask)| {
        let Some((is_match, is_partial)) = ask.constraint else { return true };
        let concerned = given.iter().filter(|(claim, request, _)| *claim == index && (!is_partial || *request == 0));
        let groups: Vec<Option<i64>> = concerned.map(|(_, _, position)| parts[*position].1.group).collect();
        let pairs = || groups.iter().enumerate().flat_map(|(at, a)| groups[..at].iter().map(move |b| (a, b)));
        groups.iter().all(Option::is_some) && pairs().all(|(a, b)| (a == b) == is_match)
    });
    each && devices && counters && constraints
}

/// The first allowed allocation, if devices are tried in order for one request after the other.
fn first_allowed(tiny: &Tiny, given: &mut Vec<Given>, wants: &[(usize, usize, usize)], start: usize) -> bool {
    let Some((claim, request, count)) = wants.first() else { return is_allowed(tiny, given) };
    if *count == 0 {
        return first_allowed(tiny, given, &wants[1..], 0);
    }
    let rest = [&[(*claim, *request, count - 1)], &wants[1..]].concat();
    (start..tiny.pools.iter().map(Vec::len).sum()).any(|position| {
        given.push((*claim, *request, position));
        let is_found = first_allowed(tiny, given, &rest, position + 1);
        if !is_found {
            given.pop();
        }
        is_found
    })
}

/// What the oracle expects, in the form of [`Small::allocate`].
fn expected(tiny: &Tiny) -> Result<Vec<Vec<String>>, Outcome> {
    let indexed = tiny.asks.iter().enumerate();
    let wants = indexed.flat_map(|(claim, ask)| ask.wants.iter().enumerate().map(move |(at, want)| (claim, at, want.count)));
    let wants: Vec<(usize, usize, usize)> = wants.collect();
    let mut given = Vec::new();
    if !first_allowed(tiny, &mut given, &wants, 0) {
        return Err(Outcome::Unsatisfiable);
    }
    let names: Vec<String> = tiny.pools.iter().flat_map(|parts| (0..parts.len()).map(|at| format!("d{at}"))).collect();
    let of_claim = |claim: usize| {
        let own = given.iter().filter(move |(other, _, _)| *other == claim);
        own.map(|(_, request, position)| format!("r{request}={}", names[*position])).collect()
    };
    Ok((0..tiny.asks.len()).map(of_claim).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn finds_the_first_of_all_solutions(tiny in tiny()) {
        let (given, _) = build(&tiny, false).allocate();
        prop_assert_eq!(given, expected(&tiny));
    }

    #[test]
    fn the_order_of_slices_does_not_matter(tiny in tiny()) {
        prop_assert_eq!(build(&tiny, false).allocate(), build(&tiny, true).allocate());
    }

    #[test]
    fn undoing_leaves_nothing_behind(tiny in tiny(), moves in prop::collection::vec((0..6usize, 0..8usize, 0..4u8), 0..40)) {
        let mut small = build_with(&tiny, false, grouped);
        (small.variant, small.features.compatibility_groups) = (Variant::Experimental, true);
        small.with(|world, node| {
            let gathering = Gathering {
                published: world.published,
                index: &SliceIndex::new(world.published),
                features: world.features,
                variant: world.variant,
            };
            let pools = gathering.pools(node).expect("no selectors");
            let candidates = candidates(world.published, &pools);
            let mut attempt = Attempt::default();
            let mut pass = Pass::new(world, node, &pools, &candidates, &mut attempt);
            let (claims, leaves) = prepare(&pools, &mut pass.matching()).expect("nothing unusual is asked");
            (pass.claims, pass.leaves) = (claims, leaves.into());
            let mut stack = Vec::new();
            for (leaf, position, undo) in moves {
                let before = pass.snapshot();
                if undo == 0 {
                    if let Some((leaf, position, taken, earlier)) = stack.pop() {
                        pass.undo(leaf, position, taken);
                        prop_assert_eq!(pass.snapshot(), earlier);
                    }
                } else if leaf < pass.leaves.len() && position < candidates.len() {
                    match pass.take(leaf, position, false).expect("nothing unusual is published") {
                        Some(taken) => stack.push((leaf, position, taken, before)),
                        None => prop_assert_eq!(pass.snapshot(), before),
                    }
                }
            }
            Ok(())
        })?;
    }
}
