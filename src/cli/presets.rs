//! `drasim presets`: the node types that ship with drasim, and the facts of one.

use serde_json::{Map, Value, json};

use crate::base::{DeviceId, NodeId};
use crate::cli::args::{Form, PresetsArgs};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::listing::Listing;
use crate::cli::terminal::Terminal;
use crate::kube::publish;
use crate::model::{AttrValue, DeviceKind, Inventory, InventoryBuilder};
use crate::run::counted;
use crate::scenario::suggest;
use crate::synth::{PRESETS, Preset, preset_named};

/// Prints the list, or one preset.
pub fn presets(args: &PresetsArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let text = match &args.name {
        None => all().text(args.format, terminal),
        Some(name) => {
            let Some(preset) = preset_named(name) else {
                let help = suggest::help(name, "preset", PRESETS.iter().map(|p| p.name));
                return Err(Failure::usage(&format!("no preset is called `{name}`"), &help));
            };
            one(preset, args.format, terminal)
        }
    };
    terminal.print(&text)?;
    Ok(Exit::Done)
}

/// A cluster of one node of this type: what the node publishes can be read from it.
fn single(preset: &Preset) -> Inventory {
    let mut builder = InventoryBuilder::default();
    let spec = preset.spec(&mut builder);
    let kind = builder.node_type(spec);
    builder.node(preset.name.to_owned(), kind);
    builder.finish()
}

fn all() -> Listing {
    let row = |preset: &Preset| {
        let inventory = single(preset);
        let node = inventory.type_of(NodeId(0));
        let count = |kind| inventory.count(kind).to_string();
        vec![
            preset.name.to_owned(),
            (node.cpu_milli / 1000).to_string(),
            (node.memory_bytes >> 30).to_string(),
            node.numa_nodes.to_string(),
            count(DeviceKind::Gpu),
            count(DeviceKind::Tpu),
            count(DeviceKind::Nic),
            preset.summary.to_owned(),
        ]
    };
    Listing {
        schema: "drasim.presets/v1",
        key: "presets",
        columns: ["name", "cpus", "memory_gib", "numa_nodes", "gpus", "tpus", "nics", "summary"].map(str::to_owned).to_vec(),
        rows: PRESETS.iter().map(row).collect(),
    }
}

fn one(preset: &Preset, form: Form, terminal: &Terminal) -> String {
    let inventory = single(preset);
    match form {
        Form::Json => format!("{:#}\n", facts(preset, &inventory)),
        Form::Csv | Form::Md => devices(&inventory).text(form, terminal),
        Form::Table => {
            let node = inventory.type_of(NodeId(0));
            let labels: String = node.labels.iter().map(|(name, value)| format!("  {name}={value}\n")).collect();
            format!(
                "{}: {}\n{}, {} GiB, {}, at most {} pods\nsource: {}\nlabels:\n{labels}{}",
                preset.name,
                preset.summary,
                counted((node.cpu_milli / 1000) as u64, "CPU"),
                node.memory_bytes >> 30,
                counted(node.numa_nodes.into(), "NUMA node"),
                node.pods_max,
                node.evidence,
                if inventory.devices.is_empty() { String::new() } else { devices(&inventory).text(form, terminal) }
            )
        }
    }
}

/// One row a device, in the order in which upstream's allocator visits them.
fn devices(inventory: &Inventory) -> Listing {
    let row = |id: DeviceId| {
        let device = &inventory.devices[id];
        let model = &inventory.models[device.model];
        let place = |value: u16| if value == u16::MAX { "-".to_owned() } else { value.to_string() };
        let published = published(inventory, id).into_iter().map(|(name, value)| format!("{name}={}", plain(&value)));
        vec![
            id.0.to_string(),
            model.kind.name().to_owned(),
            model.name.clone(),
            (model.memory_bytes >> 30).to_string(),
            place(device.link.numa),
            place(device.link.pcie_root),
            place(device.link.domain),
            inventory.resources[model.resource].clone(),
            model.class.clone(),
            inventory.profiles[device.profile].driver.clone(),
            published.collect::<Vec<_>>().join(" "),
        ]
    };
    let columns =
        ["device", "kind", "model", "memory_gib", "numa", "pcie_root", "domain", "resource", "class", "driver", "published"];
    Listing {
        schema: "drasim.devices/v1",
        key: "devices",
        columns: columns.map(str::to_owned).to_vec(),
        rows: inventory.devices.ids().map(row).collect(),
    }
}

