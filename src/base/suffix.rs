//! The text of a quantity taken apart, and what its suffix means.
//!
//! Follows `ParseQuantity` and `suffix.go` of `k8s.io/apimachinery/pkg/api/resource`.

use std::fmt;

/// How a quantity prints.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum QuantityFormat {
    /// `Ki`, `Mi`, ...: powers of 1024.
    BinarySi,
    /// `m`, `k`, `M`, ...: powers of 1000.
    DecimalSi,
    /// `e3`, `e6`, ...
    DecimalExponent,
}

/// What the exponent of a suffix counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    /// Powers of two.
    Two,
    /// Powers of ten.
    Ten,
}

/// Suffixes of powers of ten.
pub(crate) const DECIMAL_SUFFIXES: [(&str, i32); 10] =
    [("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
/// Suffixes of powers of two.
pub(crate) const BINARY_SUFFIXES: [(&str, i32); 6] = [("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];

/// Base, exponent and format of a suffix; `None` if there is no such suffix (`ErrSuffix`).
pub(crate) fn suffix_meaning(suffix: &str) -> Option<(Base, i32, QuantityFormat)> {
    if let Some((_, e)) = DECIMAL_SUFFIXES.iter().find(|s| s.0 == suffix) {
        return Some((Base::Ten, *e, QuantityFormat::DecimalSi));
    }
    if let Some((_, e)) = BINARY_SUFFIXES.iter().find(|s| s.0 == suffix) {
        return Some((Base::Two, *e, QuantityFormat::BinarySi));
    }
    let exponent: i64 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    // Upstream cuts the exponent to 32 bits without a look.
    Some((Base::Ten, exponent as i32, QuantityFormat::DecimalExponent))
}

/// A text taken apart.
pub(crate) struct Parts<'a> {
    /// True if there is a minus.
    pub(crate) negative: bool,
    /// Sign, digits and point, as written.
    pub(crate) number: &'a str,
    /// Digits before the point without leading zeros; `0` if there are none.
    pub(crate) whole: &'a str,
    /// Digits after the point.
    pub(crate) fraction: &'a str,
    /// All after the number.
    pub(crate) suffix: &'a str,
}

impl<'a> Parts<'a> {
    /// `None` if the text does not have the shape of a quantity (`ErrFormatWrong`).
    pub(crate) fn split(text: &'a str) -> Option<Parts<'a>> {
        if text.is_empty() {
            return None;
        }
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let significant = unsigned.trim_start_matches('0');
        if significant.is_empty() {
            // Also a sign alone, which upstream takes for zero.
            return Some(Parts { negative: false, number: "0", whole: "0", fraction: "", suffix: "" });
        }
        let (whole, rest) = split_digits(significant);
        let (fraction, suffix) = rest.strip_prefix('.').map_or(("", rest), split_digits);
        let letters = suffix.trim_start_matches(|c| "eEinumkKMGTP".contains(c));
        let digits = letters.strip_prefix(['+', '-']).unwrap_or(letters);
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let number = &text[..text.len() - suffix.len()];
        let whole = if whole.is_empty() { "0" } else { whole };
        Some(Parts { negative: text.starts_with('-'), number, whole, fraction, suffix })
    }
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

impl fmt::Display for QuantityFormat {
    /// Upstream's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            QuantityFormat::BinarySi => "BinarySI",
            QuantityFormat::DecimalSi => "DecimalSI",
            QuantityFormat::DecimalExponent => "DecimalExponent",
        })
    }
}
