//! The worst-case cost of an expression, as the API server estimates it before it stores a selector
//! (`cel-go` `checker/cost.go`, `ext/lists.go`, `ext/sets.go`, `apiserver/pkg/cel/library/cost.go`,
//! `dynamic-resource-allocation/cel/compile.go`).
//!
//! `walk` goes through the checked tree, `rules` say what a call costs, `hints` how large parts of a device can be,
//! `size` is the arithmetic. Everything is exact, upstream's overflows and quirks included.

mod hints;
mod path;
mod rules;
mod size;
mod walk;

pub use walk::max_cost;

#[cfg(test)]
mod tests;
