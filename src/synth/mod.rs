//! Made-up clusters and workloads.
//!
//! Clusters: [`presets`] lists node types by name; each family of hardware is a file under [`preset`] that states its
//! facts as a [`NodeTypeInput`], the same form in which a scenario describes its own node types. Workloads: [`mixes`]
//! lists named mixes of demands, one file each under [`mix`]; [`workload`] draws arrivals from one at a chosen load. Every
//! number says where it is from; [`calibration`] holds those that were measured on public traces.

pub mod arrivals;
pub mod calibration;
pub mod codes;
pub mod demand_mix;
pub mod device_group;
pub mod duration;
pub mod mix;
pub mod mixes;
pub mod node_type;
pub mod preset;
pub mod presets;
pub mod workload;

pub use arrivals::{ArrivalProcess, Batches};
pub use demand_mix::{Basis, DeviceWant, Entry, Mix};
pub use device_group::DeviceGroup;
pub use duration::{Component, Durations};
pub use mixes::{MIXES, NamedMix, mix_named};
pub use node_type::NodeTypeInput;
pub use presets::{PRESETS, Preset, preset_named};
pub use workload::{Offer, generate};
