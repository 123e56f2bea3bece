//! Training on single nodes, as in Helios Venus: sizes, durations, rhythm and batches of that cluster; CPU and memory are
//! openb's medians by number of GPUs. Demands of 2 and 4 GPUs want all of them linked (an assumption).

use crate::model::DeviceKind::Gpu;
use crate::model::LinkLevel;
use crate::synth::calibration::{HELIOS_SIZES, helios_durations};
use crate::synth::mix::mixed_ai::BURSTY;
use crate::synth::{Basis, Entry, Mix};

/// CPUs and GiB by number of GPUs: medians of openb's pods.
const PER_SIZE: [(i64, i64); 4] = [(11, 47), (16, 65), (32, 129), (88, 320)];

/// The mix.
pub fn mix() -> Mix {
    let entries = HELIOS_SIZES.iter().zip(PER_SIZE).map(|(&(gpus, weight), (cpus, gib))| {
        let entry = Entry::new(&format!("train-{gpus}"), weight, cpus, gib, helios_durations()).with(Gpu, gpus);
        if matches!(gpus, 2 | 4) { entry.aligned(LinkLevel::Link) } else { entry }
    });
    Mix { name: "training".into(), basis: Basis::Devices(Gpu), arrivals: BURSTY, entries: entries.collect() }
}
