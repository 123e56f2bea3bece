//! What the cluster consists of, and what drivers publish about it. Immutable while nothing is published anew.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::base::{DeviceId, Id, IdVec, ModelId, NodeId, NodeTypeId, ProfileId, ResourceId};
use crate::model::DeviceProfile;

/// The kinds of device that drasim tells apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DeviceKind {
    /// Graphics processors and other general accelerators.
    Gpu,
    /// Google's tensor processing units (chips).
    Tpu,
    /// Network interfaces: physical functions or SR-IOV virtual functions.
    Nic,
}

impl DeviceKind {
    /// All kinds in display order.
    pub const ALL: [DeviceKind; 3] = [DeviceKind::Gpu, DeviceKind::Tpu, DeviceKind::Nic];

    /// Lower-case name, as in metric keys (`gpu_allocated_ratio`) and scenario files.
    pub const fn name(self) -> &'static str {
        match self {
            DeviceKind::Gpu => "gpu",
            DeviceKind::Tpu => "tpu",
            DeviceKind::Nic => "nic",
        }
    }
}

/// A hardware model.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Model {
    /// Product name, such as `NVIDIA H100 80GB HBM3`; the code of the trace where the product is undisclosed (`G2`).
    pub name: String,
    /// GPU, TPU or NIC.
    pub kind: DeviceKind,
    /// Device memory, in bytes; 0 for NICs and where it is unknown.
    pub memory_bytes: i64,
    /// Extended resource under which a device plugin counts it.
    pub resource: ResourceId,
    /// DeviceClass under which the DRA driver's devices are asked for.
    pub class: String,
}

/// A kind of node: everything that is equal for all its nodes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NodeType {
    /// Preset name, or a name made from a node list.
    pub name: String,
    /// CPU that pods may request, in milli-CPU.
    pub cpu_milli: i64,
    /// Memory that pods may request, in bytes.
    pub memory_bytes: i64,
    /// Most pods the kubelet takes.
    pub pods_max: u32,
    /// NUMA nodes of the machine.
    pub numa_nodes: u32,
    /// Labels that feature discovery puts on such a node (name, value), sorted by name.
    pub labels: Vec<(String, String)>,
    /// Where its hardware facts are from.
    pub evidence: String,
}

/// A node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    /// `metadata.name`
    pub name: String,
    /// Its type.
    pub kind: NodeTypeId,
    /// First device and one past the last.
    pub devices: Range<u32>,
}

/// Where a device sits on its node: the truth, whether or not a driver publishes it. Values are comparable within one
/// node only; `u16::MAX` means "none".
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Link {
    /// NUMA node.
    pub numa: u16,
    /// PCIe root (or switch group).
    pub pcie_root: u16,
    /// Group of devices that reach each other over NVLink, Infinity Fabric or ICI.
    pub domain: u16,
}

/// A device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Device {
    /// Its node.
    pub node: NodeId,
    /// Its hardware model.
    pub model: ModelId,
    /// What its driver publishes.
    pub profile: ProfileId,
    /// Where it sits.
    pub link: Link,
}

/// The immutable half of the world.
///
/// Devices of a node have consecutive ids **in the order in which upstream's allocator visits them**: by driver name,
/// then pool, slice and position. "Lowest id first" is therefore upstream's first fit.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Inventory {
    /// Nodes in snapshot order.
    pub nodes: IdVec<NodeId, Node>,
    /// Node types.
    pub node_types: IdVec<NodeTypeId, NodeType>,
    /// Devices, grouped by node.
    pub devices: IdVec<DeviceId, Device>,
    /// Hardware models.
    pub models: IdVec<ModelId, Model>,
    /// Published profiles.
    pub profiles: IdVec<ProfileId, DeviceProfile>,
    /// Extended resource names.
    pub resources: IdVec<ResourceId, String>,
}

