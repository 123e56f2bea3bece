//! Exact integrals of step functions: no sampling, no averages of averages.

use crate::base::{SimDuration, SimTime};
use crate::observe::record::{Series, Timeline};

/// The integral of a step function over a window.
#[derive(Clone, Debug)]
pub struct StepIntegral {
    value: i64,
    since: SimTime,
    window: (SimTime, SimTime),
    total: i128,
}

impl StepIntegral {
    /// Zero so far.
    pub fn new(window: (SimTime, SimTime)) -> StepIntegral {
        StepIntegral { value: 0, since: SimTime::ZERO, window, total: 0 }
    }

    /// The function has `value` from `now` on.
    pub fn set(&mut self, now: SimTime, value: i64) {
        if value == self.value {
            return;
        }
        self.total += self.part(now);
        self.since = now;
        self.value = value;
    }

    /// The function changes by `delta` at `now`.
    pub fn add(&mut self, now: SimTime, delta: i64) {
        self.set(now, self.value + delta);
    }

    /// The value now.
    pub fn value(&self) -> i64 {
        self.value
    }

    /// The integral over the window, in value x nanoseconds.
    pub fn total(&self) -> i128 {
        self.total + self.part(self.window.1)
    }

    fn part(&self, now: SimTime) -> i128 {
        i128::from(self.value) * i128::from(overlap(self.window, (self.since, now)).0)
    }
}

/// How long two spans overlap.
pub fn overlap(a: (SimTime, SimTime), b: (SimTime, SimTime)) -> SimDuration {
    a.1.min(b.1).since(a.0.max(b.0))
}

/// Columns of equal width over a window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Columns {
    /// Start of the first column.
    pub start: SimTime,
    /// Width of a column, at least 1 ns.
    pub step: SimDuration,
    /// How many.
    pub count: usize,
    /// End of the window, inside the last column.
    pub end: SimTime,
}

impl Columns {
    /// `count` columns over the window; the last may reach beyond its end.
    pub fn over(window: (SimTime, SimTime), count: usize) -> Columns {
        let count = count.max(1);
        let step = window.1.since(window.0).0.div_ceil(count as u64).max(1);
        Columns { start: window.0, step: SimDuration(step), count, end: window.1 }
    }

    /// The column that `at` is in, if any.
    pub fn of(&self, at: SimTime) -> Option<usize> {
        let column = at.0.checked_sub(self.start.0)? / self.step.0;
        usize::try_from(column).ok().filter(|c| *c < self.count)
    }

    /// Calls `each(column, nanoseconds)` for every column that `[from, to)` touches.
    pub fn split(&self, from: SimTime, to: SimTime, mut each: impl FnMut(usize, u64)) {
        let (mut at, to) = (from.max(self.start), to.min(self.end));
        while at < to {
            let column = ((at.0 - self.start.0) / self.step.0) as usize;
            let end = self.start + self.step.saturating_mul(column as u64 + 1);
            let end = end.min(to);
            each(column, end.since(at).0);
            at = end;
        }
    }
}

/// A step function reduced to columns by exact minimum, maximum and integral.
#[derive(Clone, Debug)]
pub struct StepSeries {
    columns: Columns,
    value: i64,
    since: SimTime,
    series: Series,
}

impl StepSeries {
    /// Zero so far.
    pub fn new(name: &'static str, columns: Columns) -> StepSeries {
        let n = columns.count;
        let series = Series { name, min: vec![i64::MAX; n], max: vec![i64::MIN; n], integral: vec![0; n] };
        StepSeries { columns, value: 0, since: SimTime::ZERO, series }
    }

    /// The function has `value` from `now` on. A value that lasts no time leaves no trace.
    pub fn set(&mut self, now: SimTime, value: i64) {
        if value != self.value {
            self.settle(now);
            self.value = value;
        }
    }

    /// The function changes by `delta` at `now`.
    pub fn add(&mut self, now: SimTime, delta: i64) {
        self.set(now, self.value + delta);
    }

    /// The value now.
    pub fn value(&self) -> i64 {
        self.value
    }

    fn settle(&mut self, now: SimTime) {
        let (value, series) = (self.value, &mut self.series);
        self.columns.split(self.since, now, |column, ns| {
            series.min[column] = series.min[column].min(value);
            series.max[column] = series.max[column].max(value);
            series.integral[column] += i128::from(value) * i128::from(ns);
        });
        self.since = now;
    }

    /// The finished series.
    pub fn finish(mut self, end: SimTime) -> Series {
        self.settle(end);
        for (min, max) in self.series.min.iter_mut().zip(&mut self.series.max) {
            if *min > *max {
                (*min, *max) = (0, 0);
            }
        }
        self.series
    }
}

/// A step function that is on its way through the columns.
#[derive(Clone, Copy, Debug)]
struct Row {
    value: i64,
    since: SimTime,
    /// The column that is not complete yet, and the integral in it.
    column: usize,
    integral: i128,
}

