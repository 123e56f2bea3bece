//! Kubernetes quantities, exactly.
//!
//! Follows `staging/src/k8s.io/apimachinery/pkg/api/resource/quantity.go`.

use std::fmt;

/// An exact quantity in nano-units. Values finer than 1n are rounded away from zero, as upstream does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Quantity {
    nano: i128,
}

/// Why a text is not a quantity.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QuantityError(pub String);

const NANO: i128 = 1_000_000_000;

impl Quantity {
    /// A whole number of units.
    pub const fn from_units(units: i64) -> Quantity {
        Quantity { nano: units as i128 * NANO }
    }

    /// Parses `[+-]digits[.digits][suffix]`. The error is a lowercase fragment.
    pub fn parse(text: &str) -> Result<Quantity, QuantityError> {
        let error = || QuantityError(format!("`{text}` is not a quantity such as \"40Gi\" or \"1500m\""));
        let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
        let (number, suffix) = text.split_at(split);
        let scale: i128 = match suffix {
            "n" => 1,
            "u" => 1_000,
            "m" => 1_000_000,
            "" => NANO,
            "k" => NANO * 1_000,
            "M" => NANO * 1_000_000,
            "G" => NANO * 1_000_000_000,
            "T" => NANO * 1_000_000_000_000,
            "P" => NANO * 1_000_000_000_000_000,
            "Ki" => NANO << 10,
            "Mi" => NANO << 20,
            "Gi" => NANO << 30,
            "Ti" => NANO << 40,
            "Pi" => NANO << 50,
            _ => return Err(error()),
        };
        let value: i128 = number.parse().map_err(|_| error())?;
        Ok(Quantity { nano: value.checked_mul(scale).ok_or_else(error)? })
    }

    /// The exact value in nano-units.
    pub fn nano(self) -> i128 {
        self.nano
    }

    /// The value in whole units, rounded away from zero; `None` if it does not fit.
    pub fn units(self) -> Option<i64> {
        i64::try_from(round_away(self.nano, NANO)).ok()
    }

    /// The value in milli-units, rounded away from zero; `None` if it does not fit.
    pub fn milli(self) -> Option<i64> {
        i64::try_from(round_away(self.nano, 1_000_000)).ok()
    }
}

fn round_away(value: i128, unit: i128) -> i128 {
    let whole = value / unit;
    whole + (value % unit).signum()
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.nano / NANO)
    }
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for QuantityError {}