/// Attributes, then capacities, by name.
fn published(inventory: &Inventory, device: DeviceId) -> Vec<(String, Value)> {
    let profile = &inventory.profiles[inventory.devices[device].profile];
    let attributes = profile.attributes.iter().map(|(name, value)| {
        let value = match value {
            AttrValue::Int(n) => json!(n),
            AttrValue::Bool(b) => json!(b),
            AttrValue::String(s) | AttrValue::Version(s) => json!(s),
            AttrValue::Ints(list) => json!(list),
            AttrValue::Bools(list) => json!(list),
            AttrValue::Strings(list) | AttrValue::Versions(list) => json!(list),
            AttrValue::Nothing => json!(null),
        };
        (name.clone(), value)
    });
    attributes.chain(profile.capacity.iter().map(|(name, q)| (name.clone(), json!(q.to_string())))).collect()
}

/// Strings without quotes.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn facts(preset: &Preset, inventory: &Inventory) -> Value {
    let node = inventory.type_of(NodeId(0));
    let labels: Map<String, Value> = node.labels.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let device = |id: DeviceId| {
        let device = &inventory.devices[id];
        let model = &inventory.models[device.model];
        let place = |value: u16| (value != u16::MAX).then_some(value);
        json!({
            "kind": model.kind.name(),
            "model": model.name,
            "memory_bytes": model.memory_bytes,
            "numa": place(device.link.numa),
            "pcie_root": place(device.link.pcie_root),
            "domain": place(device.link.domain),
            "resource": inventory.resources[model.resource],
            "class": model.class,
            "driver": inventory.profiles[device.profile].driver,
            "published": published(inventory, id).into_iter().collect::<Map<_, _>>(),
        })
    };
    json!({
        "schema": "drasim.preset/v1",
        "name": preset.name,
        "summary": preset.summary,
        "evidence": node.evidence,
        "cpu_milli": node.cpu_milli,
        "memory_bytes": node.memory_bytes,
        "numa_nodes": node.numa_nodes,
        "pods_max": node.pods_max,
        "labels": labels,
        "devices": inventory.devices.ids().map(device).collect::<Vec<_>>(),
        "objects": objects(inventory),
    })
}

/// The Node and its ResourceSlices, as the kubelet and the DRA drivers would publish them.
fn objects(inventory: &Inventory) -> Vec<Value> {
    let json = |object: Result<Value, serde_json::Error>| object.expect("Kubernetes objects are plain data");
    let node = json(serde_json::to_value(publish::node(inventory, NodeId(0))));
    let slices = publish::slices(inventory, NodeId(0));
    std::iter::once(node).chain(slices.iter().map(|slice| json(serde_json::to_value(slice)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_shows_all_its_devices_in_every_form() {
        let terminal = Terminal { colour_out: false, colour_err: false, width: None, talks_to_terminal: false, verbosity: 0 };
        for preset in PRESETS {
            let inventory = single(preset);
            let json: Value = serde_json::from_str(&one(preset, Form::Json, &terminal)).expect("JSON");
            assert_eq!(json["devices"].as_array().map(Vec::len), Some(inventory.devices.len()), "{}", preset.name);
            assert_eq!(one(preset, Form::Csv, &terminal).lines().count(), inventory.devices.len() + 1, "{}", preset.name);
            assert!(one(preset, Form::Table, &terminal).contains("source: "), "{}", preset.name);
        }
        assert_eq!(all().rows.len(), PRESETS.len());
    }
}
