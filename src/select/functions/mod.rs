//! The function library: one file a family, one line an overload.
//!
//! A line says name, declared type, cost and code.

pub mod convert;
pub mod duration;
pub mod equality;
pub mod format;
pub mod lists;
pub mod named_format;
pub mod net;
pub mod operators;
pub mod optional;
pub mod quantity;
pub mod regex;
pub mod semver;
pub mod sets;
pub mod strings;
mod table;
pub mod timestamp;
pub mod url;

pub use table::{Cost, Overload, Run, cost_of, cost_rule, is_single, overloads_of, stops_at_errors};
