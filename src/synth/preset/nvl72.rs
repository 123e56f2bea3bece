//! One compute tray of an NVL72 rack.
//!
//! The NVLink domain of the rack has 72 GPUs on 18 trays; within a tray all four reach each other. Which rack a tray is in
//! belongs to a node, not to its type.

use crate::model::AttrValue;
use crate::synth::device_group::named_roots;
use crate::synth::preset::hgx::HOST_NIC;
use crate::synth::{DeviceGroup, NodeTypeInput};

/// GB200 tray (OCI BM.GPU.GB200-v3.4): two Grace CPUs of 72 cores, four GPUs, four ConnectX-8 cards of two functions. No
/// NIC shares a PCIe root with a GPU, so that matching GPU and NIC by `pcieRoot` never succeeds.
pub fn gb200_tray() -> NodeTypeInput {
    let nic_roots = ["pci0000:00", "pci0002:00", "pci0010:00", "pci0012:00"];
    let twice: Vec<&str> = nic_roots.iter().flat_map(|r| [*r, *r]).collect();
    NodeTypeInput::new("gb200-nvl72-tray", 144, 960, 2)
        .with(
            DeviceGroup::nvidia("NVIDIA GB200", 4, 189_471, "Blackwell", (10, 0))
                .with_attribute("gpu.nvidia.com/addressingMode", AttrValue::String("ATS".into()))
                .on_numa(&[0, 0, 1, 1])
                .below(named_roots(&["pci0008:00", "pci0009:00", "pci0018:00", "pci0019:00"]))
                .all_linked(),
        )
        .with(
            DeviceGroup::rdma_nic("CX8 Family [ConnectX-8]", "Mellanox Technologies", 8, HOST_NIC)
                .on_numa(&[0, 0, 0, 0, 1, 1, 1, 1])
                .below(named_roots(&twice)),
        )
        .with_label("kubernetes.io/arch", "arm64")
        .with_label("node.kubernetes.io/instance-type", "BM.GPU.GB200-v3.4")
        .evidence("ResourceSlices captured on a live node (kubernetes-sigs/dranet examples); CPU and memory: NVIDIA product page, from memory")
}
