//! Hosts of Google TPU slices (GKE machine types).
//!
//! All chips of a host must be allocated together: the driver refuses a part of a host when it prepares. Slices of several
//! hosts are placed by node selection, not by DRA.

use crate::synth::{DeviceGroup, NodeTypeInput};

const V5E: &str = "tpu-v5-lite-podslice";

fn host(name: &str, machine: &str, (cpus, memory_gib, numa): (i64, i64, u32), chips: DeviceGroup) -> NodeTypeInput {
    NodeTypeInput::new(name, cpus, memory_gib, numa).with(chips).with_label("node.kubernetes.io/instance-type", machine)
}

/// v5e, one chip.
pub fn v5e_1t() -> NodeTypeInput {
    host("tpu-v5e-1t", "ct5lp-hightpu-1t", (24, 48, 1), DeviceGroup::tpu("v5e", V5E, "1x1", 1, 16))
        .evidence("machine sizes: GKE TPU documentation; attributes: kubernetes-sigs/dra-driver-google-tpu")
}

/// v5e, four chips (2x2).
pub fn v5e_4t() -> NodeTypeInput {
    host("tpu-v5e-4t", "ct5lp-hightpu-4t", (112, 192, 1), DeviceGroup::tpu("v5e", V5E, "2x2", 4, 16))
        .evidence("machine sizes: GKE TPU documentation; attributes: kubernetes-sigs/dra-driver-google-tpu")
}

/// v5e, eight chips (2x4).
pub fn v5e_8t() -> NodeTypeInput {
    host("tpu-v5e-8t", "ct5lp-hightpu-8t", (224, 384, 2), DeviceGroup::tpu("v5e", V5E, "2x4", 8, 16))
        .evidence("machine sizes: GKE TPU documentation; attributes: kubernetes-sigs/dra-driver-google-tpu")
}

/// v5p, four chips (2x2x1).
pub fn v5p_4t() -> NodeTypeInput {
    host("tpu-v5p-4t", "ct5p-hightpu-4t", (208, 448, 2), DeviceGroup::tpu("v5p", "tpu-v5p-slice", "2x2x1", 4, 95))
        .evidence("chips and topology: GKE TPU documentation; CPU, memory and NUMA from memory")
}

/// v6e, eight chips (2x4).
pub fn v6e_8t() -> NodeTypeInput {
    host("tpu-v6e-8t", "ct6e-standard-8t", (180, 1440, 2), DeviceGroup::tpu("v6e", "tpu-v6e-slice", "2x4", 8, 32))
        .evidence("chips and topology: GKE TPU documentation; CPU, memory and NUMA from memory")
}
