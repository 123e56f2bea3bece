//! A node type as a person describes it, and the step to a [`NodeTypeSpec`].

use std::collections::BTreeMap;

use crate::model::{AttrValue, DeviceProfile, DeviceSpec, InventoryBuilder, Link, Model, NodeType, NodeTypeSpec};
use crate::synth::DeviceGroup;

/// Standard attribute for the PCIe root (`k8s.io/dynamic-resource-allocation/deviceattribute`).
const PCIE_ROOT: &str = "resource.kubernetes.io/pcieRoot";

/// `maxPods` of a kubelet that is not told otherwise (`pkg/kubelet/apis/config/v1beta1/defaults.go`).
pub const PODS_MAX_DEFAULT: u32 = 110;

/// Most devices of a node type: far above any machine, low enough that a typing error is caught.
const DEVICES_MAX: usize = 1024;

/// A node type as a preset or a scenario describes it. CPU and memory are what pods may request; presets give the
/// machine's whole capacity, since what is reserved for the system is the operator's choice (default: nothing).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NodeTypeInput {
    /// Name.
    pub name: String,
    /// CPU, in milli-CPU.
    pub cpu_milli: i64,
    /// Memory, in bytes.
    pub memory_bytes: i64,
    /// NUMA nodes.
    pub numa_nodes: u32,
    /// Most pods.
    pub pods_max: u32,
    /// Devices, in slice order within each driver.
    pub devices: Vec<DeviceGroup>,
    /// Labels beyond those that devices bring.
    pub labels: Vec<(String, String)>,
    /// Where the facts are from.
    pub evidence: String,
}

impl NodeTypeInput {
    /// A node type without devices: `cpus` CPUs, `memory_gib` GiB, Linux on amd64, 110 pods.
    pub fn new(name: &str, cpus: i64, memory_gib: i64, numa_nodes: u32) -> NodeTypeInput {
        NodeTypeInput {
            name: name.to_owned(),
            cpu_milli: cpus * 1000,
            memory_bytes: memory_gib << 30,
            numa_nodes,
            pods_max: PODS_MAX_DEFAULT,
            devices: Vec::new(),
            labels: vec![("kubernetes.io/arch".into(), "amd64".into()), ("kubernetes.io/os".into(), "linux".into())],
            evidence: String::new(),
        }
    }

    /// The same with another group of devices.
    pub fn with(mut self, group: DeviceGroup) -> NodeTypeInput {
        self.devices.push(group);
        self
    }

    /// The same with another value of a label.
    pub fn with_label(mut self, name: &str, value: &str) -> NodeTypeInput {
        self.labels.retain(|(known, _)| known != name);
        self.labels.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with its source.
    pub fn evidence(mut self, evidence: &str) -> NodeTypeInput {
        self.evidence = evidence.to_owned();
        self
    }

    /// What is wrong with this description, as sentences; empty if it can be built.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (what, value) in [
            ("CPU", self.cpu_milli),
            ("memory", self.memory_bytes),
            ("the number of NUMA nodes", i64::from(self.numa_nodes)),
            ("the largest number of pods", i64::from(self.pods_max)),
        ] {
            if value < 1 {
                faults.push(format!("{what} is {value}; it must be at least 1"));
            }
        }
        let devices: usize = self.devices.iter().map(|g| usize::from(g.count)).sum();
        if devices > DEVICES_MAX {
            faults.push(format!("{devices} devices; a node has at most {DEVICES_MAX}"));
        }
        for group in &self.devices {
            self.group_faults(group, &mut faults);
        }
        faults
    }

    fn group_faults(&self, group: &DeviceGroup, faults: &mut Vec<String>) {
        let name = &group.model;
        if [name, &group.resource, &group.driver].iter().any(|text| text.is_empty()) {
            faults.push("a device has an empty model, resource or driver name".into());
        }
        if group.count == 0 {
            faults.push(format!("0 devices of {name}; leave the device out instead"));
        }
        if group.memory_bytes < 0 {
            faults.push(format!("{name} has {} bytes of memory", group.memory_bytes));
        }
        for (what, len) in
            [("NUMA nodes", group.numa.len()), ("PCIe roots", group.pcie_root.len()), ("fabric groups", group.fabric.len())]
        {
            if len != 0 && len != usize::from(group.count) {
                faults.push(format!("{len} {what} for {} devices of {name}; give one for each device or none", group.count));
            }
        }
        if let Some(numa) = group.numa.iter().find(|n| u32::from(**n) >= self.numa_nodes) {
            faults.push(format!("{name} sits on NUMA node {numa}; the node has 0 to {}", i64::from(self.numa_nodes) - 1));
        }
    }

    /// Builds the node type, interning models and resources. Panics if there are [`NodeTypeInput::faults`].
    pub fn spec(&self, builder: &mut InventoryBuilder) -> NodeTypeSpec {
        let faults = self.faults();
        assert!(faults.is_empty(), "{}: {}", self.name, faults.join("; "));
        let mut roots: Vec<&str> = Vec::new();
        let mut fabrics: Vec<(usize, u16)> = Vec::new();
        let mut devices = Vec::new();
        let mut labels: BTreeMap<String, String> = BTreeMap::new();
        for (index, group) in self.devices.iter().enumerate() {
            let resource = builder.resource(&group.resource);
            let model = builder.model(Model {
                name: group.model.clone(),
                kind: group.kind,
                memory_bytes: group.memory_bytes,
                resource,
                class: group.driver.clone(),
            });
            for i in 0..group.count {
                let (numa, root) = (self.numa_of(group, i), group.pcie_root.get(usize::from(i)));
                let pcie_root = root.map_or(u16::MAX, |name| number_of(&mut roots, name));
                // Fabrics do not reach from one group of devices to another.
                let fabric = group.fabric.get(usize::from(i));
                let domain = fabric.map_or(u16::MAX, |&f| number_of(&mut fabrics, (index, f)));
                let profile = profile(group, numa, root);
                devices.push(DeviceSpec { model, profile, link: Link { numa, pcie_root, domain } });
            }
            labels.extend(group.labels.iter().cloned());
            if let Some(name) = &group.count_label {
                labels.insert(name.clone(), group.count.to_string());
            }
        }
        labels.extend(self.labels.iter().cloned());
        let node_type = NodeType {
            name: self.name.clone(),
            cpu_milli: self.cpu_milli,
            memory_bytes: self.memory_bytes,
            pods_max: self.pods_max,
            numa_nodes: self.numa_nodes,
            labels: labels.into_iter().collect(),
            evidence: self.evidence.clone(),
        };
        NodeTypeSpec { node_type, devices }
    }

    fn numa_of(&self, group: &DeviceGroup, i: u16) -> u16 {
        let even = u32::from(i) * self.numa_nodes / u32::from(group.count);
        group.numa.get(usize::from(i)).copied().unwrap_or(even as u16)
    }
}

