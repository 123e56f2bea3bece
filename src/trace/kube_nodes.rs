//! Kubernetes Nodes and ResourceSlices as a cluster.
//!
//! Each complete pool of a node, at its highest generation, becomes the node's devices in the allocator's order. The
//! simulation knows whole GPUs, TPUs and NICs that belong to one node; what else is published is left out and said so:
//! partitions of a device other than the one that takes all of it, devices of many nodes, devices of other drivers.
//! Attributes that are different on every device (UUIDs, addresses) are dropped, since each device would become a profile
//! of its own, and nothing that is simulated selects by them.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Findings, Place};
use crate::kube::slice::Device;
use crate::kube::{Amount, Node, ResourceSlice, profile_from};
use crate::model::{AttrValue, DeviceKind, DeviceProfile, DeviceSpec, InventoryBuilder, Link, Model, NodeType, NodeTypeSpec};
use crate::trace::codes;

/// Attributes that may name the product, by preference.
const PRODUCT_IDS: [&str; 5] = ["productName", "model", "accelerator", "tpuGen", "pciDevice"];
/// Attributes that may tell where a device sits, by preference.
const NUMA_IDS: [&str; 3] = ["numaNode", "numa", "numaNodeID"];
/// Standard attribute of the PCIe root complex.
const PCIE_ROOT: &str = "resource.kubernetes.io/pcieRoot";

/// CPU and memory of a node that has no Node object: more than any pod asks for.
const CPU_MILLI_UNKNOWN: i64 = 1_000_000;
const MEMORY_UNKNOWN: i64 = 1 << 50;
/// Most pods of a node that does not say (`maxPods` of the kubelet).
const PODS_MAX: u32 = 110;

/// What a published device is to the simulation.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Hardware {
    /// GPU, TPU or NIC.
    pub kind: DeviceKind,
    /// Product name, or the driver's name where it publishes none.
    pub model: String,
    /// `memory` of the driver's capacities, in bytes; 0 if there is none.
    pub memory_bytes: i64,
}

/// What a device is, by its driver's name and its attributes. `None` for what the simulation does not know.
pub fn hardware(profile: &DeviceProfile) -> Option<Hardware> {
    let driver = profile.driver.as_str();
    let has = |words: &[&str]| words.iter().any(|word| driver.contains(word));
    let kind = if has(&["gpu", "nvidia", "amd"]) {
        DeviceKind::Gpu
    } else if has(&["tpu"]) {
        DeviceKind::Tpu
    } else if has(&["net", "nic", "rdma", "sriov", "efa"]) {
        DeviceKind::Nic
    } else {
        return None;
    };
    let product = PRODUCT_IDS.iter().find_map(|id| match profile.attribute(&format!("{driver}/{id}")) {
        Some(AttrValue::String(text)) => Some(text.clone()),
        _ => None,
    });
    let memory = profile.capacity.get(&format!("{driver}/memory")).and_then(|amount| amount.units());
    Some(Hardware { kind, model: product.unwrap_or_else(|| driver.to_owned()), memory_bytes: memory.unwrap_or(0) })
}

/// Extended resource under which a device plugin of that driver's vendor would count the device.
fn resource(driver: &str, kind: DeviceKind) -> String {
    match (driver, kind) {
        ("gpu.nvidia.com", _) => "nvidia.com/gpu".to_owned(),
        ("gpu.amd.com", _) => "amd.com/gpu".to_owned(),
        (_, DeviceKind::Tpu) => "google.com/tpu".to_owned(),
        (_, DeviceKind::Nic) => "rdma/nic".to_owned(),
        (other, kind) => format!("{other}/{}", kind.name()),
    }
}

