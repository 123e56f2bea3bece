//! The allocation curve of a sequence replay, with the rounding rules of the published FGD results.

use crate::observe::CurvePoint;

/// Last point of the curve: the study offers 1.3 times the cluster.
pub const LAST_PCT: usize = 130;

/// The events at one point.
#[derive(Clone, Default, Debug)]
struct Bin {
    /// Allocation after each event, in hundredths of a percent: the published results were rounded before they were
    /// averaged.
    alloc_pct_hundredths: Vec<u32>,
    /// Sum over the events.
    fragmented: u128,
}

/// Folds one value pair an event into points by how much has arrived.
#[derive(Debug)]
pub struct Curve {
    /// GPU of the cluster, in thousandths; at least 1.
    total_milli: u128,
    /// What one thousandth counts in `fragmented`.
    weight: u128,
    /// One more than the last point, which may borrow from there.
    bins: Vec<Bin>,
    /// Highest point of any event.
    reached: usize,
    /// Fragmentation of the empty cluster.
    fragmented_at_start: u128,
}

impl Curve {
    /// A curve without events, for an empty cluster with `total_milli` thousandths of a GPU and this fragmentation, which
    /// counts `weight` for a thousandth.
    pub fn new(total_milli: u64, weight: i64, fragmented: i64) -> Curve {
        Curve {
            total_milli: u128::from(total_milli.max(1)),
            weight: weight.max(1) as u128,
            bins: vec![Bin::default(); LAST_PCT + 2],
            reached: 0,
            fragmented_at_start: fragmented.max(0) as u128,
        }
    }

    /// Adds the state after one submission, successful or not: what arrived and is used so far in thousandths, and the
    /// fragmentation in thousandths times weight. It belongs to the point `100 * arrived / total`, rounded half to even.
    pub fn add(&mut self, arrived_milli: u64, used_milli: u64, fragmented: i64) {
        let point = round_half_even(100 * u128::from(arrived_milli), self.total_milli) as usize;
        self.reached = self.reached.max(point);
        if let Some(bin) = self.bins.get_mut(point) {
            let alloc = round_half_even(10_000 * u128::from(used_milli), self.total_milli);
            bin.alloc_pct_hundredths.push(alloc as u32);
            bin.fragmented += fragmented.max(0) as u128;
        }
    }

    /// The points 0 to 130, up to the highest that arrivals reached. The value of a point is the mean over its events; a
    /// point without events takes those of its neighbours on both sides, as published; where these have none either (few
    /// and large pods), the point before is repeated, at first the empty cluster.
    pub fn points(&self) -> Vec<CurvePoint> {
        let mut points: Vec<CurvePoint> = Vec::new();
        let mut before =
            Bin { alloc_pct_hundredths: vec![0], fragmented: self.fragmented_at_start }.point(0, self.total_milli * self.weight);
        for point in 0..=self.reached.min(LAST_PCT) {
            let around = &self.bins[point.saturating_sub(1)..=point + 1];
            let bin = if self.bins[point].is_empty() { Bin::together(around) } else { self.bins[point].clone() };
            if !bin.is_empty() {
                before = bin.point(point, self.total_milli * self.weight);
            }
            points.push(CurvePoint { arrived_pct: point as u32, ..before });
        }
        points
    }
}

impl Bin {
    /// The mean over the events; `all` is what the whole cluster counts in `fragmented`.
    fn point(&self, point: usize, all: u128) -> CurvePoint {
        let events = self.alloc_pct_hundredths.len() as u128;
        let frag_pct = hundredths_pct(self.fragmented, events * all);
        CurvePoint { arrived_pct: point as u32, alloc_pct: self.alloc_pct(), frag_pct }
    }

    fn is_empty(&self) -> bool {
        self.alloc_pct_hundredths.is_empty()
    }

    fn together(bins: &[Bin]) -> Bin {
        Bin {
            alloc_pct_hundredths: bins.iter().flat_map(|bin| &bin.alloc_pct_hundredths).copied().collect(),
            fragmented: bins.iter().map(|bin| bin.fragmented).sum(),
        }
    }

    /// The mean, in the floating-point arithmetic of the published analysis: where the exact mean is a half hundredth, the
    /// rounding error of the sum decides.
    fn alloc_pct(&self) -> f64 {
        let pct: Vec<f64> = self.alloc_pct_hundredths.iter().map(|&h| f64::from(h) / 100.0).collect();
        (pairwise_sum(&pct) / pct.len() as f64 * 100.0).round_ties_even() / 100.0
    }
}

