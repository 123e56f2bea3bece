//! Questions about one state of a cluster: who gets which devices (`allocate`), why or why not (`explain`), and what it is as
//! a scenario (`import`).
//!
//! Answers are data; how they look is in the files `show`.

pub mod ahead;
pub mod allocate;
pub mod build;
pub mod counter;
pub mod explain;
pub mod files;
pub mod import;
pub mod objects;
pub mod output;
pub mod pod;
pub mod reach;
pub mod relax;
pub mod shares;
pub mod show;
pub mod sieve;
pub mod spread;
pub mod state;
pub mod story;
pub mod subjects;
pub mod words;
pub mod yaml;

pub use files::read_paths;

#[cfg(test)]
mod tests;
