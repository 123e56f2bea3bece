//! The world without its clockwork: what is there, what is asked, who holds what.
//!
//! An [`Inventory`] is what the cluster consists of and what drivers publish about it. A [`Workload`] is what is asked of
//! it, before any strategy has been thought of. A [`Ledger`] is who holds what, in three books that may disagree for a
//! while as the real ones do. Nothing here takes a decision.

pub mod ask;
pub mod check;
pub mod core;
pub mod dra;
pub mod effort;
pub mod fit;
pub mod gates;
mod holders;
pub mod inventory;
pub mod ledger;
pub mod part;
pub mod profile;
pub mod publish;
pub mod shape;
pub mod workload;

pub use ask::{Alignment, Ask, DeviceAsk, LinkLevel};
pub use effort::Effort;
pub use gates::{BadGate, Gates};
pub use inventory::{Device, DeviceKind, DeviceSpec, Inventory, InventoryBuilder, Link, Model, Node, NodeType, NodeTypeSpec};
pub use ledger::Ledger;
pub use part::{Amounts, Book, DeviceShare, Holder, Part};
pub use profile::{AttrRef, AttrValue, DeviceProfile};
pub use shape::{NodeRequirement, Shape, ShapeDevices};
pub use workload::{Arrival, ClosedLoop, Workload, WorkloadFacts};
