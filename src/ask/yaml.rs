//! Writing YAML: block style, keys in the order of the value (kubectl sorts them, and so do the values that come here).

use serde_json::Value;

/// `value` as a YAML document, with a final line break.
pub fn to_yaml(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, &mut text);
    text
}

/// Writes a value that begins a line, indented by `indent`.
fn write(value: &Value, indent: usize, text: &mut String) {
    let lead = " ".repeat(indent);
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                text.push_str(&lead);
                text.push_str(&scalar(key));
                text.push(':');
                below(value, indent + 2, text);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                let mut inner = String::new();
                write(item, indent + 2, &mut inner);
                // The first line of the item stands beside its dash.
                text.push_str(&lead);
                text.push_str("- ");
                text.push_str(&inner[indent + 2..]);
            }
        }
        leaf => {
            text.push_str(&lead);
            text.push_str(&flow(leaf));
            text.push('\n');
        }
    }
}

/// Writes what follows a key.
fn below(value: &Value, indent: usize, text: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            text.push('\n');
            write(value, indent, text);
        }
        // Lists are indented like their key, as kubectl writes them.
        Value::Array(items) if !items.is_empty() => {
            text.push('\n');
            write(value, indent - 2, text);
        }
        leaf => {
            text.push(' ');
            text.push_str(&flow(leaf));
            text.push('\n');
        }
    }
}

fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        Value::Object(_) => "{}".to_owned(),
        Value::Array(_) => "[]".to_owned(),
        other => other.to_string(),
    }
}

/// A string: plain where no reader could take it for anything else, else quoted as in JSON, which YAML reads too.
fn scalar(text: &str) -> String {
    const WORDS: [&str; 11] = ["null", "~", "true", "false", "yes", "no", "on", "off", "y", "n", ".nan"];
    let is_word = WORDS.contains(&text.to_ascii_lowercase().as_str());
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if starts_well && !is_word && text.chars().all(is_plain) { text.to_owned() } else { Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_read_as_kubectl_writes_them() {
        let value = json!({"a": [{"a": [1, "x y", []], "b": {}, "no": "1.5"}, ["p", {"q": null}]], "e": "List"});
        let want = "a:\n- a:\n  - 1\n  - \"x y\"\n  - []\n  b: {}\n  \"no\": \"1.5\"\n- - p\n  - q: null\ne: List\n";
        assert_eq!(to_yaml(&value), want);
        assert_eq!(to_yaml(&json!("a: b")), "\"a: b\"\n");
    }
}
