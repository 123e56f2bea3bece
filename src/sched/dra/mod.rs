//! Claims, slices and classes as the scheduler keeps them (`plugins/dynamicresources/dra_manager.go`, spec `dra.md` 4.2).
//!
//! [`Manager`] is what all attempts share. Slices and classes are interned when it is made; claims come, change and go, and
//! what they hold is kept up to date with them ([`tracker`]). What is asked is in [`claim`], what is given in [`allocation`];
//! objects become claims in [`read`] and claims objects in [`written`].

pub mod allocation;
pub mod claim;
pub mod compiled;
pub mod counted;
pub mod holdings;
pub mod manager;
pub mod read;
pub mod resources;
pub mod settings;
#[cfg(test)]
pub mod testing;
pub mod tracker;
pub mod written;

pub use allocation::{Allocation, Given, Held, Reach, Rest, Share};
pub use claim::{ClaimUid, Consumer, DeviceCondition, DeviceStatus, Mapping, StoredClaim};
pub use manager::{Manager, Objects};
pub use resources::{ExtendedResources, is_dra_extended};
pub use settings::Settings;
pub use tracker::{Refused, Tracker};
