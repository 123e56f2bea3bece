//! AMD Instinct.

use crate::synth::preset::hgx::HOST_NIC;
use crate::synth::{DeviceGroup, NodeTypeInput};

/// MI300X on Azure (ND96isr_MI300X_v5), unpartitioned: all eight reach each other over Infinity Fabric. The NICs are
/// virtual functions in PCI domains of their own, without a PCIe root that the guest could see or publish.
pub fn mi300x_azure() -> NodeTypeInput {
    let numa = [0, 0, 0, 0, 1, 1, 1, 1];
    NodeTypeInput::new("mi300x-azure", 96, 1850, 2)
        .with(DeviceGroup::amd("AMD Instinct MI300X", 8, 196_592, 304, "74b5").on_numa(&numa).all_linked())
        .with(
            DeviceGroup::rdma_nic("ConnectX Family mlx5Gen Virtual Function", "Mellanox Technologies", 8, HOST_NIC)
                .on_numa(&numa),
        )
        .with_label("node.kubernetes.io/instance-type", "Standard_ND96isr_MI300X_v5")
        .evidence("NICs: ResourceSlice captured on a live node; GPU attributes: tests of ROCm/k8s-gpu-dra-driver; GPU PCIe roots assumed one each; CPU and memory: Azure page, from memory")
}
