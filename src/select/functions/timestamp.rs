//! Timestamps (`cel-go` `common/types/timestamp.go`, `common/stdlib/standard.go`). Accessors read UTC unless told a zone.

use std::sync::LazyLock;

use jiff::tz::TimeZoneDatabase;

use crate::select::calendar::{Civil, Timestamp};
use crate::select::error::Failure;
use crate::select::functions::table::{Cost, Row};
use crate::select::value::{Outcome, Value};

pub(super) const TABLE: &[Row] = &[
    ("timestamp", "(timestamp) -> timestamp", Cost::One, identity),
    ("timestamp", "(int) -> timestamp", Cost::One, convert),
    ("timestamp", "(string) -> timestamp", Cost::One, convert),
    ("getFullYear", "timestamp.() -> int", Cost::One, full_year),
    ("getFullYear", "timestamp.(string) -> int", Cost::One, full_year),
    ("getMonth", "timestamp.() -> int", Cost::One, month),
    ("getMonth", "timestamp.(string) -> int", Cost::One, month),
    ("getDayOfYear", "timestamp.() -> int", Cost::One, day_of_year),
    ("getDayOfYear", "timestamp.(string) -> int", Cost::One, day_of_year),
    ("getDayOfMonth", "timestamp.() -> int", Cost::One, day_of_month),
    ("getDayOfMonth", "timestamp.(string) -> int", Cost::One, day_of_month),
    ("getDate", "timestamp.() -> int", Cost::One, date),
    ("getDate", "timestamp.(string) -> int", Cost::One, date),
    ("getDayOfWeek", "timestamp.() -> int", Cost::One, day_of_week),
    ("getDayOfWeek", "timestamp.(string) -> int", Cost::One, day_of_week),
    ("getHours", "timestamp.() -> int", Cost::One, hours),
    ("getHours", "timestamp.(string) -> int", Cost::One, hours),
    ("getMinutes", "timestamp.() -> int", Cost::One, minutes),
    ("getMinutes", "timestamp.(string) -> int", Cost::One, minutes),
    ("getSeconds", "timestamp.() -> int", Cost::One, seconds),
    ("getSeconds", "timestamp.(string) -> int", Cost::One, seconds),
    ("getMilliseconds", "timestamp.() -> int", Cost::One, milliseconds),
    ("getMilliseconds", "timestamp.(string) -> int", Cost::One, milliseconds),
];

/// Names of zones. The crate's own copy and not the machine's, so that every machine answers alike.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

fn identity<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(args[0].clone())
}

fn convert<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let parsed = match &args[0] {
        Value::Int(seconds) => Some(Timestamp::of_seconds(*seconds)),
        other => other.as_str().and_then(Timestamp::parse),
    };
    match parsed {
        Some(timestamp) if timestamp.is_in_range() => Ok(Value::Timestamp(timestamp)),
        Some(_) => Err(Failure::new("timestamp overflow")),
        None => Err(Failure::new("type conversion error from 'string' to 'google.protobuf.Timestamp'")),
    }
}

/// The date and time of the first argument, where the second says.
fn civil(args: &[Value<'_>]) -> Result<Civil, Failure> {
    let Value::Timestamp(at) = &args[0] else { return Err(Failure::no_overload()) };
    let offset = match args.get(1) {
        Some(zone) => offset_in(zone.as_str().ok_or_else(Failure::no_overload)?, at.seconds)?,
        None => 0,
    };
    Ok(Civil::at(at.seconds.wrapping_add(offset)))
}

/// Seconds east of UTC: of `-05:30`, or of a named zone at a point in time.
fn offset_in(zone: &str, at: i64) -> Result<i64, Failure> {
    let Some((hours, minutes)) = zone.split_once(':') else {
        return named_offset(zone, at).ok_or_else(|| Failure::new(format!("unknown time zone {zone}")));
    };
    let number = |text: &str| text.parse::<i64>().map_err(|_| Failure::new(format!("`{text}` is no part of a UTC offset")));
    let (hours, minutes) = (number(hours)?.wrapping_mul(60), number(minutes)?);
    let total = if zone.starts_with('-') { hours.wrapping_sub(minutes) } else { hours.wrapping_add(minutes) };
    Ok(total.wrapping_mul(60_000_000_000) / 1_000_000_000)
}

/// The offset of a zone of the database. Names are those of files upstream, so case counts.
fn named_offset(zone: &str, at: i64) -> Option<i64> {
    if matches!(zone, "" | "UTC" | "Local") {
        // What is local upstream depends on the machine; its images run in UTC.
        return Some(0);
    }
    // A copy of the database under another name, which common packages of it have.
    let zone = zone.strip_prefix("posix/").unwrap_or(zone);
    let found = ZONES.get(zone).ok().filter(|found| found.iana_name() == Some(zone))?;
    let at = jiff::Timestamp::from_second(at).ok()?;
    Some(found.to_offset(at).seconds().into())
}

fn full_year<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Int(civil(args)?.year))
}

fn month<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Int(civil(args)?.month - 1))
}

fn day_of_year<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Int(civil(args)?.year_day))
}

fn day_of_month<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Int(civil(args)?.day - 1))
}

fn date<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Int(civil(args)?.day))
}

fn day_of_week<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Int(civil(args)?.weekday))
}

fn hours<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Int(civil(args)?.hour))
}

fn minutes<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Int(civil(args)?.minute))
}

fn seconds<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Int(civil(args)?.second))
}

fn milliseconds<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    civil(args)?;
    match &args[0] {
        Value::Timestamp(at) => Ok(Value::Int((at.nanos / 1_000_000).into())),
        _ => Err(Failure::no_overload()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_have_offsets() {
        let winter = 1_700_000_000;
        let check = |zone: &str, want: Option<i64>| assert_eq!(offset_in(zone, winter).ok(), want, "{zone}");
        check("UTC", Some(0));
        check("", Some(0));
        check("Europe/Zurich", Some(3600));
        check("America/New_York", Some(-18_000));
        check("US/Central", Some(-21_600));
        check("Asia/Kolkata", Some(19_800));
        check("europe/zurich", None);
        check("Europe", None);
        check("../UTC", None);
        check("+02:00", Some(7200));
        check("02:00", Some(7200));
        check("-05:30", Some(-19_800));
        check("-00:30", Some(-1800));
        check(":30", None);
        check("1:2:3", None);
        check("x:00", None);
    }
}
