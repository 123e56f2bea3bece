//! The short way says what the plan says, and counts what the plan counts.

use proptest::prelude::*;

use crate::base::Quantity;
use crate::model::{AttrValue, DeviceProfile};
use crate::select::quick::facts::same;
use crate::select::{Device, Program, Verdict};

/// The selectors of `dra.md` 3.10 that are simple forms, and more.
const SIMPLE: [&str; 14] = [
    r#"device.driver == "gpu.example.com""#,
    r#"device.attributes["gpu.example.com"].model == "X100""#,
    r#""memory" in device.capacity["gpu.example.com"]
        && device.capacity["gpu.example.com"].memory.compareTo(quantity("40Gi")) >= 0"#,
    r#"device.capacity["gpu.example.com"].memory.isGreaterThan(quantity("16Gi"))"#,
    r#"device.attributes["gpu.example.com"].driverVersion.isGreaterThan(semver("550.0.0"))"#,
    r#"device.attributes["gpu.example.com"].?profile.orValue("") in ["1g.5gb", "2g.10gb"]"#,
    r#"cel.bind(a, device.attributes["nic.example.com"], a.rdma && a.linkSpeed >= 100)"#,
    r#"device.attributes["topo.example.com"].numa.includes(1)"#,
    "device.allowMultipleAllocations == true",
    "!device.allowMultipleAllocations || false",
    r#"!("resource.kubernetes.io" in device.attributes)
        || device.attributes["resource.kubernetes.io"].pcieRoot == "pci0000:00""#,
    r#"has(device.attributes["gpu.example.com"].model) && 3 != device.attributes["gpu.example.com"].index"#,
    r#"cel.bind(a, device.attributes["x"], "b" in a || has(a.b) && a.?c.orValue(false))"#,
    r#"device.capacity["gpu.example.com"].memory.compareTo(quantity("40Gi")) == 0"#,
];

#[test]
fn typical_selectors_are_simple_forms() {
    for text in SIMPLE {
        let program = Program::compile(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        assert!(program.is_quick(), "{text}");
    }
}

#[test]
fn texts_are_compared_to_the_last_byte() {
    for length in 0..40 {
        let text = "x".repeat(length);
        assert!(same(&text, &text.clone()), "{length}");
        assert!(!same(&text, &"x".repeat(length + 1)), "{length}");
        for at in 0..length {
            let mut other = text.clone();
            other.replace_range(at..=at, "y");
            assert!(!same(&text, &other), "{length} {at}");
        }
    }
}

const IDS: [&str; 4] = ["a", "b", "c", "d"];
const TEXTS: [&str; 5] = ["", "x", "X100", "a text of some length", "ééééééééééé"];
const VERSIONS: [&str; 4] = ["1.0.0", "1.0.0-rc.1", "2.1.0+b", "0.9.9"];
const AMOUNTS: [&str; 5] = ["0", "40Gi", "1000m", "1", "1e30"];

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(texts)
}

fn attribute() -> impl Strategy<Value = AttrValue> {
    prop_oneof![
        (-2i64..4).prop_map(AttrValue::Int),
        any::<bool>().prop_map(AttrValue::Bool),
        one_of(&TEXTS).prop_map(|text| AttrValue::String(text.to_owned())),
        one_of(&VERSIONS).prop_map(|text| AttrValue::Version(text.to_owned())),
    ]
}

fn device() -> impl Strategy<Value = DeviceProfile> {
    let name = || (one_of(&["", "g/", "h/"]), one_of(&IDS)).prop_map(|(domain, id)| format!("{domain}{id}"));
    let amount = one_of(&AMOUNTS).prop_map(|text| Quantity::parse(text).expect("a quantity"));
    let attributes = prop::collection::btree_map(name(), attribute(), 0..8);
    let capacity = prop::collection::btree_map(name(), amount, 0..4);
    (one_of(&["g", "dev.example.com"]), attributes, capacity, any::<bool>()).prop_map(|(driver, attributes, capacity, shared)| {
        DeviceProfile { driver: driver.to_owned(), attributes, capacity, allow_multiple_allocations: shared }
    })
}

