//! Keyed randomness: a stream of numbers is a pure function of (root seed, replicate, purpose, entity, occasion).
//!
//! Nothing is drawn from a shared generator, so one more draw here never moves a number there, and two strategies of one
//! run meet the same arrivals, durations and faults (common random numbers): the strategy is never part of a workload key.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The root of all randomness of a run. Replicates vary `replicate` under one `root`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seed {
    /// `run.seed` of the scenario.
    pub root: u64,
    /// 0, 1, 2, ... for replicates of one scenario.
    pub replicate: u32,
}

/// What a stream is for. Append, never renumber: the number is part of the key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
pub enum Stream {
    /// Arrival times of a synthetic workload.
    Arrivals = 1,
    /// Durations of a synthetic workload.
    Durations = 2,
    /// Which ask a synthetic arrival has.
    Asks = 3,
    /// Node and device failures.
    Faults = 4,
    /// Ties that upstream leaves to chance.
    TieBreak = 5,
    /// A placement policy's own draws.
    Policy = 6,
    /// Which devices a kubelet takes from a set that upstream iterates in map order.
    KubeletPick = 7,
    /// Delays of kubelet and container runtime.
    NodeDelay = 8,
    /// Order of a sequence replay (shuffle, clones).
    Order = 9,
    /// Tie-break rank of nodes in a sequence replay.
    NodeRank = 10,
    /// How long the API server takes.
    ApiServer = 11,
    /// The same, for kinds of request that the other stream has no number for.
    ApiServerMore = 12,
    /// What upstream leaves to the order of a map where scheduler and drivers negotiate: which nodes are named, which claim is
    /// given up (classic DRA).
    Negotiation = 30,
}

impl Seed {
    /// The stream for one purpose, entity and occasion. Two different keys give independent streams.
    pub fn stream(self, purpose: Stream, entity: u32, occasion: u16) -> SimRng {
        let mut key = [0u8; 32];
        key[..8].copy_from_slice(&self.root.to_le_bytes());
        key[8..12].copy_from_slice(&self.replicate.to_le_bytes());
        key[12..18].copy_from_slice(b"drasim");
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream((purpose as u64) << 48 | u64::from(entity) << 16 | u64::from(occasion));
        SimRng(rng)
    }
}

/// One keyed stream (ChaCha8). The distributions are our own few lines, so that their values never change with a crate.
#[derive(Clone, Debug)]
pub struct SimRng(ChaCha8Rng);

impl SimRng {
    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform in `0..n` without bias. Panics if `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        assert!(n > 0, "below(0) has no answer");
        // 2^64 is not a multiple of n; the values past the last whole multiple are drawn again.
        let zone = u64::MAX - (u64::MAX % n + 1) % n;
        loop {
            let x = self.next_u64();
            if x <= zone {
                return x % n;
            }
        }
    }

    /// Uniform in `[0, 1)` with 53 random bits.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Exponential with the given mean.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -libm::log(1.0 - self.unit()) * mean
    }

    /// Standard normal (Box-Muller, the cosine half only, so that each call takes two draws).
    pub fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.unit()));
        radius * libm::cos(2.0 * std::f64::consts::PI * self.unit())
    }

    /// Lognormal: `exp(mu + sigma * normal)`.
    pub fn lognormal(&mut self, mu: f64, sigma: f64) -> f64 {
        libm::exp(mu + sigma * self.normal())
    }

    /// Fisher-Yates, from the last element down.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i as u64 + 1) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: Seed = Seed { root: 42, replicate: 0 };

    #[test]
    fn first_outputs_are_pinned() {
        let mut rng = SEED.stream(Stream::Arrivals, 7, 1);
        assert_eq!([rng.next_u64(), rng.next_u64()], [8199033241890278381, 12341004938501898003]);
    }

    #[test]
    fn every_part_of_the_key_counts() {
        let base = SEED.stream(Stream::Arrivals, 0, 0).next_u64();
        for other in [
            Seed { root: 43, replicate: 0 }.stream(Stream::Arrivals, 0, 0).next_u64(),
            Seed { root: 42, replicate: 1 }.stream(Stream::Arrivals, 0, 0).next_u64(),
            SEED.stream(Stream::Durations, 0, 0).next_u64(),
            SEED.stream(Stream::Arrivals, 1, 0).next_u64(),
            SEED.stream(Stream::Arrivals, 0, 1).next_u64(),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn draws_have_the_right_mean() {
        let mut rng = SEED.stream(Stream::Policy, 0, 0);
        let n = 100_000;
        let below: u64 = (0..n).map(|_| rng.below(6)).sum();
        let exponential: f64 = (0..n).map(|_| rng.exponential(3.0)).sum();
        let normal: f64 = (0..n).map(|_| rng.normal()).sum();
        assert!((below as f64 / n as f64 - 2.5).abs() < 0.02);
        assert!((exponential / n as f64 - 3.0).abs() < 0.05);
        assert!((normal / n as f64).abs() < 0.02);
    }

    #[test]
    fn shuffle_is_a_permutation() {
        let mut items: Vec<u32> = (0..100).collect();
        SEED.stream(Stream::Order, 0, 0).shuffle(&mut items);
        let mut sorted = items.clone();
        sorted.sort_unstable();
        assert_ne!(items, sorted);
        assert_eq!(sorted, (0..100).collect::<Vec<_>>());
    }
}
