//! The allocation curve of a sequence replay, with the rounding rules of the published FGD results.

use crate::observe::CurvePoint;

/// Last point of the curve: the study offers 1.3 times the cluster.
pub const LAST_PCT: usize = 130;

/// Sums over the events at one point.
#[derive(Clone, Copy, Default, Debug)]
struct Bin {
    events: u128,
    used_milli: u128,
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
}

impl Curve {
    /// An empty curve for a cluster with `total_milli` thousandths of a GPU.
    pub fn new(total_milli: u64, weight: i64) -> Curve {
        let (total_milli, weight) = (u128::from(total_milli.max(1)), weight.max(1) as u128);
        Curve { total_milli, weight, bins: vec![Bin::default(); LAST_PCT + 2] }
    }

    /// Adds the state after one submission, successful or not: what arrived and is used so far in thousandths, and the
    /// fragmentation in thousandths times weight. It belongs to the point `100 * arrived / total`, rounded half to even.
    pub fn add(&mut self, arrived_milli: u64, used_milli: u64, fragmented: i64) {
        let point = round_half_even(100 * u128::from(arrived_milli), self.total_milli) as usize;
        if let Some(bin) = self.bins.get_mut(point) {
            bin.events += 1;
            bin.used_milli += u128::from(used_milli);
            bin.fragmented += fragmented.max(0) as u128;
        }
    }

    /// The points 0 to 130, up to the last one that anything arrived at. The value of a point is the mean over its events;
    /// a point without events takes those of its neighbours on both sides, as published; where these have none either (few
    /// and large pods), the point before is repeated.
    pub fn points(&self) -> Vec<CurvePoint> {
        let last = self.bins.iter().rposition(|bin| bin.events > 0).map_or(0, |last| last.min(LAST_PCT));
        let mut points: Vec<CurvePoint> = Vec::new();
        for point in 0..=last {
            let around = point.saturating_sub(1)..=point + 1;
            let own = Some(self.bins[point]).filter(|bin| bin.events > 0);
            let bin = own.or_else(|| self.bins[around].iter().copied().reduce(Bin::plus).filter(|bin| bin.events > 0));
            let arrived_pct = point as u32;
            let (alloc_pct, frag_pct) = match (bin, points.last()) {
                (Some(bin), _) => {
                    let all = bin.events * self.total_milli;
                    (hundredths_pct(bin.used_milli, all), hundredths_pct(bin.fragmented, all * self.weight))
                }
                (None, Some(before)) => (before.alloc_pct, before.frag_pct),
                (None, None) => continue,
            };
            points.push(CurvePoint { arrived_pct, alloc_pct, frag_pct });
        }
        points
    }
}

impl Bin {
    fn plus(self, other: Bin) -> Bin {
        Bin {
            events: self.events + other.events,
            used_milli: self.used_milli + other.used_milli,
            fragmented: self.fragmented + other.fragmented,
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

    /// A cluster of 100 GPUs; events are (arrived, used) in thousandths.
    fn check(events: &[(u64, u64)], want: &[(u32, f64)]) {
        let mut curve = Curve::new(100_000, 7);
        for &(arrived, used) in events {
            curve.add(arrived, used, 7 * used as i64);
        }
        let points = curve.points();
        assert_eq!(points.iter().map(|p| (p.arrived_pct, p.alloc_pct)).collect::<Vec<_>>(), want);
        assert!(points.iter().all(|p| p.frag_pct == p.alloc_pct), "weighted alike");
    }

    #[test]
    fn mean_of_events_rounded_to_two_decimals() {
        check(&[(0, 0), (400, 400), (500, 500)], &[(0, 0.3)]);
        check(&[(0, 1), (0, 2), (0, 2)], &[(0, 0.0)]);
        check(&[(0, 5), (0, 5), (0, 6)], &[(0, 0.01)]);
    }

    #[test]
    fn half_goes_to_even() {
        check(&[(500, 10), (1500, 20), (2500, 30)], &[(0, 0.01), (1, 0.02), (2, 0.02)]);
    }

    #[test]
    fn gaps_borrow_from_neighbours_then_from_before() {
        check(&[(0, 100), (2000, 300)], &[(0, 0.1), (1, 0.2), (2, 0.3)]);
        check(&[(0, 100), (4000, 500)], &[(0, 0.1), (1, 0.1), (2, 0.1), (3, 0.5), (4, 0.5)]);
    }

    #[test]
    fn what_arrives_beyond_the_last_point_is_not_shown() {
        let mut curve = Curve::new(100_000, 1);
        (0..200).for_each(|pct| curve.add(pct * 1000, 0, 0));
        assert_eq!(curve.points().len(), 131);
    }
}
