//! From pods, nodes and their neighbours as they are written to what the scheduler reads ([`crate::model::core`]).

pub mod builder;
pub mod features;
pub mod neighbours;
pub mod node;
pub mod pod;
pub mod requests;
pub mod resources;
pub mod selectors;
pub mod signature;
pub mod sums;

pub use builder::CoreInterning;
pub use features::required_features;
pub use requests::{BadAmount, PodRequests, requests};
