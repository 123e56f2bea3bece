//! Reads the objects that `-f` names.

use std::path::PathBuf;

use crate::ask::objects::Objects;
use crate::base::Findings;
use crate::cli::failure::Failure;

/// All objects of the files and folders, in their order.
pub fn read_objects(files: &[PathBuf]) -> Result<(Objects, Findings), Failure> {
    let mut objects = Objects::default();
    let mut findings = Findings::default();
    for path in files {
        let text = std::fs::read_to_string(path).map_err(|e| Failure::io("read", path, e))?;
        let value: serde_json::Value = serde_json::from_str(&text).map_err(|e| Failure::usage(&e.to_string(), ""))?;
        let items = match value.get("items") {
            Some(serde_json::Value::Array(items)) => items.clone(),
            _ => vec![value],
        };
        for value in items {
            match value["kind"].as_str().unwrap_or("") {
                "Node" => objects.nodes.push(serde_json::from_value(value).expect("a Node")),
                "ResourceSlice" => objects.slices.push(serde_json::from_value(value).expect("a ResourceSlice")),
                "DeviceClass" => objects.classes.push(serde_json::from_value(value).expect("a DeviceClass")),
                "ResourceClaim" => objects.claims.push(serde_json::from_value(value).expect("a ResourceClaim")),
                "ResourceClaimTemplate" => objects.templates.push(serde_json::from_value(value).expect("a template")),
                "Pod" => objects.pods.push(serde_json::from_value(value).expect("a Pod")),
                "DeviceTaintRule" => objects.rules.push(serde_json::from_value(value).expect("a DeviceTaintRule")),
                other => *objects.others.entry(other.to_owned()).or_insert(0) += 1,
            }
        }
    }
    let _ = &mut findings;
    Ok((objects, findings))
}
