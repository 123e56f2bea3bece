//! CPU-only demands; the load is measured in CPU time.
//!
//! Short ones last as the CPU jobs of Helios do (median 2 s, mean 629 s, which one lognormal with mu = ln 2 and sigma =
//! sqrt(2 ln(629 / 2)) = 3.39 has), long ones as openb's pods. 12 CPUs and 50 GiB are the medians of openb's CPU-only
//! pods; the small size and the even split of arrivals are assumed.

use crate::synth::calibration::{HELIOS_HOURS, openb_durations};
use crate::synth::{ArrivalProcess, Basis, Component, Durations, Entry, Mix};

const DAY_S: f64 = 86_400.0;

/// The mix.
pub fn mix() -> Mix {
    let short = Durations {
        components: vec![Component { weight: 1.0, mu: std::f64::consts::LN_2, sigma: 3.39 }],
        min_s: 0.01,
        max_s: 2.0 * DAY_S,
        source: "Helios CPU jobs, 1 lognormal",
    };
    Mix {
        name: "cpu".into(),
        basis: Basis::Cpu,
        arrivals: ArrivalProcess { hours: HELIOS_HOURS, ..ArrivalProcess::STEADY },
        entries: vec![
            Entry::new("cpu-2", 500, 2, 8, short),
            Entry::new("cpu-12", 500, 12, 50, openb_durations().at_most(2.0 * DAY_S)),
        ],
    }
}
