//! How long a demand runs: a mixture of lognormals between two bounds.

use crate::base::SimDuration;
use crate::base::rng::SimRng;

/// One lognormal of a mixture, in seconds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Component {
    /// Share; the shares of a mixture need not add up to one.
    pub weight: f64,
    /// Mean of ln(seconds).
    pub mu: f64,
    /// Standard deviation of ln(seconds).
    pub sigma: f64,
}

/// A mixture of lognormals, given that the value is between two bounds (truncated, not clamped: no lump at a bound).
#[derive(Clone, PartialEq, Debug)]
pub struct Durations {
    /// The components.
    pub components: Vec<Component>,
    /// Shortest, in seconds.
    pub min_s: f64,
    /// Longest, in seconds.
    pub max_s: f64,
    /// Where the numbers are from.
    pub source: &'static str,
}

/// How often a draw is repeated until it is within the bounds. A mixture of which less than a thousandth is within them is
/// a fault ([`Durations::faults`]), so that this many misses do not happen.
const TRIES: u32 = 100_000;

/// Standard normal distribution function.
fn phi(x: f64) -> f64 {
    0.5 * libm::erfc(-x / std::f64::consts::SQRT_2)
}

impl Durations {
    /// The same, but no longer than `max_s` seconds.
    pub fn at_most(mut self, max_s: f64) -> Durations {
        self.max_s = self.max_s.min(max_s);
        self
    }

    /// The share of the unbounded mixture that is within the bounds, and the partial mean over it.
    fn within(&self) -> (f64, f64) {
        let (low, high) = (libm::log(self.min_s), libm::log(self.max_s));
        let (mut share, mut mean, mut total) = (0.0, 0.0, 0.0);
        for c in &self.components {
            let between = |shift: f64| phi((high - c.mu - shift) / c.sigma) - phi((low - c.mu - shift) / c.sigma);
            total += c.weight;
            share += c.weight * between(0.0);
            mean += c.weight * libm::exp(c.mu + c.sigma * c.sigma / 2.0) * between(c.sigma * c.sigma);
        }
        (share / total, mean / total)
    }

    /// The exact mean in seconds (closed form of the truncated lognormal).
    pub fn mean_s(&self) -> f64 {
        let (share, mean) = self.within();
        mean / share
    }

    /// What is wrong with this distribution, as sentences; empty if it can be drawn from.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let positive = |x: f64| x.is_finite() && x > 0.0;
        if self.components.is_empty()
            || !self.components.iter().all(|c| positive(c.weight) && positive(c.sigma) && c.mu.is_finite())
        {
            faults.push("every component needs a positive weight, a finite mu and a positive sigma".into());
        } else if !(positive(self.min_s) && positive(self.max_s) && self.min_s < self.max_s) {
            faults.push(format!("the bounds {} s and {} s are not ascending positive numbers", self.min_s, self.max_s));
        } else if self.within().0.is_nan() || self.within().0 < 1e-3 {
            faults.push(format!("less than a thousandth of it lies between {} s and {} s", self.min_s, self.max_s));
        }
        faults
    }

    /// A duration, rounded to nanoseconds.
    pub fn draw(&self, rng: &mut SimRng) -> SimDuration {
        let total: f64 = self.components.iter().map(|c| c.weight).sum();
        for _ in 0..TRIES {
            let mut rest = rng.unit() * total;
            let chosen = self.components.iter().find(|c| {
                rest -= c.weight;
                rest < 0.0
            });
            let Some(c) = chosen.or(self.components.last()) else { break };
            let seconds = rng.lognormal(c.mu, c.sigma);
            if (self.min_s..=self.max_s).contains(&seconds) {
                return nanoseconds(seconds);
            }
        }
        nanoseconds(self.min_s)
    }
}

fn nanoseconds(seconds: f64) -> SimDuration {
    SimDuration(libm::round(seconds * 1e9) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Seed, Stream};
    use crate::synth::calibration;

    fn check(durations: Durations, low_s: f64, high_s: f64) {
        assert_eq!(durations.faults(), Vec::<String>::new());
        let n = 200_000;
        let mut rng = Seed { root: 1, replicate: 0 }.stream(Stream::Durations, 0, 0);
        let draws: Vec<f64> = (0..n).map(|_| durations.draw(&mut rng).as_secs_f64()).collect();
        let mean = draws.iter().sum::<f64>() / n as f64;
        let square = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n as f64;
        let error = libm::sqrt(square / n as f64);
        let exact = durations.mean_s();
        assert!((mean - exact).abs() < 4.0 * error, "{}: sampled {mean} +- {error}, exact {exact}", durations.source);
        assert!((low_s..high_s).contains(&exact), "{}: {exact}", durations.source);
        assert!(draws.iter().all(|x| (durations.min_s..=durations.max_s).contains(x)));
    }

    #[test]
    fn the_mean_is_that_of_the_draws() {
        check(calibration::helios_durations(), 5_000.0, 9_100.0);
        check(calibration::helios_durations().at_most(86_400.0), 3_000.0, 6_000.0);
        check(calibration::pai_durations(), 4_500.0, 5_500.0);
        check(calibration::openb_durations().at_most(86_400.0), 2_000.0, 4_000.0);
        let single = Durations {
            components: vec![Component { weight: 3.0, mu: 0.0, sigma: 1.0 }],
            min_s: 0.5,
            max_s: 2.0,
            source: "test",
        };
        check(single, 1.0, 1.1);
    }

    #[test]
    fn faults_are_told() {
        let with = |mu, sigma, min_s, max_s| Durations {
            components: vec![Component { weight: 1.0, mu, sigma }],
            min_s,
            max_s,
            source: "test",
        };
        for (durations, part) in [
            (with(0.0, 0.0, 1.0, 2.0), "positive sigma"),
            (with(f64::NAN, 1.0, 1.0, 2.0), "finite mu"),
            (with(0.0, 1.0, 2.0, 1.0), "not ascending"),
            (with(0.0, 1.0, 1e9, 2e9), "less than a thousandth"),
            (Durations { components: vec![], ..with(0.0, 1.0, 1.0, 2.0) }, "every component"),
        ] {
            let faults = durations.faults();
            assert!(faults.len() == 1 && faults[0].contains(part), "{faults:?}");
        }
    }
}
