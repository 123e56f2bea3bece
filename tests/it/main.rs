//! The one integration test binary.

mod fgd;
mod openb;