/// The position of `name` in `names`, appended if it is new.
fn number_of<T: PartialEq>(names: &mut Vec<T>, name: T) -> u16 {
    let known = names.iter().position(|known| *known == name);
    known.unwrap_or_else(|| {
        names.push(name);
        names.len() - 1
    }) as u16
}

fn profile(group: &DeviceGroup, numa: u16, root: Option<&String>) -> DeviceProfile {
    let mut attributes: BTreeMap<String, AttrValue> = group.attributes.iter().cloned().collect();
    if let Some(name) = &group.numa_attribute {
        attributes.insert(name.clone(), AttrValue::Int(numa.into()));
    }
    if let Some(root) = root.filter(|_| group.publishes_root) {
        attributes.insert(PCIE_ROOT.into(), AttrValue::String(root.clone()));
    }
    DeviceProfile {
        driver: group.driver.clone(),
        attributes,
        capacity: group.capacity.iter().cloned().collect(),
        allow_multiple_allocations: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gpus(count: u16) -> DeviceGroup {
        DeviceGroup::nvidia("NVIDIA X", count, 1024, "Ada Lovelace", (8, 9))
    }

    #[test]
    fn own_types_have_sensible_defaults() {
        let input = NodeTypeInput::new("mine", 64, 256, 2).with(gpus(4));
        assert_eq!(input.faults(), Vec::<String>::new());
        let spec = input.spec(&mut InventoryBuilder::default());
        let links: Vec<_> = spec.devices.iter().map(|d| (d.link.numa, d.link.pcie_root, d.link.domain)).collect();
        assert_eq!(links, [(0, 0, u16::MAX), (0, 1, u16::MAX), (1, 2, u16::MAX), (1, 3, u16::MAX)]);
        let label = |name: &str| spec.node_type.labels.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        assert_eq!(label("nvidia.com/gpu.count"), Some("4"));
        assert_eq!(label("nvidia.com/gpu.product"), Some("NVIDIA-X"));
        assert_eq!(label("nvidia.com/gpu.family"), Some("ada-lovelace"));
        assert!(spec.node_type.labels.is_sorted());
        assert_eq!((spec.node_type.pods_max, spec.node_type.cpu_milli), (110, 64_000));
        assert_eq!(spec.devices[3].profile.attributes[PCIE_ROOT], AttrValue::String("pci0000:03".into()));
    }

    fn check(input: NodeTypeInput, fault: &str) {
        let faults = input.faults();
        assert!(faults.len() == 1 && faults[0].contains(fault), "{faults:?}");
    }

    #[test]
    fn groups_share_roots_but_no_fabric() {
        let input = NodeTypeInput::new("mine", 64, 256, 2)
            .with(gpus(2).all_linked())
            .with(DeviceGroup { model: "NVIDIA Y".into(), ..gpus(2).all_linked() });
        let spec = input.spec(&mut InventoryBuilder::default());
        let links: Vec<_> = spec.devices.iter().map(|d| (d.link.pcie_root, d.link.domain)).collect();
        assert_eq!(links, [(0, 0), (1, 0), (0, 1), (1, 1)]);
    }

    #[test]
    fn label_values_are_valid_whatever_the_model_is_called() {
        let group = DeviceGroup::nvidia(&format!("Zoë's (GPU) {}", "x".repeat(80)), 1, 1024, "Ada Lovelace", (8, 9));
        let spec = NodeTypeInput::new("mine", 64, 256, 2).with(group).spec(&mut InventoryBuilder::default());
        let product = spec.node_type.labels.iter().find(|(n, _)| n == "nvidia.com/gpu.product").unwrap();
        assert_eq!(product.1, format!("Zo--s--GPU--{}", "x".repeat(51)));
    }

    #[test]
    fn faults_are_told() {
        let node = || NodeTypeInput::new("mine", 64, 256, 2);
        check(NodeTypeInput::new("mine", 0, 256, 2), "CPU is 0");
        check(NodeTypeInput::new("mine", 1, 256, 0), "NUMA nodes is 0");
        check(node().with(gpus(0)), "0 devices");
        check(node().with(gpus(2000)), "at most 1024");
        check(node().with(gpus(2).on_numa(&[0, 2])), "NUMA node 2; the node has 0 to 1");
        check(node().with(gpus(2).on_numa(&[0])), "1 NUMA nodes for 2 devices");
        check(node().with(DeviceGroup { resource: String::new(), ..gpus(1) }), "empty");
    }
}
