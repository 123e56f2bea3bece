//! Classic DRA: the controllers of drivers, which answer the scheduler and allocate (`scheduler-kubelet.md` C3).

pub mod constants;
pub mod work_queue;

pub use constants::Classic;
pub use work_queue::WorkQueue;
