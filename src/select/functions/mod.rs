//! The function library: one file a family, one line an overload.
//!
//! A line says name, declared type, cost and code. A line without code declares what upstream has and drasim has not yet:
//! it takes part in the type check, and its use is a compile error.

pub mod convert;
pub mod equality;
pub mod lists;
pub mod operators;
pub mod optional;
pub mod pending;
pub mod quantity;
pub mod regex;
pub mod semver;
pub mod sets;
pub mod strings;
mod table;

pub use table::{Cost, Overload, Run, cost_of, cost_rule, overloads_of, stops_at_errors};
