//! The plugin on small clusters.

mod attempt;
mod claims;
mod conditions;
mod extended;
mod property;

use attempt::{attempt, refusal, search};
