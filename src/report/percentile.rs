//! Percentiles of latencies whose longest samples had not ended at the horizon.
//!
//! A sample that had not ended is known to be longer than its age, no more. It counts as longer than every sample that
//! ended, so a percentile is a recorded value as long as its rank lies among the recorded ones, and a lower bound beyond.

use crate::observe::LatencyRow;

/// A percentile, in thousandths: 990 is p99.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Permille(pub u64);

/// The median.
pub const P50: Permille = Permille(500);
/// The 90th percentile.
pub const P90: Permille = Permille(900);
/// The 99th percentile.
pub const P99: Permille = Permille(990);
/// The 99.9th percentile.
pub const P999: Permille = Permille(999);

/// A percentile needs this many samples beyond it, else it is not printed.
pub const SAMPLES_BEYOND: u64 = 10;

/// What is known about one percentile, in nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reading {
    /// Fewer than ten samples lie beyond it.
    TooFew,
    /// Its value.
    Exact(u64),
    /// It lies among samples that had not ended: a lower bound.
    AtLeast(u64),
}

/// The samples of one latency, of one replicate or of several together.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Samples {
    /// Recorded values, ascending, each with the number of samples up to and including it.
    cumulative: Vec<(u64, u64)>,
    /// Ages of samples that had not ended, ascending.
    censored_ns: Vec<u64>,
    /// Both, ascending by lower bound, each with the number up to and including it.
    bounds: Vec<(u64, u64)>,
}

impl Samples {
    /// Merges rows of the same latency, as from several replicates. `None` if there is no row.
    pub fn merged<'a>(rows: impl IntoIterator<Item = &'a LatencyRow>) -> Option<Samples> {
        let mut values = std::collections::BTreeMap::<u64, u64>::new();
        let mut censored_ns = Vec::new();
        let mut any = false;
        for row in rows {
            any = true;
            for v in row.histogram.iter_recorded() {
                // The upper end of a bucket, as HdrHistogram reports percentiles.
                *values.entry(row.histogram.highest_equivalent(v.value_iterated_to())).or_default() += v.count_at_value();
            }
            censored_ns.extend_from_slice(&row.censored_ns);
        }
        censored_ns.sort_unstable();
        let cumulative = running(values.iter().map(|(&v, &n)| (v, n)));
        for &c in &censored_ns {
            *values.entry(c).or_default() += 1;
        }
        let bounds = running(values.into_iter());
        any.then_some(Samples { cumulative, censored_ns, bounds })
    }

    /// Samples that ended.
    pub fn recorded(&self) -> u64 {
        self.cumulative.last().map_or(0, |&(_, n)| n)
    }

    /// Samples that had not ended at the horizon.
    pub fn censored(&self) -> u64 {
        self.censored_ns.len() as u64
    }

    /// All samples.
    pub fn total(&self) -> u64 {
        self.recorded() + self.censored()
    }

    /// Recorded values with cumulative counts, ascending.
    pub fn steps(&self) -> &[(u64, u64)] {
        &self.cumulative
    }

    /// The percentile, or why it is not known.
    pub fn at(&self, p: Permille) -> Reading {
        let rank = (u128::from(self.total()) * u128::from(p.0)).div_ceil(1000) as u64;
        if self.total() < rank + SAMPLES_BEYOND {
            return Reading::TooFew;
        }
        self.at_rank(rank.max(1))
    }

    /// The longest sample.
    pub fn max(&self) -> Reading {
        if self.total() == 0 { Reading::TooFew } else { self.at_rank(self.total()) }
    }

    /// The sample of this rank, from 1; whether enough samples lie beyond it is the caller's to decide.
    pub fn at_rank(&self, rank: u64) -> Reading {
        if rank <= self.recorded() {
            Reading::Exact(find(&self.cumulative, rank))
        } else {
            Reading::AtLeast(find(&self.bounds, rank))
        }
    }
}

fn running(values: impl Iterator<Item = (u64, u64)>) -> Vec<(u64, u64)> {
    values
        .scan(0u64, |sum, (v, n)| {
            *sum += n;
            Some((v, *sum))
        })
        .collect()
}

fn find(steps: &[(u64, u64)], rank: u64) -> u64 {
    let i = steps.partition_point(|&(_, n)| n < rank);
    steps.get(i).or(steps.last()).map_or(0, |&(v, _)| v)
}

