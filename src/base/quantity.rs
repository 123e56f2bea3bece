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

    /// True if [`Quantity::once_compared_with`] would be another form.
    pub fn is_changed_by(&self, other: &Quantity) -> bool {
        matches!((&self.amount, &other.amount), (Amount::Small { .. }, Amount::Big(_)))
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
mod tests;
