//! Classic DRA: what scheduler, drivers and the resourceclaim controller do in a negotiation, one request after the other
//! (`scheduler-kubelet.md` part C).

pub mod claims;
pub mod driver;
pub mod scheduler;
pub mod told;
