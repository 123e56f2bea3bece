//! The control plane between the parts: API writes, watch hops, client-side rate limits, controllers.

pub mod bucket;
pub mod constants;

pub use bucket::TokenBucket;
pub use constants::ControlPlane;
