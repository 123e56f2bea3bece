//! The recorded answers of upstream (`conformance/cel.jsonl.gz`): every case that uses what is supported must agree.

use std::collections::BTreeMap;
use std::io::Read;

use serde_json::Value as Json;

use crate::base::Quantity;
use crate::select::device::{Device, version};
use crate::select::environment::{Environment, Features};
use crate::select::error::{CompileError, Failure};
use crate::select::program::{Program, Verdict};
use crate::select::value::{Text, Value};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/conformance/cel.jsonl.gz");

/// The recorded cases; those of another file if `DRASIM_CEL_CASES` names one.
fn recorded() -> Option<Vec<Json>> {
    let other = std::env::var("DRASIM_CEL_CASES");
    let Ok(bytes) = std::fs::read(other.as_deref().unwrap_or(PATH)) else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{PATH} is missing");
        eprintln!("NOT TESTED: the recorded CEL cases are not at {PATH}");
        return None;
    };
    let mut text = String::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).expect("the case file is gzip of UTF-8");
    } else {
        text = String::from_utf8(bytes).expect("the case file is UTF-8");
    }
    Some(text.lines().skip(1).map(|line| serde_json::from_str(line).expect("a case is JSON")).collect())
}

fn list<'p>(items: &'p Json, one: impl Fn(&'p Json) -> Result<Value<'p>, Failure>) -> Option<Result<Value<'p>, Failure>> {
    let items = items.as_array()?;
    Some(items.iter().map(one).collect::<Result<Vec<_>, _>>().map(Value::list))
}

/// An attribute in its JSON form; what is present first wins, as upstream has it.
fn attribute(json: &Json) -> Result<Value<'_>, Failure> {
    let int = |v: &Json| v.as_i64().map(Value::Int);
    let bool = |v: &Json| v.as_bool().map(Value::Bool);
    let wrong = || Failure::new("unsupported attribute value");
    let found = list(&json["ints"], |v| int(v).ok_or_else(wrong))
        .or_else(|| list(&json["bools"], |v| bool(v).ok_or_else(wrong)))
        .or_else(|| list(&json["strings"], |v| v.as_str().map(|s| Value::String(Text::Lent(s))).ok_or_else(wrong)))
        .or_else(|| list(&json["versions"], |v| version(v.as_str().ok_or_else(wrong)?)));
    found
        .or_else(|| int(&json["int"]).map(Ok))
        .or_else(|| bool(&json["bool"]).map(Ok))
        .or_else(|| json["string"].as_str().map(|s| Ok(Value::String(Text::Lent(s)))))
        .or_else(|| json["version"].as_str().map(version))
        .unwrap_or_else(|| Err(wrong()))
}

/// The capacities of a case's device.
fn capacities(json: &Json) -> Vec<(&str, Quantity)> {
    let amount = |value: &Json| Quantity::parse(value["value"].as_str().expect("a text")).expect("a quantity");
    json["capacity"].as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), amount(value))).collect()
}

/// The device of a case.
fn device<'p>(json: &'p Json, capacities: &'p [(&'p str, Quantity)]) -> Device<'p> {
    let shared = json["allowMultipleAllocations"].as_bool().unwrap_or(false);
    let mut device = Device::new(json["driver"].as_str().unwrap_or_default(), shared);
    for (name, value) in json["attributes"].as_object().into_iter().flatten() {
        device.attribute(name, attribute(value));
    }
    for (name, value) in capacities {
        device.capacity(name, value);
    }
    device
}

/// The environment of a case.
fn environment(input: &Json) -> Environment {
    let has = |gate: &str| input["features"].as_array().is_some_and(|gates| gates.iter().any(|have| have == gate));
    let features =
        Features { consumable_capacity: has("DRAConsumableCapacity"), list_type_attributes: has("DRAListTypeAttributes") };
    if input["env"] == "new" { Environment::new(features) } else { Environment::stored() }
}

#[derive(Default)]
struct Tally {
    agree: u64,
    cost_agrees: u64,
    cost_differs: u64,
    unsupported: BTreeMap<String, u64>,
    differ: Vec<String>,
}

fn judge(case: &Json, tally: &mut Tally) {
    let expression = case["in"]["expression"].as_str().unwrap_or_default();
    let want = case["want"]["result"].as_str().unwrap_or_default();
    let mut skip = |why: &str| *tally.unsupported.entry(why.to_owned()).or_default() += 1;
    let (got, cost, note) = match Program::compile_in(expression, &environment(&case["in"])) {
        Err(CompileError { unsupported: true, text, .. }) if want != "compileError" => return skip(&text),
        Err(CompileError { unsupported: true, text, .. }) => return skip(&format!("{text} (refused by both)")),
        Err(error) => ("compileError", None, format!("{error:?}")),
        Ok(program) => {
            let capacities = capacities(&case["in"]["device"]);
            let (verdict, cost) = program.evaluate_on(&device(&case["in"]["device"], &capacities));
            match verdict {
                Verdict::True => ("true", Some(cost), String::new()),
                Verdict::False => ("false", Some(cost), String::new()),
                Verdict::Error(text) => ("runtimeError", Some(cost), text),
            }
        }
    };
    if got != want {
        tally.differ.push(format!(
            "{}: {expression}\n    got {got} ({note}), want {want} ({})",
            case["name"],
            case["want"]["error"].as_str().unwrap_or("").lines().take(2).collect::<Vec<_>>().join(" ")
        ));
        return;
    }
    tally.agree += 1;
    if let (Some(cost), Some(wanted)) = (cost, case["want"]["cost"].as_u64()) {
        if cost == wanted {
            tally.cost_agrees += 1
        } else {
            tally.cost_differs += 1
        }
        if cost != wanted && std::env::var_os("DRASIM_CEL_COSTS").is_some() {
            eprintln!("cost {cost}, want {wanted}: {expression}");
        }
    }
}

#[test]
fn recorded_cases_agree() {
    let Some(cases) = recorded() else { return };
    let mut tally = Tally::default();
    for case in &cases {
        judge(case, &mut tally);
    }
    let unsupported: u64 = tally.unsupported.values().sum();
    eprintln!(
        "cel cases: {} agree, {} differ, {unsupported} unsupported; cost: {} agree, {} differ",
        tally.agree,
        tally.differ.len(),
        tally.cost_agrees,
        tally.cost_differs
    );
    for (why, n) in &tally.unsupported {
        eprintln!("  unsupported {n:5}: {why}");
    }
    assert!(tally.differ.is_empty(), "{}", tally.differ.join("\n"));
    let most = cases.len() as u64 * 9 / 10;
    assert!(tally.agree > most, "only {} of {} cases were compared", tally.agree, cases.len());
}
