//! Kubernetes quantities, exactly as upstream has them.
//!
//! Follows `staging/src/k8s.io/apimachinery/pkg/api/resource/{quantity,amount,suffix,scale_int}.go` of v1.37. Upstream
//! holds a quantity in one of two forms, a 64-bit mantissa with a decimal exponent or an arbitrary-precision decimal, and
//! some answers depend on the form: `asInteger`, rounding and overflow of `Value()`, the printed text. So both forms are
//! here, too. Comparing, adding and subtracting are exact in every form.
//!
//! Equality and order are **by value** (`1000m == 1`), as upstream's `Cmp`. Where two texts of one value have to be told
//! apart, since selectors can tell them apart, use [`Quantity::cmp_representation`].

use std::cmp::Ordering;
use std::fmt;

use crate::base::decimal::{Decimal, pow10_f64};
use crate::base::suffix::{BINARY_SUFFIXES, Base, DECIMAL_SUFFIXES, Parts, QuantityFormat, suffix_meaning};

/// An exact quantity.
#[derive(Clone, Debug)]
pub struct Quantity {
    amount: Amount,
    format: QuantityFormat,
    text: Text,
}

/// Upstream's two forms.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Amount {
    /// `mantissa * 10^exponent` (`int64Amount`).
    Small { mantissa: i64, exponent: i32 },
    /// Arbitrary precision (`infDecAmount`).
    Big(Box<Decimal>),
}

/// The text that upstream remembers from parsing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Text {
    /// None: the canonical form is computed.
    Absent,
    /// A text that is what would be computed.
    Canonical,
    /// A text that upstream takes for canonical though it would compute another, such as `+1` or `1.500`.
    Written(Box<str>),
}

/// Why a text is not a quantity.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QuantityError(pub String);

/// Digits that a 64-bit mantissa always holds (`maxInt64Factors`).
const SMALL_DIGITS: i32 = 18;
/// The finest exponent: nano.
const NANO: i32 = -9;

impl Quantity {
    /// Zero.
    pub const ZERO: Quantity = Quantity::from_units(0);

    /// A whole number of units, printed in decimal (`NewQuantity`).
    pub const fn from_units(units: i64) -> Quantity {
        Quantity::from_scaled(units, 0, QuantityFormat::DecimalSi)
    }

    /// `mantissa * 10^exponent` (`NewQuantity`, `NewMilliQuantity`, `NewScaledQuantity`). The exponent is kept as it is:
    /// 1000 at -3 is not an integer to selectors, though it is one in value.
    pub const fn from_scaled(mantissa: i64, exponent: i32, format: QuantityFormat) -> Quantity {
        Quantity { amount: Amount::Small { mantissa, exponent }, format, text: Text::Absent }
    }

    /// Parses a quantity (`ParseQuantity`). White space is an error here; upstream's JSON decoder trims it before. Values
    /// finer than 1n are rounded away from zero to 1n, binary ones beyond 64 bits are capped.
    pub fn parse(text: &str) -> Result<Quantity, QuantityError> {
        if text == "0" {
            return Ok(Quantity { text: Text::Canonical, ..Quantity::ZERO });
        }
        let parts = Parts::split(text).ok_or_else(|| {
            QuantityError(format!("`{text}` is not a quantity: a number with an optional suffix, such as \"40Gi\" or \"1500m\""))
        })?;
        let (base, exponent, format) = suffix_meaning(parts.suffix).ok_or_else(|| {
            let allowed = "n u m k M G T P E, Ki Mi Gi Ti Pi Ei, or e and a whole number";
            QuantityError(format!("`{text}` has the unknown suffix `{}`; allowed: {allowed}", parts.suffix))
        })?;
        if let Some(small) = parse_small(&parts, text, (base, exponent, format)) {
            return Ok(small);
        }
        let decimal =
            Decimal::parse(parts.number).ok_or_else(|| QuantityError(format!("`{text}` has no digits before its suffix")))?;
        let negative = decimal.sign() < 0;
        let mut decimal = match base {
            Base::Ten => decimal.shifted(exponent),
            Base::Two => decimal.times_power_of_two(exponent as u32),
        };
        if decimal.sign() != 0 {
            decimal = decimal.rounded_away(NANO.into());
        }
        let mut format = format;
        if format == QuantityFormat::BinarySi {
            let cap = Decimal::new(if negative { -i64::MAX } else { i64::MAX }, 0);
            if decimal.abs_cmp(&cap).is_gt() {
                decimal = cap;
            }
            if decimal.sign() != 0 && decimal.abs_cmp(&Decimal::new(1, 0)).is_lt() {
                format = QuantityFormat::DecimalSi;
            }
        }
        Ok(Quantity { amount: Amount::Big(Box::new(decimal)), format, text: Text::Absent })
    }

