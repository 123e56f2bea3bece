//! Decimals of arbitrary precision, as far as [`crate::base::Quantity`] needs them.
//!
//! The semantics are those of Go's `gopkg.in/inf.v0` as upstream uses it, with one limit: nothing is ever written out to
//! more than some ten thousand digits beyond those given. Where upstream would do so, the exponent is kept apart.

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};

/// `unscaled * 10^exponent`. Equality and `Ord` are those of the representation; see [`Decimal::cmp_value`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Decimal {
    unscaled: BigInt,
    exponent: i64,
}

/// More zeros than this are never written out.
const ZEROS_MAX: i64 = 10_000;

fn pow10(n: i64) -> BigInt {
    BigInt::from(10).pow(u32::try_from(n).expect("a power of ten is bounded by ZEROS_MAX or by the digits of an input"))
}

impl Decimal {
    /// `unscaled * 10^exponent`.
    pub(crate) fn new(unscaled: i64, exponent: i64) -> Decimal {
        Decimal { unscaled: unscaled.into(), exponent }
    }

    /// Parses `[+-]digits[.digits]`; at least one digit.
    pub(crate) fn parse(text: &str) -> Option<Decimal> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits = [whole, fraction].concat();
        if digits.is_empty() {
            return None;
        }
        let mut unscaled = BigInt::parse_bytes(digits.as_bytes(), 10)?;
        if text.starts_with('-') {
            unscaled = -unscaled;
        }
        Some(Decimal { unscaled, exponent: -i64::try_from(fraction.len()).ok()? })
    }

    /// Times `10^by`. Exponents wrap at 32 bits, as upstream's do.
    pub(crate) fn shifted(self, by: i32) -> Decimal {
        let exponent = (self.exponent as i32).wrapping_add(by);
        Decimal { exponent: exponent.into(), ..self }
    }

    /// Times `2^by`.
    pub(crate) fn times_power_of_two(self, by: u32) -> Decimal {
        Decimal { unscaled: self.unscaled << by, ..self }
    }

    /// -1, 0 or 1.
    pub(crate) fn sign(&self) -> i32 {
        match self.unscaled.sign() {
            Sign::Minus => -1,
            Sign::NoSign => 0,
            Sign::Plus => 1,
        }
    }

    /// How many decimal digits the unscaled number has; at least 1.
    fn digits(&self) -> i64 {
        self.unscaled.magnitude().to_string().len() as i64
    }

    /// The same value with the given exponent, rounded away from zero where it is finer. A value of more than
    /// [`ZEROS_MAX`] zeros keeps its exponent.
    pub(crate) fn rounded_away(self, exponent: i64) -> Decimal {
        let shift = self.exponent - exponent;
        if shift > ZEROS_MAX {
            return self;
        }
        if shift >= 0 {
            return Decimal { unscaled: self.unscaled * pow10(shift), exponent };
        }
        let sign = BigInt::from(self.sign());
        if -shift > self.digits() {
            return Decimal { unscaled: sign, exponent };
        }
        let divisor = pow10(-shift);
        let quotient = &self.unscaled / &divisor;
        let exact = &quotient * &divisor == self.unscaled;
        Decimal { unscaled: if exact { quotient } else { quotient + sign }, exponent }
    }

    /// The value in units of `10^exponent`; `None` if that is not whole or does not fit.
    pub(crate) fn exact_at(&self, exponent: i64) -> Option<i128> {
        if self.sign() == 0 {
            return Some(0);
        }
        // 39 digits do not fit; this also keeps the powers small.
        if self.exponent.saturating_add(self.digits()) - exponent > 39 {
            return None;
        }
        let rounded = self.clone().rounded_away(exponent);
        if rounded.exponent != exponent || rounded.cmp_value(self).is_ne() {
            return None;
        }
        i128::try_from(&rounded.unscaled).ok()
    }

    /// The value in units of `10^exponent` as digits; `None` if that is not whole, or has more than [`ZEROS_MAX`] zeros.
    pub(crate) fn digits_at(&self, exponent: i64) -> Option<String> {
        let rounded = self.clone().rounded_away(exponent);
        let whole = rounded.exponent == exponent && rounded.cmp_value(self).is_eq();
        (whole || self.sign() == 0).then(|| if self.sign() == 0 { "0".to_owned() } else { rounded.unscaled.to_string() })
    }

    /// All digits, without an exponent and without zeros at the end of a fraction; `None` if there are more than [`ZEROS_MAX`] zeros.
    pub(crate) fn plain(&self) -> Option<String> {
        if self.exponent >= 0 {
            return self.digits_at(0);
        }
        let places = usize::try_from(-self.exponent).ok().filter(|places| *places as i64 <= ZEROS_MAX)?;
        let digits = self.unscaled.magnitude().to_string();
        let digits = "0".repeat((places + 1).saturating_sub(digits.len())) + &digits;
        let (whole, fraction) = digits.split_at(digits.len() - places);
        let text = format!("{}{whole}.{fraction}", if self.sign() < 0 { "-" } else { "" });
        Some(text.trim_end_matches('0').trim_end_matches('.').to_owned())
    }

    /// Upstream's `scaledValue`: the value in units of `10^exponent`, cut to 64 bits. A remainder adds one, also to a
    /// negative quotient; that quotient is truncated where the unscaled number is below 2^63-1, and floored elsewhere.
    pub(crate) fn wrapped_at(&self, exponent: i64) -> i64 {
        let shift = exponent - self.exponent;
        let low = low_bits(&self.unscaled);
        if shift <= 0 {
            // Go on amd64 gives the lowest number for a float that does not fit.
            let factor = u32::try_from(-shift).ok().and_then(|s| 10i64.checked_pow(s)).unwrap_or(i64::MIN);
            return low.wrapping_mul(factor);
        }
        if shift < 19 && self.unscaled < BigInt::from(i64::MAX) {
            let divisor = 10i64.pow(shift as u32);
            return low / divisor + i64::from(low % divisor != 0);
        }
        if shift > self.digits() {
            let floor = if self.sign() < 0 { -1 } else { 0 };
            return floor + i64::from(self.sign() != 0);
        }
        let divisor = pow10(shift);
        let quotient = &self.unscaled / &divisor;
        let exact = &quotient * &divisor == self.unscaled;
        let floor = if self.sign() < 0 && !exact { quotient - 1 } else { quotient };
        low_bits(&floor).wrapping_add(i64::from(!exact))
    }

    /// The unscaled number as the nearest float, and the exponent.
    pub(crate) fn float_parts(&self) -> (f64, i64) {
        let float = self.unscaled.to_string().parse().expect("digits are a float");
        (float, self.exponent)
    }

    /// The exact sum or difference at the finer exponent; `None` if it would have to be written out beyond
    /// [`ZEROS_MAX`].
    pub(crate) fn checked_add(&self, other: &Decimal, subtract: bool) -> Option<Decimal> {
        let exponent = self.exponent.min(other.exponent);
        let at = |d: &Decimal| {
            let zeros = d.exponent - exponent;
            match (d.sign(), zeros) {
                (0, _) => Some(BigInt::ZERO),
                (_, 0) => Some(d.unscaled.clone()),
                _ => (zeros <= ZEROS_MAX).then(|| &d.unscaled * pow10(zeros)),
            }
        };
        let (a, b) = (at(self)?, at(other)?);
        Some(Decimal { unscaled: if subtract { a - b } else { a + b }, exponent })
    }

    /// Orders by value.
    pub(crate) fn cmp_value(&self, other: &Decimal) -> Ordering {
        let (a, b) = (self.sign(), other.sign());
        match a.cmp(&b) {
            Ordering::Equal if a < 0 => other.abs_cmp(self),
            Ordering::Equal => self.abs_cmp(other),
            unequal => unequal,
        }
    }

    /// Orders by magnitude.
    pub(crate) fn abs_cmp(&self, other: &Decimal) -> Ordering {
        match (self.sign(), other.sign()) {
            (0, 0) => return Ordering::Equal,
            (0, _) => return Ordering::Less,
            (_, 0) => return Ordering::Greater,
            _ => {}
        }
        // Where the leading digits have the same place, the exponents differ by no more than the digits that are there.
        let place = |d: &Decimal| d.exponent + d.digits();
        place(self).cmp(&place(other)).then_with(|| {
            let exponent = self.exponent.min(other.exponent);
            let at = |d: &Decimal| BigInt::from(d.unscaled.magnitude().clone()) * pow10(d.exponent - exponent);
            at(self).cmp(&at(other))
        })
    }

    /// True if there is no fraction.
    pub(crate) fn is_whole(&self) -> bool {
        self.exponent >= 0 || self.clone().rounded_away(0).cmp_value(self).is_eq()
    }

    /// The digits and the exponent, with as few digits as an exponent divisible by three allows.
    pub(crate) fn with_exponent_of_thousands(&self) -> (String, i64) {
        let text = self.unscaled.to_string();
        let stripped = text.trim_end_matches('0');
        let exponent = self.exponent + (text.len() - stripped.len()) as i64;
        let zeros = exponent.rem_euclid(3);
        (format!("{stripped}{}", &"00"[..zeros as usize]), exponent - zeros)
    }

    /// A whole number as digits and a power of 1024, with as few digits as that allows.
    pub(crate) fn without_factors_of_1024(&self) -> (String, i32) {
        let whole = self.clone().rounded_away(0);
        let twos = whole.unscaled.trailing_zeros().unwrap_or(0);
        let times = twos / 10;
        ((whole.unscaled >> (10 * times)).to_string(), times as i32)
    }
}

/// The number modulo 2^64, as a signed number.
fn low_bits(n: &BigInt) -> i64 {
    let low = n.magnitude().iter_u64_digits().next().unwrap_or(0) as i64;
    if n.sign() == Sign::Minus { low.wrapping_neg() } else { low }
}

/// Go's `math.Pow10`: a product of two table entries, which is not always the float nearest to the power.
pub(crate) fn pow10_f64(n: i64) -> f64 {
    match n {
        0..=308 => POW10_32[n as usize / 32] * POW10[n as usize % 32],
        -323..0 => POW10_NEG_32[-n as usize / 32] / POW10[-n as usize % 32],
        _ if n > 0 => f64::INFINITY,
        _ => 0.0,
    }
}

const POW10: [f64; 32] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
    1e22, 1e23, 1e24, 1e25, 1e26, 1e27, 1e28, 1e29, 1e30, 1e31,
];
const POW10_32: [f64; 10] = [1e0, 1e32, 1e64, 1e96, 1e128, 1e160, 1e192, 1e224, 1e256, 1e288];
const POW10_NEG_32: [f64; 11] = [1e0, 1e-32, 1e-64, 1e-96, 1e-128, 1e-160, 1e-192, 1e-224, 1e-256, 1e-288, 1e-320];
