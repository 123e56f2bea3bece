//! The control plane between the parts: API writes, watch hops, client-side rate limits, controllers.

pub mod api;
pub mod bucket;
pub mod classic;
pub mod constants;
pub mod workers;

pub use api::{ApiServer, REQUESTS, Request};
pub use bucket::TokenBucket;
pub use classic::{Classic, WorkQueue};
pub use constants::ControlPlane;
pub use workers::Workers;
