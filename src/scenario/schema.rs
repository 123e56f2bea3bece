//! The JSON Schema of scenario files, made from the raw types. It is published and it is what input is checked against:
//! there is no second description of the format.

use serde_json::{Map, Value, json};

use crate::scenario::raw;

/// The schema of a scenario (JSON Schema, draft 2020-12).
pub fn scenario() -> Value {
    let mut schema = schemars::schema_for!(raw::Scenario).to_value();
    simplify(&mut schema);
    if let Value::Object(root) = &mut schema {
        root.insert("$id".into(), json!("drasim.scenario/v1"));
        root.insert("title".into(), json!("drasim scenario"));
    }
    schema
}

/// TOML has no null and the raw types say "absent" by their own defaults, so both leave the schema.
fn simplify(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if matches!(object.get("default"), Some(Value::Null | Value::Array(_) | Value::Object(_) | Value::String(_))) {
                object.remove("default");
            }
            // `default` beside a required key says what an absent one is parsed as, which nobody may rely on.
            if object.get("default").is_some_and(|d| d == &json!(0)) {
                object.remove("default");
            }
            drop_null(object);
            object.values_mut().for_each(simplify);
        }
        Value::Array(items) => items.iter_mut().for_each(simplify),
        _ => {}
    }
}

fn drop_null(object: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|t| t != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(options)) = object.get_mut("enum") {
        options.retain(|o| !o.is_null());
    }
    let Some(Value::Array(mut options)) = object.remove("anyOf") else {
        return;
    };
    options.retain(|o| o.get("type").is_none_or(|t| t != "null"));
    match (options.len(), options.pop()) {
        (1, Some(Value::Object(only))) => only.into_iter().for_each(|(key, value)| {
            // The field's own description wins over that of its type.
            object.entry(key).or_insert(value);
        }),
        (_, Some(last)) => {
            options.push(last);
            object.insert("anyOf".into(), Value::Array(options));
        }
        _ => {}
    }
}

/// One level of the schema, with references followed.
#[derive(Clone, Copy)]
pub struct Rule<'a> {
    root: &'a Value,
    here: &'a Value,
}

