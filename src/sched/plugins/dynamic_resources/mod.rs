//! DynamicResources: ResourceClaims (`plugins/dynamicresources`, spec `dra.md` section 4).
//!
//! An attempt looks the pod's claims up ([`mod@pre_filter`]), asks the allocator about each node ([`mod@filter`]), and keeps what it
//! says in its [`State`]. The chosen node's answer is taken in memory ([`mod@reserve`]), then written ([`mod@pre_bind`]).
//!
//! Pod groups (gate GenericWorkload) and node allocatable resources (KEP-5517, gate DRANodeAllocatableResources) are not
//! followed; both gates are off in v1.37.

pub mod binding;
pub mod extended;
pub mod filter;
pub mod pod_claims;
pub mod post_filter;
pub mod pre_bind;
pub mod pre_filter;
pub mod reserve;
pub mod score;
pub mod state;
#[cfg(test)]
mod tests;

pub use binding::{Poll, poll};
pub use filter::{WhyNot, filter, refusal, remember};
pub use pod_claims::{pod_claims, pre_enqueue};
pub use post_filter::post_filter;
pub use pre_bind::{has_pre_bind, pre_bind};
pub use pre_filter::pre_filter;
pub use reserve::{reserve, unreserve};
pub use score::{points_of, score};
pub use state::{State, Work};
