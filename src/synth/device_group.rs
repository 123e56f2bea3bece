//! Devices of one model on a node type, and how each driver publishes them.
//!
//! The constructors state what drivers publish today (with the attribute names of each driver's own code). Attributes
//! that are unique to a device (UUID, bus address, MAC, interface name, minor number) are left out: nothing in a workload
//! selects by them, and each device would become a profile of its own. The GPU drivers publish no NUMA node for plain GPUs
//! (AMD's attribute list as read has none, though KEP-6072 mentions one); network drivers do, under their own name. DeviceClasses are named after the driver throughout; an administrator
//! is free to name them otherwise.

use crate::base::Quantity;
use crate::model::{AttrValue, DeviceKind};

/// Bytes in a MiB.
pub const MIB: i64 = 1 << 20;

/// Driver of NVIDIA GPUs (kubernetes-sigs/dra-driver-nvidia-gpu).
pub const NVIDIA: &str = "gpu.nvidia.com";
/// Driver of AMD GPUs (ROCm/k8s-gpu-dra-driver).
pub const AMD: &str = "gpu.amd.com";
/// Driver of Google TPUs (kubernetes-sigs/dra-driver-google-tpu).
pub const TPU: &str = "tpu.google.com";
/// Driver of network interfaces (kubernetes-sigs/dranet).
pub const DRANET: &str = "dra.net";
/// Driver of SR-IOV virtual functions (k8snetworkplumbingwg/dra-driver-sriov).
pub const SRIOV: &str = "sriovnetwork.k8snetworkplumbingwg.io";

/// NUMA attribute that dranet and the SR-IOV driver publish (an int).
const NET_NUMA: &str = "dra.net/numaNode";

/// Devices of one model on a node type. Lists hold one value per device; an empty list has the default that it names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeviceGroup {
    /// GPU, TPU or NIC.
    pub kind: DeviceKind,
    /// Product name.
    pub model: String,
    /// Device memory, in bytes; 0 for NICs.
    pub memory_bytes: i64,
    /// How many devices.
    pub count: u16,
    /// NUMA node of each device; empty: spread evenly, in order.
    pub numa: Vec<u16>,
    /// PCIe root of each device, as `resource.kubernetes.io/pcieRoot` would name it; devices with equal names are below one
    /// root, also across groups. Empty: unknown, and not published.
    pub pcie_root: Vec<String>,
    /// Group of devices that all reach each other over NVLink, Infinity Fabric or ICI; empty: no such links.
    pub fabric: Vec<u16>,
    /// Extended resource of its device plugin.
    pub resource: String,
    /// DRA driver; also the name of the DeviceClass.
    pub driver: String,
    /// Attributes that are equal for all devices, fully qualified.
    pub attributes: Vec<(String, AttrValue)>,
    /// Capacities, fully qualified.
    pub capacity: Vec<(String, Quantity)>,
    /// True if the driver publishes `resource.kubernetes.io/pcieRoot`.
    pub publishes_root: bool,
    /// Attribute under which the driver publishes the NUMA node, if it does.
    pub numa_attribute: Option<String>,
    /// Labels that feature discovery puts on a node with such devices.
    pub labels: Vec<(String, String)>,
    /// Label that holds the number of devices, if there is one.
    pub count_label: Option<String>,
}

fn text(name: &str, value: &str) -> (String, AttrValue) {
    (name.to_owned(), AttrValue::String(value.to_owned()))
}

fn version(name: &str, value: &str) -> (String, AttrValue) {
    (name.to_owned(), AttrValue::Version(value.to_owned()))
}

fn flag(name: &str, value: bool) -> (String, AttrValue) {
    (name.to_owned(), AttrValue::Bool(value))
}

/// A label. What a label value must not hold (`k8s.io/apimachinery/pkg/util/validation` IsValidLabelValue) becomes `-`, as
/// feature discovery does with the blanks of product names; values end after 63 characters.
fn label(name: &str, value: &str) -> (String, String) {
    let valid = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let value: String = value.chars().map(valid).take(63).collect();
    (name.to_owned(), value.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned())
}

/// `n` PCIe roots, one for each device. The names are made up where no capture tells them.
pub fn own_roots(n: u16) -> Vec<String> {
    numbered_roots(&(0..n).collect::<Vec<_>>())
}

