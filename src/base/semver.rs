//! Semantic versions 2.0.0 as upstream parses and orders them.
//!
//! Follows the CEL library of `k8s.io/apiserver/pkg/cel/library/semverlib.go` (v1.37), which parses with
//! `github.com/blang/semver/v4`. It differs from the letter of semver.org in one point: a numeric pre-release identifier
//! has to fit 64 bits.
//!
//! Own code and not the `semver` crate, whose `Ord` counts build metadata and which has no normalising parser.

use std::cmp::Ordering;
use std::fmt;

/// A semantic version. Equality and order are those of precedence: build metadata is ignored.
#[derive(Clone, Debug)]
pub struct Semver {
    /// The first number.
    pub major: u64,
    /// The second number.
    pub minor: u64,
    /// The third number.
    pub patch: u64,
    pre: Vec<Identifier>,
    build: String,
}

/// Part of a pre-release. Numbers have a lower precedence than texts, which are compared byte by byte.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Identifier {
    Number(u64),
    Text(String),
}

/// Why a text is not a semantic version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SemverError(pub String);

impl Semver {
    /// Parses strictly: `semver(string)`.
    pub fn parse(text: &str) -> Result<Semver, SemverError> {
        let error = |why: &str| SemverError(format!("`{text}` is not a semantic version such as \"1.2.3\": {why}"));
        let mut parts = text.splitn(3, '.');
        let (Some(major), Some(minor), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(error("it needs three numbers"));
        };
        let (rest, build) = rest.split_once('+').map_or((rest, None), |(rest, build)| (rest, Some(build)));
        let (patch, pre) = rest.split_once('-').map_or((rest, None), |(patch, pre)| (patch, Some(pre)));
        let number = |part: &str| number(part).ok_or_else(|| error(&format!("`{part}` is no number without leading zeros")));
        let (major, minor, patch) = (number(major)?, number(minor)?, number(patch)?);
        let pre = pre.into_iter().flat_map(|pre| pre.split('.'));
        let pre: Vec<Identifier> = pre
            .map(|part| identifier(part).ok_or_else(|| error(&format!("`{part}` is no pre-release identifier"))))
            .collect::<Result<_, _>>()?;
        if let Some(part) = build.into_iter().flat_map(|build| build.split('.')).find(|part| !is_identifier(part)) {
            return Err(error(&format!("`{part}` is no build identifier")));
        }
        Ok(Semver { major, minor, patch, pre, build: build.unwrap_or_default().to_string() })
    }

    /// Parses with normalisation, `semver(string, true)`: one leading `v` goes, so do leading zeros of the three numbers,
    /// and absent minor and patch numbers are zero.
    pub fn parse_normalized(text: &str) -> Result<Semver, SemverError> {
        let unprefixed = text.strip_prefix('v').unwrap_or(text);
        let mut parts: Vec<String> = unprefixed.splitn(3, '.').map(without_leading_zeros).collect();
        if parts.len() < 3 {
            if parts.last().is_some_and(|last| last.contains(['+', '-'])) {
                let why = "a shortened version has no pre-release and no build metadata";
                return Err(SemverError(format!("`{text}` is not a semantic version: {why}")));
            }
            parts.resize(3, "0".to_string());
        }
        Semver::parse(&parts.join("."))
    }
}

fn number(part: &str) -> Option<u64> {
    let plain = part.bytes().all(|b| b.is_ascii_digit()) && !(part.len() > 1 && part.starts_with('0'));
    if plain { part.parse().ok() } else { None }
}

