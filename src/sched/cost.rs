//! The only way work becomes time: counted effort, priced.

use crate::base::SimDuration;
use crate::model::Effort;

/// Most goroutines that look at nodes (`parallelism`).
const WORKERS_MAX: u64 = 16;

/// Prices of upstream's operations, in nanoseconds of one core.
///
/// They come from `kube-1.37-local.json`, recorded on a real kube-scheduler v1.37.2 that shared two cores with API server and
/// etcd, and so had about one: durations of its extension points, divided by the exact counts of the same runs. Five of ten
/// steady workloads were used (plain pods; claims in an empty and in a full cluster of 500 nodes; `matchAttribute` on 100; a CEL
/// selector on 500); PreFilter is from the empty clusters of 100 and 500 nodes. The others were held out, and are met within 20 %
/// (`tests/it/calibration.rs`). Bursts are not: while pods are created, API server and etcd take what they need of the cores.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CostModel {
    /// Fixed part of a cycle: pop, snapshot, assume (`schedule_one_other_per_pod`).
    pub cycle_ns: u64,
    /// What PreFilter does for a pod with claims, slices left out.
    pub claims_ns: u64,
    /// One slice handed to a new allocator.
    pub slice_ns: u64,
    /// One node through Filter, claims left out (`node_filtered_plain`).
    pub node_filter_ns: u64,
    /// One node through Score.
    pub node_score_ns: u64,
    /// One allocator call: gathering pools, preparing requests, the result.
    pub allocator_call_ns: u64,
    /// One step of the allocator's search.
    pub allocator_step_ns: u64,
    /// One device looked at.
    pub device_tried_ns: u64,
    /// One CEL expression evaluated on a device of 13 attributes.
    pub cel_ns: u64,
    /// One CEL expression compiled (`cel_compile_string`, a lower bound from a loop that does nothing else).
    pub cel_compilation_ns: u64,
    /// Cores that the scheduler has: its 16 workers are goroutines and no faster than that.
    pub cores: u64,
}

impl CostModel {
    /// Work takes no time (profile `ideal`).
    pub const FREE: CostModel = CostModel {
        cycle_ns: 0,
        claims_ns: 0,
        slice_ns: 0,
        node_filter_ns: 0,
        node_score_ns: 0,
        allocator_call_ns: 0,
        allocator_step_ns: 0,
        device_tried_ns: 0,
        cel_ns: 0,
        cel_compilation_ns: 0,
        cores: 1,
    };

    /// Calibration `local`: the recorded runs themselves.
    pub const LOCAL: CostModel = CostModel {
        cycle_ns: 292_000,
        claims_ns: 103_000,
        slice_ns: 1_210,
        node_filter_ns: 2_050,
        node_score_ns: 1_580,
        allocator_call_ns: 14_500,
        allocator_step_ns: 1_200,
        device_tried_ns: 600,
        cel_ns: 7_900,
        cel_compilation_ns: 76_500,
        cores: 1,
    };

    /// Calibration `reference`: the same operations with the cores that the published figures of developers' machines amount
    /// to. 4 is fitted to one row of `scheduler-kubelet.md` E4 (plain pods on 5,000 nodes, about 1,300 a second).
    pub const REFERENCE: CostModel = CostModel { cores: 4, ..CostModel::LOCAL };

    /// Nodes of the largest cluster in which prices were measured, each with one slice: decisions on more are extrapolated.
    pub const MEASURED_NODES: usize = 500;

    /// The name of these prices, if they are a calibration.
    pub fn calibration(&self) -> Option<&'static str> {
        CostModel::CALIBRATIONS.iter().find(|(_, known)| known == self).map(|(name, _)| *name)
    }

    /// Calibrations by name.
    pub const CALIBRATIONS: [(&str, CostModel); 2] = [("reference", CostModel::REFERENCE), ("local", CostModel::LOCAL)];

    /// Simulated time of a scheduling cycle with this effort. Work per node is shared by the cores.
    pub fn price(&self, effort: &Effort) -> SimDuration {
        let serial = self.cycle_ns * effort.attempts + self.pre_filter(effort);
        let shared = self.filter(effort) + self.node_score_ns * effort.nodes_scored;
        SimDuration(serial + shared.div_ceil(self.workers()))
    }

    /// The parts of that in PreFilter, Filter and Score.
    pub fn points(&self, effort: &Effort) -> [SimDuration; 3] {
        let shared = [self.filter(effort), self.node_score_ns * effort.nodes_scored].map(|ns| ns / self.workers());
        [self.pre_filter(effort), shared[0], shared[1]].map(SimDuration)
    }

    fn pre_filter(&self, effort: &Effort) -> u64 {
        let has_claims = u64::from(effort.slices_listed > 0);
        self.claims_ns * has_claims + self.slice_ns * effort.slices_listed + self.cel_compilation_ns * effort.cel_compilations
    }

    fn filter(&self, effort: &Effort) -> u64 {
        self.node_filter_ns * effort.nodes_filtered
            + self.allocator_call_ns * effort.allocator_calls
            + self.allocator_step_ns * effort.allocator_steps
            + self.device_tried_ns * effort.devices_tried
            + self.cel_ns * effort.cel_evaluations
    }

    fn workers(&self) -> u64 {
        self.cores.clamp(1, WORKERS_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_per_node_is_shared_by_the_cores() {
        let effort = Effort { attempts: 1, nodes_filtered: 100, slices_listed: 10, ..Effort::default() };
        let price = |cores| CostModel { cores, ..CostModel::LOCAL }.price(&effort).0;
        let serial = 292_000 + 103_000 + 12_100;
        assert_eq!([price(1), price(2), price(16)], [205_000, 102_500, 12_813].map(|shared| serial + shared));
        assert_eq!(price(64), price(16), "there are 16 workers");
        assert_eq!(CostModel::FREE.price(&effort), SimDuration::ZERO);
        let effort = Effort { nodes_scored: 50, ..effort };
        let points = CostModel { cores: 2, ..CostModel::LOCAL }.points(&effort);
        assert_eq!(points.map(|point| point.0), [103_000 + 12_100, 102_500, 39_500]);
    }
}
