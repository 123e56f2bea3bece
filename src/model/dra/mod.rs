//! DRA objects in interned form: what drivers publish, what claims ask for, who holds what (`resource.k8s.io/v1`).
//!
//! These are the allocator's inputs and outputs. Everything upstream's allocator reads is here, including what the API
//! server would refuse: stored objects may be older than the rules, and the allocator has an outcome for each of them.

pub mod claim;
pub mod device;
pub mod node;
pub mod published;
pub mod publisher;
pub mod result;
pub mod slice;
pub mod state;

pub use claim::{Asked, Claim, ClassRef, Config, Constraint, ConstraintKind, CountMode, DeviceClass, Leaf, Request, Toleration};
pub use device::{Attribute, Capacity, CounterUse, Profile, RequestPolicy, Taint, Traits, ValidRange};
pub use node::{Node, NodeChoice, NodeSelector, NodeSelectorTerm, Requirement};
pub use published::{Device, DeviceKey, Published};
pub use publisher::Publisher;
pub use result::{AllocationResult, ConfigSource, DeviceResult, ResultConfig};
pub use slice::{CounterSet, Slice};
pub use state::AllocatedState;
