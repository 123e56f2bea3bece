//! Kind `queue`: the scheduling queue, operation after operation (`pkg/scheduler/backend/queue`, `eventhandlers.go`).

pub mod input;
pub mod look;
pub mod objects;
pub mod story;

pub use story::{KEYS, answer};