impl Reading {
    /// The value or lower bound, if something is known.
    pub fn ns(self) -> Option<u64> {
        match self {
            Reading::TooFew => None,
            Reading::Exact(ns) | Reading::AtLeast(ns) => Some(ns),
        }
    }

    /// The value, if it is exact.
    pub fn exact(self) -> Option<u64> {
        match self {
            Reading::Exact(ns) => Some(ns),
            _ => None,
        }
    }

    /// As tables print it: `6.1 s`, `>41 m`, `-`.
    pub fn text(self) -> String {
        match self {
            Reading::TooFew => "-".to_string(),
            Reading::Exact(ns) => super::number::duration(ns),
            Reading::AtLeast(ns) => format!(">{}", super::number::duration(ns)),
        }
    }
}

/// Two readings in one cell, as `1.2 / 4.0 ms` or `6.1 s / >41 m`.
pub fn pair_text(a: Reading, b: Reading) -> String {
    match (a, b) {
        (Reading::Exact(a), Reading::Exact(b)) => super::number::duration_pair(a, b),
        (Reading::TooFew, Reading::TooFew) => "-".to_string(),
        _ => format!("{} / {}", a.text(), b.text()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(values: &[u64], censored: &[u64]) -> LatencyRow {
        let mut histogram = hdrhistogram::Histogram::new(3).unwrap();
        for &v in values {
            histogram.record(v).unwrap();
        }
        let mut censored_ns = censored.to_vec();
        censored_ns.sort_unstable();
        LatencyRow { name: "demand_to_running", histogram, censored_ns }
    }

    /// Values and lower bounds in milliseconds.
    fn check(values: &[u64], censored: &[u64], p: Permille, want: &str) {
        let ns = |ms: &[u64]| ms.iter().map(|v| v * 1_000_000).collect::<Vec<u64>>();
        assert_eq!(Samples::merged([&row(&ns(values), &ns(censored))]).unwrap().at(p).text(), want);
    }

    #[test]
    fn needs_ten_samples_beyond() {
        let twenty: Vec<u64> = (1..=20).collect();
        check(&twenty, &[], P50, "10 ms");
        check(&twenty[..19], &[], P50, "-");
        check(&[], &[], P50, "-");
        let thousand: Vec<u64> = (1..=1000).collect();
        check(&thousand, &[], P99, "990 ms");
        check(&thousand[..999], &[], P99, "-");
        check(&thousand, &[], P999, "-");
    }

    #[test]
    fn censored_range_prints_a_lower_bound() {
        let values: Vec<u64> = (1..=90).collect();
        let censored: Vec<u64> = (0..30).map(|i| 50 + i * 100).collect();
        check(&values, &censored, P50, "60 ms");
        check(&values, &censored, P90, ">1.8 s");
        assert_eq!(Samples::merged([&row(&values, &censored)]).unwrap().max(), Reading::AtLeast(2950));
        assert_eq!(Samples::merged(std::iter::empty::<&LatencyRow>()), None);
    }

    #[test]
    fn pairs_share_a_unit() {
        assert_eq!(pair_text(Reading::Exact(1_200_000), Reading::Exact(4_000_000)), "1.2 / 4.0 ms");
        assert_eq!(pair_text(Reading::Exact(6_100_000_000), Reading::AtLeast(2_460_000_000_000)), "6.1 s / >41 m");
        assert_eq!(pair_text(Reading::TooFew, Reading::TooFew), "-");
    }

    proptest! {
        /// Values below 2048 are exact in a histogram of 3 digits, so a sorted vector is the oracle.
        #[test]
        fn agrees_with_a_sorted_vector(
            a in prop::collection::vec(0u64..2048, 0..200),
            b in prop::collection::vec(0u64..2048, 0..200),
            censored in prop::collection::vec(0u64..5000, 0..40),
            p in 1u64..1000,
        ) {
            let samples = Samples::merged([&row(&a, &censored), &row(&b, &[])]).unwrap();
            let mut ended: Vec<u64> = a.iter().chain(&b).copied().collect();
            ended.sort_unstable();
            let mut all: Vec<u64> = ended.iter().chain(&censored).copied().collect();
            all.sort_unstable();
            let rank = (all.len() as u64 * p).div_ceil(1000) as usize;
            let want = if all.len() < rank + 10 {
                Reading::TooFew
            } else if rank <= ended.len() {
                Reading::Exact(ended[rank.max(1) - 1])
            } else {
                Reading::AtLeast(all[rank - 1])
            };
            prop_assert_eq!(samples.at(Permille(p)), want);
        }
    }
}
