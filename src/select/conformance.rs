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

/// The cases of `DRASIM_CEL_CASES`, or those recorded with the project.
fn recorded() -> Option<Vec<Json>> {
    let path = std::env::var("DRASIM_CEL_CASES").unwrap_or_else(|_| PATH.to_owned());
    let Ok(bytes) = std::fs::read(&path) else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{path} is missing");
        eprintln!("NOT TESTED: the recorded CEL cases are not at {path}");
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
    costs: u64,
    estimates: u64,
    unsupported: BTreeMap<String, u64>,
    differ: Vec<String>,
}

/// What drasim says: the result, its cost, the estimate, and a note for people.
struct Got {
    result: &'static str,
    cost: Option<u64>,
    max_cost: Option<u64>,
    note: String,
}

fn answer(case: &Json) -> Result<Got, CompileError> {
    let program = match Program::compile_in(case["expression"].as_str().unwrap_or_default(), &environment(case)) {
        Ok(program) => program,
        Err(error) if error.unsupported => return Err(error),
        Err(error) => return Ok(Got { result: "compileError", cost: None, max_cost: None, note: format!("{error:?}") }),
    };
    let capacities = capacities(&case["device"]);
    let device = device(&case["device"], &capacities);
    let (verdict, cost) = program.evaluate_on(&device);
    let (result, note) = match verdict {
        Verdict::True => ("true", String::new()),
        Verdict::False => ("false", String::new()),
        Verdict::Error => ("runtimeError", program.failure_on(&device).unwrap_or_default()),
    };
    Ok(Got { result, cost: Some(cost), max_cost: Some(program.max_cost()), note })
}

fn judge(case: &Json, tally: &mut Tally) {
    let expression = case["in"]["expression"].as_str().unwrap_or_default();
    let want = &case["want"];
    let result = want["result"].as_str().unwrap_or_default();
    let mut skip = |why: &str| *tally.unsupported.entry(why.to_owned()).or_default() += 1;
    let got = match answer(&case["in"]) {
        Ok(got) => got,
        Err(CompileError { text, .. }) if result != "compileError" => return skip(&text),
        Err(CompileError { text, .. }) => return skip(&format!("{text} (refused by both)")),
    };
    let mut differ = |what: String| {
        let error = want["error"].as_str().unwrap_or("").lines().take(2).collect::<Vec<_>>().join(" ");
        tally.differ.push(format!("{}: {expression}\n    {what} ({}) ({error})", case["name"], got.note));
    };
    if got.result != result {
        return differ(format!("got {}, want {result}", got.result));
    }
    tally.agree += 1;
    // Where upstream gives no cost, nothing was evaluated or it differs from run to run.
    if let (Some(cost), Some(wanted)) = (got.cost, want["cost"].as_u64()) {
        tally.costs += 1;
        if cost != wanted {
            differ(format!("cost {cost}, want {wanted}"));
        }
    }
    if let (Some(cost), Some(wanted)) = (got.max_cost, want["maxCost"].as_u64()) {
        tally.estimates += 1;
        if cost != wanted {
            differ(format!("estimate {cost}, want {wanted}"));
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
        "cel cases: {} results, {} costs and {} estimates compared, {} differ, {unsupported} unsupported",
        tally.agree,
        tally.costs,
        tally.estimates,
        tally.differ.len(),
    );
    for (why, n) in &tally.unsupported {
        eprintln!("  unsupported {n:5}: {why}");
    }
    assert!(tally.differ.is_empty(), "{}", tally.differ.join("\n"));
    let most = cases.len() as u64 * 9 / 10;
    assert!(tally.agree > most, "only {} of {} cases were compared", tally.agree, cases.len());
}
