//! The one integration binary: what is tested through the public interface, and what the house asks of every source.

mod fgd;
mod layers;
mod openb;
mod quantity;
mod sources;
mod tidy;
