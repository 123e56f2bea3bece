//! client-go's token bucket, first come first served, as a function from request times to grant times.

use crate::base::time::SECOND_NS;
use crate::base::{SimDuration, SimTime};
use crate::control::constants::ClientLimit;

/// A token bucket. It starts full.
#[derive(Clone, Debug)]
pub struct TokenBucket {
    interval: SimDuration,
    burst: u64,
    /// When the bucket will be full again; each grant moves it on by one interval.
    full_at: SimTime,
}

impl TokenBucket {
    /// A bucket for this limit.
    pub fn new(limit: ClientLimit) -> TokenBucket {
        let interval = SECOND_NS.checked_div(u64::from(limit.qps)).unwrap_or(0);
        TokenBucket { interval: SimDuration(interval), burst: u64::from(limit.burst.max(1)), full_at: SimTime::ZERO }
    }

    /// Takes one token at `now` or as soon after as there is one, and returns when. Requests are served in the order of
    /// the calls, also where a call names an earlier time than the one before it.
    pub fn take(&mut self, now: SimTime) -> SimTime {
        self.full_at = self.full_at.max(now) + self.interval;
        // A grant is due once at most `burst` tokens are missing.
        let slack = self.interval.saturating_mul(self.burst);
        SimTime(self.full_at.0.saturating_sub(slack.0)).max(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn burst_then_rate() {
        let mut bucket = TokenBucket::new(ClientLimit { qps: 50, burst: 100 });
        let grants: Vec<u64> = (0..150).map(|_| bucket.take(SimTime::ZERO).0).collect();
        assert!(grants[..100].iter().all(|&t| t == 0));
        assert_eq!(grants[100], 20_000_000);
        assert_eq!(grants[149], 50 * 20_000_000);
        // After a long pause it is full again, and no fuller.
        let later = SimTime(3600 * SECOND_NS);
        assert!((0..100).all(|_| bucket.take(later) == later));
        assert_eq!(bucket.take(later), later + SimDuration(20_000_000));
    }

    #[test]
    fn no_limit_never_waits() {
        let mut bucket = TokenBucket::new(ClientLimit { qps: 0, burst: 0 });
        assert!((0..1000).all(|_| bucket.take(SimTime(5)) == SimTime(5)));
    }
}
