//! The control plane between the parts: API writes, watch hops, client-side rate limits, controllers.

pub mod api;
pub mod bucket;
pub mod constants;
pub mod workers;

pub use api::{ApiServer, REQUESTS, Request};
pub use bucket::TokenBucket;
pub use constants::ControlPlane;
pub use workers::Workers;
