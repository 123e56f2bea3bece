//! What people and programs see of a run: tables, pictures, data files, one page. Pure: records in, bytes out.
//!
//! [`scoreboard`] is what the terminal prints; [`artifacts`] is the output directory. `spec/report.md` has the rules.

mod artifacts;
mod board;
mod csv;
mod events;
mod facts;
mod hgrm;
mod input;
mod load;
mod number;
mod page;
mod percentile;
mod prom;
#[cfg(test)]
mod sample;
mod scoreboard;
mod summary;
mod svg;
mod table;
mod verdict;

pub use artifacts::artifacts;
pub use input::{Artifact, Constant, ReportInput, StrategyRecords};
pub use load::{LoadCurve, LoadPoint, load_artifacts, load_table};
pub use number::{count, duration, percent, significant};
pub use percentile::{P50, P90, P99, P999, Permille, Reading, Samples};
pub use scoreboard::{Format, scoreboard};
pub use summary::summary;
pub use verdict::verdict;