    /// How it prints.
    pub fn format(&self) -> QuantityFormat {
        self.format
    }

    /// -1, 0 or 1.
    pub fn sign(&self) -> i32 {
        match &self.amount {
            Amount::Small { mantissa, .. } => mantissa.signum() as i32,
            Amount::Big(d) => d.sign(),
        }
    }

    /// The exact value in nano-units; `None` if it does not fit (beyond 1.7e29 units).
    pub fn nano(&self) -> Option<i128> {
        if let Amount::Small { mantissa, exponent: exponent @ NANO..=9 } = self.amount {
            return Some(i128::from(mantissa) * 10i128.pow((exponent - NANO) as u32));
        }
        self.decimal().exact_at(NANO.into())
    }

    /// The exact value in nano-units as digits; `None` if it is finer, or has more than some ten thousand digits.
    pub fn nanos_text(&self) -> Option<String> {
        self.decimal().digits_at(NANO.into())
    }

    /// A text that reads back as the same value: what upstream prints, or all digits where upstream prints another value
    /// (multiples of 10^21).
    pub fn exact_text(&self) -> String {
        let printed = self.to_string();
        match Quantity::parse(&printed) {
            Ok(same) if same == *self => printed,
            _ => self.decimal().plain().unwrap_or(printed),
        }
    }

    /// The value in whole units, rounded away from zero; `None` if it does not fit.
    pub fn units(&self) -> Option<i64> {
        self.rounded(0)
    }

    /// The value in milli-units, rounded away from zero; `None` if it does not fit.
    pub fn milli(&self) -> Option<i64> {
        self.rounded(-3)
    }

    fn rounded(&self, exponent: i32) -> Option<i64> {
        if let Amount::Small { mantissa, exponent: own } = self.amount {
            return small_scaled(mantissa, own, exponent);
        }
        self.decimal().rounded_away(exponent.into()).exact_at(exponent.into()).and_then(|v| i64::try_from(v).ok())
    }

    /// Upstream's `Value()`: like [`Quantity::units`], but what does not fit gives 0 or a number cut to 64 bits, and a
    /// negative fraction in the arbitrary-precision form comes out above the true value.
    pub fn value(&self) -> i64 {
        self.scaled_value(0)
    }

    /// Upstream's `MilliValue()`; see [`Quantity::value`].
    pub fn milli_value(&self) -> i64 {
        self.scaled_value(-3)
    }

    fn scaled_value(&self, exponent: i32) -> i64 {
        match &self.amount {
            Amount::Small { mantissa, exponent: own } => small_scaled(*mantissa, *own, exponent).unwrap_or_else(|| {
                // Upstream hands out the wrapped product for the powers that it multiplies by at once.
                match own.wrapping_sub(exponent) {
                    shift @ (1 | 2 | 3 | 6 | 9) if *mantissa != i64::MIN => mantissa.wrapping_mul(10i64.pow(shift as u32)),
                    _ => 0,
                }
            }),
            Amount::Big(d) => d.wrapped_at(exponent.into()),
        }
    }

    /// What selectors get from `asInteger()` (upstream's `AsInt64`): depends on the form, see the module's text. `None` for
    /// `1000m`, `1.0`, `1.5Gi`, `1Ei`.
    pub fn as_integer(&self) -> Option<i64> {
        match self.amount {
            Amount::Small { mantissa, exponent } if exponent >= 0 => small_scaled(mantissa, exponent, 0),
            _ => None,
        }
    }

    /// `AsApproximateFloat64`: for reports and for selectors that ask for it. May be infinite, or NaN for 0e999.
    pub fn approximate_f64(&self) -> f64 {
        let (base, exponent) = match &self.amount {
            Amount::Small { mantissa, exponent } => (*mantissa as f64, i64::from(*exponent)),
            Amount::Big(d) => d.float_parts(),
        };
        if exponent == 0 { base } else { base * pow10_f64(exponent) }
    }

