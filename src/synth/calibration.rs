//! Numbers measured on public traces, as own data.
//!
//! Lognormal mixtures: three components fitted by expectation maximisation to the logarithm of durations in seconds; the
//! Kolmogorov distance says how far the fit is from the data. A single lognormal misses both the short spike (failed
//! starts, scripted tests) and the tail of days. Each mixture is cut at the longest duration of its trace.
//! It is cut, not clamped: Helios and PAI have a lump of jobs at their 48 h clamp (1.9 % in Helios), which the mixtures
//! spread over longer times and the cut removes. So the mean here is below that of the data (Helios 6,975 s against 9,088 s,
//! PAI 4,645 s against 5,029 s).

use crate::synth::{Component, Durations};

const DAY_S: f64 = 86_400.0;

fn mixture(components: [(f64, f64, f64); 3], max_s: f64, source: &'static str) -> Durations {
    let components = components.iter().map(|&(weight, mu, sigma)| Component { weight, mu, sigma }).collect();
    Durations { components, min_s: 1.0, max_s, source }
}

/// GPU jobs of SenseTime's Venus cluster (Hu et al., SC 2021; 125,303 jobs, durations clamped at 48 h). Distance 0.010.
pub fn helios_durations() -> Durations {
    mixture(
        [(0.1773, 4.9604, 0.4774), (0.7370, 5.3854, 2.3412), (0.0857, 11.0585, 0.7874)],
        2.0 * DAY_S,
        "Helios Venus, 3 lognormals",
    )
}

/// Jobs of Alibaba PAI (Weng et al., NSDI 2022; a sample of 60,105 jobs, durations clamped at 48 h). Distance 0.011.
pub fn pai_durations() -> Durations {
    mixture(
        [(0.1605, 3.6219, 0.4551), (0.3626, 5.5410, 0.9480), (0.4769, 8.2534, 1.4165)],
        2.0 * DAY_S,
        "Alibaba PAI 2020, 3 lognormals",
    )
}

/// Scheduled pods of openb (Weng et al., ATC 2023; 7,255 pods, longest 12,537,496 s). Distance 0.026.
pub fn openb_durations() -> Durations {
    mixture(
        [(0.2068, 4.8423, 0.7373), (0.7766, 6.8994, 1.6524), (0.0166, 12.1555, 2.4424)],
        12_537_496.0,
        "Alibaba openb, 3 lognormals",
    )
}

/// Submissions by hour of day, hours 0 to 23, in thousandths of the mean hour, local time: Helios Venus (throughput file
/// published with Lucid, Hu et al., ASPLOS 2023). The mean is 0.9992, which the generator divides out.
pub const HELIOS_HOURS: [u32; 24] = [
    900, 660, 600, 380, 270, 210, 190, 220, 370, 800, 1290, 1470, 1160, 1300, 1560, 1660, 1730, 1730, 1280, 1310, 1340, 1360,
    1150, 1040,
];

/// Submissions by day of week, Monday first, in thousandths of the mean day: as [`HELIOS_HOURS`].
pub const HELIOS_DAYS: [u32; 7] = [1020, 1100, 1270, 1200, 950, 680, 770];

/// Jobs of at most one node by number of GPUs in Helios Venus, in parts per thousand of *all* its jobs: 51.8 % of jobs ask
/// for 1 GPU, 5.5 % for 2, 7.3 % for 4, 24.7 % for 8; the rest spans nodes or asks for an odd number.
pub const HELIOS_SIZES: [(u32, u32); 4] = [(1, 518), (2, 55), (4, 73), (8, 247)];

/// Mean number of jobs in a batch such that the index of dispersion of counts per minute is Helios' 10: geometric batches
/// of mean m give 2m - 1.
pub const HELIOS_BATCH_MEAN_MILLI: u32 = 5500;
