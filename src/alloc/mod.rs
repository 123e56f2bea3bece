//! Which devices a pod gets: one folder per mechanism, and the researcher's policies.
//!
//! Pure decisions on states that the caller hands in; no ledger is changed here.

pub mod policy;
