//! Axes with ticks that people read: round numbers, hours and days, powers of ten of time, nines.

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use crate::base::SimTime;
use crate::base::time::SECOND_NS;
use crate::report::number;

/// An axis: positions from `lo` to `hi` and where its labels stand.
#[derive(Clone, PartialEq, Debug)]
pub struct Axis {
    /// Position of the start.
    pub lo: f64,
    /// Position of the end; greater than `lo`.
    pub hi: f64,
    /// Labelled positions, ascending.
    pub ticks: Vec<(f64, String)>,
}

impl Axis {
    /// From zero to at least `max`, in steps of 1, 2 or 5 times a power of ten.
    pub fn from_zero(max: f64) -> Axis {
        let max = if max > 0.0 { max } else { 1.0 };
        let mut step = 1.0;
        while step * 5.0 < max {
            step *= 10.0;
        }
        while step > max {
            step /= 10.0;
        }
        // Between three and six intervals.
        let step = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0].map(|f| f * step).into_iter().find(|s| max / s <= 5.5).unwrap_or(step);
        let n = libm::ceil(max / step - 1e-9) as u32;
        let label = |x: f64| if step < 1.0 { format!("{x:.1}") } else { number::count(x as u64) };
        let ticks = (0..=n).map(|i| f64::from(i) * step).map(|x| (x, label(x))).collect();
        Axis { lo: 0.0, hi: f64::from(n) * step, ticks }
    }

    /// Zero to a hundred percent.
    pub fn percent() -> Axis {
        Axis { lo: 0.0, hi: 100.0, ticks: (0..=5).map(|i| (f64::from(i) * 20.0, format!("{} %", i * 20))).collect() }
    }

    /// Percent of arrived load, up to `max`.
    pub fn arrived(max: u32) -> Axis {
        let ticks = (0..=max).step_by(20).map(|p| (f64::from(p), format!("{p} %"))).collect();
        Axis { lo: 0.0, hi: f64::from(max.max(1)), ticks }
    }

    /// A span of time from zero, in nanoseconds, labelled in one unit.
    pub fn span(ns: u64) -> Axis {
        const UNITS: [(u64, &str); 4] =
            [(86_400 * SECOND_NS, "d"), (3600 * SECOND_NS, "h"), (60 * SECOND_NS, "m"), (SECOND_NS, "s")];
        let ns = ns.max(1);
        let (size, unit) = UNITS.into_iter().find(|&(size, _)| ns >= 3 * size).unwrap_or((SECOND_NS, "s"));
        let units = ns.div_ceil(size);
        let steps = [1, 2, 3, 4, 6, 12, 24, 48, 120, 240];
        let step = steps.into_iter().find(|s| units / s <= 7).unwrap_or(units.div_ceil(7));
        let ticks = (0..=ns / (size * step)).map(|i| ((i * step * size) as f64, format!("{} {unit}", i * step)));
        Axis { lo: 0.0, hi: ns as f64, ticks: ticks.collect() }
    }

    /// Durations on a log scale: positions are powers of ten of nanoseconds.
    pub fn log_durations(lo_ns: u64, hi_ns: u64) -> Axis {
        const MARKS: [u64; 14] = [
            1_000,
            10_000,
            100_000,
            1_000_000,
            10_000_000,
            100_000_000,
            SECOND_NS,
            10 * SECOND_NS,
            60 * SECOND_NS,
            600 * SECOND_NS,
            3_600 * SECOND_NS,
            36_000 * SECOND_NS,
            4 * 86_400 * SECOND_NS,
            40 * 86_400 * SECOND_NS,
        ];
        // What is shorter is drawn on the lowest mark: no clock in a cluster tells it apart.
        let shorter = lo_ns < MARKS[0];
        let (lo_ns, hi_ns) = (lo_ns.max(MARKS[0]), hi_ns.max(2));
        let lo = MARKS.into_iter().rev().find(|&m| m <= lo_ns).unwrap_or(MARKS[0]);
        let hi = MARKS.into_iter().find(|&m| m >= hi_ns && m > lo).unwrap_or(hi_ns.max(lo + 1));
        let label = |m: u64| {
            let text = number::duration(m).replace(".0 ", " ");
            if shorter && m == lo { format!("≤{text}") } else { text }
        };
        let within = MARKS.into_iter().filter(|m| (lo..=hi).contains(m));
        Axis { lo: log10(lo), hi: log10(hi), ticks: within.map(|m| (log10(m), label(m))).collect() }
    }

    /// Percentiles by how many nines they have: p90 is one, p99 two.
    pub fn nines(max: f64) -> Axis {
        let marks = [(500, "p50"), (900, "p90"), (990, "p99"), (999, "p99.9")];
        let at = |permille: u64| nines(permille, 1000);
        let ticks = marks.iter().map(|&(p, label)| (at(p), label.to_string())).filter(|(x, _)| *x <= max + 1e-9).collect();
        Axis { lo: 0.0, hi: max.max(0.31), ticks }
    }

    /// The place of a position between 0 and 1.
    pub fn fraction(&self, x: f64) -> f64 {
        ((x - self.lo) / (self.hi - self.lo)).clamp(0.0, 1.0)
    }

    fn label(&self, x: f64) -> String {
        self.ticks.iter().find(|(at, _)| *at == x).map_or(String::new(), |(_, label)| label.clone())
    }

    /// The same axis without labels, for a panel above another with the same axis.
    pub fn silent(&self) -> Axis {
        Axis { ticks: self.ticks.iter().map(|(x, _)| (*x, String::new())).collect(), ..*self }
    }
}

/// What a time axis that begins at `start` counts from.
pub fn time_title(start: SimTime) -> &'static str {
    if start == SimTime::ZERO { "time" } else { "time after warm-up" }
}

/// Position of a duration on a log axis.
pub fn log10(ns: u64) -> f64 {
    libm::log10(ns.max(1) as f64)
}

/// Position of the quantile `num / den` on a nines axis.
pub fn nines(num: u64, den: u64) -> f64 {
    libm::log10(den as f64) - libm::log10((den - num) as f64)
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        limit.0 + libm::round(self.fraction(*value) * f64::from(limit.1 - limit.0)) as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.iter().map(|(x, _)| *x).collect()
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.lo..self.hi
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        self.label(*value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn ticks_are_round() {
        for (max, want) in [
            (392.0, vec!["0", "100", "200", "300", "400"]),
            (7.0, vec!["0", "2", "4", "6", "8"]),
            (0.0, vec!["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
            (6212.0, vec!["0", "2,000", "4,000", "6,000", "8,000"]),
        ] {
            assert_eq!(labels(&Axis::from_zero(max)), want, "{max}");
        }
        assert_eq!(labels(&Axis::span(86_400 * SECOND_NS)), ["0 h", "4 h", "8 h", "12 h", "16 h", "20 h", "24 h"]);
        assert_eq!(labels(&Axis::span(90 * SECOND_NS)).len(), 8);
        assert_eq!(labels(&Axis::log_durations(2_000_000, 5 * SECOND_NS)), ["1 ms", "10 ms", "100 ms", "1 s", "10 s"]);
        assert_eq!(labels(&Axis::log_durations(1, 5_000)), ["≤1 µs", "10 µs"]);
        assert_eq!(labels(&Axis::nines(2.1)), ["p50", "p90", "p99"]);
    }

    #[test]
    fn positions_stay_on_the_axis() {
        let axis = Axis::from_zero(100.0);
        for (x, want) in [(-5.0, 10), (0.0, 10), (50.0, 60), (1000.0, 110)] {
            assert_eq!(axis.map(&x, (10, 110)), want);
        }
    }
}
