//! Counters of the work that upstream would have done for the same decision.
//!
//! Also where drasim computed an answer faster: the count is upstream's, so that a cost model can price it and a gate can
//! compare it exactly.

use std::ops::AddAssign;

/// How many scheduler plugins there are; counts by plugin are in the order of the default profile
/// (`sched::framework::Plugin`).
pub const PLUGINS: usize = 21;

/// Work counted in upstream's own units.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Effort {
    /// Scheduling attempts (one pop from the queue each).
    pub attempts: u64,
    /// Nodes handed to Filter plugins.
    pub nodes_filtered: u64,
    /// Nodes handed to Score plugins.
    pub nodes_scored: u64,
    /// Calls of the DRA allocator (`Allocate`, one per node visited by DynamicResources).
    pub allocator_calls: u64,
    /// Steps of the allocator's search (`allocateOne` invocations).
    pub allocator_steps: u64,
    /// Devices looked at by the search.
    pub devices_tried: u64,
    /// CEL expressions evaluated.
    pub cel_evaluations: u64,
    /// ResourceSlices handed to a new allocator.
    pub slices_listed: u64,
    /// Writes to the API server by the scheduler.
    pub api_writes: u64,
    /// Queue entries looked at by queueing hints.
    pub queue_scans: u64,
    /// Constraint checks of the allocator (`add` of a constraint).
    pub constraint_checks: u64,
    /// CEL expressions compiled: the allocator's cache holds ten.
    pub cel_compilations: u64,
    /// Calls of Filter, by plugin.
    pub filter_calls: [u64; PLUGINS],
    /// Calls of Score, by plugin.
    pub score_calls: [u64; PLUGINS],
    /// Calls of DefaultPreemption's PostFilter.
    pub preemption_attempts: u64,
}

impl AddAssign for Effort {
    fn add_assign(&mut self, o: Effort) {
        self.attempts += o.attempts;
        self.nodes_filtered += o.nodes_filtered;
        self.nodes_scored += o.nodes_scored;
        self.allocator_calls += o.allocator_calls;
        self.allocator_steps += o.allocator_steps;
        self.devices_tried += o.devices_tried;
        self.cel_evaluations += o.cel_evaluations;
        self.slices_listed += o.slices_listed;
        self.api_writes += o.api_writes;
        self.queue_scans += o.queue_scans;
        self.constraint_checks += o.constraint_checks;
        self.cel_compilations += o.cel_compilations;
        self.preemption_attempts += o.preemption_attempts;
        let add = |to: &mut [u64; PLUGINS], from: &[u64; PLUGINS]| to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        add(&mut self.filter_calls, &o.filter_calls);
        add(&mut self.score_calls, &o.score_calls);
    }
}

impl Effort {
    /// Name and value of each counter, in declaration order: what artifacts print.
    pub fn counters(&self) -> [(&'static str, u64); 12] {
        [
            ("attempts", self.attempts),
            ("nodes_filtered", self.nodes_filtered),
            ("nodes_scored", self.nodes_scored),
            ("allocator_calls", self.allocator_calls),
            ("allocator_steps", self.allocator_steps),
            ("devices_tried", self.devices_tried),
            ("constraint_checks", self.constraint_checks),
            ("cel_evaluations", self.cel_evaluations),
            ("cel_compilations", self.cel_compilations),
            ("slices_listed", self.slices_listed),
            ("api_writes", self.api_writes),
            ("queue_scans", self.queue_scans),
        ]
    }
}