fn constant() -> impl Strategy<Value = String> {
    let text = || one_of(&TEXTS).prop_map(|text| format!("{text:?}"));
    prop_oneof![(-2i64..4).prop_map(|n| n.to_string()), any::<bool>().prop_map(|b| b.to_string()), text(), text()]
}

/// An expression for an attribute (dynamic).
fn value() -> impl Strategy<Value = String> {
    let place = (one_of(&["device.attributes[\"g\"]", "device.attributes.h", "bound"]), one_of(&IDS));
    (place, prop::option::weighted(0.3, constant())).prop_map(|((domain, id), otherwise)| match otherwise {
        Some(otherwise) => format!("{domain}.?{id}.orValue({otherwise})"),
        None => format!("{domain}.{id}"),
    })
}

fn form() -> impl Strategy<Value = String> {
    let capacity = || (one_of(&["g", "h"]), one_of(&IDS)).prop_map(|(domain, id)| format!("device.capacity[\"{domain}\"].{id}"));
    let operator = || one_of(&["==", "!=", "<", "<=", ">", ">="]);
    let equality = || (value(), one_of(&["==", "!="]), constant());
    let compared = prop_oneof![
        equality().prop_map(|(v, op, c)| format!("{v} {op} {c}")),
        equality().prop_map(|(v, op, c)| format!("{c} {op} {v}")),
        (value(), operator(), -2i64..4).prop_map(|(v, op, n)| format!("{v} {op} {n}")),
        (value(), prop::collection::vec(one_of(&TEXTS), 0..3)).prop_map(|(v, list)| format!("{v} in {list:?}")),
        (value(), prop::collection::vec(-2i64..4, 0..3)).prop_map(|(v, list)| format!("{v} in {list:?}")),
        (value(), constant()).prop_map(|(v, c)| format!("{v}.includes({c})")),
        value(),
    ];
    let ordered = prop_oneof![
        (value(), one_of(&["isGreaterThan", "isLessThan"]), one_of(&VERSIONS))
            .prop_map(|(v, f, c)| format!("{v}.{f}(semver({c:?}))")),
        (capacity(), one_of(&["isGreaterThan", "isLessThan"]), one_of(&AMOUNTS))
            .prop_map(|(v, f, c)| format!("{v}.{f}(quantity({c:?}))")),
        (capacity(), operator(), one_of(&AMOUNTS), -2i64..3)
            .prop_map(|(v, op, c, n)| format!("{v}.compareTo(quantity({c:?})) {op} {n}")),
        (value(), operator(), one_of(&VERSIONS), -2i64..3)
            .prop_map(|(v, op, c, n)| format!("{v}.compareTo(semver({c:?})) {op} {n}")),
    ];
    let present = prop_oneof![
        one_of(&IDS).prop_map(|id| format!("has(device.attributes.g.{id})")),
        one_of(&IDS).prop_map(|id| format!("{id:?} in bound")),
        one_of(&IDS).prop_map(|id| format!("{id:?} in device.capacity[\"g\"]")),
        one_of(&["g", "h", "q"]).prop_map(|domain| format!("{domain:?} in device.attributes")),
        one_of(&["device.allowMultipleAllocations", "device.driver == \"g\"", "true", "false"]).prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![3 => compared, 1 => ordered, 2 => present];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|forms| format!("({})", forms.join(" && "))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|forms| format!("({})", forms.join(" || "))),
            inner.prop_map(|form| format!("!({form})")),
        ]
    })
}

fn compare(text: &str, profiles: &[DeviceProfile]) -> Result<(), TestCaseError> {
    let text = format!("cel.bind(bound, device.attributes.g, {text})");
    // What does not compile, such as a comparison of a bool with an int, says nothing here.
    let Ok(program) = Program::compile(&text) else { return Ok(()) };
    for profile in profiles {
        let device = Device::from(profile);
        let (matches, cost) = program.run_plan(&device);
        let verdict = matches.map_or(Verdict::Error, |matches| if matches { Verdict::True } else { Verdict::False });
        prop_assert_eq!(program.evaluate_on(&device), (verdict, cost), "{} on {:?}", text, profile);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_short_way_says_what_the_plan_says(text in form(), profiles in prop::collection::vec(device(), 4)) {
        compare(&text, &profiles)?;
    }
}
