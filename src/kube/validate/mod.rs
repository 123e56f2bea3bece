//! What the API server refuses (`pkg/apis/resource/validation`, of `pkg/apis/core/validation` what concerns scheduling): names,
//! limits, fields that exclude each other.
//!
//! All gates are taken as enabled, because the API server drops what belongs to a disabled gate before it looks. Whether CEL
//! expressions compile, and what they cost, is for the room that knows CEL. Deliberately absent: the status of claims, and
//! rules about updates.

mod capacity;
mod claim;
mod class;
mod device;
mod fault;
pub(in crate::kube) mod names;
mod object;
mod pod;
pub(in crate::kube) mod selectors;
mod slice;
mod taint;

pub use fault::{Fault, FaultKind, Faults};
pub use object::validate;

#[cfg(test)]
mod tests;