/// Step functions, one a row, of which only the means in columns are wanted, in thousandths of a whole. Many rows are many
/// nodes, so a complete column is kept as its mean.
#[derive(Clone, Debug)]
pub struct StepMeans {
    columns: Columns,
    rows: Vec<Row>,
    wholes: Vec<i64>,
    /// Row-major.
    means: Vec<u16>,
}

impl StepMeans {
    /// Zero so far. What 1000 thousandths are in each row; zero is taken for one.
    pub fn new(columns: Columns, wholes: Vec<i64>) -> StepMeans {
        let row = Row { value: 0, since: SimTime::ZERO, column: 0, integral: 0 };
        StepMeans { columns, rows: vec![row; wholes.len()], means: vec![0; wholes.len() * columns.count], wholes }
    }

    /// The function of a row has `value` from `now` on.
    pub fn set(&mut self, row: usize, now: SimTime, value: i64) {
        if value != self.rows[row].value {
            self.settle(row, now);
            self.rows[row].value = value;
        }
    }

    /// The means of a row that ends at `end`. A last column that reaches beyond the window is taken as far as the window goes.
    pub fn finish(&mut self, row: usize, end: SimTime) -> &[u16] {
        self.settle(row, end);
        self.close(row);
        let count = self.columns.count;
        &self.means[row * count..(row + 1) * count]
    }

    fn settle(&mut self, row: usize, now: SimTime) {
        let Row { value, since, .. } = self.rows[row];
        let columns = self.columns;
        columns.split(since, now, |column, ns| {
            if self.rows[row].column != column {
                self.close(row);
                self.rows[row] = Row { column, integral: 0, ..self.rows[row] };
            }
            self.rows[row].integral += i128::from(value) * i128::from(ns);
        });
        self.rows[row].since = now;
    }

    fn close(&mut self, row: usize) {
        let Row { column, integral, .. } = self.rows[row];
        let from = self.columns.start + self.columns.step.saturating_mul(column as u64);
        let width = self.columns.end.since(from).0.min(self.columns.step.0).max(1);
        let whole = i128::from(width) * i128::from(self.wholes[row].max(1));
        self.means[row * self.columns.count + column] = (integral * 1000 / whole) as u16;
    }
}

/// Puts finished series under their common columns.
pub fn timeline(columns: Columns, series: Vec<Series>) -> Timeline {
    Timeline { start: columns.start, step: columns.step, series }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn means_are_those_of_the_series(
            steps in proptest::collection::vec((0u64..50, 0i64..9), 0..40), count in 1usize..9, start in 0u64..99, long in 1u64..999,
        ) {
            let columns = Columns::over((SimTime(start), SimTime(start + long)), count);
            let (mut series, mut means) = (StepSeries::new("x", columns), StepMeans::new(columns, vec![3, 8]));
            let mut now = SimTime::ZERO;
            for (later, value) in steps {
                now += SimDuration(later);
                series.set(now, value);
                means.set(1, now, value);
            }
            let end = now.max(columns.end);
            let width = |column: u64| (start + long).saturating_sub(start + column * columns.step.0).min(columns.step.0).max(1);
            let integrals = series.finish(end).integral.into_iter().zip(0..);
            let want: Vec<u16> = integrals.map(|(sum, at)| (sum * 1000 / (8 * i128::from(width(at)))) as u16).collect();
            prop_assert_eq!(means.finish(1, end), want);
            prop_assert_eq!(means.finish(0, end), vec![0; count]);
        }
    }

    #[test]
    fn integrates_inside_the_window_only() {
        let mut s = StepIntegral::new((SimTime(100), SimTime(200)));
        s.set(SimTime(50), 2);
        s.set(SimTime(150), 5);
        s.add(SimTime(150), -1);
        assert_eq!(s.total(), 2 * 50 + 4 * 50);
    }

    proptest! {
        /// Columns add up to the plain integral, and their bounds are those of a walk through every nanosecond.
        #[test]
        fn columns_agree_with_a_walk(mut steps in prop::collection::vec((0u64..400, -3i64..4), 0..20), count in 1usize..9) {
            steps.sort_by_key(|s| s.0);
            let window = (SimTime(100), SimTime(300));
            let columns = Columns::over(window, count);
            let mut series = StepSeries::new("x", columns);
            for &(at, value) in &steps {
                series.set(SimTime(at), value);
            }
            let got = series.finish(SimTime(300));
            let value_at = |t: u64| steps.iter().rev().find(|s| s.0 <= t).map_or(0, |s| s.1);
            for c in 0..count {
                let from = 100 + c as u64 * columns.step.0;
                let walk: Vec<i64> = (from..(from + columns.step.0).min(300)).map(value_at).collect();
                prop_assert_eq!(got.integral[c], walk.iter().map(|v| i128::from(*v)).sum::<i128>());
                prop_assert_eq!(got.min[c], walk.iter().copied().min().unwrap_or(0));
                prop_assert_eq!(got.max[c], walk.iter().copied().max().unwrap_or(0));
            }
        }
    }
}
