//! `drasim import`: Kubernetes objects as a scenario. What cannot be carried over is listed, nothing is dropped in silence.

mod pods;
mod scenario;

pub use scenario::{Imported, import};
