//! What a demand asks for, before any strategy has been thought of.

use crate::base::ModelId;
use crate::model::DeviceKind;

/// A strategy-neutral ask. Rows of a trace that ask for the same share one `Ask`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Ask {
    /// Short name for tables, such as `train-8`; made from the numbers if the source has none.
    pub name: String,
    /// CPU, in milli-CPU.
    pub cpu_milli: i64,
    /// Host memory, in bytes.
    pub memory_bytes: i64,
    /// `spec.priority` of the pod.
    pub priority: i32,
    /// Devices wanted, one entry per kind of device; empty for a CPU-only pod.
    pub devices: Vec<DeviceAsk>,
    /// Devices of the ask that must be close to each other.
    pub alignments: Vec<Alignment>,
}

/// Devices of one kind that an ask wants, all on one node.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct DeviceAsk {
    /// GPU, TPU or NIC.
    pub kind: DeviceKind,
    /// How many devices.
    pub count: u32,
    /// Share of each device in thousandths: 1000 is a whole device. Less than 1000 only with `count` 1.
    pub share_milli: u32,
    /// Accepted models, ascending; empty for any.
    pub models: Vec<ModelId>,
    /// Least device memory, in bytes; 0 for any.
    pub memory_bytes_min: i64,
}

/// How close two devices of a node are, closest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum LinkLevel {
    /// Connected by NVLink, Infinity Fabric, ICI or the like.
    Link,
    /// Below one PCIe root port complex.
    PcieRoot,
    /// On one NUMA node.
    Numa,
}

/// A wish that devices of several entries of [`Ask::devices`] share a value of `level`.
///
/// For [`LinkLevel::PcieRoot`] between GPUs and NICs "near each" means: each GPU has a NIC on its own root.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Alignment {
    /// What must be shared.
    pub level: LinkLevel,
    /// Indices into [`Ask::devices`].
    pub entries: Vec<u32>,
}

impl Ask {
    /// Requested devices of `kind`, in thousandths of a device.
    pub fn milli_of(&self, kind: DeviceKind) -> u64 {
        self.devices.iter().filter(|d| d.kind == kind).map(|d| u64::from(d.count) * u64::from(d.share_milli)).sum()
    }

    /// True if no device is asked for.
    pub fn is_cpu_only(&self) -> bool {
        self.devices.is_empty()
    }
}
