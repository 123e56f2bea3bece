//! Numbers as people read them: three significant digits, separated thousands, the unit beside the number.
//!
//! Data files carry integers; only prose, tables and pictures use this. A non-breaking space would confuse a terminal's
//! search, so the space before a unit is an ordinary one.

const SECOND: u64 = 1_000_000_000;

/// A count in full, thousands separated by commas: `4,812`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A signed count: `+478`, `-3`, `0`.
pub fn signed_count(n: i64) -> String {
    match n {
        0 => "0".to_string(),
        n if n > 0 => format!("+{}", count(n.unsigned_abs())),
        n => format!("-{}", count(n.unsigned_abs())),
    }
}

/// Three significant digits, never fewer digits than the integer part has: `1.28`, `12.8`, `1,280`, `0.0128`.
pub fn significant(x: f64) -> String {
    if !x.is_finite() {
        return "-".to_string();
    }
    let magnitude = x.abs();
    let decimals = match magnitude {
        m if m >= 99.95 => 0,
        m if m >= 9.995 => 1,
        m if m >= 0.9995 || m == 0.0 => 2,
        m if m >= 0.09995 => 3,
        m if m >= 0.009995 => 4,
        _ => 5,
    };
    let text = format!("{magnitude:.decimals$}");
    let text = match text.parse::<u64>() {
        Ok(whole) => count(whole),
        Err(_) => text,
    };
    let is_zero = text.chars().all(|c| c == '0' || c == '.');
    if x < 0.0 && !is_zero { format!("-{text}") } else { text }
}

/// [`significant`] with its sign: `+0.27`.
pub fn signed(x: f64) -> String {
    let text = significant(x);
    let zero = text.chars().all(|c| c == '0' || c == '.' || c == '-');
    if zero || text.starts_with('-') { text } else { format!("+{text}") }
}

/// A mean of counts: in full where it is whole, else three significant digits.
pub fn mean_count(x: f64) -> String {
    if x.fract() == 0.0 && (0.0..9e15).contains(&x) { count(x as u64) } else { significant(x) }
}

/// A share of one in percent: `88.1 %`, `9.4 %`, `0.94 %`, `0 %`; what is too small to print is `<0.01 %`.
pub fn percent(ratio: f64) -> String {
    if !ratio.is_finite() {
        return "-".to_string();
    }
    let p = ratio * 100.0;
    if p != 0.0 && p.abs() < 0.005 {
        return "<0.01 %".to_string();
    }
    format!("{} %", percent_digits(p))
}

/// A difference of two shares of one, in percentage points: `+9.5 points`.
pub fn points(difference: f64) -> String {
    format!("{} points", bare_points(difference))
}

/// [`points`] without the word.
pub fn bare_points(difference: f64) -> String {
    let p = difference * 100.0;
    if !p.is_finite() {
        return "-".to_string();
    }
    let text = percent_digits(p.abs());
    match text.as_str() {
        "0" => text,
        _ if p < 0.0 => format!("-{text}"),
        _ => format!("+{text}"),
    }
}

fn percent_digits(p: f64) -> String {
    // One decimal is what a planner can use; below one percent two decimals keep two digits.
    let text = if p.abs() >= 0.995 { format!("{p:.1}") } else { format!("{p:.2}") };
    match text.as_str() {
        "0.00" | "-0.00" => "0".to_string(),
        "100.0" => "100".to_string(),
        _ => text,
    }
}

/// Prose in which no line break can part a number from its unit: the space between them does not break.
pub fn glued(text: &str) -> String {
    const WORDS: [&str; 13] = ["%", "µs", "ms", "s", "m", "h", "d", "points", "GPUs", "TPUs", "NICs", "GiB", "demands"];
    let mut out = String::with_capacity(text.len());
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        out.push_str(word);
        let Some(next) = words.peek() else { break };
        let unit = WORDS.contains(&next.trim_end_matches(|c: char| ".,;:)".contains(c)));
        out.push(if unit && word.ends_with(|c: char| c.is_ascii_digit()) { '\u{a0}' } else { ' ' });
    }
    out
}

/// A factor between two values of one unit: `x 1.30`.
pub fn factor(x: f64) -> String {
    format!("x {}", significant(x))
}

/// A duration as a person says it: two digits below ten, whole numbers above: `1.2 ms`, `31 ms`, `6.1 s`, `41 m`, `3.4 h`.
pub fn duration(ns: u64) -> String {
    let (value, unit) = duration_parts(ns);
    format!("{value} {unit}")
}

/// A pair of durations, with the unit once if both share it: `1.2 / 4.0 ms`.
pub fn duration_pair(a: u64, b: u64) -> String {
    let ((a, unit_a), (b, unit_b)) = (duration_parts(a), duration_parts(b));
    if unit_a == unit_b { format!("{a} / {b} {unit_b}") } else { format!("{a} {unit_a} / {b} {unit_b}") }
}

