//! What components of Kubernetes measure about themselves, as a scrape at the end of a run finds it.
//!
//! [`FAMILIES`] is the one table of names, labels and buckets, all upstream's (v1.37.2). Recorders hold numbers and indices;
//! a [`Scrape`] gives them their labels.

mod families;
mod family;
mod histogram;
mod scrape;

pub use families::FAMILIES;
pub use family::{Bounds, Family, Kind};
pub use histogram::Histogram;
pub use scrape::{Sample, Scrape, Series};