    /// The exact sum. A zero `self` takes the format of `other`. `None` only if the sum has more than some ten thousand
    /// digits (`1e999999999 + 1`), where upstream would count them all out.
    pub fn checked_add(&self, other: &Quantity) -> Option<Quantity> {
        self.combine(other, false)
    }

    /// The exact difference; see [`Quantity::checked_add`].
    pub fn checked_sub(&self, other: &Quantity) -> Option<Quantity> {
        self.combine(other, true)
    }

    fn combine(&self, other: &Quantity, subtract: bool) -> Option<Quantity> {
        let format = if self.sign() == 0 { other.format } else { self.format };
        if let (Amount::Small { mantissa: a, exponent: ae }, Amount::Small { mantissa: b, exponent: be }) =
            (&self.amount, &other.amount)
        {
            let b = if subtract { b.wrapping_neg() } else { *b };
            if let Some((mantissa, exponent)) = small_add((*a, *ae), (b, *be)) {
                return Some(Quantity::from_scaled(mantissa, exponent, format));
            }
        }
        let sum = self.decimal().checked_add(&other.decimal(), subtract)?;
        Some(Quantity { amount: Amount::Big(Box::new(sum)), format, text: Text::Absent })
    }

    fn decimal(&self) -> Decimal {
        match &self.amount {
            Amount::Small { mantissa, exponent } => Decimal::new(*mantissa, (*exponent).into()),
            Amount::Big(d) => (**d).clone(),
        }
    }

    /// A total order in which only equal representations are equal: form, mantissa, exponent, format and remembered text.
    /// No order of values; for interning.
    pub fn cmp_representation(&self, other: &Quantity) -> Ordering {
        (&self.amount, self.format, &self.text).cmp(&(&other.amount, other.format, &other.text))
    }

    /// The same value in the form in which upstream leaves it once it has been compared with `other`: comparing with the
    /// arbitrary-precision form converts the left side to it.
    pub fn once_compared_with(&self, other: &Quantity) -> Quantity {
        match (&self.amount, &other.amount) {
            (Amount::Small { .. }, Amount::Big(_)) => Quantity { amount: Amount::Big(Box::new(self.decimal())), ..self.clone() },
            _ => self.clone(),
        }
    }

    /// True if both have the same representation and neither is in the arbitrary-precision form: what upstream compares
    /// where it compares the structs (the default of a capacity policy).
    pub fn is_identical(&self, other: &Quantity) -> bool {
        matches!(self.amount, Amount::Small { .. }) && self.cmp_representation(other).is_eq()
    }

    /// The canonical text, computed (`CanonicalizeBytes`). Multiples of 10^21 lose that factor in `DecimalSI`, and sums of
    /// 1024Ei or more lose theirs in `BinarySI`, as upstream prints them.
    fn canonical(&self) -> String {
        if self.sign() == 0 {
            return "0".to_string();
        }
        self.canonical_small().unwrap_or_else(|| self.canonical_big())
    }

    /// The same for the common case, without numbers of arbitrary precision.
    fn canonical_small(&self) -> Option<String> {
        let Amount::Small { mantissa, exponent } = self.amount else { return None };
        // Zero has no factors, and the lowest number has rules of its own.
        let size = mantissa.checked_abs().filter(|size| *size > 0)?;
        if self.format == QuantityFormat::BinarySi {
            let times = if size >= 1024 { size.trailing_zeros() / 10 } else { 0 };
            let suffix = BINARY_SUFFIXES.iter().find(|s| s.1 == 10 * times as i32).map_or("", |s| s.0);
            let is_plain = exponent == 0 && (size >= 1024 || size % 10 != 0);
            return is_plain.then(|| format!("{}{suffix}", mantissa >> (10 * times)));
        }
        let (mut mantissa, mut exponent) = (mantissa, i64::from(exponent));
        while mantissa % 10 == 0 {
            (mantissa, exponent) = (mantissa / 10, exponent + 1);
        }
        let zeros = exponent.rem_euclid(3);
        let (zeros, exponent) = (&"00"[..zeros as usize], exponent - zeros);
        Some(match self.format {
            QuantityFormat::DecimalExponent if exponent == 0 => format!("{mantissa}{zeros}"),
            QuantityFormat::DecimalExponent => format!("{mantissa}{zeros}e{exponent}"),
            _ => {
                let suffix = DECIMAL_SUFFIXES.iter().find(|s| i64::from(s.1) == exponent).map_or("", |s| s.0);
                format!("{mantissa}{zeros}{suffix}")
            }
        })
    }

