//! Whole TPU hosts: 1, 4 or 8 chips, since all chips of a host are allocated together.
//!
//! No public trace of TPU jobs is known. Sizes are the machine types of v5e and v6e, their shares are assumed even;
//! durations are those of Alibaba PAI, whose gangs are the nearest published thing; CPU and memory leave room on the
//! smallest host of each size.

use crate::model::DeviceKind::Tpu;
use crate::synth::calibration::{HELIOS_HOURS, pai_durations};
use crate::synth::{ArrivalProcess, Basis, Entry, Mix};

/// The mix.
pub fn mix() -> Mix {
    let host = |name: &str, cpus, gib, chips| Entry::new(name, 1, cpus, gib, pai_durations()).with(Tpu, chips);
    Mix {
        name: "tpu".into(),
        basis: Basis::Devices(Tpu),
        arrivals: ArrivalProcess { hours: HELIOS_HOURS, ..ArrivalProcess::STEADY },
        entries: vec![host("tpu-1", 16, 32, 1), host("tpu-4", 64, 128, 4), host("tpu-8", 128, 256, 8)],
    }
}
