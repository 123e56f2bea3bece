//! The event queue. Knows no event by name.

pub mod heap;
pub mod queue;
pub mod wheel;

pub use heap::HeapQueue;
pub use queue::{EVENT_BUDGET, EventQueue};
pub use wheel::WheelQueue;
