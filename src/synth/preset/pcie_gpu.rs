//! GPUs on PCIe cards, without links between them.

use crate::synth::{DeviceGroup, NodeTypeInput};

fn l40s(name: &str, gpus: u16, cpus: i64, memory_gib: i64) -> NodeTypeInput {
    NodeTypeInput::new(name, cpus, memory_gib, 2)
        .with(DeviceGroup::nvidia("NVIDIA L40S", gpus, 46_068, "Ada Lovelace", (8, 9)))
        .evidence("NVML mock l40s.yaml; 46,068 MiB as nvidia-smi reports; CPU, memory and one root per GPU assumed")
}

/// Eight L40S.
pub fn l40s_8() -> NodeTypeInput {
    l40s("l40s-8", 8, 128, 1024)
}

/// Four L40S: half of the box with eight.
pub fn l40s_4() -> NodeTypeInput {
    l40s("l40s-4", 4, 64, 512)
}

/// Four T4.
pub fn t4_4() -> NodeTypeInput {
    NodeTypeInput::new("t4-4", 96, 384, 2)
        .with(DeviceGroup::nvidia("Tesla T4", 4, 15_360, "Turing", (7, 5)))
        .evidence("CPU and memory: openb node list (T4, 4 GPUs); device: NVML mock t4.yaml; one root per GPU assumed")
}

/// One A10 on a large host.
pub fn a10_1() -> NodeTypeInput {
    NodeTypeInput::new("a10-1", 128, 1024, 2)
        .with(DeviceGroup::nvidia("NVIDIA A10", 1, 23_028, "Ampere", (8, 6)))
        .evidence("CPU and memory: openb node list (A10); 23,028 MiB as nvidia-smi reports; two NUMA nodes assumed")
}