/// Adds all nodes in the order of their names. Nodes that only slices name have no bounds on CPU and memory.
pub fn add_kube_nodes(
    nodes: &[Node],
    slices: &[ResourceSlice],
    file: &str,
    builder: &mut InventoryBuilder,
    findings: &mut Findings,
) {
    let mut reader = Reader { file, findings, lost: BTreeMap::new() };
    let mut devices = reader.devices(slices);
    reader.drop_unique(&mut devices);
    let known: BTreeMap<&str, &Node> = nodes.iter().map(|node| (node.metadata.name.as_str(), node)).collect();
    let names: BTreeSet<String> = known.keys().map(|name| (*name).to_owned()).chain(devices.keys().cloned()).collect();
    let labels = common_labels(nodes);
    let mut kinds = BTreeMap::new();
    for name in names {
        let node = known.get(name.as_str()).copied();
        if node.is_some_and(|node| node.spec.unschedulable) {
            reader.lose("nodes that are cordoned", &name);
            continue;
        }
        let of_node = devices.remove(&name).unwrap_or_default();
        let key = (reader.size(&name, node), labels_of(node, &labels), of_node);
        let next = kinds.len();
        let kind = *kinds.entry(key).or_insert_with_key(|key| builder_type(builder, key, next));
        builder.node(name, kind);
    }
    reader.tell();
}

/// CPU, memory and pods of a node.
type Size = (i64, i64, u32);
/// A device of a node: what it is and what its driver publishes, with its PCIe root by name.
type Published = (Hardware, DeviceProfile);
type Key = (Size, Vec<(String, String)>, Vec<Published>);

struct Reader<'a> {
    file: &'a str,
    findings: &'a mut Findings,
    /// What is left out, with an example and how often.
    lost: BTreeMap<&'static str, (String, u64)>,
}

