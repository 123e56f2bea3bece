//! One scheduling attempt for one pod, in full: `drasim explain pod NAME`.
//!
//! [`stage`] makes a scheduler of objects, [`mod@account`] lets it try the pod and tells what came of it as data, [`show`] and
//! [`output`] print that.

pub mod account;
pub mod admission;
pub mod eviction;
pub mod output;
pub mod refusals;
pub mod show;
pub mod stage;

pub use account::{PodAccount, account};
pub use stage::Request;
