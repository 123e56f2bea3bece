//! `[cluster]`: from presets, own types and node lists to an inventory.

use crate::base::{NodeTypeId, Severity};
use crate::model::{Inventory, InventoryBuilder};
use crate::scenario::raw::{self, Vendor};
use crate::scenario::suggest;
use crate::scenario::validate::context::Context;
use crate::scenario::validate::objects;
use crate::synth::device_group::numbered_roots;
use crate::synth::{DeviceGroup, NodeTypeInput, PRESETS, preset_named};
use crate::trace::{add_nodes, read_nodes, scale_to_gpus};

/// Most nodes of a cluster, and most devices: ids are 32 bits wide, and a slip of the pen should not fill the memory.
const NODES_MAX: u64 = 1_000_000;
const DEVICES_MAX: u64 = 20_000_000;

/// Judges `[cluster]`; `None` if there is no cluster to speak of.
pub fn cluster(cx: &mut Context<'_>, raw: &raw::Cluster) -> Option<Inventory> {
    cx.names("cluster.node_type", raw.node_type.iter().map(|t| t.name.as_str()));
    let own: Vec<NodeTypeInput> = raw.node_type.iter().enumerate().map(|(i, t)| own_type(cx, i, t)).collect();
    if let Some(nodes) = &raw.nodes {
        if !raw.node.is_empty() {
            cx.error("E0307", "cluster.node", "both `cluster.nodes` and `[[cluster.node]]` are given", "keep one of them");
        }
        return listed(cx, nodes, raw.gpus);
    }
    cx.refuse("cluster", &["gpus"], "it scales a node list, which `cluster.nodes` would name");
    grouped(cx, raw, &own)
}

fn listed(cx: &mut Context<'_>, written: &str, gpus: Option<u64>) -> Option<Inventory> {
    let text = cx.read("cluster.nodes", written)?;
    if objects::are_objects(written) {
        cx.refuse("cluster", &["gpus"], "it scales a node list, and these are Kubernetes objects");
        return objects::inventory(cx, written, &text);
    }
    let before = cx.findings.0.len();
    let mut rows = read_nodes(&text, written, &mut cx.findings);
    // Without its bad rows the list is another cluster, and what is wrong with that is nobody's mistake.
    if cx.findings.0[before..].iter().any(|f| f.severity == Severity::Error) {
        return None;
    }
    if let Some(gpus) = gpus {
        rows = scale_to_gpus(&rows, gpus);
        let reached: u64 = rows.iter().map(|row| u64::from(row.gpus)).sum();
        if reached == 0 {
            let text = "the list has no node type with so few GPUs";
            cx.error("E0301", "cluster.gpus", text, "ask for more, or leave `gpus` out");
            return None;
        }
    }
    let devices: u64 = rows.iter().map(|row| u64::from(row.gpus)).sum();
    is_small_enough(cx, "cluster.nodes", rows.len() as u64, devices).then_some(())?;
    let mut builder = InventoryBuilder::default();
    add_nodes(&rows, &mut builder);
    (!rows.is_empty()).then(|| builder.finish())
}

pub(super) fn is_small_enough(cx: &mut Context<'_>, path: &str, nodes: u64, devices: u64) -> bool {
    let good = nodes <= NODES_MAX && devices <= DEVICES_MAX;
    if !good {
        let text = format!("{nodes} nodes with {devices} devices are too many");
        cx.error("E0105", path, text, format!("at most {NODES_MAX} nodes and {DEVICES_MAX} devices"));
    }
    good
}

