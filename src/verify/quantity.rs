//! Kind `quantity`: parsing and arithmetic (`apimachinery/pkg/api/resource`).

use serde::Deserialize;
use serde_json::{Value, json};

use crate::base::{Quantity, QuantityError};
use crate::verify::answer::{Answer, Answered};
use crate::verify::case_file::{Fault, question};
use crate::verify::compare::{self, Difference};

/// What is asked: `text` alone is parsed, `op` is of `a` and `b` or of `terms`.
#[derive(Deserialize)]
struct Input {
    text: Option<String>,
    op: Option<String>,
    #[serde(default)]
    a: String,
    #[serde(default)]
    b: String,
    #[serde(default)]
    terms: Vec<String>,
}

/// Answers a case.
pub fn answer(line: &str) -> Result<Answered, Fault> {
    let (name, input, unknown) = question::<Input>(line)?;
    let got = match (&input.text, input.op.as_deref()) {
        (Some(text), _) => parsed(&[text]).map(|q| described(&q[0])),
        (None, Some(op @ ("add" | "sub" | "cmp"))) => parsed(&[&input.a, &input.b]).map(|q| combined(op, &q[0], &q[1])),
        (None, Some("sum")) => parsed(&input.terms.iter().map(String::as_str).collect::<Vec<_>>()).map(|terms| {
            let sum = terms.iter().try_fold(Quantity::ZERO, |sum, term| sum.checked_add(term));
            sum.map_or_else(beyond, |sum| described(&sum))
        }),
        (None, op) => {
            let text = format!("`{}` is not known; ops are add, sub, cmp and sum", op.unwrap_or(""));
            return Err(Fault::case(Some("in.op".to_owned()), text));
        }
    };
    let got = got.unwrap_or_else(|error| json!({"ok": false, "error": error.to_string()}));
    Ok(Answered { name, answers: vec![Answer::only(got)], unknown })
}

fn parsed(texts: &[&str]) -> Result<Vec<Quantity>, QuantityError> {
    texts.iter().map(|text| Quantity::parse(text)).collect()
}

fn combined(op: &str, a: &Quantity, b: &Quantity) -> Value {
    match op {
        "cmp" => json!({"ok": true, "cmp": a.cmp(b) as i32}),
        "add" => a.checked_add(b).map_or_else(beyond, |sum| described(&sum)),
        _ => a.checked_sub(b).map_or_else(beyond, |difference| described(&difference)),
    }
}

/// Upstream would write out every digit.
fn beyond() -> Value {
    json!({"ok": false, "error": "the result has more digits than drasim writes out"})
}

/// Everything that can be read off a quantity.
fn described(q: &Quantity) -> Value {
    let mut answer = json!({
        "ok": true,
        "canonical": q.to_string(),
        "format": q.format().to_string(),
        "value": q.value(),
        "milliValue": q.milli_value(),
        "sign": q.sign(),
    });
    if let Some(nanos) = q.nanos_text() {
        answer["nanos"] = nanos.into();
    }
    if let Some(integer) = q.as_integer() {
        answer["integer"] = integer.into();
    }
    if q.approximate_f64().is_finite() {
        answer["float"] = q.approximate_f64().into();
    }
    answer
}

/// Everything is compared but the text of an error.
pub fn differences(got: &Value, want: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare::all("", Some(got), Some(want), &mut found);
    found.retain(|difference| difference.path != "error");
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_have_the_recorded_form() {
        let check = |input: &str, want: Value| {
            let line = format!("{{\"name\":\"x\",\"in\":{input}}}");
            let got = answer(&line).expect(input).answers.remove(0).got;
            assert_eq!(differences(&got, &want), [], "{input}: {got}");
        };
        let one_and_a_half = json!({"ok": true, "canonical": "1500m", "format": "DecimalSI", "value": 2, "milliValue": 1500,
            "sign": 1, "nanos": "1500000000", "float": 1.5});
        check(r#"{"text": "1500m"}"#, one_and_a_half.clone());
        check(r#"{"op": "add", "a": "1", "b": "500m"}"#, one_and_a_half.clone());
        check(r#"{"op": "sum", "terms": ["1", "500m"]}"#, one_and_a_half);
        check(r#"{"op": "cmp", "a": "1", "b": "2"}"#, json!({"ok": true, "cmp": -1}));
        check(r#"{"op": "cmp", "a": "1", "b": "x"}"#, json!({"ok": false}));
        check(
            r#"{"text": "1e30"}"#,
            json!({"ok": true, "canonical": "1e30", "format": "DecimalExponent", "value": 0,
            "milliValue": 0, "sign": 1, "nanos": format!("1{}", "0".repeat(39)), "float": 1e30}),
        );
        assert!(answer(r#"{"name": "x", "in": {"op": "mul"}}"#).is_err());
        assert_eq!(answer(r#"{"name": "x", "in": {"text": "1", "tex": 1}}"#).expect("a case").unknown, ["in.tex"]);
    }
}