    fn canonical_big(&self) -> String {
        let decimal = self.decimal();
        let binary =
            self.format == QuantityFormat::BinarySi && decimal.abs_cmp(&Decimal::new(1024, 0)).is_ge() && decimal.is_whole();
        if binary {
            // Upstream's 64-bit form does not take factors from the one value that has no positive counterpart.
            let small_min = matches!(self.amount, Amount::Small { .. }) && decimal.exact_at(0) == Some(i64::MIN.into());
            let (digits, times) = if small_min { (i64::MIN.to_string(), 0) } else { decimal.without_factors_of_1024() };
            let suffix = BINARY_SUFFIXES.iter().find(|s| s.1 == 10 * times).map_or("", |s| s.0);
            return digits + suffix;
        }
        let (digits, exponent) = decimal.with_exponent_of_thousands();
        match self.format {
            QuantityFormat::DecimalExponent if exponent == 0 => digits,
            QuantityFormat::DecimalExponent => format!("{digits}e{exponent}"),
            _ => digits + DECIMAL_SUFFIXES.iter().find(|s| i64::from(s.1) == exponent).map_or("", |s| s.0),
        }
    }
}

/// `mantissa * 10^own` in units of `10^wanted`, rounded away from zero; `None` if it does not fit.
fn small_scaled(mantissa: i64, own: i32, wanted: i32) -> Option<i64> {
    let shift = i64::from(own) - i64::from(wanted);
    if shift >= 0 {
        if mantissa == 0 {
            return Some(0);
        }
        return mantissa.checked_mul(10i64.checked_pow(u32::try_from(shift).ok()?)?);
    }
    let Some(divisor) = u32::try_from(-shift).ok().and_then(|s| 10i64.checked_pow(s)) else {
        return Some(mantissa.signum());
    };
    Some(mantissa / divisor + (mantissa % divisor).signum())
}

/// The sum in the 64-bit form, at the finer exponent of the two; `None` if it does not fit.
fn small_add(a: (i64, i32), b: (i64, i32)) -> Option<(i64, i32)> {
    if b.0 == 0 {
        return Some(a);
    }
    if a.0 == 0 {
        return Some(b);
    }
    let exponent = a.1.min(b.1);
    let sum = small_scaled(a.0, a.1, exponent)?.checked_add(small_scaled(b.0, b.1, exponent)?)?;
    Some((sum, exponent))
}

/// The 64-bit form, if upstream chooses it for this text.
fn parse_small(parts: &Parts, text: &str, (base, suffix_exponent, format): (Base, i32, QuantityFormat)) -> Option<Quantity> {
    let digits = i32::try_from(parts.whole.len() + parts.fraction.len()).ok()?;
    let (exponent, factor) = match base {
        Base::Ten if digits <= SMALL_DIGITS => (suffix_exponent, 1),
        // Upstream's estimate of the digits that the power of two adds.
        Base::Two if parts.fraction.is_empty() && digits + suffix_exponent * 3 / 10 < 15 => (0, 1i64 << suffix_exponent),
        _ => return None,
    };
    let exponent = exponent.wrapping_sub(parts.fraction.len() as i32);
    if exponent < NANO {
        return None;
    }
    let written = [parts.whole, parts.fraction].concat();
    let number: i64 = written.parse().ok()?;
    let product = number.checked_mul(factor)?;
    let mantissa = if parts.negative { -product } else { product };
    let mut quantity = Quantity::from_scaled(mantissa, exponent, format);
    let remembered = match base {
        Base::Two => number % 8 != 0,
        Base::Ten => exponent % 3 == 0 && !written.ends_with("000") && !written.starts_with('0'),
    };
    if remembered {
        let same = quantity.canonical() == text;
        quantity.text = if same { Text::Canonical } else { Text::Written(text.into()) };
    }
    Some(quantity)
}