/// The sum in the order in which numpy adds up an array: eight running sums in blocks of at most 128, halves before.
fn pairwise_sum(values: &[f64]) -> f64 {
    let in_order = |sum: f64, values: &[f64]| values.iter().fold(sum, |sum, value| sum + value);
    match values.len() {
        0..8 => in_order(0.0, values),
        8..=128 => {
            let (eights, rest) = values.as_chunks::<8>();
            let mut sums = eights[0];
            for eight in &eights[1..] {
                sums.iter_mut().zip(eight).for_each(|(sum, value)| *sum += value);
            }
            let [a, b, c, d, e, f, g, h] = sums;
            in_order(((a + b) + (c + d)) + ((e + f) + (g + h)), rest)
        }
        n => {
            let half = n / 2 - n / 2 % 8;
            pairwise_sum(&values[..half]) + pairwise_sum(&values[half..])
        }
    }
}

/// `part / all` in percent, rounded to two decimals, half to even.
fn hundredths_pct(part: u128, all: u128) -> f64 {
    round_half_even(10_000 * part, all) as f64 / 100.0
}

/// `a / b`, rounded to the nearest integer, half to even.
fn round_half_even(a: u128, b: u128) -> u128 {
    let (whole, rest) = (a / b, a % b);
    match (2 * rest).cmp(&b) {
        std::cmp::Ordering::Less => whole,
        std::cmp::Ordering::Greater => whole + 1,
        std::cmp::Ordering::Equal => whole + whole % 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cluster of 100 GPUs; events are (arrived, used) in thousandths, and as much is fragmented as used.
    fn check(events: &[(u64, u64)], want: &[(u32, f64)]) {
        let mut curve = Curve::new(100_000, 7, 0);
        for &(arrived, used) in events {
            curve.add(arrived, used, 7 * used as i64);
        }
        let points = curve.points();
        assert_eq!(points.iter().map(|p| (p.arrived_pct, p.alloc_pct)).collect::<Vec<_>>(), want);
        assert!(points.iter().all(|p| (p.frag_pct - p.alloc_pct).abs() < 0.0101), "{points:?}");
    }

    #[test]
    fn events_are_rounded_then_averaged_then_rounded() {
        check(&[(0, 0), (400, 400), (500, 500)], &[(0, 0.3)]);
        check(&[(0, 4), (0, 4), (0, 4)], &[(0, 0.0)]);
        check(&[(0, 6), (0, 6), (0, 12)], &[(0, 0.01)]);
        check(&[(0, 10), (0, 20), (0, 20)], &[(0, 0.02)]);
    }

    #[test]
    fn half_goes_to_even() {
        check(&[(500, 10), (1500, 20), (2500, 30)], &[(0, 0.01), (1, 0.02), (2, 0.02)]);
    }

    #[test]
    fn gaps_borrow_from_neighbours_then_from_before() {
        check(&[(0, 100), (2000, 300)], &[(0, 0.1), (1, 0.2), (2, 0.3)]);
        check(&[(3000, 500)], &[(0, 0.0), (1, 0.0), (2, 0.5), (3, 0.5)]);
        check(&[(0, 100), (5000, 500)], &[(0, 0.1), (1, 0.1), (2, 0.1), (3, 0.1), (4, 0.5), (5, 0.5)]);
    }

    #[test]
    fn what_arrives_beyond_the_last_point_is_not_shown() {
        let mut curve = Curve::new(100_000, 1, 0);
        [0, 1, 200].into_iter().for_each(|pct| curve.add(pct * 1000, pct, 0));
        assert_eq!(curve.points().len(), 131);
        assert_eq!(curve.points()[130].alloc_pct, 0.0);
    }

    #[test]
    fn the_pairwise_sum_is_a_sum() {
        for n in [0, 1, 7, 8, 9, 127, 128, 129, 1000] {
            let values: Vec<f64> = (0..n).map(f64::from).collect();
            assert_eq!(pairwise_sum(&values), f64::from(n * (n - 1) / 2), "{n}");
        }
        let tenths = vec![0.1; 16];
        assert_eq!(pairwise_sum(&tenths), 1.6);
        assert_ne!(tenths.iter().sum::<f64>(), 1.6);
    }
}
