//! The kubelet: admission, device choice, preparation, start, end; and failures of machines and devices.

pub mod admit;
pub mod constants;
pub mod failures;

pub use admit::{admit, claimed_part, counted};
pub use constants::Kubelet;
pub use failures::{Containers, DeviceTaint, FailurePlan, FailureRules, Failures, Faulty, Outage, Rate};