fn grouped(cx: &mut Context<'_>, raw: &raw::Cluster, own: &[NodeTypeInput]) -> Option<Inventory> {
    let inputs: Vec<Option<NodeTypeInput>> = raw.node.iter().enumerate().map(|(i, g)| group(cx, i, g, own)).collect();
    let groups: Vec<(NodeTypeInput, u64)> =
        inputs.into_iter().zip(&raw.node).filter_map(|(input, g)| Some((input?, g.count.unwrap_or(1).into()))).collect();
    let nodes: u64 = groups.iter().map(|(_, count)| count).sum();
    // A group of unknown type was reported; without it nobody knows whether the cluster is empty.
    if nodes == 0 && groups.len() == raw.node.len() {
        let path = if raw.node.is_empty() { "cluster" } else { "cluster.node" };
        cx.absent("E0301", path, "the cluster has no node", "add [[cluster.node]] tables with a preset and a count");
    }
    let devices = |input: &NodeTypeInput| input.devices.iter().map(|d| u64::from(d.count)).sum::<u64>();
    let total = groups.iter().map(|(input, count)| devices(input) * count).sum();
    if nodes == 0 || !is_small_enough(cx, "cluster.node", nodes, total) || groups.iter().any(|(i, _)| !i.faults().is_empty()) {
        return None;
    }
    let mut builder = InventoryBuilder::default();
    let mut known: Vec<(&str, NodeTypeId, u64)> = Vec::new();
    for (input, count) in &groups {
        let of_type: u64 = groups.iter().filter(|(other, _)| other.name == input.name).map(|(_, n)| n).sum();
        let width = of_type.saturating_sub(1).to_string().len();
        let slot = known.iter().position(|(name, ..)| *name == input.name).unwrap_or_else(|| {
            let spec = input.spec(&mut builder);
            known.push((&input.name, builder.node_type(spec), 0));
            known.len() - 1
        });
        let (name, kind, next) = &mut known[slot];
        for _ in 0..*count {
            builder.node(format!("{name}-{next:0width$}"), *kind);
            *next += 1;
        }
    }
    Some(builder.finish())
}

fn group(cx: &mut Context<'_>, i: usize, raw: &raw::NodeGroup, own: &[NodeTypeInput]) -> Option<NodeTypeInput> {
    let path = format!("cluster.node.{i}");
    match (&raw.preset, &raw.node_type) {
        (Some(name), None) => {
            let preset = preset_named(name);
            if preset.is_none() {
                let help = suggest::help(name, "preset", PRESETS.iter().map(|p| p.name));
                cx.error("E0202", &format!("{path}.preset"), format!("there is no preset \"{name}\""), help);
            }
            preset.map(|p| p.input())
        }
        (None, Some(name)) => {
            let found = own.iter().find(|t| t.name == *name);
            if found.is_none() {
                let mut help = suggest::help(name, "own node type", own.iter().map(|t| t.name.as_str()));
                if preset_named(name).is_some() {
                    help = format!("it is a preset: write preset = \"{name}\"");
                }
                cx.error("E0203", &format!("{path}.type"), format!("there is no [[cluster.node_type]] \"{name}\""), help);
            }
            found.cloned()
        }
        (Some(_), Some(_)) => {
            cx.error("E0307", &format!("{path}.type"), "both `preset` and `type` are given", "keep one of them");
            None
        }
        (None, None) => {
            cx.absent("E0103", &path, "a group of nodes needs a `preset` or a `type`", "`drasim presets` lists presets");
            None
        }
    }
}

fn own_type(cx: &mut Context<'_>, i: usize, raw: &raw::NodeType) -> NodeTypeInput {
    let path = format!("cluster.node_type.{i}");
    if preset_named(&raw.name).is_some() {
        let text = format!("`{}` is the name of a preset", raw.name);
        cx.error("E0201", &format!("{path}.name"), text, "choose another name");
    }
    let mut input = NodeTypeInput::new(&raw.name, 1, 1, raw.numa_nodes.unwrap_or(1));
    input.cpu_milli = raw.cpu.map_or(1, |c| c.0);
    input.memory_bytes = raw.memory.map_or(1, |m| m.0);
    input.pods_max = raw.pods_max.unwrap_or(input.pods_max);
    input.evidence = "own node type of the scenario".into();
    for (j, gpu) in raw.gpu.iter().enumerate() {
        let group = gpus(cx, &format!("{path}.gpu.{j}"), gpu);
        input = input.with(placed(group, &gpu.numa, &gpu.pcie_roots));
    }
    for tpu in &raw.tpu {
        let gib = (tpu.memory.map_or(0, |m| m.0)) >> 30;
        input = input.with(DeviceGroup::tpu(&tpu.generation, &tpu.accelerator, &tpu.topology, tpu.count as u16, gib));
    }
    for (j, nic) in raw.nic.iter().enumerate() {
        let group = nics(cx, &format!("{path}.nic.{j}"), nic);
        input = input.with(placed(group, &nic.numa, &nic.pcie_roots));
    }
    for (name, value) in &raw.labels {
        input = input.with_label(name, value);
    }
    for fault in input.faults() {
        // A missing or refused key was reported, and its placeholder is no second mistake.
        cx.absent("E0310", &path, fault, "");
    }
    input
}

