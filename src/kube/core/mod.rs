//! Kubernetes objects in the interned form that the scheduler reads ([`crate::model::core`]).

pub mod features;
pub mod requests;
pub mod sums;

pub use features::required_features;
pub use requests::{BadAmount, PodRequests, requests};
