//! When demands arrive: a Poisson process whose rate follows the hour and the day of the week, in batches if wanted.
//!
//! Points of a unit-rate Poisson process are mapped to time by inverting the cumulative rate, which is piecewise linear
//! between full hours. That gives the same process as thinning, but another load then only stretches time: the i-th demand
//! stays the i-th demand.

use crate::base::rng::SimRng;
use crate::base::{Seed, SimDuration, SimTime, Stream};

const HOUR_S: f64 = 3600.0;

/// An arrival process of mean rate one; the rate itself comes from the load.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ArrivalProcess {
    /// Relative rate by hour of day, hours 0 to 23. Only ratios count.
    pub hours: [u32; 24],
    /// Relative rate by day of week. Runs start on the first, at hour 0. Only ratios count.
    pub days: [u32; 7],
    /// Batches, if demands come in batches.
    pub batches: Option<Batches>,
}

/// Demands that come together and ask for the same, as a sweep of parameters does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Batches {
    /// Mean size in thousandths; sizes are geometric, from 1.
    pub mean_milli: u32,
    /// Longest time between two demands of a batch; the time is uniform.
    pub gap_max: SimDuration,
}

impl ArrivalProcess {
    /// A plain Poisson process.
    pub const STEADY: ArrivalProcess = ArrivalProcess { hours: [1; 24], days: [1; 7], batches: None };

    /// What is wrong with this process, as sentences; empty if it can be drawn from.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.hours.iter().all(|&h| h == 0) || self.days.iter().all(|&d| d == 0) {
            faults.push("no hour or no day has arrivals".into());
        }
        if self.batches.is_some_and(|b| b.mean_milli < 1000) {
            faults.push("the mean size of a batch is below 1".into());
        }
        faults
    }

    /// Rate in hour `hour` of the run, relative to the mean over a week.
    fn factor(&self, hour: u64) -> f64 {
        let (h, d) = (self.hours[(hour % 24) as usize], self.days[(hour / 24 % 7) as usize]);
        let mean = |list: &[u32]| list.iter().map(|&x| f64::from(x)).sum::<f64>() / list.len() as f64;
        f64::from(h) * f64::from(d) / (mean(&self.hours) * mean(&self.days))
    }

    /// Arrival times before `span` at a mean of `per_second` demands per second, as (time, number of the first demand of
    /// the batch), in order of drawing: demand i is the i-th of the list. Batches may overlap, so times need not ascend.
    pub fn times(&self, per_second: f64, span: SimDuration, seed: Seed) -> Vec<(SimTime, u32)> {
        let mut rng = seed.stream(Stream::Arrivals, 0, 0);
        let factors: Vec<f64> = (0..168).map(|hour| self.factor(hour)).collect();
        let size = self.batches.map_or(1.0, |b| f64::from(b.mean_milli) / 1000.0);
        let mut clock = Clock { hour: 0, offset_s: 0.0 };
        let mut times = Vec::new();
        loop {
            clock.advance(rng.exponential(size / per_second), &factors);
            let mut at = clock.time();
            if at >= SimTime::ZERO + span {
                return times;
            }
            let first = times.len() as u32;
            times.push((at, first));
            let Some(batches) = self.batches else { continue };
            let mut own = seed.stream(Stream::Arrivals, first, 1);
            for _ in 1..geometric(&mut own, size) {
                at += SimDuration(libm::round(own.unit() * batches.gap_max.0 as f64) as u64);
                if at < SimTime::ZERO + span {
                    times.push((at, first));
                }
            }
        }
    }
}

/// A geometric number from 1 with this mean.
fn geometric(rng: &mut SimRng, mean: f64) -> u64 {
    if mean <= 1.0 {
        return 1;
    }
    1 + libm::floor(libm::log(1.0 - rng.unit()) / libm::log(1.0 - 1.0 / mean)) as u64
}

/// A time as hour and offset, so that nanoseconds stay exact over years.
struct Clock {
    hour: u64,
    offset_s: f64,
}

impl Clock {
    /// Goes on until `work` seconds at the mean rate have passed.
    fn advance(&mut self, mut work: f64, factors: &[f64]) {
        loop {
            let factor = factors[(self.hour % 168) as usize];
            let left = (HOUR_S - self.offset_s) * factor;
            if work < left {
                self.offset_s += work / factor;
                return;
            }
            work -= left;
            self.hour += 1;
            self.offset_s = 0.0;
        }
    }

    fn time(&self) -> SimTime {
        SimTime(self.hour.saturating_mul(3_600_000_000_000).saturating_add(libm::round(self.offset_s * 1e9) as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::calibration::{HELIOS_DAYS, HELIOS_HOURS};

    const SEED: Seed = Seed { root: 3, replicate: 0 };
    const WEEK: SimDuration = SimDuration::from_secs(7 * 86_400);

    #[test]
    fn the_rate_follows_the_clock() {
        let process = ArrivalProcess { hours: HELIOS_HOURS, days: HELIOS_DAYS, batches: None };
        let weeks = 8u64;
        let times = process.times(0.1, WEEK.saturating_mul(weeks), SEED);
        let expected = 0.1 * 604_800.0 * weeks as f64;
        assert!((times.len() as f64 / expected - 1.0).abs() < 0.01, "{}", times.len());
        let mut by_hour = [0f64; 24];
        for (at, _) in &times {
            by_hour[(at.0 / 3_600_000_000_000 % 24) as usize] += 1.0;
        }
        for (hour, &count) in by_hour.iter().enumerate() {
            let want = expected * f64::from(HELIOS_HOURS[hour]) / 23_980.0;
            assert!((count - want).abs() < 5.0 * want.sqrt(), "hour {hour}: {count} instead of {want}");
        }
        assert!(times.is_sorted());
    }

    #[test]
    fn batches_keep_the_rate_and_widen_the_counts() {
        let dispersion = |batches| {
            let process = ArrivalProcess { batches, ..ArrivalProcess::STEADY };
            let times = process.times(0.5, WEEK, SEED);
            let mut counts = vec![0f64; 7 * 1440];
            for (at, _) in &times {
                counts[(at.0 / 60_000_000_000) as usize] += 1.0;
            }
            let mean = times.len() as f64 / counts.len() as f64;
            let variance = counts.iter().map(|c| (c - mean) * (c - mean)).sum::<f64>() / counts.len() as f64;
            (mean / 30.0, variance / mean)
        };
        let (mean, index) = dispersion(None);
        assert!((mean - 1.0).abs() < 0.02 && (index - 1.0).abs() < 0.1, "{mean} {index}");
        let (mean, index) = dispersion(Some(Batches { mean_milli: 5500, gap_max: SimDuration::from_secs(1) }));
        assert!((mean - 1.0).abs() < 0.05 && (8.0..11.0).contains(&index), "{mean} {index}");
    }

    #[test]
    fn load_stretches_time_only() {
        let process = ArrivalProcess { hours: HELIOS_HOURS, ..ArrivalProcess::STEADY };
        let (slow, fast) = (process.times(0.01, WEEK, SEED), process.times(0.02, WEEK, SEED));
        assert!(slow.iter().zip(&fast).all(|(s, f)| f.0 <= s.0));
    }
}
