//! Points in time as Go's `time` package reads, prints and takes them apart.

use std::cmp::Ordering;
use std::fmt;

/// A point in time, and how far east of UTC it was written. Equality and order are those of the point.
#[derive(Clone, Copy, Debug)]
pub struct Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub seconds: i64,
    /// Nanoseconds within the second.
    pub nanos: u32,
    /// Seconds east of UTC: matters where the timestamp is printed, nowhere else.
    pub offset: i32,
}

/// A date and a time of day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Civil {
    /// The year; there is a year 0.
    pub year: i64,
    /// 1 to 12.
    pub month: i64,
    /// 1 to 31.
    pub day: i64,
    /// 0 to 365.
    pub year_day: i64,
    /// 0 is Sunday.
    pub weekday: i64,
    /// 0 to 23.
    pub hour: i64,
    /// 0 to 59.
    pub minute: i64,
    /// 0 to 59.
    pub second: i64,
}

const DAY: i64 = 86_400;
const NANOS: i128 = 1_000_000_000;

/// Days from 1970-01-01 to a date. Years are taken to begin in March, so that the leap day is the last.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Civil {
    /// Takes seconds since 1970-01-01T00:00:00, of the place in question, apart.
    pub fn at(seconds: i64) -> Civil {
        let (days, of_day) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        let shifted = days + 719_468;
        let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let years = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * years + years / 4 - years / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = (shifted_month + 2) % 12 + 1;
        let year = years + era * 400 + i64::from(month <= 2);
        Civil {
            year,
            month,
            day,
            year_day: days - days_of(year, 1, 1),
            weekday: (days + 4).rem_euclid(7),
            hour: of_day / 3600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
        }
    }
}

impl Timestamp {
    /// 0001-01-01T00:00:00Z, the earliest that CEL has.
    pub const MIN_SECONDS: i64 = -62_135_596_800;
    /// 9999-12-31T23:59:59Z, the last second that CEL has.
    pub const MAX_SECONDS: i64 = 253_402_300_799;

    /// A whole second in UTC.
    pub fn of_seconds(seconds: i64) -> Timestamp {
        Timestamp { seconds, nanos: 0, offset: 0 }
    }

    /// True if CEL's conversions and arithmetic may give this.
    pub fn is_in_range(&self) -> bool {
        (Timestamp::MIN_SECONDS..=Timestamp::MAX_SECONDS).contains(&self.seconds)
    }

    /// This and so many nanoseconds, if that is in range.
    pub fn plus(&self, nanos: i128) -> Option<Timestamp> {
        let total = i128::from(self.seconds) * NANOS + i128::from(self.nanos) + nanos;
        let seconds = i64::try_from(total.div_euclid(NANOS)).ok()?;
        let sum = Timestamp { seconds, nanos: total.rem_euclid(NANOS) as u32, offset: self.offset };
        sum.is_in_range().then_some(sum)
    }

    /// Nanoseconds since `earlier`, where upstream's steps do not overflow.
    pub fn since(&self, earlier: &Timestamp) -> Option<i64> {
        let seconds = self.seconds.checked_sub(earlier.seconds)?;
        seconds.checked_mul(NANOS as i64)?.checked_add(i64::from(self.nanos) - i64::from(earlier.nanos))
    }

    /// Reads RFC 3339 as Go's `time.Parse` does, which also takes an hour of one digit, a comma before the fraction, and
    /// offsets of up to 24 hours and 60 minutes.
    pub fn parse(text: &str) -> Option<Timestamp> {
        let mut reader = Reader(text.as_bytes());
        let date = reader.date()?;
        reader.sign(b'T')?;
        let hour = reader.number(2).or_else(|| reader.number(1))?;
        reader.sign(b':')?;
        let minute = reader.number(2)?;
        reader.sign(b':')?;
        let second = reader.number(2)?;
        let nanos = reader.fraction();
        let offset = reader.offset()?;
        let valid = hour < 24 && minute < 60 && second < 60 && reader.0.is_empty();
        let seconds = date * DAY + hour * 3600 + minute * 60 + second - offset;
        valid.then_some(Timestamp { seconds, nanos, offset: offset as i32 })
    }
}

