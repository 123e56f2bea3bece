//! Training and inference over weeks: as `quickstart`, with the weekly rhythm, the batches and the tails of the traces,
//! and with NICs beside the GPUs of larger training.
//!
//! Shares of kinds and sizes, CPU, memory and pins: as in `quickstart`. Durations: Helios for training (cut at its 48 h),
//! openb for the rest (cut at a week: its tail of months would make every run depend on a handful of demands).
//! Arrivals: Helios' hours and days, and batches that reproduce its dispersion of counts per minute. Priority 0 throughout.

use crate::base::SimDuration;
use crate::model::DeviceKind::{Gpu, Nic};
use crate::model::LinkLevel;
use crate::synth::calibration::{HELIOS_BATCH_MEAN_MILLI, HELIOS_DAYS, HELIOS_HOURS, helios_durations, openb_durations};
use crate::synth::{ArrivalProcess, Basis, Batches, Entry, Mix};

const WEEK_S: f64 = 7.0 * 86_400.0;

/// Helios' rhythm with batches: gaps of up to 10 s within a batch.
pub const BURSTY: ArrivalProcess = ArrivalProcess {
    hours: HELIOS_HOURS,
    days: HELIOS_DAYS,
    batches: Some(Batches { mean_milli: HELIOS_BATCH_MEAN_MILLI, gap_max: SimDuration::from_secs(10) }),
};

/// The mix.
pub fn mix() -> Mix {
    let train = |name: &str, weight, cpus, gib, gpus| Entry::new(name, weight, cpus, gib, helios_durations()).with(Gpu, gpus);
    let other = |name: &str, weight, cpus, gib| Entry::new(name, weight, cpus, gib, openb_durations().at_most(WEEK_S));
    Mix {
        name: "mixed-ai".into(),
        basis: Basis::Devices(Gpu),
        arrivals: BURSTY,
        entries: vec![
            train("train-1", 2836, 11, 47, 1),
            train("train-2-near-nic", 301, 16, 65, 2).with(Nic, 2).aligned(LinkLevel::PcieRoot),
            train("train-4-near-nic", 400, 32, 129, 4).with(Nic, 4).aligned(LinkLevel::PcieRoot),
            train("train-8", 902, 88, 320, 8),
            train("train-8-near-nic", 451, 88, 320, 8).with(Nic, 8).aligned(LinkLevel::PcieRoot),
            other("infer-quarter", 1260, 4, 15).with_share(250),
            other("infer-half", 630, 4, 15).with_share(500),
            other("infer-16gib", 945, 11, 47).with(Gpu, 1).at_least_gib(16),
            other("infer-40gib", 567, 11, 47).with(Gpu, 1).at_least_gib(40),
            other("infer-60gib", 378, 11, 47).with(Gpu, 1).at_least_gib(60),
            other("cpu-only", 1330, 12, 50),
        ],
    }
}