impl Reader<'_> {
    fn lose(&mut self, what: &'static str, example: &str) {
        self.lost.entry(what).or_insert_with(|| (example.to_owned(), 0)).1 += 1;
    }

    fn tell(self) {
        for (what, (example, count)) in self.lost {
            let text = format!(
                "{what} are left out: {example}{}",
                if count > 1 { format!(" and {} more", count - 1) } else { String::new() }
            );
            self.findings.warning(codes::NOT_SIMULATED, Place::file(self.file), text, "");
        }
    }

    /// The devices of each node in the allocator's order.
    fn devices(&mut self, slices: &[ResourceSlice]) -> BTreeMap<String, Vec<Published>> {
        let mut pools: BTreeMap<(&str, &str), Vec<&ResourceSlice>> = BTreeMap::new();
        for slice in slices {
            pools.entry((&slice.spec.driver, &slice.spec.pool.name)).or_default().push(slice);
        }
        let mut found: BTreeMap<String, Vec<Published>> = BTreeMap::new();
        for ((driver, pool), mut slices) in pools {
            let newest = slices.iter().map(|slice| slice.spec.pool.generation).max();
            slices.retain(|slice| Some(slice.spec.pool.generation) == newest);
            slices.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
            if slices.len() as i64 != slices[0].spec.pool.resource_slice_count {
                self.lose("pools of which slices are missing", &format!("{driver}/{pool}"));
                continue;
            }
            for slice in &slices {
                let Some(node) = slice.spec.node_name.as_deref().filter(|name| !name.is_empty()) else {
                    if !slice.spec.devices.is_empty() {
                        self.lose("slices with devices for more than one node", &slice.metadata.name);
                    }
                    continue;
                };
                for device in &slice.spec.devices {
                    let place = format!("{driver}/{pool}/{}", device.name);
                    found.entry(node.to_owned()).or_default().extend(self.device(driver, device, &slices, &place));
                }
            }
        }
        found
    }

    fn device(&mut self, driver: &str, device: &Device, pool: &[&ResourceSlice], place: &str) -> Option<Published> {
        if !takes_all(device, pool) {
            self.lose("partitions of devices", place);
            return None;
        }
        if device.taints.iter().any(|taint| matches!(taint.effect.to_string().as_str(), "NoSchedule" | "NoExecute")) {
            self.lose("devices that are tainted", place);
            return None;
        }
        if device.allow_multiple_allocations == Some(true) {
            self.lose("shares of devices, which are taken as whole ones,", place);
        }
        let profile = match profile_from(driver, device) {
            Ok(profile) => profile,
            Err(problems) => {
                for problem in problems {
                    let place = Place { field: Some(format!("{place}: {}", problem.field)), ..Place::file(self.file) };
                    self.findings.error(codes::DEVICE, place, problem.text, "");
                }
                return None;
            }
        };
        let Some(hardware) = hardware(&profile) else {
            self.lose("devices of drivers that publish neither GPUs, TPUs nor NICs", place);
            return None;
        };
        Some((hardware, DeviceProfile { allow_multiple_allocations: false, ..profile }))
    }

    /// Drops attributes that have another value on every device of their driver.
    fn drop_unique(&mut self, devices: &mut BTreeMap<String, Vec<Published>>) {
        let mut values: BTreeMap<(String, String), (BTreeSet<AttrValue>, usize)> = BTreeMap::new();
        for (_, profile) in devices.values().flatten() {
            for (name, value) in &profile.attributes {
                let seen = values.entry((profile.driver.clone(), name.clone())).or_default();
                seen.0.insert(value.clone());
                seen.1 += 1;
            }
        }
        let is_kept = |name: &str| {
            let id = name.rsplit('/').next().unwrap_or(name);
            name == PCIE_ROOT || NUMA_IDS.contains(&id) || PRODUCT_IDS.contains(&id)
        };
        let unique = |driver: &str, name: &str| {
            let seen = values.get(&(driver.to_owned(), name.to_owned()));
            !is_kept(name) && seen.is_some_and(|(values, devices)| *devices > 1 && values.len() == *devices)
        };
        for (_, profile) in devices.values_mut().flatten() {
            let driver = profile.driver.clone();
            profile.attributes.retain(|name, _| !unique(&driver, name));
        }
    }

    fn size(&mut self, name: &str, node: Option<&Node>) -> Size {
        let Some(node) = node else {
            self.lose("bounds on CPU and memory of nodes without a Node object", name);
            return (CPU_MILLI_UNKNOWN, MEMORY_UNKNOWN, PODS_MAX);
        };
        if !node.spec.taints.is_empty() {
            self.lose("taints of nodes", name);
        }
        let amount =
            |what: &str| -> Option<&Amount> { node.status.allocatable.get(what).or_else(|| node.status.capacity.get(what)) };
        let quantity = |what: &str| amount(what).and_then(|amount| amount.quantity().ok());
        let cpu = quantity("cpu").and_then(|cpu| cpu.milli()).filter(|cpu| *cpu > 0);
        let memory = quantity("memory").and_then(|memory| memory.units()).filter(|memory| *memory > 0);
        if cpu.is_none() || memory.is_none() {
            self.lose("bounds on CPU and memory of nodes that do not say them", name);
        }
        let pods = quantity("pods").and_then(|pods| pods.units()).and_then(|pods| u32::try_from(pods).ok());
        (cpu.unwrap_or(CPU_MILLI_UNKNOWN), memory.unwrap_or(MEMORY_UNKNOWN), pods.unwrap_or(PODS_MAX))
    }
}

/// True for a device that draws nothing from shared counters, or all there is of each that it draws from.
fn takes_all(device: &Device, pool: &[&ResourceSlice]) -> bool {
    let sets = || pool.iter().flat_map(|slice| &slice.spec.shared_counters);
    let total = |set: &str, counter: &str| {
        let set = sets().find(|found| found.name == set)?;
        set.counters.get(counter).and_then(|counter| counter.value.quantity().ok())
    };
    device
        .consumes_counters
        .iter()
        .all(|part| part.counters.iter().any(|(name, drawn)| drawn.value.quantity().ok() == total(&part.counter_set, name)))
}

/// Names of labels that do not tell single nodes apart.
fn common_labels(nodes: &[Node]) -> BTreeSet<String> {
    let mut values: BTreeMap<&String, (BTreeSet<&String>, usize)> = BTreeMap::new();
    for (name, value) in nodes.iter().flat_map(|node| &node.metadata.labels) {
        let seen = values.entry(name).or_default();
        seen.0.insert(value);
        seen.1 += 1;
    }
    let is_common = |(name, (values, nodes)): (&String, (BTreeSet<&String>, usize))| {
        (name != "kubernetes.io/hostname" && (nodes == 1 || values.len() < nodes)).then(|| name.clone())
    };
    values.into_iter().filter_map(is_common).collect()
}

