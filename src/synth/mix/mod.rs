//! Named mixes, one file each: what is asked for, how often, and why these numbers.

pub mod cpu;
pub mod edge;
pub mod inference;
pub mod mixed_ai;
pub mod quickstart;
pub mod tpu;
pub mod training;
