//! A histogram with fixed buckets, as Prometheus has them.

use crate::observe::prometheus::Kind;

/// Observations by bucket, and their sum. Values are integers, nanoseconds for durations, so that sums are exact and equal on
/// every machine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Histogram {
    /// Largest value of each bucket but the last.
    bounds: Box<[u64]>,
    /// Observations by bucket; the last takes what is above all bounds.
    counts: Box<[u64]>,
    sum: u128,
}

impl Histogram {
    /// An empty histogram with the buckets of a family.
    pub fn new(kind: Kind) -> Histogram {
        // The largest integer that is not above the bound; a thousandth of a unit is more than a product is ever off.
        let largest = |bound: &f64| (bound * kind.unit() + 1e-3).floor() as u64;
        let bounds: Box<[u64]> = kind.bounds().iter().map(largest).collect();
        Histogram { counts: vec![0; bounds.len() + 1].into(), bounds, sum: 0 }
    }

    /// Records a value.
    #[inline]
    pub fn observe(&mut self, value: u64) {
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        self.counts[bucket] += 1;
        self.sum += u128::from(value);
    }

    /// How many values were at most as large as each bound in turn, and at last how many there were.
    pub fn cumulative(&self) -> impl Iterator<Item = u64> {
        self.counts.iter().scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        })
    }

    /// How many values were recorded.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Sum of all values, in recorded units.
    pub fn sum(&self) -> u128 {
        self.sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::prometheus::Bounds;

    #[test]
    fn a_bound_is_part_of_its_bucket() {
        let check = |kind: Kind, values: &[u64], want: &[u64], sum: u128| {
            let mut histogram = Histogram::new(kind);
            values.iter().for_each(|value| histogram.observe(*value));
            let cumulative: Vec<u64> = histogram.cumulative().collect();
            assert_eq!((cumulative.as_slice(), histogram.sum()), (want, sum), "{values:?}");
            assert_eq!(histogram.count(), values.len() as u64);
        };
        let doubling = |first, count| Bounds::Exponential { first, factor: 2.0, count };
        check(Kind::Sizes(doubling(1.0, 3)), &[0, 1, 2, 3, 4, 5], &[2, 3, 5, 6], 15);
        check(Kind::Sizes(doubling(1.0, 3)), &[], &[0, 0, 0, 0], 0);
        check(Kind::Durations(doubling(0.001, 2)), &[1_000_000, 1_000_001, 2_000_000, 2_000_001], &[1, 3, 4], 6_000_002);
        check(Kind::Durations(Bounds::Listed(&[0.5, 1.0])), &[u64::MAX], &[0, 0, 1], u128::from(u64::MAX));
    }
}
