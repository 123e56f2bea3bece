//! The allocator's searches: problems that take upstream exponentially many steps, and ordinary ones.
//!
//! `cargo bench --bench alloc`

use divan::{Bencher, black_box};
use drasim::alloc::dra::fast::hard::Hard;
use drasim::alloc::dra::fleet::Fleet;
use drasim::alloc::dra::{Cluster, Fast, Features, Reference, Variant};
use drasim::base::{ClassId, NodeId, SelectorId};
use drasim::model::AttrValue;
use drasim::model::dra::{Claim, ClassRef, DeviceClass, Leaf, Node, NodeChoice, Profile, Publisher, Request, Slice, Traits};
use drasim::select::Program;

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
    fast_as(bencher, name, Variant::Incubating);
}

/// The same for the stable allocator, which goes through permutations.
#[divan::bench(args = HARD)]
fn fast_stable(bencher: Bencher<'_, '_>, name: &str) {
    fast_as(bencher, name, Variant::Stable);
}

/// The same for the experimental allocator.
#[divan::bench(args = HARD)]
fn fast_experimental(bencher: Bencher<'_, '_>, name: &str) {
    fast_as(bencher, name, Variant::Experimental);
}

fn fast_as(bencher: Bencher<'_, '_>, name: &str, variant: Variant) {
    let hard = hard(name);
    bencher.bench_local(|| Fast::new(black_box(hard.world(variant, None))).allocate(&hard.node));
}

/// The reference, where it comes to an end.
#[divan::bench(args = WALKABLE, sample_count = 5)]
fn reference(bencher: Bencher<'_, '_>, name: &str) {
    let hard = hard(name);
    bencher.bench_local(|| Reference::new(black_box(hard.world(Variant::Incubating, None))).allocate(&hard.node));
}

/// 100,000 nodes with a slice of ten devices each, every device with a UUID of its own, and a claim for two of them.
fn million() -> (Cluster, Vec<Vec<Claim>>) {
    let mut publisher = Publisher::default();
    let traits = publisher.traits(Traits::default());
    let mut nodes = Vec::new();
    for n in 0..100_000 {
        let name = format!("node-{n:06}");
        let mut rows = Vec::new();
        for d in 0..10 {
            let model = publisher.attribute("model", AttrValue::String("H100".to_owned()));
            let uuid = publisher.attribute("uuid", AttrValue::String(format!("GPU-{n:08x}-{d:04x}")));
            let driver = publisher.name("gpu.example.com");
            let attributes = [model, uuid].into();
            let profile = Profile { driver, allow_multiple_allocations: false, attributes, capacity: [].into() };
            rows.push((publisher.name(&format!("gpu-{d}")), publisher.profile(profile), traits));
        }
        let pool = publisher.name(&name);
        let slice = Slice {
            name: publisher.name(&format!("{name}-gpu")),
            driver: publisher.name("gpu.example.com"),
            pool,
            generation: 1,
            slice_count: 1,
            nodes: NodeChoice { name: Some(pool), ..NodeChoice::default() },
            per_device_node_selection: None,
            counter_sets: Vec::new(),
            devices: 0..0,
            skip_node_operations: Vec::new(),
        };
        publisher.slice(slice, &rows);
        nodes.push(Node { name, ..Node::default() });
    }
    let class = DeviceClass { name: "gpu".to_owned(), selectors: vec![Some(SelectorId(0))], config: Vec::new() };
    let selectors = [Program::compile("device.attributes[\"gpu.example.com\"].model == \"H100\"")].into_iter().collect();
    let class_ref = ClassRef { name: "gpu".to_owned(), id: Some(ClassId(0)) };
    let claim = Claim { requests: vec![Request::exactly(Leaf::exact("gpus", class_ref, Vec::new(), 2))], ..Claim::default() };
    let rules = (Features::KUBERNETES_1_37, Variant::Incubating);
    let classes = [class].into_iter().collect();
    let cluster = Cluster::new(rules, publisher.finish(), (classes, selectors), nodes, [&claim]);
    (cluster, vec![vec![claim]])
}

/// One more pod among a million devices, the first one being placed: promised in less than 1 ms.
#[divan::bench]
fn second_pod_among_a_million_devices(bencher: Bencher<'_, '_>) {
    let (cluster, claims) = million();
    let mut fleet = Fleet::new(cluster.asking(None), &claims).expect("nodes on their own");
    fleet.place(0, NodeId(0), 1).expect("no error");
    bencher.bench_local(|| fleet.place(0, NodeId(0), 1).map(|placement| placement.placed));
}
