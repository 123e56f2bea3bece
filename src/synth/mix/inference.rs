//! Serving: shares of a GPU and GPUs with a memory minimum.
//!
//! Shares are the seven most frequent of openb's fractional pods, in thousandths, with their percentages of those pods (the
//! rest is left out). One whole GPU in openb is 56 % of GPU pods; here those ask for memory, in the proportions of
//! `quickstart`. CPU and memory: openb's medians. Durations: openb, cut at a week. Rhythm: Helios' hours.

use crate::model::DeviceKind::Gpu;
use crate::synth::calibration::{HELIOS_HOURS, openb_durations};
use crate::synth::{ArrivalProcess, Basis, Entry, Mix};

const WEEK_S: f64 = 7.0 * 86_400.0;

/// (thousandths of a GPU, thousandths of the fractional pods).
const SHARES: [(u32, u32); 7] = [(810, 350), (470, 244), (320, 107), (650, 82), (230, 46), (460, 42), (590, 24)];

/// (GiB of device memory, weight).
const MEMORY: [(i64, u32); 3] = [(16, 580), (40, 348), (60, 232)];

/// The mix.
pub fn mix() -> Mix {
    let durations = || openb_durations().at_most(WEEK_S);
    let shares = SHARES
        .iter()
        .map(|&(milli, weight)| Entry::new(&format!("share-{milli}m"), weight, 4, 15, durations()).with_share(milli));
    let memory = MEMORY
        .iter()
        .map(|&(gib, weight)| Entry::new(&format!("gpu-{gib}gib"), weight, 11, 47, durations()).with(Gpu, 1).at_least_gib(gib));
    Mix {
        name: "inference".into(),
        basis: Basis::Devices(Gpu),
        arrivals: ArrivalProcess { hours: HELIOS_HOURS, ..ArrivalProcess::STEADY },
        entries: shares.chain(memory).collect(),
    }
}