/// True if `text` is a date such as `2024-02-29`.
pub fn is_date(text: &str) -> bool {
    let mut reader = Reader(text.as_bytes());
    reader.date().is_some() && reader.0.is_empty()
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn sign(&mut self, wanted: u8) -> Option<()> {
        self.0 = self.0.strip_prefix(&[wanted])?;
        Some(())
    }

    /// A number of exactly so many digits. Where that fails nothing is taken.
    fn number(&mut self, digits: usize) -> Option<i64> {
        let (head, rest) = self.0.split_at_checked(digits)?;
        let value = head.iter().try_fold(0, |n, b| b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0')))?;
        self.0 = rest;
        Some(value)
    }

    /// Days from 1970-01-01.
    fn date(&mut self) -> Option<i64> {
        let year = self.number(4)?;
        self.sign(b'-')?;
        let month = self.number(2)?;
        self.sign(b'-')?;
        let day = self.number(2)?;
        let valid = (1..=12).contains(&month) && day >= 1 && day <= days_in(year, month);
        valid.then(|| days_of(year, month, day))
    }

    /// Nanoseconds after the whole second; digits beyond the ninth are dropped.
    fn fraction(&mut self) -> u32 {
        let digits = match self.0 {
            [b'.' | b',', rest @ ..] => rest.iter().take_while(|b| b.is_ascii_digit()).count(),
            _ => 0,
        };
        if digits == 0 {
            return 0;
        }
        let (fraction, rest) = self.0[1..].split_at(digits);
        self.0 = rest;
        (0..9).fold(0, |n, at| n * 10 + fraction.get(at).map_or(0, |b| u32::from(b - b'0')))
    }

    /// Seconds east of UTC.
    fn offset(&mut self) -> Option<i64> {
        if self.sign(b'Z').is_some() {
            return Some(0);
        }
        let sign = if self.sign(b'-').is_some() {
            -1
        } else {
            self.sign(b'+')?;
            1
        };
        let hours = self.number(2)?;
        self.sign(b':')?;
        let minutes = self.number(2)?;
        (hours <= 24 && minutes <= 60).then_some(sign * (hours * 3600 + minutes * 60))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let c = Civil::at(self.seconds.wrapping_add(self.offset.into()));
        let sign = if c.year < 0 { "-" } else { "" };
        write!(f, "{sign}{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", c.year.abs(), c.month, c.day, c.hour, c.minute, c.second)?;
        if self.nanos > 0 {
            let digits = format!("{:09}", self.nanos);
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        let minutes = self.offset / 60;
        match minutes {
            0 => f.write_str("Z"),
            _ => {
                let sign = if minutes < 0 { '-' } else { '+' };
                write!(f, "{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
            }
        }
    }
}

impl Ord for Timestamp {
    fn cmp(&self, other: &Timestamp) -> Ordering {
        (self.seconds, self.nanos).cmp(&(other.seconds, other.nanos))
    }
}

impl PartialOrd for Timestamp {
    fn partial_cmp(&self, other: &Timestamp) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Timestamp {
    fn eq(&self, other: &Timestamp) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Timestamp {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_and_prints() {
        // Text, then how it is printed; nothing if it is no timestamp.
        let check = |text: &str, want: &str| {
            assert_eq!(Timestamp::parse(text).map_or(String::new(), |t| t.to_string()), want, "{text}");
        };
        check("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z");
        check("2024-02-29T12:34:56.5Z", "2024-02-29T12:34:56.5Z");
        check("2038-01-19T03:14:07+02:00", "2038-01-19T03:14:07+02:00");
        check("2038-01-19T03:14:07-00:00", "2038-01-19T03:14:07Z");
        check("2024-01-02T3:04:05Z", "2024-01-02T03:04:05Z");
        check("2024-01-02T03:04:05,1234567891Z", "2024-01-02T03:04:05.123456789Z");
        check("2024-01-02T03:04:05+24:60", "2024-01-02T03:04:05+25:00");
        check("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z");
        for wrong in [
            "",
            "2023-02-29T00:00:00Z",
            "2024-00-01T00:00:00Z",
            "2024-01-01t00:00:00Z",
            "2024-01-01T00:00:00",
            "2024-01-01T00:00:60Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00+25:00",
            "2024-01-01T00:00:00Z ",
            "2024-01-01T00:00:00é",
            "24-01-01T00:00:00Z",
        ] {
            check(wrong, "");
        }
    }

    #[test]
    fn computes_within_range() {
        let last = Timestamp::parse("9999-12-31T23:59:59.999999999Z").expect("a timestamp");
        assert_eq!(last.seconds, Timestamp::MAX_SECONDS);
        assert_eq!(last.plus(1), None);
        assert_eq!(last.since(&Timestamp::of_seconds(0)), None);
        let first = Timestamp::parse("0001-01-01T00:00:00Z").expect("a timestamp");
        assert_eq!((first.seconds, first.plus(-1)), (Timestamp::MIN_SECONDS, None));
        let half = Timestamp::of_seconds(0).plus(-500_000_000).expect("in range");
        assert_eq!(
            (half.to_string().as_str(), half.since(&Timestamp::of_seconds(1))),
            ("1969-12-31T23:59:59.5Z", Some(-1_500_000_000))
        );
    }

    proptest! {
        /// Taking apart and putting together are inverse, and days follow each other.
        #[test]
        fn dates_are_consistent(days in -4_000_000i64..4_000_000) {
            let c = Civil::at(days * DAY);
            prop_assert_eq!(days_of(c.year, c.month, c.day), days);
            prop_assert!(c.day >= 1 && c.day <= days_in(c.year, c.month));
            let next = Civil::at((days + 1) * DAY);
            prop_assert_eq!(next.weekday, (c.weekday + 1) % 7);
            prop_assert_eq!(next.year_day, if next.year == c.year { c.year_day + 1 } else { 0 });
        }
    }
}
