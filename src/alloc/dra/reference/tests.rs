//! What the search finds, and in how many steps. Step counts are those that upstream's own tests pin (`dra.md` 6).

use super::*;
use crate::alloc::dra::features::Features;
use crate::alloc::dra::testing::{Dev, Small, all, asking, constraint, exactly, first_of, leaf, tolerant};
use crate::model::AttrValue;
use crate::model::dra::ConstraintKind;

/// Devices `d0`, `d1`, ... of the types that `types` lists.
fn typed(types: &str) -> Vec<Dev> {
    let device = |(at, kind): (usize, char)| Dev::new(&format!("d{at}")).attribute("type", AttrValue::String(kind.into()));
    types.chars().enumerate().map(device).collect()
}

const IS_X: &str = "device.attributes['gpu.example.com'].type == 'X'";
const IS_Y: &str = "device.attributes['gpu.example.com'].type == 'Y'";

/// Runs a world in a variant, with the default gates that it supports.
fn check(make: fn(&mut Small), variant: Variant, want: Result<&[&[&str]], Outcome>, steps: u64) {
    let mut small = Small::new();
    small.variant = variant;
    small.features = Features::KUBERNETES_1_37.supported_by(variant);
    make(&mut small);
    let (given, stats) = small.allocate();
    let want = want.map(|claims| claims.iter().map(|claim| claim.iter().map(|text| text.to_string()).collect()).collect());
    assert_eq!((given, stats.steps), (want, steps), "{variant}");
}

#[test]
fn five_of_four_devices() {
    let one_slice = |small: &mut Small| {
        small.slice("s", ("p", 1), &typed("XXXX")).claim(vec![exactly(leaf("r", 5))], vec![]);
    };
    let two_slices = |small: &mut Small| {
        let devices = typed("XXXX");
        small.slice("s", ("p", 2), &devices[..2]).slice("t", ("p", 2), &devices[2..]);
        small.claim(vec![exactly(leaf("r", 5))], vec![]);
    };
    let four_pools = |small: &mut Small| {
        for (at, device) in typed("XXXX").into_iter().enumerate() {
            small.slice(&format!("s{at}"), (&format!("p{at}"), 1), &[device]);
        }
        small.claim(vec![exactly(leaf("r", 5))], vec![]);
    };
    for make in [one_slice, two_slices, four_pools] {
        check(make, Variant::Incubating, Err(Outcome::Unsatisfiable), 16);
        check(make, Variant::Experimental, Err(Outcome::Unsatisfiable), 16);
        check(make, Variant::Stable, Err(Outcome::Unsatisfiable), 65);
    }
}

#[test]
fn a_later_request_needs_the_first_device() {
    let make = |small: &mut Small| {
        small.slice("s", ("p", 1), &typed("XYY"));
        let special = small.select(leaf("b", 1), IS_X);
        small.claim(vec![exactly(leaf("a", 2)), exactly(special)], vec![]);
    };
    let want: &[&[&str]] = &[&["a=d1", "a=d2", "b=d0"]];
    check(make, Variant::Incubating, Ok(want), 12);
    check(make, Variant::Stable, Ok(want), 14);
}

#[test]
fn alternatives_are_tried_in_order() {
    let make = |small: &mut Small| {
        small.slice("s", ("p", 1), &typed("XYY"));
        let (three, special) = (small.select(leaf("s0", 3), IS_Y), small.select(leaf("s1", 1), IS_X));
        let first = first_of("a", vec![three, leaf("s1", 2)]);
        small.claim(vec![first, first_of("b", vec![leaf("s0", 2), special])], vec![]);
    };
    let want: &[&[&str]] = &[&["a/s1=d1", "a/s1=d2", "b/s1=d0"]];
    check(make, Variant::Incubating, Ok(want), 26);
    check(make, Variant::Stable, Ok(want), 32);
}

#[test]
fn what_makes_a_claim_too_large_is_not_searched() {
    let halves = |small: &mut Small| {
        small.slice("s", ("p", 1), &typed(&"X".repeat(64)));
        let halves = |name: &str| first_of(name, vec![leaf("all", 32), leaf("half", 16)]);
        small.claim(vec![halves("a"), halves("b")], vec![]);
    };
    let texts: Vec<String> = (0..32).map(|at| format!("{}/half=d{at}", if at < 16 { "a" } else { "b" })).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    check(halves, Variant::Incubating, Ok(&[&texts]), 75);
    let huge = |small: &mut Small| {
        small.slice("s", ("p", 1), &typed("XX"));
        small.claim(vec![exactly(leaf("a", 1)), first_of("b", vec![leaf("huge", i64::MAX), leaf("one", 1)])], vec![]);
    };
    check(huge, Variant::Incubating, Ok(&[&["a=d0", "b/one=d1"]]), 8);
    let all_and_two = |small: &mut Small| {
        small.slice("s", ("p", 1), &typed(&"X".repeat(31))).slice("t", ("q", 1), &typed("YY"));
        let many = small.select(all(leaf("all", 0)), IS_X);
        let (two, other) = (small.select(leaf("two", 2), IS_X), small.select(leaf("b", 2), IS_Y));
        small.claim(vec![first_of("a", vec![many, two]), exactly(other)], vec![]);
    };
    check(all_and_two, Variant::Incubating, Ok(&[&["a/two=d0", "a/two=d1", "b=d0", "b=d1"]]), 42);
}

