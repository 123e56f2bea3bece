//! Nodes without devices.

use crate::synth::NodeTypeInput;

/// 64 CPUs at 4 GiB each, the usual ratio of general-purpose machines.
pub fn cpu_64() -> NodeTypeInput {
    NodeTypeInput::new("cpu-64", 64, 256, 2)
        .evidence("a made-up general-purpose machine: 4 GiB for each CPU is the usual cloud ratio, two sockets")
}
