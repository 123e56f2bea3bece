//! Comparing JSON with JSON.

use serde_json::Value;

use crate::base::Quantity;

/// One place where an answer differs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// Path in the answer, such as `results[0].devices.results[1].device`; empty for the whole.
    pub path: String,
    /// What drasim says, as JSON; `nothing` where it says nothing.
    pub got: String,
    /// What upstream says.
    pub want: String,
}

/// The word for an absent value.
const NOTHING: &str = "nothing";

impl Difference {
    /// A difference of two values, of which one may be absent.
    pub fn of(path: &str, got: Option<&Value>, want: Option<&Value>) -> Difference {
        let text = |value: Option<&Value>| value.map_or_else(|| NOTHING.to_owned(), Value::to_string);
        Difference { path: path.to_owned(), got: text(got), want: text(want) }
    }
}

/// Compares the `keys` that upstream gave; what is absent there is left to chance.
pub fn wanted(got: &Value, want: &Value, keys: &[&str]) -> Vec<Difference> {
    let mut found = Vec::new();
    for key in keys {
        if let Some(value) = want.get(key) {
            all(key, got.get(key), Some(value), &mut found);
        }
    }
    found
}

/// Compares two values in full. Amounts of a `consumedCapacity` and floats are compared by value.
pub fn all(path: &str, got: Option<&Value>, want: Option<&Value>, found: &mut Vec<Difference>) {
    match (got, want) {
        (None, None) => {}
        (Some(Value::Object(got)), Some(Value::Object(want))) => {
            let new = want.keys().filter(|key| !got.contains_key(*key));
            for key in got.keys().chain(new) {
                all(&below(path, key), got.get(key), want.get(key), found);
            }
        }
        (Some(Value::Array(got)), Some(Value::Array(want))) => {
            for at in 0..got.len().max(want.len()) {
                all(&format!("{path}[{at}]"), got.get(at), want.get(at), found);
            }
        }
        (Some(got), Some(want)) if got == want || same_number(got, want) => {}
        (Some(got), Some(want)) if path.contains(".consumedCapacity.") && same_amount(got, want) => {}
        _ => found.push(Difference::of(path, got, want)),
    }
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn same_number(a: &Value, b: &Value) -> bool {
    let float = a.is_f64() || b.is_f64();
    float && a.is_number() && b.is_number() && a.as_f64() == b.as_f64()
}

fn same_amount(a: &Value, b: &Value) -> bool {
    let amount = |value: &Value| Quantity::parse(value.as_str()?).ok();
    matches!((amount(a), amount(b)), (Some(a), Some(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn differences_have_a_path() {
        let check = |got: Value, want: Value, paths: &[&str]| {
            let mut found = Vec::new();
            all("", Some(&got), Some(&want), &mut found);
            let found: Vec<String> = found.iter().map(|d| format!("{} {} {}", d.path, d.got, d.want)).collect();
            assert_eq!(found, paths);
        };
        check(json!({"a": [1, {"b": "x"}]}), json!({"a": [1, {"b": "x"}]}), &[]);
        check(
            json!({"a": [1, {"b": "x"}]}),
            json!({"a": [2, {"b": "y"}], "c": null}),
            &["a[0] 1 2", "a[1].b \"x\" \"y\"", "c nothing null"],
        );
        check(json!({"a": [1, 2]}), json!({"a": [1]}), &["a[1] 2 nothing"]);
        check(json!({"r": {"consumedCapacity": {"m": "1Gi"}}}), json!({"r": {"consumedCapacity": {"m": "1024Mi"}}}), &[]);
        check(
            json!({"r": {"capacity": {"m": "1Gi"}}}),
            json!({"r": {"capacity": {"m": "1024Mi"}}}),
            &["r.capacity.m \"1Gi\" \"1024Mi\""],
        );
        check(json!({"f": 1.0, "g": 2}), json!({"f": 1, "g": 2.5}), &["g 2 2.5"]);
    }

    #[test]
    fn only_what_upstream_gave_is_compared() {
        let got = json!({"a": 1, "b": 2});
        assert_eq!(wanted(&got, &json!({"a": 1}), &["a", "b"]), []);
        assert_eq!(wanted(&got, &json!({"a": 1, "b": 3, "c": 4}), &["a", "b"]).len(), 1);
        assert_eq!(wanted(&got, &json!({"d": 3}), &["d"]), [Difference::of("d", None, Some(&json!(3)))]);
    }
}
