//! The one integration binary: what is tested through the public interface, and what the house asks of every source.

mod ask;
mod calibration;
mod cli;
mod conformance;
mod determinism;
mod explain_pod;
mod failures;
mod fgd;
mod layers;
mod map;
mod metrics;
mod objects;
mod openb;
mod readme;
mod results;
mod scratch;
mod sources;
mod tidy;
mod verify;
