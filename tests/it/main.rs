//! The one integration binary: what is tested through the public interface, and what the house asks of every source.

mod cli;
mod determinism;
mod fgd;
mod layers;
mod map;
mod objects;
mod openb;
mod quantity;
mod readme;
mod results;
mod scratch;
mod sources;
mod tidy;
