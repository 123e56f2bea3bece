//! Lowering: a neutral ask becomes what a mechanism can say. One file per mechanism.
//!
//! What a mechanism cannot say is recorded as a [`LostTerm`], never dropped in silence: it is exactly what the simulator
//! is there to measure.

mod device_plugin;
mod dra;
mod lowered;

pub use lowered::{LostTerm, Lowered, lower};
