//! Recorded upstream decisions, replayed and compared: one file a kind of case.
//!
//! A case file is a header and then one case a line (`schema` "drasim.cases/v1"): what the decision sees (`in`) and what
//! upstream answered (`want`). An answer is made from `in` alone, in the form of `want`; only the comparison reads `want`.

pub mod alloc;
pub mod alloc_bench;
pub mod answer;
pub mod case_file;
pub mod cel;
pub mod compare;
pub mod kind;
pub mod quantity;
pub mod queue;
pub mod replay;
pub mod schedule;
pub mod tally;

pub use answer::{Answer, Search};
pub use case_file::{CaseFile, Header};
pub use compare::Difference;
pub use kind::Kind;
pub use replay::{emit, verify};
pub use tally::{CaseDifference, Tally};