fn labels_of(node: Option<&Node>, common: &BTreeSet<String>) -> Vec<(String, String)> {
    let labels = node.into_iter().flat_map(|node| &node.metadata.labels);
    labels.filter(|(name, _)| common.contains(*name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn builder_type(builder: &mut InventoryBuilder, key: &Key, number: usize) -> crate::base::NodeTypeId {
    let ((cpu_milli, memory_bytes, pods_max), labels, devices) = key;
    let mut counts: Vec<(&str, usize)> = Vec::new();
    let mut roots: Vec<&str> = Vec::new();
    let mut specs = Vec::new();
    let mut numa_max = 0;
    for (hardware, profile) in devices {
        match counts.iter_mut().find(|(model, _)| *model == hardware.model) {
            Some((_, count)) => *count += 1,
            None => counts.push((&hardware.model, 1)),
        }
        let numa = numa(profile);
        numa_max = numa_max.max(numa.map_or(0, u32::from));
        let pcie_root = match profile.attribute(PCIE_ROOT) {
            Some(AttrValue::String(root)) => {
                let known = roots.iter().position(|known| known == root);
                known.unwrap_or_else(|| {
                    roots.push(root);
                    roots.len() - 1
                }) as u16
            }
            _ => u16::MAX,
        };
        let name = resource(&profile.driver, hardware.kind);
        let resource = builder.resource(&name);
        let model = builder.model(Model {
            name: hardware.model.clone(),
            kind: hardware.kind,
            memory_bytes: hardware.memory_bytes,
            resource,
            class: profile.driver.clone(),
        });
        let link = Link { numa: numa.unwrap_or(u16::MAX), pcie_root, domain: u16::MAX };
        specs.push(DeviceSpec { model, profile: profile.clone(), link });
    }
    let hardware: Vec<String> = counts.iter().map(|(model, count)| format!("{count}x {model}")).collect();
    let title = if hardware.is_empty() { "no devices".to_owned() } else { hardware.join(", ") };
    builder.node_type(NodeTypeSpec {
        node_type: NodeType {
            name: format!("{title} ({})", number + 1),
            cpu_milli: *cpu_milli,
            memory_bytes: *memory_bytes,
            pods_max: *pods_max,
            numa_nodes: numa_max + 1,
            labels: labels.clone(),
            evidence: "Kubernetes objects; links between devices are not published and unknown".to_owned(),
        },
        devices: specs,
    })
}

/// The NUMA node that a driver publishes, in its own domain, the standard one, or that of another driver.
fn numa(profile: &DeviceProfile) -> Option<u16> {
    let found = profile.attributes.iter().find(|(name, _)| NUMA_IDS.contains(&name.rsplit('/').next().unwrap_or(name)));
    match found {
        Some((_, AttrValue::Int(numa))) => u16::try_from(*numa).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::NodeId;
    use serde_json::{Value, json};

    fn slice(node: &str, driver: &str, spec: Value) -> ResourceSlice {
        let mut spec = spec;
        spec["driver"] = json!(driver);
        spec["nodeName"] = json!(node);
        spec["pool"] = json!({"name": node, "generation": 1, "resourceSliceCount": 1});
        let slice = json!({"apiVersion": "resource.k8s.io/v1", "kind": "ResourceSlice",
            "metadata": {"name": format!("{node}-{driver}")}, "spec": spec});
        serde_json::from_value(slice).expect("a slice")
    }

    fn node(name: &str, spec: Value) -> Node {
        let node = json!({"apiVersion": "v1", "kind": "Node",
            "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, "zone": "z"}}, "spec": spec,
            "status": {"allocatable": {"cpu": "63500m", "memory": "512Gi", "pods": "250"}}});
        serde_json::from_value(node).expect("a node")
    }

    fn gpu(name: &str, uuid: &str, numa: i64) -> Value {
        json!({"name": name, "capacity": {"memory": {"value": "80Gi"}}, "attributes": {
            "productName": {"string": "H100"}, "uuid": {"string": uuid}, "numaNode": {"int": numa},
            "resource.kubernetes.io/pcieRoot": {"string": format!("pci{numa}")}}})
    }

    fn read(nodes: &[Node], slices: &[ResourceSlice]) -> (crate::model::Inventory, Vec<String>) {
        let (mut builder, mut findings) = (InventoryBuilder::default(), Findings::default());
        add_kube_nodes(nodes, slices, "objects.json", &mut builder, &mut findings);
        (builder.finish(), findings.0.into_iter().map(|finding| finding.text).collect())
    }

    #[test]
    fn equal_nodes_share_a_type_and_devices_are_what_is_published() {
        let of = |node: &str, first: &str, second: &str| {
            slice(node, "gpu.nvidia.com", json!({"devices": [gpu("gpu-0", first, 0), gpu("gpu-1", second, 1)]}))
        };
        let (inventory, lost) =
            read(&[node("b", json!({})), node("a", json!({}))], &[of("b", "3", "4"), of("a", "1", "2"), of("c", "5", "6")]);
        let names: Vec<&str> = inventory.nodes.iter().map(|node| node.name.as_str()).collect();
        assert_eq!((names, inventory.node_types.len(), inventory.profiles.len()), (vec!["a", "b", "c"], 2, 2));
        let kind = inventory.type_of(NodeId(0));
        assert_eq!((kind.cpu_milli, kind.memory_bytes, kind.pods_max, kind.numa_nodes), (63_500, 512 << 30, 250, 2));
        assert_eq!(kind.labels, [("zone".to_owned(), "z".to_owned())]);
        let links: Vec<(u16, u16)> = inventory.devices.iter().take(2).map(|d| (d.link.numa, d.link.pcie_root)).collect();
        assert_eq!((links, inventory.models.len(), inventory.count(DeviceKind::Gpu)), (vec![(0, 0), (1, 1)], 1, 6));
        assert_eq!(lost, ["bounds on CPU and memory of nodes without a Node object are left out: c"]);
    }

    #[test]
    fn what_is_not_simulated_is_told() {
        let part = |name: &str, drawn: &str| json!({"name": name, "consumesCounters": [{"counterSet": "s", "counters": {"m": {"value": drawn}}}]});
        let sets = json!({"sharedCounters": [{"name": "s", "counters": {"m": {"value": "8"}}}]});
        let mut counters = slice("a", "gpu.nvidia.com", sets);
        let mut devices = slice("a", "gpu.nvidia.com", json!({"devices": [part("whole", "8"), part("half", "4")]}));
        counters.metadata.name = "counters".to_owned();
        counters.spec.pool.resource_slice_count = 2;
        devices.spec.pool.resource_slice_count = 2;
        let mut missing = slice("b", "gpu.nvidia.com", json!({"devices": [{"name": "gpu-0"}]}));
        missing.spec.pool.resource_slice_count = 2;
        let taint = json!({"key": "k", "effect": "NoExecute"});
        let others = json!({"devices": [{"name": "x"}, {"name": "y", "taints": [taint]}]});
        let slices = [counters, devices, missing, slice("a", "fpga.example.com", others)];
        let (inventory, lost) = read(&[node("a", json!({})), node("b", json!({"unschedulable": true}))], &slices);
        assert_eq!((inventory.nodes.len(), inventory.devices.len()), (1, 1));
        let want = [
            "devices of drivers that publish neither GPUs, TPUs nor NICs are left out: fpga.example.com/a/x",
            "devices that are tainted are left out: fpga.example.com/a/y",
            "nodes that are cordoned are left out: b",
            "partitions of devices are left out: gpu.nvidia.com/a/half",
            "pools of which slices are missing are left out: gpu.nvidia.com/b",
        ];
        assert_eq!(lost, want);
    }
}
