//! Ranges of sizes, and upstream's saturating arithmetic.

/// The smallest and the largest size that a value may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Size {
    /// Smallest.
    pub min: u64,
    /// Largest.
    pub max: u64,
}

impl Size {
    /// Nothing is known.
    pub const UNKNOWN: Size = Size { min: 0, max: u64::MAX };

    /// The range that a union of sizes begins with.
    pub const NONE: Size = Size { min: u64::MAX, max: 0 };

    /// Exactly `n`.
    pub fn exactly(n: u64) -> Size {
        Size { min: n, max: n }
    }

    /// At most `n`.
    pub fn at_most(n: u64) -> Size {
        Size { min: 0, max: n }
    }

    /// Both one after the other.
    pub fn plus(self, other: Size) -> Size {
        Size { min: self.min.saturating_add(other.min), max: self.max.saturating_add(other.max) }
    }

    /// One for each of the other.
    pub fn times(self, other: Size) -> Size {
        Size { min: self.min.saturating_mul(other.min), max: self.max.saturating_mul(other.max) }
    }

    /// Either of both.
    pub fn or(self, other: Size) -> Size {
        Size { min: self.min.min(other.min), max: self.max.max(other.max) }
    }
}

/// `n` units at `factor` each, rounded up.
pub fn scaled(n: u64, factor: f64) -> u64 {
    const TOP: f64 = 18_446_744_073_709_551_616.0;
    let units = n as f64;
    if units > 0.0 && factor > 0.0 && units > TOP / factor {
        return u64::MAX;
    }
    let cost = (units * factor).ceil();
    if cost >= TOP { u64::MAX } else { cost as u64 }
}

/// What reading a text of `n` code points costs.
pub fn reading(n: u64) -> u64 {
    scaled(n, 0.1)
}

/// What matching a text of up to `text` code points against a pattern of up to `pattern` costs.
pub fn matching(text: u64, pattern: u64) -> u64 {
    reading(text.saturating_add(1)).saturating_mul(scaled(pattern, 0.25))
}