impl Inventory {
    /// The devices of `node`, in allocator order.
    pub fn devices_of(&self, node: NodeId) -> impl DoubleEndedIterator<Item = DeviceId> + ExactSizeIterator + use<> {
        let range = &self.nodes[node].devices;
        (range.start..range.end).map(DeviceId)
    }

    /// The kind of `device`.
    pub fn kind_of(&self, device: DeviceId) -> DeviceKind {
        self.models[self.devices[device].model].kind
    }

    /// The type of `node`.
    pub fn type_of(&self, node: NodeId) -> &NodeType {
        &self.node_types[self.nodes[node].kind]
    }

    /// How many devices of `kind` the cluster has.
    pub fn count(&self, kind: DeviceKind) -> u64 {
        self.devices.iter().filter(|d| self.models[d.model].kind == kind).count() as u64
    }

    /// How many devices of each extended resource a node's device plugins report, by resource id.
    pub fn extended_capacity(&self, node: NodeId) -> Vec<i64> {
        let mut counts = vec![0; self.resources.len()];
        for device in self.devices_of(node) {
            counts[self.models[self.devices[device].model].resource.index()] += 1;
        }
        counts
    }

    /// The model with this name.
    pub fn model_named(&self, name: &str) -> Option<ModelId> {
        self.models.iter_ids().find(|(_, m)| m.name == name).map(|(id, _)| id)
    }
}

/// A device of a node type under construction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeviceSpec {
    /// Hardware model.
    pub model: ModelId,
    /// What the driver publishes.
    pub profile: DeviceProfile,
    /// Where it sits.
    pub link: Link,
}

/// A node type under construction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NodeTypeSpec {
    /// What is equal for all nodes.
    pub node_type: NodeType,
    /// Its devices, in slice order per driver.
    pub devices: Vec<DeviceSpec>,
}

/// Builds an [`Inventory`]: models and resources first, then types, then nodes.
#[derive(Debug, Default)]
pub struct InventoryBuilder {
    inventory: Inventory,
    specs: Vec<Vec<(ModelId, ProfileId, Link)>>,
    profile_ids: BTreeMap<DeviceProfile, ProfileId>,
}

impl InventoryBuilder {
    /// The id of an extended resource name.
    pub fn resource(&mut self, name: &str) -> ResourceId {
        let known = self.inventory.resources.iter_ids().find(|(_, known)| *known == name).map(|(id, _)| id);
        known.unwrap_or_else(|| self.inventory.resources.push(name.to_owned()))
    }

    /// The id of a model; models are equal by name.
    pub fn model(&mut self, model: Model) -> ModelId {
        match self.inventory.model_named(&model.name) {
            Some(id) => id,
            None => self.inventory.models.push(model),
        }
    }

    /// Adds a node type. Its devices are brought into allocator order: by driver name, else as given.
    pub fn node_type(&mut self, spec: NodeTypeSpec) -> NodeTypeId {
        let mut devices = spec.devices;
        devices.sort_by(|a, b| a.profile.driver.cmp(&b.profile.driver));
        let interned = devices
            .into_iter()
            .map(|d| {
                let next = ProfileId::from_index(self.inventory.profiles.len());
                let profile = *self.profile_ids.entry(d.profile.clone()).or_insert(next);
                if profile == next {
                    self.inventory.profiles.push(d.profile);
                }
                (d.model, profile, d.link)
            })
            .collect();
        self.specs.push(interned);
        self.inventory.node_types.push(spec.node_type)
    }

    /// Adds a node at the end of the snapshot order.
    pub fn node(&mut self, name: String, kind: NodeTypeId) -> NodeId {
        let start = self.inventory.devices.len() as u32;
        let node = NodeId::from_index(self.inventory.nodes.len());
        for &(model, profile, link) in &self.specs[kind.index()] {
            self.inventory.devices.push(Device { node, model, profile, link });
        }
        let end = self.inventory.devices.len() as u32;
        self.inventory.nodes.push(Node { name, kind, devices: start..end })
    }

    /// The finished inventory.
    pub fn finish(self) -> Inventory {
        self.inventory
    }
}
