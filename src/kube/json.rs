//! Reading one object from JSON.

use serde::de::DeserializeOwned;
use serde_ignored::Path;

use crate::base::{Findings, Place};

/// Reads an object from `text`. A syntax error, a wrong type or a missing field is an error finding with its line; a field
/// that the type does not know is a warning with its path. `file` is only the name to report.
pub fn read<T: DeserializeOwned>(file: &str, text: &str, findings: &mut Findings) -> Option<T> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let mut unknown = Vec::new();
    let read = serde_ignored::deserialize(&mut reader, |path| unknown.push(field(&path)));
    let value = match read.and_then(|value| reader.end().map(|()| value)) {
        Ok(value) => value,
        Err(error) => {
            let place = Place { file: Some(file.to_owned()), line: Some(error.line() as u64), ..Place::default() };
            findings.error("E4001", place, error.to_string(), "");
            return None;
        }
    };
    for path in unknown {
        let place = Place { file: Some(file.to_owned()), field: Some(path.clone()), ..Place::default() };
        findings.warning("W4001", place, format!("field `{path}` is not known and has no effect"), "");
    }
    Some(value)
}

/// A path as Kubernetes writes it: `spec.devices[1].name`.
fn field(path: &Path<'_>) -> String {
    match path {
        Path::Root => String::new(),
        Path::Seq { parent, index } => format!("{}[{index}]", field(parent)),
        Path::Map { parent, key } => match field(parent) {
            of if of.is_empty() => key.clone(),
            of => format!("{of}.{key}"),
        },
        Path::Some { parent } | Path::NewtypeStruct { parent } | Path::NewtypeVariant { parent } => field(parent),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Severity;
    use crate::kube::{DeviceClass, ResourceSlice};

    #[test]
    fn unknown_fields_are_reported_where_they_are() {
        let text = r#"{"apiVersion": "resource.k8s.io/v1", "kind": "ResourceSlice", "metadata": {"name": "s", "color": "x"},
            "spec": {"driver": "d", "pool": {"name": "p", "generation": 1, "resourceSliceCount": 1}, "nodeName": "n",
            "devices": [{"name": "a"}, {"name": "b", "tints": [{}]}]}}"#;
        let mut findings = Findings::default();
        let slice: Option<ResourceSlice> = read("s.json", text, &mut findings);
        assert_eq!(slice.map(|s| s.spec.devices.len()), Some(2));
        let fields: Vec<_> = findings.0.iter().map(|f| (f.severity, f.place.field.as_deref())).collect();
        let want = [(Severity::Warning, Some("metadata.color")), (Severity::Warning, Some("spec.devices[1].tints"))];
        assert_eq!(fields, want);
    }

    #[test]
    fn bad_documents_are_located_errors() {
        let check = |text: &str, line: u64, part: &str| {
            let mut findings = Findings::default();
            assert!(read::<DeviceClass>("c.json", text, &mut findings).is_none(), "{text}");
            let [finding] = &findings.0[..] else { panic!("{text}: {findings:?}") };
            assert_eq!((finding.severity, finding.place.line), (Severity::Error, Some(line)), "{text}");
            assert!(finding.text.contains(part), "{}", finding.text);
        };
        check("", 1, "EOF");
        check("{\n\"kind\": 5}", 2, "invalid type");
        check("null", 1, "DeviceClass");
        check(r#"{"kind": "a", "kind": "b"}"#, 1, "duplicate field");
        check("{\"apiVersion\": \"a\", \"kind\": \"b\", \"metadata\": {}}\n x", 2, "trailing");
        check(&"[".repeat(100_000), 1, "invalid type");
        let deep = format!(r#"{{"metadata": {{"annotations": {}"#, "[".repeat(100_000));
        check(&deep, 1, "");
    }
}
