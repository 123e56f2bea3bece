//! The only way work becomes time: counted effort, priced.

use crate::base::SimDuration;
use crate::model::Effort;

/// Prices of upstream's operations, in nanoseconds of one scheduler goroutine.
///
/// **Provisional**: the values are orders of magnitude read from published throughput (`scheduler-kubelet.md` B12, E3);
/// they are calibrated later. Reports say so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CostModel {
    /// Fixed part of a cycle: pop, snapshot, assume.
    pub cycle_ns: u64,
    /// One node through Filter.
    pub node_filter_ns: u64,
    /// One node through Score.
    pub node_score_ns: u64,
    /// One slice handed to a new allocator.
    pub slice_ns: u64,
    /// One allocator call: gathering pools, preparing requests.
    pub allocator_call_ns: u64,
    /// One step of the allocator's search.
    pub allocator_step_ns: u64,
    /// One device looked at.
    pub device_tried_ns: u64,
    /// One CEL expression evaluated.
    pub cel_ns: u64,
    /// Goroutines that share node work: 16 workers, but no faster than the cores the scheduler has.
    pub workers: u64,
}

impl CostModel {
    /// Work takes no time (profile `ideal`).
    pub const FREE: CostModel = CostModel {
        cycle_ns: 0,
        node_filter_ns: 0,
        node_score_ns: 0,
        slice_ns: 0,
        allocator_call_ns: 0,
        allocator_step_ns: 0,
        device_tried_ns: 0,
        cel_ns: 0,
        workers: 1,
    };

    /// Provisional prices for profile `kubernetes-1.37`.
    pub const PROVISIONAL: CostModel = CostModel {
        cycle_ns: 300_000,
        node_filter_ns: 4_000,
        node_score_ns: 3_000,
        slice_ns: 1_000,
        allocator_call_ns: 15_000,
        allocator_step_ns: 2_000,
        device_tried_ns: 500,
        cel_ns: 5_000,
        workers: 4,
    };

    /// Simulated time of a scheduling cycle with this effort. Work per node is shared by the workers.
    pub fn price(&self, effort: &Effort) -> SimDuration {
        let serial = self.cycle_ns * effort.attempts + self.slice_ns * effort.slices_listed;
        let shared = self.node_filter_ns * effort.nodes_filtered
            + self.node_score_ns * effort.nodes_scored
            + self.allocator_call_ns * effort.allocator_calls
            + self.allocator_step_ns * effort.allocator_steps
            + self.device_tried_ns * effort.devices_tried
            + self.cel_ns * effort.cel_evaluations;
        SimDuration(serial + shared.div_ceil(self.workers))
    }
}