#[test]
fn the_budget_ends_a_search_and_not_one_step_before() {
    let steps = |step_budget: u64| {
        let mut small = Small::new();
        small.step_budget = Some(step_budget);
        small.slice("s", ("p", 1), &typed("XXXX")).claim(vec![exactly(leaf("r", 5))], vec![]);
        small.allocate().0
    };
    assert_eq!((steps(15), steps(16)), (Err(Outcome::GaveUp), Err(Outcome::Unsatisfiable)));
}

#[test]
fn errors_by_kind() {
    let check = |make: fn(&mut Small), want: ErrorKind| {
        let mut small = Small::new();
        small.slice("s", ("p", 1), &typed("XY"));
        make(&mut small);
        match small.allocate().0 {
            Err(Outcome::Error(reason)) => assert_eq!(reason.kind, want, "{}", reason.text),
            other => panic!("{other:?}, not {want:?}"),
        }
    };
    check(
        |small| {
            small.claim(vec![exactly(leaf("a", 20)), exactly(leaf("b", i64::MAX))], vec![]);
        },
        ErrorKind::ClaimLimit,
    );
    check(
        |small| {
            let leaf = small.select(leaf("a", 1), "device.attributes['x'].y == 1");
            small.claim(vec![exactly(leaf)], vec![]);
        },
        ErrorKind::CelRuntime,
    );
    check(
        |small| {
            let leaf = small.select(leaf("a", 1), "device.nothing");
            small.claim(vec![exactly(leaf)], vec![]);
        },
        ErrorKind::CelCompile,
    );
    check(
        |small| {
            let constraint = constraint(&[], ConstraintKind::Match, "type");
            small.claim(vec![exactly(all(leaf("a", 0)))], vec![constraint]);
        },
        ErrorKind::Constraint,
    );
    check(
        |small| {
            small.slice("t", ("other", 2), &[]).claim(vec![exactly(all(leaf("a", 0)))], vec![]);
        },
        ErrorKind::Pool,
    );
    check(
        |small| {
            let mut leaf = leaf("a", 1);
            leaf.class.id = None;
            small.claim(vec![exactly(leaf)], vec![]);
        },
        ErrorKind::Class,
    );
    check(
        |small| {
            small.features.prioritized_list = false;
            small.claim(vec![first_of("a", vec![leaf("s", 1)])], vec![]);
        },
        ErrorKind::Request,
    );
}

#[test]
fn invalid_pools_count_only_when_nothing_else_is_found() {
    let make = |count: i64| {
        let mut small = Small::new();
        small.slice("s", ("p", 2), &typed("X")).slice("t", ("p", 2), &typed("X")).slice("u", ("q", 1), &typed("Y"));
        small.claim(vec![exactly(leaf("a", count))], vec![]);
        small.allocate().0
    };
    assert_eq!(make(1), Ok(vec![vec!["a=d0".to_owned()]]));
    assert_eq!(make(2), Err(Outcome::NodeError));
}

#[test]
fn pools_with_binding_conditions_come_last() {
    let mut small = Small::new();
    small.slice("s", ("p", 1), &[Dev::new("late").with_conditions()]).slice("t", ("q", 1), &[Dev::new("early")]);
    small.claim(vec![exactly(leaf("a", 2))], vec![]);
    assert_eq!(small.allocate().0, Ok(vec![vec!["a=early".to_owned(), "a=late".to_owned()]]));
}

#[test]
fn counters_shares_and_taints() {
    let mut small = Small::new();
    let devices = [
        Dev::new("whole").draws("memory", "bytes", "4"),
        Dev::new("bad").draws("memory", "bytes", "1").tainted(),
        Dev::new("half").draws("memory", "bytes", "2"),
        Dev::new("other").draws("memory", "bytes", "2"),
    ];
    small.counters("c", ("p", 2), "memory", &[("bytes", "4")]).slice("s", ("p", 2), &devices);
    small.claim(vec![exactly(leaf("a", 2))], vec![]);
    assert_eq!(small.allocate().0, Ok(vec![vec!["a=half".to_owned(), "a=other".to_owned()]]));

    let mut small = Small::new();
    let shared = |name: &str| Dev::new(name).shareable().capacity("memory", "4").draws("set", "slots", "1");
    small.counters("c", ("p", 2), "set", &[("slots", "1")]).slice("s", ("p", 2), &[shared("one"), shared("two")]);
    for _ in 0..3 {
        small.claim(vec![exactly(tolerant(asking(leaf("a", 1), "memory", "2")))], vec![]);
    }
    // The second share of a device draws no counters; the third does not fit, and the other device has no counter left.
    assert_eq!(small.allocate().0, Err(Outcome::Unsatisfiable));
}

#[test]
fn counters_of_a_pool_are_computed_for_the_first_node() {
    let check = |order: [&str; 2], want: [bool; 2]| {
        let mut small = Small::new();
        for (node, generation, slots) in [("node-1", 1, "1"), ("node-2", 2, "0")] {
            small.place = (node, generation);
            small.counters(&format!("c-{node}"), ("p", 2), "set", &[("slots", slots)]);
            small.slice(&format!("d-{node}"), ("p", 2), &[Dev::new("d").draws("set", "slots", "1")]);
        }
        small.claim(vec![exactly(leaf("r", 1))], vec![]);
        let fits = small.with(|world, _| {
            let nodes = order.map(|name| Node { name: name.to_owned(), ..Node::default() });
            let mut reference = Reference::new(world);
            [0, 1].map(|at| matches!(reference.allocate(&nodes[at]).0, Outcome::Allocated(_)))
        });
        assert_eq!(fits, want, "{order:?}");
    };
    // Each node sees its own generation, complete, and the numbers of whichever node came first.
    check(["node-1", "node-2"], [true, true]);
    check(["node-2", "node-1"], [false, false]);
}
