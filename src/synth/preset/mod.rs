//! Hardware facts, one file per family. Each function states one node type; [`crate::synth::presets`] lists them.

pub mod amd;
pub mod cpu;
pub mod hgx;
pub mod nvl72;
pub mod pcie_gpu;
pub mod telecom;
pub mod tpu;
