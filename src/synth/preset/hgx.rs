//! NVIDIA HGX boards: eight GPUs that all reach each other through NVSwitch, and V100 boxes from before it.
//!
//! NICs for storage and management are left out: pods do not ask for them. GPUs and NICs share PCIe roots as named; root
//! names are captured for p4d and made up elsewhere.

use crate::synth::device_group::{named_roots, numbered_roots};
use crate::synth::{DeviceGroup, NodeTypeInput};

/// Extended resource under which NVIDIA's network operator counts whole host NICs.
pub const HOST_NIC: &str = "nvidia.com/hostdev";

const FOUR_AND_FOUR: [u16; 8] = [0, 0, 0, 0, 1, 1, 1, 1];

/// DGX A100 80 GB. Two GPUs and two NICs to a root. With four NUMA nodes per socket the pairs sit on nodes 3, 1, 7 and 5,
/// none on the even ones: a pod that must stay on one NUMA node gets at most two GPUs.
pub fn dgx_a100_80() -> NodeTypeInput {
    let (numa, roots) = ([3, 3, 1, 1, 7, 7, 5, 5], [0, 0, 1, 1, 2, 2, 3, 3]);
    NodeTypeInput::new("dgx-a100-80", 256, 2048, 8)
        .with(
            DeviceGroup::nvidia("NVIDIA A100-SXM4-80GB", 8, 81_920, "Ampere", (8, 0))
                .on_numa(&numa)
                .below(numbered_roots(&roots))
                .all_linked(),
        )
        .with(mellanox("MT28908 Family [ConnectX-6]", 8).on_numa(&numa).below(numbered_roots(&roots)))
        .evidence("bus addresses: NVML mock a100.yaml (pairs 07/0f, 47/4e, 87/90, b7/bd); NUMA map with NPS4: DGX A100 user guide, from memory; 2 x EPYC 7742, 2 TiB")
}

/// AWS p4d.24xlarge: A100 40 GB. Two GPUs and one EFA to a root.
pub fn aws_p4d() -> NodeTypeInput {
    let roots = ["pci0000:10", "pci0000:20", "pci0000:90", "pci0000:a0"];
    let twice: Vec<&str> = roots.iter().flat_map(|r| [*r, *r]).collect();
    NodeTypeInput::new("aws-p4d", 96, 1152, 2)
        .with(
            DeviceGroup::nvidia("NVIDIA A100-SXM4-40GB", 8, 40_960, "Ampere", (8, 0))
                .on_numa(&FOUR_AND_FOUR)
                .below(named_roots(&twice))
                .all_linked(),
        )
        .with(
            DeviceGroup::rdma_nic("Elastic Fabric Adapter (EFA)", "Amazon.com, Inc.", 4, "vpc.amazonaws.com/efa")
                .on_numa(&[0, 0, 1, 1])
                .below(named_roots(&roots)),
        )
        .with_label("node.kubernetes.io/instance-type", "p4d.24xlarge")
        .evidence("ResourceSlices captured on a live node (kubernetes-sigs/dranet examples); CPU and memory: AWS instance page, from memory")
}

/// DGX H100.
pub fn dgx_h100() -> NodeTypeInput {
    rail_per_gpu("dgx-h100", DeviceGroup::nvidia("NVIDIA H100 80GB HBM3", 8, 81_559, "Hopper", (9, 0))).evidence(
        "NVML mock h100.yaml; one ConnectX-7 beside each GPU: NVIDIA DGX documentation, from memory; 2 x Xeon 8480C, 2 TiB",
    )
}

/// DGX H200: the board of the H100 with more memory on each GPU.
pub fn dgx_h200() -> NodeTypeInput {
    rail_per_gpu("dgx-h200", DeviceGroup::nvidia("NVIDIA H200", 8, 143_771, "Hopper", (9, 0)))
        .evidence("as dgx-h100; 143,771 MiB as nvidia-smi reports")
}

/// DGX B200.
pub fn dgx_b200() -> NodeTypeInput {
    rail_per_gpu("dgx-b200", DeviceGroup::nvidia("NVIDIA B200", 8, 183_359, "Blackwell", (10, 0)))
        .evidence("NVML mock b200.yaml; DGX B200 data sheet, from memory; 2 x Xeon 8570, 2 TiB")
}

/// Eight V100 32 GB in a hybrid cube mesh (DGX-1): each GPU has NVLink to all of its own four, and to one beyond. The two
/// fours are therefore the groups in which everybody reaches everybody.
pub fn v100_8() -> NodeTypeInput {
    let mut gpus = DeviceGroup::nvidia("Tesla V100-SXM2-32GB", 8, 32_768, "Volta", (7, 0)).on_numa(&FOUR_AND_FOUR);
    gpus.pcie_root = numbered_roots(&[0, 0, 1, 1, 2, 2, 3, 3]);
    gpus.fabric = FOUR_AND_FOUR.to_vec();
    NodeTypeInput::new("v100-8", 96, 768, 2).with(gpus).evidence(
        "CPU and memory: openb node list (V100M32, 8 GPUs); link matrix: published DGX-1 topology; PCIe pairs from memory",
    )
}

/// Eight GPUs, each with a NIC below its own root; four and four on two NUMA nodes; 2 x 56 cores, 2 TiB.
fn rail_per_gpu(name: &str, gpus: DeviceGroup) -> NodeTypeInput {
    let roots = numbered_roots(&[0, 1, 2, 3, 4, 5, 6, 7]);
    NodeTypeInput::new(name, 224, 2048, 2)
        .with(gpus.on_numa(&FOUR_AND_FOUR).below(roots.clone()).all_linked())
        .with(mellanox("MT2910 Family [ConnectX-7]", 8).on_numa(&FOUR_AND_FOUR).below(roots))
}

fn mellanox(model: &str, count: u16) -> DeviceGroup {
    DeviceGroup::rdma_nic(model, "Mellanox Technologies", count, HOST_NIC)
}
