//! From a plan to records: one run, many runs on all processors, and the same runs again from a manifest.

pub mod again;
pub mod constants;
pub mod manifest;
pub mod many;
pub mod one;
pub mod results;

pub use again::{Difference, compare};
pub use manifest::{Manifest, RunEntry};
pub use many::{Cell, Progress, grid, many};
pub use one::{How, Stopped, one};
pub use results::{Results, counted};
