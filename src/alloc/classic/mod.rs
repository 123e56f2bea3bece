//! Classic DRA, the design of 2019 (KEP-3063; alpha from 1.26 to 1.31): scheduler and drivers negotiate about nodes.
//!
//! Parameters and inventories are opaque to the scheduler, so it proposes nodes in a PodSchedulingContext, each driver answers
//! which of them do not suit, the scheduler selects one, and the drivers allocate there. What is written about a pod is in
//! [`context`]; what the scheduler does with it in an attempt is in [`attempt`], what wakes it in [`hint`], what a driver
//! answers in [`answer`], and what only drivers know in [`devices`]. Source: `scheduler-kubelet.md` part C.

pub mod answer;
pub mod attempt;
pub mod context;
pub mod devices;
pub mod hint;

pub use attempt::{Attempt, Verdict, Write};
pub use context::{Claim, Context, Spec, Talk};
pub use devices::Devices;