fn is_identifier(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn identifier(part: &str) -> Option<Identifier> {
    if !is_identifier(part) {
        return None;
    }
    if part.bytes().all(|b| b.is_ascii_digit()) {
        return number(part).map(Identifier::Number);
    }
    Some(Identifier::Text(part.to_string()))
}

/// Strips zeros from the left, but leaves one in front of what is no digit.
fn without_leading_zeros(part: &str) -> String {
    if part.len() <= 1 {
        return part.to_string();
    }
    let stripped = part.trim_start_matches('0');
    if stripped.starts_with(|c: char| c.is_ascii_digit()) { stripped.to_string() } else { format!("0{stripped}") }
}

impl Ord for Semver {
    fn cmp(&self, other: &Self) -> Ordering {
        let numbers = (self.major, self.minor, self.patch).cmp(&(other.major, other.minor, other.patch));
        // A pre-release comes before its release; else the identifiers decide, and of two equal beginnings the shorter.
        numbers.then_with(|| self.pre.is_empty().cmp(&other.pre.is_empty())).then_with(|| self.pre.cmp(&other.pre))
    }
}

impl PartialOrd for Semver {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Semver {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Semver {}

impl fmt::Display for Semver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        for (i, part) in self.pre.iter().enumerate() {
            f.write_str(if i == 0 { "-" } else { "." })?;
            match part {
                Identifier::Number(n) => write!(f, "{n}")?,
                Identifier::Text(text) => f.write_str(text)?,
            }
        }
        if self.build.is_empty() { Ok(()) } else { write!(f, "+{}", self.build) }
    }
}

impl fmt::Display for SemverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SemverError {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parses_strictly_or_normalised() {
        // Text, printed after strict parsing, printed after normalising; `-` for an error.
        let check = |text: &str, strict: &str, normalised: &str| {
            let show = |v: Result<Semver, SemverError>| v.map_or("-".to_string(), |v| v.to_string());
            assert_eq!(show(Semver::parse(text)), strict, "{text}");
            assert_eq!(show(Semver::parse_normalized(text)), normalised, "{text}, normalised");
        };
        for same in
            ["1.2.3", "0.0.0", "1.2.3-rc.1", "1.2.3+b.007", "1.2.3-a-b.0+x-y", "18446744073709551615.0.0", "1.0.0--", "1.0.0-0a"]
        {
            check(same, same, same);
        }
        check("v1.2.3", "-", "1.2.3");
        check("vv1.2.3", "-", "-");
        check("V1.2.3", "-", "-");
        check("1", "-", "1.0.0");
        check("v1.02", "-", "1.2.0");
        check("01.002.0003-rc", "-", "1.2.3-rc");
        check("00.00.00", "-", "0.0.0");
        check("1.2.00-rc", "-", "1.2.0-rc");
        check("1.0-rc", "-", "-");
        check("1+b", "-", "-");
        check("", "-", "-");
        check("v", "-", "-");
        check("1..3", "-", "-");
        check("1.2.3.4", "-", "-");
        check("1.2.3-", "-", "-");
        check("1.2.3+", "-", "-");
        check("1.2.3-01", "-", "-");
        check("1.2.3-a..b", "-", "-");
        check("1.2.3-18446744073709551616", "-", "-");
        check("18446744073709551616.0.0", "-", "-");
        check(" 1.2.3", "-", "-");
        check("1.2.x", "-", "-");
        check("1.2.3-é", "-", "-");
        check("+1.2.3", "-", "-");
    }

    #[test]
    fn orders_by_precedence() {
        // The example of semver.org, section 11, and numbers beyond one digit.
        let ascending = [
            "0.9.9",
            "1.0.0-2",
            "1.0.0-10",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.2",
            "1.0.10",
            "1.2.0",
            "1.10.0",
            "2.0.0",
        ];
        for (i, a) in ascending.iter().enumerate() {
            for (j, b) in ascending.iter().enumerate() {
                let parse = |text: &str| Semver::parse(text).unwrap_or_else(|e| panic!("{e}"));
                assert_eq!(parse(a).cmp(&parse(b)), i.cmp(&j), "{a} {b}");
                assert_eq!(parse(&format!("{a}+x")), parse(&format!("{a}+y")), "{a} with build metadata");
            }
        }
    }

    proptest! {
        #[test]
        fn prints_what_it_parsed(text in "[0-9]{1,2}\\.[0-9]{1,2}\\.[0-9]{1,2}(-[0-9a-z.-]{1,5})?(\\+[0-9a-z.-]{1,5})?") {
            if let Ok(version) = Semver::parse(&text) {
                prop_assert_eq!(version.to_string(), text.clone());
                prop_assert_eq!(Semver::parse_normalized(&text), Ok(version));
            }
        }

        #[test]
        fn never_panics(text in "v?[0-9.+é-]{0,12}", wild in ".{0,8}") {
            for text in [text, wild] {
                // Normalising accepts everything that is strict.
                prop_assert!(Semver::parse(&text).is_err() || Semver::parse_normalized(&text).is_ok());
            }
        }
    }
}
