//! The words everything else is said in. Depends on nothing.
//!
//! Time, exact quantities, ids, id-indexed vectors, bit sets, the run digest, keyed randomness, and findings about input.

pub mod bits;
pub(crate) mod decimal;
pub mod delay;
pub mod digest;
pub mod finding;
pub mod ids;
pub mod idvec;
pub mod lookup;
pub mod named;
pub mod names;
pub mod quantity;
pub mod ring;
pub mod rng;
pub mod semver;
pub mod sparse;
pub(crate) mod suffix;
pub mod time;

pub use bits::BitSet;
pub use delay::Delay;
pub use digest::Digest;
pub use finding::{Excerpt, Finding, Findings, Place, Severity};
pub use ids::*;
pub use idvec::{Id, IdVec};
pub use lookup::{Lookup, hash_of};
pub use named::Named;
pub use names::{Interner, Names};
pub use quantity::{Quantity, QuantityError};
pub use ring::Sums;
pub use rng::{Seed, SimRng, Stream};
pub use semver::{Semver, SemverError};
pub use sparse::{Live, Places};
pub use suffix::QuantityFormat;
pub use time::{Moment, SimDuration, SimTime};
