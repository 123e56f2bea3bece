//! The allocator's searches: problems that take upstream exponentially many steps, and ordinary ones.
//!
//! `cargo bench --bench alloc`

use divan::{Bencher, black_box};
use drasim::alloc::dra::fast::hard::Hard;
use drasim::alloc::dra::{Fast, Reference, Variant};

fn main() {
    divan::main();
}

const HARD: &[&str] = &[
    "match 13 of 24, sorted",
    "match 13 of 24, interleaved",
    "match 25 of 48, sorted",
    "match 25 of 48, interleaved",
    "match 32 of 62, sorted",
    "match 32 of 62, interleaved",
    "13 pigeons in 12 holes of 2, sorted",
    "13 pigeons in 12 holes of 2, interleaved",
    "32 pigeons in 31 holes of 2, sorted",
    "32 pigeons in 31 holes of 2, interleaved",
    "counter short by one, 13 of 24",
    "counter short by one, 32 of 62",
    "13 requests for 12 devices",
    "32 requests for 31 devices",
    "three claims over three pools, 8 of 16",
];

/// Those that a plain search ends within a second.
const WALKABLE: &[&str] = &["match 13 of 24, sorted", "match 13 of 24, interleaved", "13 pigeons in 12 holes of 2, sorted"];

fn hard(name: &str) -> Hard {
    match name {
        "match 13 of 24, sorted" => Hard::match_short(13, 2, 12, false),
        "match 13 of 24, interleaved" => Hard::match_short(13, 2, 12, true),
        "match 25 of 48, sorted" => Hard::match_short(25, 2, 24, false),
        "match 25 of 48, interleaved" => Hard::match_short(25, 2, 24, true),
        "match 32 of 62, sorted" => Hard::match_short(32, 2, 31, false),
        "match 32 of 62, interleaved" => Hard::match_short(32, 2, 31, true),
        "13 pigeons in 12 holes of 2, sorted" => Hard::pigeonholes(12, 2, false),
        "13 pigeons in 12 holes of 2, interleaved" => Hard::pigeonholes(12, 2, true),
        "32 pigeons in 31 holes of 2, sorted" => Hard::pigeonholes(31, 2, false),
        "32 pigeons in 31 holes of 2, interleaved" => Hard::pigeonholes(31, 2, true),
        "counter short by one, 13 of 24" => Hard::counter_short(13, 24),
        "counter short by one, 32 of 62" => Hard::counter_short(32, 62),
        "13 requests for 12 devices" => Hard::competing(13),
        "32 requests for 31 devices" => Hard::competing(32),
        "three claims over three pools, 8 of 16" => Hard::three_pools(8, 16),
        _ => unreachable!("a name of the list"),
    }
}

/// The fast search.
#[divan::bench(args = HARD)]
fn fast(bencher: Bencher<'_, '_>, name: &str) {
    let hard = hard(name);
    bencher.bench_local(|| Fast::new(black_box(hard.world(Variant::Incubating, None))).allocate(&hard.node));
}

/// The reference, where it comes to an end.
#[divan::bench(args = WALKABLE, sample_count = 5)]
fn reference(bencher: Bencher<'_, '_>, name: &str) {
    let hard = hard(name);
    bencher.bench_local(|| Reference::new(black_box(hard.world(Variant::Incubating, None))).allocate(&hard.node));
}
