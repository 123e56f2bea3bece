//! Lowering: a neutral ask becomes what a mechanism can say. One file per mechanism.
//!
//! What a mechanism cannot say is recorded as a [`LostTerm`], never dropped in silence: it is exactly what the simulator
//! is there to measure.

mod device_plugin;
mod dra;
mod lost;
mod lowered;
mod models;

pub use lost::LostTerm;
pub use lowered::{Lowered, lower};
