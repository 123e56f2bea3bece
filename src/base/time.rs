//! Simulated time: unsigned nanoseconds since the start of the run.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// An instant of simulated time, in nanoseconds since the start of the run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SimTime(pub u64);

/// A span of simulated time, in nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SimDuration(pub u64);

/// Nanoseconds in one second.
pub const SECOND_NS: u64 = 1_000_000_000;

impl SimTime {
    /// The start of the run.
    pub const ZERO: SimTime = SimTime(0);
    /// Later than every event; a run never reaches it.
    pub const FAR: SimTime = SimTime(u64::MAX);

    /// The span from `earlier` to `self`; zero if `earlier` is later.
    pub fn since(self, earlier: SimTime) -> SimDuration {
        SimDuration(self.0.saturating_sub(earlier.0))
    }

    /// The last whole second that is not after `self`. kube-scheduler aligns back-off to these.
    pub fn floor_second(self) -> SimTime {
        SimTime(self.0 - self.0 % SECOND_NS)
    }
}

/// An instant that has come or not, in the eight bytes of one that has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moment(SimTime);

impl Moment {
    /// It has not come.
    pub const NOT_YET: Moment = Moment(SimTime::FAR);

    /// When it came, if it has.
    pub fn get(self) -> Option<SimTime> {
        self.has_come().then_some(self.0)
    }

    /// True if it has come.
    pub fn has_come(self) -> bool {
        self.0 != SimTime::FAR
    }

    /// It comes now, unless it came before.
    pub fn first(&mut self, now: SimTime) {
        self.0 = self.0.min(now);
    }
}

impl From<SimTime> for Moment {
    fn from(at: SimTime) -> Moment {
        Moment(at)
    }
}

impl SimDuration {
    /// No time at all.
    pub const ZERO: SimDuration = SimDuration(0);

    /// `n` seconds.
    pub const fn from_secs(n: u64) -> SimDuration {
        SimDuration(n * SECOND_NS)
    }

    /// `n` milliseconds.
    pub const fn from_millis(n: u64) -> SimDuration {
        SimDuration(n * 1_000_000)
    }

    /// `n` microseconds.
    pub const fn from_micros(n: u64) -> SimDuration {
        SimDuration(n * 1_000)
    }

    /// Seconds as a float: for reports only, never for state.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / SECOND_NS as f64
    }

    /// `self * n`, saturating at the largest duration.
    pub fn saturating_mul(self, n: u64) -> SimDuration {
        SimDuration(self.0.saturating_mul(n))
    }
}

impl Add<SimDuration> for SimTime {
    type Output = SimTime;
    fn add(self, d: SimDuration) -> SimTime {
        SimTime(self.0.saturating_add(d.0))
    }
}

impl AddAssign<SimDuration> for SimTime {
    fn add_assign(&mut self, d: SimDuration) {
        *self = *self + d;
    }
}

impl Add for SimDuration {
    type Output = SimDuration;
    fn add(self, d: SimDuration) -> SimDuration {
        SimDuration(self.0.saturating_add(d.0))
    }
}

impl AddAssign for SimDuration {
    fn add_assign(&mut self, d: SimDuration) {
        *self = *self + d;
    }
}

impl Sub for SimDuration {
    type Output = SimDuration;
    fn sub(self, d: SimDuration) -> SimDuration {
        SimDuration(self.0.saturating_sub(d.0))
    }
}

impl fmt::Debug for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t+{}.{:09}s", self.0 / SECOND_NS, self.0 % SECOND_NS)
    }
}

impl fmt::Debug for SimDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:09}s", self.0 / SECOND_NS, self.0 % SECOND_NS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates_and_floors() {
        assert_eq!(SimTime(1).since(SimTime(5)), SimDuration::ZERO);
        assert_eq!(SimTime(3_999_999_999).floor_second(), SimTime(3_000_000_000));
        assert_eq!(SimTime::FAR + SimDuration::from_secs(1), SimTime::FAR);
        assert_eq!(format!("{:?}", SimTime(1_500_000_000)), "t+1.500000000s");
    }
}
