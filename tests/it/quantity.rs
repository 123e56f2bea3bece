//! Quantities against what upstream answered (kind `quantity` of the recorded cases).
//!
//! The recordings are not part of this repository; without them the test says so and passes, except where `CI=true`.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use drasim::base::Quantity;
use flate2::read::GzDecoder;
use serde_json::Value;

const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/conformance/quantity.jsonl.gz");

/// What is answered to one case, as an error or in the form of its `want`.
fn answer(input: &Value) -> Value {
    let text = |key: &str| input[key].as_str().unwrap_or_default();
    let failed = || serde_json::json!({"ok": false});
    if input["text"].is_string() {
        return Quantity::parse(text("text")).map_or_else(|_| failed(), |q| describe(&q));
    }
    if input["op"] == "sum" {
        let terms: Option<Vec<Quantity>> =
            input["terms"].as_array().expect("terms").iter().map(|t| Quantity::parse(t.as_str()?).ok()).collect();
        let sum = terms.map(|terms| terms.iter().try_fold(Quantity::ZERO, |sum, term| sum.checked_add(term)));
        return sum.map_or_else(failed, |sum| describe(&sum.expect("a recorded sum can be written out")));
    }
    let (Ok(a), Ok(b)) = (Quantity::parse(text("a")), Quantity::parse(text("b"))) else { return failed() };
    match text("op") {
        "cmp" => serde_json::json!({"ok": true, "cmp": a.cmp(&b) as i32}),
        "add" => describe(&a.checked_add(&b).expect("a recorded sum can be written out")),
        "sub" => describe(&a.checked_sub(&b).expect("a recorded difference can be written out")),
        other => panic!("unknown op {other}"),
    }
}

fn describe(q: &Quantity) -> Value {
    let mut answer = serde_json::json!({
        "ok": true,
        "canonical": q.to_string(),
        "format": q.format().to_string(),
        "value": q.value(),
        "milliValue": q.milli_value(),
        "sign": q.sign(),
    });
    if let Some(nanos) = q.nano() {
        answer["nanos"] = nanos.to_string().into();
    }
    if let Some(integer) = q.as_integer() {
        answer["integer"] = integer.into();
    }
    if q.approximate_f64().is_finite() {
        answer["float"] = q.approximate_f64().into();
    }
    answer
}

/// Differences in what both sides tell; `nanos` beyond 128 bits is not told here, the text of an error is free.
fn differences(got: &Value, want: &Value) -> Vec<String> {
    let keys = ["ok", "canonical", "format", "value", "milliValue", "sign", "integer", "cmp", "nanos", "float"];
    let same = |key: &str| match key {
        "nanos" => got.get(key).is_none_or(|n| *n == want[key]) && (got.get(key).is_some() || beyond_128_bits(&want[key])),
        "float" => got[key].as_f64() == want[key].as_f64(),
        _ => got[key] == want[key],
    };
    keys.iter().filter(|key| !same(key)).map(|key| format!("{key}: got {} want {}", got[key], want[key])).collect()
}

fn beyond_128_bits(nanos: &Value) -> bool {
    nanos.as_str().is_none_or(|n| n.parse::<i128>().is_err())
}

#[test]
fn answers_as_recorded() {
    if !Path::new(RECORDED).exists() {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "no recorded cases at {RECORDED}");
        eprintln!("NOT TESTED: quantities against upstream, since there are no recorded cases at {RECORDED}");
        return;
    }
    let file = File::open(RECORDED).expect("readable recordings");
    let mut counted = 0;
    let mut wrong = Vec::new();
    for line in BufReader::new(GzDecoder::new(file)).lines().skip(1) {
        let case: Value = serde_json::from_str(&line.expect("readable recordings")).expect("a JSON object a line");
        counted += 1;
        let differences = differences(&answer(&case["in"]), &case["want"]);
        if !differences.is_empty() {
            wrong.push(format!("{} {}: {}", case["name"], case["in"], differences.join(", ")));
        }
    }
    assert!(counted > 3000, "only {counted} cases");
    assert!(wrong.is_empty(), "{} of {counted} cases differ:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}
