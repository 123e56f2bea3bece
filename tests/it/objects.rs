//! Kubernetes objects, read and written back, compared with what is in the file and with the types of `k8s-openapi`.

use std::path::{Path, PathBuf};

use drasim::kube::{Complaints, Format, Kind, Object, read_documents};
use k8s_openapi::api::{
    apps::v1 as apps, core::v1 as core, policy::v1 as policy, resource::v1 as resource, scheduling::v1 as scheduling,
};
use serde_json::Value;

/// The objects of a text and what was complained about.
fn read(name: &str, text: &str) -> (Vec<Object>, Vec<String>) {
    let (mut complaints, mut objects) = (Complaints::default(), Vec::new());
    read_documents(name, Format::of(name), text.as_bytes(), &mut complaints, &mut |object, _, _| objects.push(object));
    (objects, complaints.findings.0.into_iter().map(|f| format!("{} {}", f.code, f.text)).collect())
}

/// The objects of a YAML text as plain values, by another way: no type of ours is involved.
fn plain(text: &str) -> Vec<Value> {
    // `n` and `y` are texts.
    let options = serde_saphyr::options! { strict_booleans: true };
    let documents: Vec<Value> = serde_saphyr::from_multiple_with_options(text, options).expect("YAML");
    let mut objects = Vec::new();
    for document in documents {
        match document.get("items") {
            Some(Value::Array(items)) => objects.extend(items.clone()),
            _ => objects.push(document),
        }
    }
    objects
}

/// Without what means nothing at a field: `null`, empty texts, maps and lists, and a generation of 0.
fn meaning(value: &Value) -> Value {
    let is_nothing = |v: &Value| match v {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    };
    match value {
        Value::Array(items) => items.iter().map(meaning).collect(),
        Value::Object(map) => {
            let is_first = |key: &str, v: &Value| key == "generation" && *v == 0;
            let kept = map.iter().map(|(key, v)| (key.clone(), meaning(v)));
            let kept = kept.filter(|(key, v)| !is_nothing(v) && !is_first(key, v));
            Value::Object(kept.collect())
        }
        other => other.clone(),
    }
}

/// Where two values differ, as lines.
fn differences(place: &str, a: &Value, b: &Value, found: &mut Vec<String>) {
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => {
            for key in x.keys().chain(y.keys().filter(|key| !x.contains_key(*key))) {
                let nothing = &Value::Null;
                differences(&format!("{place}.{key}"), x.get(key).unwrap_or(nothing), y.get(key).unwrap_or(nothing), found);
            }
        }
        (Value::Array(x), Value::Array(y)) if x.len() == y.len() => {
            x.iter().zip(y).enumerate().for_each(|(at, (x, y))| differences(&format!("{place}[{at}]"), x, y, found));
        }
        _ if a == b => {}
        _ => found.push(format!("{place}: {a} and {b}")),
    }
}

/// Complains unless both mean the same.
fn same(what: &str, a: &Value, b: &Value) {
    let mut found = Vec::new();
    differences("", &meaning(a), &meaning(b), &mut found);
    assert!(found.is_empty(), "{what}: {found:#?}");
}

fn written(object: &Object) -> Value {
    serde_json::to_value(object).expect("an object is JSON")
}

/// An object after a trip through the types of `k8s-openapi`, or why they refuse it.
fn through_openapi(kind: Kind, value: Value) -> Result<Value, String> {
    fn trip<T: serde::Serialize + serde::de::DeserializeOwned>(value: Value) -> Result<Value, String> {
        let read: T = serde_json::from_value(value).map_err(|error| error.to_string())?;
        Ok(serde_json::to_value(read).expect("writable"))
    }
    match kind {
        Kind::ResourceSlice => trip::<resource::ResourceSlice>(value),
        Kind::DeviceClass => trip::<resource::DeviceClass>(value),
        Kind::ResourceClaim => trip::<resource::ResourceClaim>(value),
        Kind::ResourceClaimTemplate => trip::<resource::ResourceClaimTemplate>(value),
        Kind::DeviceTaintRule => trip::<resource::DeviceTaintRule>(value),
        Kind::Node => trip::<core::Node>(value),
        Kind::Pod => trip::<core::Pod>(value),
        Kind::Namespace => trip::<core::Namespace>(value),
        Kind::Service => trip::<core::Service>(value),
        Kind::ReplicaSet => trip::<apps::ReplicaSet>(value),
        Kind::StatefulSet => trip::<apps::StatefulSet>(value),
        Kind::ReplicationController => trip::<core::ReplicationController>(value),
        Kind::PriorityClass => trip::<scheduling::PriorityClass>(value),
        Kind::PodDisruptionBudget => trip::<policy::PodDisruptionBudget>(value),
    }
}

#[test]
fn every_field_comes_back() {
    let text = include_str!("complete.yaml");
    let (objects, complaints) = read("complete.yaml", text);
    assert_eq!(complaints, [""; 0]);
    let kinds: Vec<Kind> = objects.iter().map(Object::kind).collect();
    assert_eq!(kinds, Kind::ALL);
    for (object, original) in objects.iter().zip(plain(text)) {
        same("ours", &written(object), &original);
        let through = through_openapi(object.kind(), written(object)).expect("accepted by k8s-openapi");
        same("through k8s-openapi", &through, &original);
        let json = serde_json::to_string(object).expect("writable");
        let (again, complaints) = read("again.json", &json);
        assert_eq!((again.as_slice(), complaints.len()), (std::slice::from_ref(object), 0));
    }
}

/// The captures of ResourceSlices, if they are there. They have to be under `CI=true`.
fn captures() -> Vec<PathBuf> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/traces");
    let folder = std::env::var_os("DRASIM_DATA").map_or_else(default, PathBuf::from).join("dra-resourceslices");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "CI needs the captures in {}", folder.display());
        eprintln!("NOTE: no captures in {}: no captured object is read", folder.display());
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path.extension().is_some_and(|suffix| suffix == "yaml")).collect()
}

#[test]
fn captured_objects_come_back() {
    let paths = captures();
    let (mut count, mut accepted) = (0, 0);
    for path in &paths {
        let text = std::fs::read_to_string(path).expect("UTF-8");
        let (objects, complaints) = read(&path.display().to_string(), &text);
        let originals: Vec<Value> = plain(&text).into_iter().filter(|value| value["kind"] != "ComputeDomain").collect();
        assert!(complaints.iter().all(|complaint| complaint.contains("ComputeDomain")), "{complaints:?}");
        assert_eq!(objects.len(), originals.len(), "{}", path.display());
        for (object, original) in objects.iter().zip(&originals) {
            same(&path.display().to_string(), &written(object), original);
            // Captures were shortened by hand; those where a required field is gone are no objects to k8s-openapi.
            if through_openapi(object.kind(), original.clone()).is_ok() {
                let through = through_openapi(object.kind(), written(object)).expect("accepted by k8s-openapi");
                same("through k8s-openapi", &through, original);
                accepted += 1;
            }
        }
        count += objects.len();
    }
    assert!(
        paths.is_empty() || (count >= 15 && accepted >= 10),
        "{count} objects, {accepted} accepted, in {} files",
        paths.len()
    );
}
