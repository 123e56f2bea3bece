//! drasim: what a Kubernetes cluster full of accelerators will do.
//!
//! A *plan* names a topology, a workload, strategies and constants. A *run* is a pure function `plan x replicate ->
//! record`. *Reports* are pure functions of records. Everything with a side effect lives in `cli`. `ARCHITECTURE.md` walks
//! one pod through the rooms; a room may import rooms of a lower rank only (`tests/it/layers.rs`).

// rank 0
pub mod base;
// rank 1
pub mod engine;
pub mod model;
// rank 2
pub mod observe;
pub mod select;
// rank 3
pub mod alloc;
pub mod kube;
// rank 4
pub mod control;
pub mod node;
pub mod report;
pub mod sched;
pub mod synth;
pub mod trace;
// rank 5
pub mod scenario;
pub mod sim;
// rank 6
pub mod ask;
pub mod run;
pub mod verify;
// rank 8
pub mod cli;
