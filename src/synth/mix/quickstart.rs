//! The mix of the first run: training, inference and CPU-only demands on a cluster of several models.
//!
//! Where each number is from:
//! - Kinds of demand: 13.3 % of openb's pods ask for no GPU, 37.8 % for a share, 48.9 % for whole GPUs (Weng et al., ATC
//!   2023). Here the sharers are inference, half by share and half by memory (an assumption: no public trace has memory
//!   minima), and the others training.
//! - Training sizes: jobs of at most one node in Helios Venus, 58.0 / 6.2 / 8.2 / 27.7 % for 1 / 2 / 4 / 8 GPUs.
//! - A third of the training demands of 1 and 8 GPUs and of the smallest inference is pinned to a model: in openb 33.8 % of
//!   GPU pods are.
//! - Shares: a quarter and a half of a GPU stand 21.6 to 10.9 among the tasks of Alibaba PAI, so two to one.
//! - Memory minima: 16, 40 and 60 GiB hold the weights of 8, 20 and 30 billion parameters at two bytes each; their
//!   shares (5 : 3 : 2) are assumed.
//! - CPU and memory: medians of openb's pods by number of GPUs, rounded to whole CPUs and GiB.
//! - Half of the training of 2 GPUs wants a NIC near each, half of that of 4 wants one NUMA node (assumptions, so that
//!   topology is measured at all).
//! - Durations: Helios for training, openb for the rest, cut at 24 h so that no demand outlives a day of warm-up.
//! - Arrivals: Helios' hours of the day.

use crate::model::DeviceKind::{Gpu, Nic};
use crate::model::LinkLevel;
use crate::synth::calibration::{HELIOS_HOURS, helios_durations, openb_durations};
use crate::synth::{ArrivalProcess, Basis, Entry, Mix};

const DAY_S: f64 = 86_400.0;

/// The mix.
pub fn mix() -> Mix {
    let train = |name: &str, weight, cpus, gib, gpus| {
        Entry::new(name, weight, cpus, gib, helios_durations().at_most(DAY_S)).with(Gpu, gpus)
    };
    let other = |name: &str, weight, cpus, gib| Entry::new(name, weight, cpus, gib, openb_durations().at_most(DAY_S));
    Mix {
        name: "quickstart".into(),
        basis: Basis::Devices(Gpu),
        arrivals: ArrivalProcess { hours: HELIOS_HOURS, ..ArrivalProcess::STEADY },
        entries: vec![
            train("train-1", 1891, 11, 47, 1),
            train("train-1-pinned", 945, 11, 47, 1).pinned(&["NVIDIA A100-SXM4-80GB", "NVIDIA A100-SXM4-40GB"]),
            train("train-2", 151, 16, 65, 2),
            train("train-2-near-nic", 150, 16, 65, 2).with(Nic, 2).aligned(LinkLevel::PcieRoot),
            train("train-4", 200, 32, 129, 4),
            train("train-4-one-numa", 200, 32, 129, 4).aligned(LinkLevel::Numa),
            train("train-8", 902, 88, 320, 8),
            train("train-8-pinned", 451, 88, 320, 8).pinned(&["NVIDIA H100 80GB HBM3", "NVIDIA H200", "NVIDIA B200"]),
            other("infer-quarter", 1260, 4, 15).with_share(250),
            other("infer-half", 630, 4, 15).with_share(500),
            other("infer-16gib", 630, 11, 47).with(Gpu, 1).at_least_gib(16),
            other("infer-16gib-pinned", 315, 11, 47).with(Gpu, 1).at_least_gib(16).pinned(&["NVIDIA L40S"]),
            other("infer-40gib", 567, 11, 47).with(Gpu, 1).at_least_gib(40),
            other("infer-60gib", 378, 11, 47).with(Gpu, 1).at_least_gib(60),
            other("cpu-only", 1330, 12, 50),
        ],
    }
}
