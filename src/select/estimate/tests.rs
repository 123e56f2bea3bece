//! Estimates by hand. The recorded cases hold thousands more.

use crate::select::Program;

fn check(text: &str, want: u64) {
    let program = Program::compile(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    assert_eq!(program.max_cost(), want, "{text}");
}

#[test]
fn sizes_of_devices() {
    check("device.driver == \"gpu.example.com\"", 4);
    check("device == device", 2);
    check("dyn(device).?driver.hasValue() && dyn(device).?foo.hasValue() == false", 9);
    check("has((true ? {\"a\":1} : {\"b\":1}).a)", 30);
    check("cel.bind(x, [], (x + [1]).size() + x.size()) == 2", 37);
}

#[test]
fn sums_saturate() {
    check("type(device) == type(device)", 1_844_674_407_370_955_268);
}

/// An extension of a path overwrites another one, as in upstream's slices.
#[test]
fn paths_share_their_arrays() {
    check("cel.bind(a, device.attributes[\"d\"], a.all(k, a[k] == k))", 463);
}
