//! Device selectors in CEL, as `k8s.io/dynamic-resource-allocation/cel` has them.
//!
//! A text becomes tokens ([`lexer`]), a tree with macros expanded ([`parse`]), and, checked against upstream's declared types
//! ([`check`]), a compiled [`Program`]. A program says true, false or error about a device; an error is not a "no": upstream
//! gives up the whole attempt. Nothing here knows a cluster.

pub mod address;
pub mod ast;
pub mod calendar;
mod changed;
pub mod check;
pub mod device;
pub mod environment;
pub mod error;
pub mod estimate;
pub mod eval;
pub mod format_check;
pub mod functions;
pub mod lexer;
pub mod literal;
pub mod macros;
pub mod message;
pub mod node;
pub mod parse;
pub mod plan;
pub mod program;
pub mod quick;
pub mod re2;
pub mod re2_class;
pub mod reads;
pub mod signature;
pub mod tracker;
pub mod types;
pub mod url;
pub mod value;

pub use device::Device;
pub use environment::{Environment, Features};
pub use error::{CompileError, Failure};
pub use program::{Program, Verdict};
pub use reads::Reads;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod conformance;
