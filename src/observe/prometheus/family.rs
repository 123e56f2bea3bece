//! What a family of series is: its name, its kind, its labels, its buckets.

/// Upper bounds of the buckets of a histogram, without the last one, which takes everything.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Bounds {
    /// `count` bounds from `first` on, each `factor` times the one before (`ExponentialBuckets`).
    Exponential {
        /// The first bound.
        first: f64,
        /// What a bound is multiplied by for the next.
        factor: f64,
        /// How many there are.
        count: usize,
    },
    /// These.
    Listed(&'static [f64]),
}

impl Bounds {
    /// The bounds, ascending.
    pub fn all(self) -> Vec<f64> {
        match self {
            // One product after the other, as upstream's library does it: the last bits are part of the `le` label.
            Bounds::Exponential { first, factor, count } => {
                std::iter::successors(Some(first), |bound| Some(bound * factor)).take(count).collect()
            }
            Bounds::Listed(bounds) => bounds.to_vec(),
        }
    }
}

/// What a family counts, and how.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Kind {
    /// A number that only grows.
    Counter,
    /// A number as it is now.
    Gauge,
    /// Durations by bucket, recorded in nanoseconds, shown in seconds.
    Durations(Bounds),
    /// Sizes by bucket, recorded and shown as plain numbers.
    Sizes(Bounds),
}

impl Kind {
    /// The word for it in the text format.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Durations(_) | Kind::Sizes(_) => "histogram",
        }
    }

    /// Bounds of the buckets; none for a plain number.
    pub fn bounds(self) -> Vec<f64> {
        match self {
            Kind::Counter | Kind::Gauge => Vec::new(),
            Kind::Durations(bounds) | Kind::Sizes(bounds) => bounds.all(),
        }
    }

    /// How many recorded units one shown unit is.
    pub const fn unit(self) -> f64 {
        match self {
            Kind::Durations(_) => 1e9,
            Kind::Counter | Kind::Gauge | Kind::Sizes(_) => 1.0,
        }
    }
}

/// A family of series.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Family {
    /// Full name, as upstream exposes it.
    pub name: &'static str,
    /// Counter, gauge or histogram.
    pub kind: Kind,
    /// What it tells, in one line of our own words.
    pub help: &'static str,
    /// Names of its labels, in upstream's order.
    pub labels: &'static [&'static str],
    /// Where upstream defines it, below the root of kubernetes v1.37.2 (`staging/src` for its libraries).
    pub source: &'static str,
}

impl Family {
    /// The family of this name. Panics if there is none: names are written in the sources only.
    pub fn named(name: &str) -> &'static Family {
        let found = super::FAMILIES.iter().find(|family| family.name == name);
        found.unwrap_or_else(|| panic!("{name} is not in the table"))
    }
}