/// PCIe roots by group number, where it is known who shares a root but not what it is called.
pub fn numbered_roots(groups: &[u16]) -> Vec<String> {
    groups.iter().map(|g| format!("pci0000:{g:02x}")).collect()
}

/// PCIe roots by name, as captured.
pub fn named_roots(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

impl DeviceGroup {
    /// NVIDIA GPUs: attributes of `gpu.nvidia.com` (a live capture has exactly these, plus `uuid` and `pciBusID`), labels of
    /// GPU feature discovery. `memory_mib` is what `nvidia-smi` reports; driver and label agree on it. `compute` is the
    /// compute capability (major, minor).
    pub fn nvidia(model: &str, count: u16, memory_mib: i64, architecture: &str, compute: (u32, u32)) -> DeviceGroup {
        let (major, minor) = compute;
        DeviceGroup {
            kind: DeviceKind::Gpu,
            model: model.to_owned(),
            memory_bytes: memory_mib * MIB,
            count,
            numa: Vec::new(),
            pcie_root: own_roots(count),
            fabric: Vec::new(),
            resource: "nvidia.com/gpu".into(),
            driver: NVIDIA.into(),
            attributes: vec![
                text("gpu.nvidia.com/type", "gpu"),
                text("gpu.nvidia.com/productName", model),
                text("gpu.nvidia.com/brand", "Nvidia"),
                text("gpu.nvidia.com/architecture", architecture),
                version("gpu.nvidia.com/cudaComputeCapability", &format!("{major}.{minor}.0")),
                version("gpu.nvidia.com/driverVersion", "580.126.20"),
                version("gpu.nvidia.com/cudaDriverVersion", "13.0.0"),
                text("gpu.nvidia.com/addressingMode", "HMM"),
            ],
            capacity: vec![("gpu.nvidia.com/memory".into(), Quantity::from_units(memory_mib * MIB))],
            publishes_root: true,
            numa_attribute: None,
            labels: vec![
                label("nvidia.com/gpu.compute.major", &major.to_string()),
                label("nvidia.com/gpu.compute.minor", &minor.to_string()),
                label("nvidia.com/gpu.family", &architecture.to_lowercase()),
                label("nvidia.com/gpu.memory", &memory_mib.to_string()),
                label("nvidia.com/gpu.present", "true"),
                label("nvidia.com/gpu.product", model),
            ],
            count_label: Some("nvidia.com/gpu.count".into()),
        }
    }

    /// AMD GPUs, unpartitioned: attributes and capacities of `gpu.amd.com`, labels of AMD's node labeller, which rounds
    /// memory down to whole GiB and writes it with a `G` (`191G`), so that no `Gt` requirement can read it.
    pub fn amd(model: &str, count: u16, memory_mib: i64, compute_units: i64, device_id: &str) -> DeviceGroup {
        DeviceGroup {
            kind: DeviceKind::Gpu,
            model: model.to_owned(),
            memory_bytes: memory_mib * MIB,
            count,
            numa: Vec::new(),
            pcie_root: own_roots(count),
            fabric: Vec::new(),
            resource: "amd.com/gpu".into(),
            driver: AMD.into(),
            attributes: vec![
                text("gpu.amd.com/type", "amdgpu"),
                text("gpu.amd.com/productName", model),
                text("gpu.amd.com/family", "AI"),
                text("gpu.amd.com/partitionProfile", "spx_nps1"),
                version("gpu.amd.com/driverVersion", "6.12.12"),
            ],
            capacity: vec![
                ("gpu.amd.com/memory".into(), Quantity::from_units(memory_mib * MIB)),
                ("gpu.amd.com/computeUnits".into(), Quantity::from_units(compute_units)),
                ("gpu.amd.com/simdUnits".into(), Quantity::from_units(4 * compute_units)),
            ],
            publishes_root: true,
            numa_attribute: None,
            labels: vec![
                label("amd.com/gpu.cu-count", &compute_units.to_string()),
                label("amd.com/gpu.device-id", device_id),
                label("amd.com/gpu.family", "AI"),
                label("amd.com/gpu.product-name", &model.replace(' ', "_")),
                label("amd.com/gpu.simd-count", &(4 * compute_units).to_string()),
                label("amd.com/gpu.vram", &format!("{}G", memory_mib / 1024)),
            ],
            count_label: None,
        }
    }

    /// TPU chips: attributes of `tpu.google.com`, which publishes neither memory nor a PCIe root, and GKE's node labels.
    /// All chips of a host reach each other over ICI.
    pub fn tpu(generation: &str, accelerator: &str, topology: &str, count: u16, hbm_gib: i64) -> DeviceGroup {
        DeviceGroup {
            kind: DeviceKind::Tpu,
            model: format!("TPU {generation}"),
            memory_bytes: hbm_gib << 30,
            count,
            numa: Vec::new(),
            pcie_root: Vec::new(),
            fabric: vec![0; count.into()],
            resource: "google.com/tpu".into(),
            driver: TPU.into(),
            attributes: vec![
                text("tpu.google.com/tpuGen", generation),
                text("tpu.google.com/brand", "Google"),
                text("tpu.google.com/accelerator", accelerator),
                ("tpu.google.com/chipCount".into(), AttrValue::Int(count.into())),
                text("tpu.google.com/topology", topology),
            ],
            capacity: Vec::new(),
            publishes_root: false,
            numa_attribute: None,
            labels: vec![
                label("cloud.google.com/gke-tpu-accelerator", accelerator),
                label("cloud.google.com/gke-tpu-topology", topology),
            ],
            count_label: Some("cloud.google.com/gke-accelerator-count".into()),
        }
    }

    /// What all network devices have in common; driver and attributes are for the caller to say.
    fn nic(model: &str, count: u16, resource: &str) -> DeviceGroup {
        DeviceGroup {
            kind: DeviceKind::Nic,
            model: model.to_owned(),
            memory_bytes: 0,
            count,
            numa: Vec::new(),
            pcie_root: Vec::new(),
            fabric: Vec::new(),
            resource: resource.to_owned(),
            driver: String::new(),
            attributes: Vec::new(),
            capacity: Vec::new(),
            publishes_root: true,
            numa_attribute: Some(NET_NUMA.into()),
            labels: Vec::new(),
            count_label: None,
        }
    }

    /// RDMA network interfaces given to pods whole: attributes of dranet. The default-route interface of a node is not
    /// published, and presets leave storage and management interfaces out.
    pub fn rdma_nic(model: &str, vendor: &str, count: u16, resource: &str) -> DeviceGroup {
        DeviceGroup {
            driver: DRANET.into(),
            attributes: vec![
                text("dra.net/pciVendor", vendor),
                text("dra.net/pciDevice", model),
                flag("dra.net/rdma", true),
                flag("dra.net/virtual", false),
                text("dra.net/type", "device"),
                text("dra.net/state", "up"),
            ],
            ..DeviceGroup::nic(model, count, resource)
        }
    }

    /// Virtual functions of one physical function: attributes of the SR-IOV driver. `resource` is the pool of the SR-IOV
    /// device plugin that the physical function belongs to.
    pub fn virtual_functions(model: &str, pf: &str, count: u16, resource: &str) -> DeviceGroup {
        let own = |name: &str| format!("{SRIOV}/{name}");
        DeviceGroup {
            driver: SRIOV.into(),
            attributes: vec![
                text(&own("PFName"), pf),
                text(&own("EswitchMode"), "legacy"),
                text(&own("vendorID"), "8086"),
                text(&own("deviceID"), "1889"),
                text(&own("pfDeviceID"), "159b"),
                text(&own("linkType"), "ether"),
                flag(&own("rdmaCapable"), false),
                text("k8s.cni.cncf.io/resourceName", resource),
            ],
            ..DeviceGroup::nic(model, count, resource)
        }
    }

    /// The same devices on these NUMA nodes, one entry per device.
    pub fn on_numa(mut self, numa: &[u16]) -> DeviceGroup {
        self.numa = numa.to_vec();
        self
    }

    /// The same devices below these PCIe roots, one entry per device.
    pub fn below(mut self, roots: Vec<String>) -> DeviceGroup {
        self.pcie_root = roots;
        self
    }

    /// The same devices, all of which reach each other over NVLink or Infinity Fabric.
    pub fn all_linked(mut self) -> DeviceGroup {
        self.fabric = vec![0; self.count.into()];
        self
    }

    /// The same devices with another value of an attribute.
    pub fn with_attribute(mut self, name: &str, value: AttrValue) -> DeviceGroup {
        self.attributes.retain(|(known, _)| known != name);
        self.attributes.push((name.to_owned(), value));
        self
    }
}
