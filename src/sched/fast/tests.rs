//! The fast path against the reference.