/// Units with how many of them make the next one worth while.
const UNITS: [(&str, u64, u64); 6] = [
    ("µs", 1_000, 1000),
    ("ms", 1_000_000, 1000),
    ("s", SECOND, 60),
    ("m", 60 * SECOND, 60),
    ("h", 3600 * SECOND, 48),
    ("d", 86_400 * SECOND, u64::MAX),
];

fn duration_parts(ns: u64) -> (String, &'static str) {
    if ns == 0 {
        return ("0".to_string(), "s");
    }
    // No clock in a cluster tells less apart, and a histogram keeps nothing shorter than a nanosecond.
    if ns < 1000 {
        return ("<1".to_string(), "µs");
    }
    for (unit, size, limit) in UNITS {
        let tenths = (u128::from(ns) * 10 + u128::from(size / 2)) / u128::from(size);
        let whole = (u128::from(ns) + u128::from(size / 2)) / u128::from(size);
        if whole >= u128::from(limit) {
            continue;
        }
        if tenths < 100 {
            return (format!("{}.{}", tenths / 10, tenths % 10), unit);
        }
        return (count(whole as u64), unit);
    }
    unreachable!("the last unit has no limit")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        for (n, want) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(count(n), want);
        }
        for (n, want) in [(0, "0"), (478, "+478"), (-1500, "-1,500"), (i64::MIN, "-9,223,372,036,854,775,808")] {
            assert_eq!(signed_count(n), want);
        }
        for (x, want) in [(3.0, "3"), (3.5, "3.50"), (4790.25, "4,790")] {
            assert_eq!(mean_count(x), want);
        }
    }

    #[test]
    fn three_digits() {
        for (x, want) in [
            (0.0, "0.00"),
            (1.28, "1.28"),
            (9.996, "10.0"),
            (12.84, "12.8"),
            (99.96, "100"),
            (12345.6, "12,346"),
            (0.1284, "0.128"),
            (0.01284, "0.0128"),
            (-0.27, "-0.27"),
            (-0.000001, "0.00000"),
            (f64::NAN, "-"),
        ] {
            let want = if want == "-0.27" { "-0.270" } else { want };
            assert_eq!(significant(x), want, "{x}");
        }
        for (x, want) in [(0.5, "+0.500"), (-2.0, "-2.00"), (0.0, "0.00")] {
            assert_eq!(signed(x), want);
        }
        assert_eq!(factor(1.3), "x 1.30");
    }

    #[test]
    fn shares() {
        for (x, want) in [
            (0.8812, "88.1 %"),
            (0.0944, "9.4 %"),
            (0.0094, "0.94 %"),
            (0.00001, "<0.01 %"),
            (0.0, "0 %"),
            (1.0, "100 %"),
            (f64::INFINITY, "-"),
        ] {
            assert_eq!(percent(x), want, "{x}");
        }
        for (x, want) in [(0.095, "+9.5 points"), (-0.0734, "-7.3 points"), (0.0, "0 points"), (-0.004, "-0.40 points")] {
            assert_eq!(points(x), want, "{x}");
        }
    }

    #[test]
    fn units_stay_with_their_numbers() {
        for (text, want) in [
            ("waits 54 ms longer", "waits 54\u{a0}ms longer"),
            ("(15.1 %, x 2)", "(15.1\u{a0}%, x 2)"),
            ("for 24 h.", "for 24\u{a0}h."),
            ("a  b 3", "a  b 3"),
            ("", ""),
        ] {
            assert_eq!(glued(text), want);
        }
    }

    #[test]
    fn durations() {
        const S: u64 = SECOND;
        for (ns, want) in [
            (0, "0 s"),
            (7, "<1 µs"),
            (1_240, "1.2 µs"),
            (31_000_000, "31 ms"),
            (1_200_000, "1.2 ms"),
            (999_600_000, "1.0 s"),
            (6_100_000_000, "6.1 s"),
            (59 * S, "59 s"),
            (59 * S + S / 2, "1.0 m"),
            (372 * S, "6.2 m"),
            (2460 * S, "41 m"),
            (12_240 * S, "3.4 h"),
            (47 * 3600 * S, "47 h"),
            (48 * 3600 * S, "2.0 d"),
            (u64::MAX, "213,504 d"),
        ] {
            assert_eq!(duration(ns), want, "{ns}");
        }
        assert_eq!(duration_pair(1_200_000, 4_000_000), "1.2 / 4.0 ms");
        assert_eq!(duration_pair(6 * S, 41 * 60 * S), "6.0 s / 41 m");
    }
}
