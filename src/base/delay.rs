//! A delay as a distribution: lognormal through two percentiles, or a constant.

use crate::base::{SimDuration, SimRng};

/// A delay given by its median and its 99th percentile. Equal values mean a constant and take no random number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Delay {
    /// Median.
    pub p50: SimDuration,
    /// 99th percentile; at least the median.
    pub p99: SimDuration,
}

/// The standard normal quantile of 0.99.
const Z99: f64 = 2.326_347_874_040_841;

impl Delay {
    /// No delay.
    pub const ZERO: Delay = Delay::constant(SimDuration::ZERO);

    /// Always the same delay.
    pub const fn constant(d: SimDuration) -> Delay {
        Delay { p50: d, p99: d }
    }

    /// Lognormal with these percentiles, in milliseconds.
    pub const fn millis(p50: u64, p99: u64) -> Delay {
        Delay { p50: SimDuration::from_millis(p50), p99: SimDuration::from_millis(p99) }
    }

    /// One draw from a stream that is made only if it is needed.
    pub fn draw_lazily(self, rng: impl FnOnce() -> SimRng) -> SimDuration {
        if self.is_constant() { self.p50 } else { self.draw(&mut rng()) }
    }

    fn is_constant(self) -> bool {
        self.p50 == self.p99 || self.p50 == SimDuration::ZERO
    }

    /// One draw, rounded to whole nanoseconds.
    pub fn draw(self, rng: &mut SimRng) -> SimDuration {
        if self.is_constant() {
            return self.p50;
        }
        let sigma = libm::log(self.p99.0 as f64 / self.p50.0 as f64) / Z99;
        SimDuration((self.p50.0 as f64 * libm::exp(sigma * rng.normal())) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Seed, Stream};

    #[test]
    fn percentiles_are_as_given() {
        let mut rng = Seed { root: 1, replicate: 0 }.stream(Stream::NodeDelay, 0, 0);
        let mut draws: Vec<u64> = (0..20_000).map(|_| Delay::millis(100, 500).draw(&mut rng).0).collect();
        draws.sort_unstable();
        assert!((95_000_000..105_000_000).contains(&draws[10_000]), "median {}", draws[10_000]);
        assert!((450_000_000..550_000_000).contains(&draws[19_800]), "p99 {}", draws[19_800]);
        assert_eq!(Delay::millis(7, 7).draw(&mut rng), SimDuration::from_millis(7));
    }
}