impl Default for Quantity {
    fn default() -> Self {
        Quantity::ZERO
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Amount::Small { mantissa: a, exponent: ae }, Amount::Small { mantissa: b, exponent: be }) =
            (&self.amount, &other.amount)
        {
            let finer = (*ae).min(*be);
            if let (Some(a), Some(b)) = (small_scaled(*a, *ae, finer), small_scaled(*b, *be, finer)) {
                return a.cmp(&b);
            }
        }
        self.decimal().cmp_value(&other.decimal())
    }
}

impl fmt::Display for Quantity {
    /// What upstream prints: the remembered text if there is one, else the canonical form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.text {
            Text::Written(text) => f.pad(text),
            Text::Absent | Text::Canonical => f.pad(&self.canonical()),
        }
    }
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for QuantityError {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn q(text: &str) -> Quantity {
        Quantity::parse(text).unwrap_or_else(|e| panic!("{e}"))
    }

    #[test]
    fn parses_and_prints() {
        let check = |text: &str, canonical: &str, nano: i128, integer: Option<i64>| {
            let got = q(text);
            assert_eq!((got.to_string().as_str(), got.nano(), got.as_integer()), (canonical, Some(nano), integer), "{text}");
        };
        let unit = 1_000_000_000;
        check("0", "0", 0, Some(0));
        check("-0.0", "0", 0, None);
        check("1", "1", unit, Some(1));
        check("+1", "+1", unit, Some(1));
        check("1000m", "1", unit, None);
        check("1.500", "1.500", 3 * unit / 2, None);
        check("1.5", "1500m", 3 * unit / 2, None);
        check("1.5k", "1500", 1500 * unit, Some(1500));
        check("0.1n", "1n", 1, None);
        check("-1.1n", "-2n", -2, None);
        check("1e3", "1e3", 1000 * unit, Some(1000));
        check("1E-3", "1E-3", unit / 1000, None);
        check("12e1", "120", 120 * unit, Some(120));
        check("40Gi", "40Gi", (40 << 30) * unit, Some(40 << 30));
        check("1024Mi", "1Gi", (1 << 30) * unit, Some(1 << 30));
        check("1.5Gi", "1536Mi", (3 << 29) * unit, None);
        check("0.5Ki", "512", 512 * unit, None);
        check("0.0001Ki", "102400u", 102_400_000, None);
        check("1000Ki", "1000Ki", 1_024_000 * unit, Some(1_024_000));
        check("1P", "1P", 1_000_000_000_000_000 * unit, Some(1_000_000_000_000_000));
        check("1Ei", "1Ei", (1 << 60) * unit, None);
        check("16Ei", "9223372036854775807", i128::from(i64::MAX) * unit, None);
        check("9223372036854775807", "9223372036854775807", i128::from(i64::MAX) * unit, None);
        check("10E", "10E", 10_000_000_000_000_000_000 * unit, None);
        check(".Ki", "0", 0, Some(0));
        check("5.", "5.", 5 * unit, Some(5));
        // Upstream's printing loses 10^21.
        check("1000000000000000000000", "1", 1_000_000_000_000_000_000_000 * unit, None);
    }

    #[test]
    fn refuses_what_is_no_quantity() {
        for text in
            ["", " ", "1 ", " 1", "one", "1..2", "1K", "1gi", "1Zi", "1e", "1e+", "1-", "0x10", "1_000", "1e3k", "NaN", "½"]
        {
            assert!(Quantity::parse(text).is_err(), "{text}");
        }
        // Only the arbitrary-precision form asks for digits.
        assert!(Quantity::parse("Gi").is_ok() && Quantity::parse("Ei").is_err());
    }

    #[test]
    fn rounds_to_units() {
        let check = |text: &str, units: Option<i64>, milli: Option<i64>, value: i64, milli_value: i64| {
            let got = q(text);
            assert_eq!((got.units(), got.milli()), (units, milli), "{text}");
            assert_eq!((got.value(), got.milli_value()), (value, milli_value), "{text} as upstream");
        };
        check("1500m", Some(2), Some(1500), 2, 1500);
        check("-1500m", Some(-2), Some(-1500), -2, -1500);
        check("1n", Some(1), Some(1), 1, 1);
        check("1.1Gi", Some(1_181_116_007), Some(1_181_116_006_400), 1_181_116_007, 1_181_116_006_400);
        // In the arbitrary-precision form one is added to what was truncated, also below zero.
        check("-1.1Gi", Some(-1_181_116_007), Some(-1_181_116_006_400), -1_181_116_005, -1_181_116_006_400);
        check("9E", Some(9_000_000_000_000_000_000), None, 9_000_000_000_000_000_000, 0);
        check("9223372036854776k", None, None, -9_223_372_036_854_775_616, 192_000);
        check("1e30", None, None, 0, 0);
    }

    #[test]
    fn exact_texts_read_back() {
        let check = |quantity: Quantity, text: &str, nanos: Option<&str>| {
            assert_eq!((quantity.exact_text().as_str(), quantity.nanos_text().as_deref()), (text, nanos));
            assert_eq!(q(text), quantity, "{text}");
        };
        check(q("1.5Gi"), "1536Mi", Some("1610612736000000000"));
        check(q("0"), "0", Some("0"));
        check(q("-1n"), "-1n", Some("-1"));
        check(q("1000000000000000000000"), "1000000000000000000000", Some("1000000000000000000000000000000"));
        check(q("-5000E"), "-5000000000000000000000", Some("-5000000000000000000000000000000"));
        let fraction = Quantity::from_scaled(5, -1, QuantityFormat::DecimalSi).checked_add(&q("1000000000000000000000"));
        check(fraction.expect("a sum"), "1000000000000000000000500m", Some("1000000000000000000000500000000"));
        assert_eq!(q("1e999999").nanos_text(), None);
    }

    #[test]
    fn approximates_as_upstream() {
        let check = |text: &str, want: f64| assert_eq!(q(text).approximate_f64(), want, "{text}");
        check("1.5Gi", 1_610_612_736.0);
        // A product with the float nearest to 1/1000, not the float nearest to 1.001.
        check("1001m", 1.0010000000000001);
        check("2.5n", 3.0000000000000004e-9);
        check("1e400", f64::INFINITY);
        check("-1e23", -1e23);
        check("0e5", 0.0);
    }

    #[test]
    fn adds_as_upstream() {
        let check = |a: &str, b: &str, sum: &str, integer: Option<i64>| {
            let got = q(a).checked_add(&q(b)).expect("few digits");
            assert_eq!((got.to_string().as_str(), got.as_integer()), (sum, integer), "{a} + {b}");
        };
        check("1Gi", "1k", "1073742824", Some(1_073_742_824));
        check("0", "1Ki", "1Ki", Some(1024));
        check("500m", "500m", "1", None);
        check("0m", "1", "1", Some(1));
        check("1e3", "1", "1001", Some(1001));
        check("7Ei", "-7Ei", "0", None);
        check("9E", "9E", "18E", None);
        let zero = q("10E").checked_sub(&q("10E")).expect("few digits");
        assert_eq!((zero.as_integer(), zero.sign()), (Some(0), 0));
    }

    #[test]
    fn tells_value_from_representation() {
        let check = |a: &str, b: &str, equal: bool, identical: bool| {
            assert_eq!((q(a) == q(b), q(a).is_identical(&q(b))), (equal, identical), "{a} and {b}");
        };
        check("1", "1", true, true);
        check("1", "1000m", true, false);
        check("1", "+1", true, false);
        check("1Gi", "1024Mi", true, false);
        check("1Ei", "1Ei", true, false);
        check("1", "2", false, false);
    }

    /// Exponents that upstream would write out digit by digit neither panic nor take memory.
    #[test]
    fn bears_huge_exponents() {
        let huge = ["1e999999999", "12345678901234567890e999999999", "-1e2147483647", "1.5e2147483648", "0e999999999"];
        let tiny =
            ["1e-999999999", "12345678901234567890123e-999999999", "1e2147483648", "1e9223372036854775807", "0e-999999999"];
        let plain = ["1", "0", "-5Gi", "1e400", "8Ei"];
        for a in huge.iter().chain(&tiny).chain(&plain).map(|t| q(t)) {
            for b in huge.iter().chain(&tiny).chain(&plain).map(|t| q(t)) {
                assert_eq!(a.cmp(&b), b.cmp(&a).reverse(), "{a} {b}");
                if let (Some(sum), Some(difference)) = (a.checked_add(&b), a.checked_sub(&b)) {
                    assert!(sum.to_string().len() < 20_000 && difference.to_string().len() < 20_000);
                }
            }
            assert!(a.to_string().len() < 500 && (a.units().is_none() || a.value() == a.units().unwrap_or_default()), "{a}");
        }
        assert_eq!(q("1e999999999").checked_add(&q("1")), None);
        assert_eq!(q("1e999999999").to_string(), "1e999999999");
        assert!(q("1e999999999") > q("9e999999998") && q("-1e999999999") < q("-9e999999998"));
        assert_eq!(q("1e-999999999"), q("1n"));
        assert_eq!(q("10e999999998"), q("1e999999999"));
    }

    /// A number with up to nine decimals, and its value in nano-units.
    fn exact() -> impl Strategy<Value = (String, i128)> {
        let suffixes = prop::sample::select(vec![("", 0u32), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)]);
        (any::<i64>(), 0u32..64, 0usize..7, suffixes).prop_filter_map(
            "beyond a quarter of 128 bits",
            |(n, bits, decimals, suffix)| {
                let n = n >> bits;
                let digits = format!("{:0width$}", n.unsigned_abs(), width = decimals + 1);
                let (whole, fraction) = digits.split_at(digits.len() - decimals);
                let sign = if n < 0 { "-" } else { "" };
                let nano = i128::from(n).checked_mul(10i128.pow(9 + suffix.1 - decimals as u32))?;
                (nano.abs() < i128::MAX / 4).then(|| (format!("{sign}{whole}.{fraction}{}", suffix.0), nano))
            },
        )
    }

    proptest! {
        #[test]
        fn agrees_with_nano_units((a, a_nano) in exact(), (b, b_nano) in exact()) {
            let (x, y) = (q(&a), q(&b));
            prop_assert_eq!(x.nano(), Some(a_nano));
            prop_assert_eq!(x.cmp(&y), a_nano.cmp(&b_nano));
            let (sum, difference) = (x.checked_add(&y).expect("few digits"), x.checked_sub(&y).expect("few digits"));
            prop_assert_eq!((sum.nano(), difference.nano()), (Some(a_nano + b_nano), Some(a_nano - b_nano)));
            let away = |unit: i128| i64::try_from(a_nano / unit + (a_nano % unit).signum()).ok();
            prop_assert_eq!((x.units(), x.milli()), (away(1_000_000_000), away(1_000_000)));
        }

        #[test]
        fn prints_what_parses_to_the_same(a in "[+-]?[0-9]{0,25}(\\.[0-9]{0,12})?(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|e-?[0-9]{1,2})?") {
            if let Ok(x) = Quantity::parse(&a)
                && x.decimal().abs_cmp(&Decimal::new(1, 21)).is_lt()
            {
                prop_assert_eq!(q(&x.to_string()), x);
            }
        }

        #[test]
        fn small_numbers_print_as_big_ones(
            digits in prop_oneof![any::<i64>(), -3000i64..3000, Just(i64::MIN), Just(i64::MAX)],
            zeros in 0u32..12, twos in 0u32..40, exponent in -30i32..30,
            format in prop::sample::select(vec![QuantityFormat::BinarySi, QuantityFormat::DecimalSi, QuantityFormat::DecimalExponent]),
        ) {
            for mantissa in [digits, digits.wrapping_mul(10i64.pow(zeros)), digits.wrapping_shl(twos)] {
                for exponent in [0, exponent] {
                    let x = Quantity::from_scaled(mantissa, exponent, format);
                    if let Some(text) = x.canonical_small() {
                        prop_assert_eq!(text, x.canonical_big());
                    }
                }
            }
        }

        #[test]
        fn never_panics(a in "[+-]?[0-9.]{0,30}[eEinumkKMGTP]{0,2}[-+]?[0-9]{0,20}", b in ".{0,6}") {
            for text in [&a, &b] {
                if let Ok(x) = Quantity::parse(text) {
                    let shown = (x.to_string(), x.nano(), x.units(), x.milli(), x.value(), x.milli_value(), x.as_integer());
                    prop_assert!(!shown.0.is_empty() && x.checked_sub(&x).is_some_and(|d| d.sign() == 0));
                }
            }
        }
    }
}