/// What kind of value a rule wants.
#[derive(Clone, PartialEq, Debug)]
pub enum Wants<'a> {
    /// A table.
    Table,
    /// An array.
    Array,
    /// One of these words.
    Word(Vec<&'a str>),
    /// A string; with a form of `units`, if it has one.
    Text(Option<&'a str>),
    /// A whole number in this range.
    Whole(i128, i128),
    /// A finite number.
    Number,
    /// A boolean.
    Bool,
    /// Anything.
    Any,
}

impl<'a> Rule<'a> {
    /// The rule of a whole document.
    pub fn root(schema: &'a Value) -> Rule<'a> {
        Rule { root: schema, here: schema }
    }

    fn follow(self, here: &'a Value) -> Rule<'a> {
        let target = here.get("$ref").and_then(Value::as_str).and_then(|r| self.root.pointer(r.strip_prefix('#')?));
        Rule { root: self.root, here: target.unwrap_or(here) }
    }

    /// The rule of a key of a table; `None` if the key is unknown.
    pub fn key(self, key: &str) -> Option<Rule<'a>> {
        let known = self.here.get("properties").and_then(|p| p.get(key));
        let other = self.here.get("additionalProperties").filter(|o| **o != json!(false));
        known.or(other).map(|rule| self.follow(rule))
    }

    /// The keys that a table may have; `None` if it may have any.
    pub fn keys(self) -> Option<Vec<&'a str>> {
        let closed = self.here.get("additionalProperties") == Some(&json!(false));
        let keys = self.here.get("properties").and_then(Value::as_object)?;
        closed.then(|| keys.keys().map(String::as_str).collect())
    }

    /// The keys that a table must have.
    pub fn required(self) -> impl Iterator<Item = &'a str> {
        self.here.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }

    /// The rule of the elements of an array.
    pub fn element(self) -> Option<Rule<'a>> {
        self.here.get("items").map(|items| self.follow(items))
    }

    /// What kind of value is wanted.
    pub fn wants(self) -> Wants<'a> {
        let words =
            |list: &'a Vec<Value>, of: fn(&'a Value) -> Option<&'a str>| Wants::Word(list.iter().filter_map(of).collect());
        if let Some(list) = self.here.get("enum").and_then(Value::as_array) {
            return words(list, Value::as_str);
        }
        if let Some(list) = self.here.get("oneOf").and_then(Value::as_array) {
            return words(list, |o| o.get("const").and_then(Value::as_str));
        }
        match self.here.get("type").and_then(Value::as_str) {
            Some("object") => Wants::Table,
            Some("array") => Wants::Array,
            Some("string") => Wants::Text(self.here.get("format").and_then(Value::as_str)),
            Some("integer") => {
                let (low, high) = self.range();
                Wants::Whole(low, high)
            }
            Some("number") => Wants::Number,
            Some("boolean") => Wants::Bool,
            _ => Wants::Any,
        }
    }

    /// The stated bounds, within what the Rust type and TOML's 64-bit integers hold.
    fn range(self) -> (i128, i128) {
        let (low, high): (i128, i128) = match self.here.get("format").and_then(Value::as_str) {
            Some("uint32") => (0, u32::MAX.into()),
            Some("int32") => (i32::MIN.into(), i32::MAX.into()),
            Some("uint64") => (0, i64::MAX.into()),
            _ => (i64::MIN.into(), i64::MAX.into()),
        };
        let bound = |name| self.here.get(name).and_then(Value::as_i64).map(i128::from);
        (bound("minimum").map_or(low, |b| b.max(low)), bound("maximum").map_or(high, |b| b.min(high)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(value: &Value, f: &mut impl FnMut(&Map<String, Value>)) {
        match value {
            Value::Object(object) => {
                f(object);
                object.values().for_each(|v| visit(v, f));
            }
            Value::Array(items) => items.iter().for_each(|v| visit(v, f)),
            _ => {}
        }
    }

    #[test]
    fn schema_is_closed_documented_and_without_null() {
        let schema = scenario();
        let mut tables = 0;
        visit(&schema, &mut |object| {
            assert_ne!(object.get("type"), Some(&json!("null")), "{object:?}");
            assert_ne!(object.get("default"), Some(&Value::Null), "{object:?}");
            let Some(Value::Object(properties)) = object.get("properties") else { return };
            tables += 1;
            assert_eq!(object.get("additionalProperties"), Some(&json!(false)), "{object:?}");
            for (key, rule) in properties {
                assert!(rule.get("description").is_some_and(|d| d.as_str().is_some_and(|d| d.len() > 3)), "{key}: {rule}");
                assert!(!matches!(Rule::root(&schema).follow(rule).wants(), Wants::Any), "{key}: {rule}");
            }
        });
        assert!(tables >= 15, "{tables} tables");
    }

    #[test]
    fn rules_follow_references() {
        let schema = scenario();
        let root = Rule::root(&schema);
        let rule = |path: &str| {
            path.split('.').fold(root, |rule, step| if step == "0" { rule.element() } else { rule.key(step) }.expect(path))
        };
        assert_eq!(rule("cluster").wants(), Wants::Table);
        assert_eq!(rule("run.replicates").wants(), Wants::Whole(1, 100_000));
        assert_eq!(rule("workload.load").wants(), Wants::Number);
        assert_eq!(rule("workload.replay").wants(), Wants::Word(vec!["timed", "sequence"]));
        assert_eq!(rule("workload.from").wants(), Wants::Text(Some("drasim-duration")));
        assert_eq!(rule("control_plane.kubelet.start.p50").wants(), Wants::Text(Some("drasim-duration")));
        assert_eq!(rule("scheduler.resources.0.weight").wants(), Wants::Whole(1, 100));
        assert_eq!(rule("strategy.0").required().collect::<Vec<_>>(), ["name"]);
        assert_eq!(rule("strategy.0.options.anything").wants(), Wants::Any);
    }
}