fn placed(group: DeviceGroup, numa: &Option<Vec<u16>>, roots: &Option<Vec<u16>>) -> DeviceGroup {
    let group = match numa {
        Some(numa) => group.on_numa(numa),
        None => group,
    };
    match roots {
        Some(roots) => group.below(numbered_roots(roots)),
        None => group,
    }
}

fn gpus(cx: &mut Context<'_>, path: &str, raw: &raw::GpuGroup) -> DeviceGroup {
    let mib = raw.memory.map_or(0, |m| m.0) >> 20;
    let count = raw.count as u16;
    let group = match raw.vendor.unwrap_or(Vendor::Nvidia) {
        Vendor::Nvidia => {
            cx.refuse(path, &["compute_units"], "it is for AMD's GPUs");
            let written = raw.compute_capability.as_deref().unwrap_or("9.0");
            let compute = written.split_once('.').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
            if compute.is_none() {
                let text = format!("expected a compute capability such as \"9.0\", found \"{written}\"");
                cx.error("E0107", &format!("{path}.compute_capability"), text, "");
            }
            let architecture = raw.architecture.as_deref().unwrap_or("Hopper");
            DeviceGroup::nvidia(&raw.model, count, mib, architecture, compute.unwrap_or((9, 0)))
        }
        Vendor::Amd => {
            cx.refuse(path, &["architecture", "compute_capability"], "it is for NVIDIA's GPUs");
            DeviceGroup::amd(&raw.model, count, mib, raw.compute_units.unwrap_or(304).into(), "unknown")
        }
    };
    if raw.linked == Some(true) { group.all_linked() } else { group }
}

/// True for a name that Kubernetes takes as an extended resource: `IsExtendedResourceName` and `IsQualifiedName` of
/// `k8s.io/kubernetes/pkg/apis/core/v1/helper` and `k8s.io/apimachinery/pkg/util/validation`. The domain leaves room for the
/// `requests.` of quotas.
fn is_extended_resource(name: &str) -> bool {
    let Some((domain, short)) = name.split_once('/') else { return false };
    let is_alnum = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let is_closed = |text: &str| is_alnum(text.chars().next()) && is_alnum(text.chars().next_back());
    let is_label = |label: &str| {
        label.len() <= 63 && is_closed(label) && label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    let is_native = domain == "kubernetes.io" || domain.ends_with(".kubernetes.io") || domain.starts_with("requests.");
    !is_native
        && domain.len() <= 253 - "requests.".len()
        && domain.split('.').all(is_label)
        && short.len() <= 63
        && is_closed(short)
        && short.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

fn nics(cx: &mut Context<'_>, path: &str, raw: &raw::NicGroup) -> DeviceGroup {
    let count = raw.count as u16;
    if let Some(name) = raw.resource.as_deref().filter(|name| !is_extended_resource(name)) {
        let help =
            "domain/name, such as \"rdma/nic\": the domain in lower case and not kubernetes.io, up to 63 characters of name";
        cx.error("E0111", &format!("{path}.resource"), format!("\"{name}\" is no name of an extended resource"), help);
    }
    match &raw.virtual_functions_of {
        Some(pf) => {
            cx.refuse(path, &["vendor"], "the driver of virtual functions does not publish it so");
            let resource = raw.resource.as_deref().unwrap_or("openshift.io/sriov");
            DeviceGroup::virtual_functions(&raw.model, pf, count, resource)
        }
        None => {
            let vendor = raw.vendor.as_deref().unwrap_or("Mellanox Technologies");
            DeviceGroup::rdma_nic(&raw.model, vendor, count, raw.resource.as_deref().unwrap_or("rdma/nic"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extended_resources_have_a_domain_of_their_own() {
        let check = |name: &str, want: bool| assert_eq!(is_extended_resource(name), want, "{name}");
        for good in ["rdma/nic", "nvidia.com/gpu", "openshift.io/sriov", "a-1.b2.com/Mlx_5.x-0"] {
            check(good, true);
        }
        let long = format!("a.com/{}", "x".repeat(64));
        let bad = ["", "gpu", "not a resource!", "kubernetes.io/gpu", "x.kubernetes.io/gpu", "requests.a.com/gpu", "A.com/gpu"];
        for bad in bad.into_iter().chain(["a..com/gpu", "-a.com/gpu", "a.com/", "/gpu", "a.com/-gpu", "a.com/g/pu", &long]) {
            check(bad, false);
        }
    }
}
