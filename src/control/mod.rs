//! The control plane between the parts: API writes, watch hops, client-side rate limits, controllers, and what they do
//! about nodes and devices that fail.

pub mod api;
pub mod bucket;
pub mod classic;
pub mod constants;
pub mod lifecycle;
pub mod workers;

pub use api::{ApiServer, REQUESTS, Request};
pub use bucket::TokenBucket;
pub use classic::{Classic, WorkQueue};
pub use constants::ControlPlane;
pub use lifecycle::{NodeLifecycle, PodReplacement};
pub use workers::Workers;
