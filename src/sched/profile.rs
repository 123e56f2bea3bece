//! The scheduler profile: which scores with which weights, and how many nodes are looked at. Equal for all strategies of
//! a run, so that none wins by a setting.

use crate::base::SimDuration;
use crate::model::DeviceKind;

/// How NodeResourcesFit turns requested and capacity into points.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Scoring {
    /// Prefers nodes with more left. Kubernetes' default.
    #[default]
    LeastAllocated,
    /// Prefers nodes with less left.
    MostAllocated,
}

/// A resource that NodeResourcesFit scores.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScoredResource {
    /// `cpu`
    Cpu,
    /// `memory`
    Memory,
    /// Devices of a kind, counted from the scheduler's book in the same way for every mechanism. Upstream can do this for
    /// extended resources and for DRA-backed extended resources only, so it is a research setting for claims.
    Devices(DeviceKind),
}

/// A scheduler profile.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Profile {
    /// NodeResourcesFit's `scoringStrategy.type`.
    pub scoring: Scoring,
    /// NodeResourcesFit's `scoringStrategy.resources` with weights.
    pub resources: Vec<(ScoredResource, i64)>,
    /// Weight of NodeResourcesFit; 1 upstream, 0 turns its score off.
    pub fit_weight: i64,
    /// Weight of NodeResourcesBalancedAllocation; 1 upstream, 0 turns it off.
    pub balanced_weight: i64,
    /// `percentageOfNodesToScore`; 0 means upstream's adaptive rule.
    pub percentage_of_nodes_to_score: u32,
    /// `podInitialBackoffSeconds`
    pub backoff_initial: SimDuration,
    /// `podMaxBackoffSeconds`
    pub backoff_max: SimDuration,
    /// How long an entry may stay in the unschedulable pool without any event.
    pub unschedulable_max: SimDuration,
    /// Most steps of the DRA allocator for one node; beyond it the attempt ends in an error, as upstream's 10 s do.
    /// `None` knows no limit.
    pub filter_step_budget: Option<u64>,
}

impl Default for Profile {
    /// Kubernetes 1.37 (`scheduler-kubelet.md` B2).
    fn default() -> Self {
        Profile {
            scoring: Scoring::LeastAllocated,
            resources: vec![(ScoredResource::Cpu, 1), (ScoredResource::Memory, 1)],
            fit_weight: 1,
            balanced_weight: 1,
            percentage_of_nodes_to_score: 0,
            backoff_initial: SimDuration::from_secs(1),
            backoff_max: SimDuration::from_secs(10),
            unschedulable_max: SimDuration::from_secs(300),
            filter_step_budget: Some(5_000_000),
        }
    }
}

impl Profile {
    /// How many feasible nodes end the search among `n` nodes (`numFeasibleNodesToFind`, B5.1).
    pub fn want(&self, n: usize) -> usize {
        const MIN_NODES: usize = 100;
        if n < MIN_NODES || self.percentage_of_nodes_to_score >= 100 {
            return n;
        }
        let percent = match self.percentage_of_nodes_to_score as usize {
            0 => 50usize.saturating_sub(n / 125).max(5),
            fixed => fixed,
        };
        (n * percent / 100).max(MIN_NODES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn want_is_upstreams_table() {
        let table = [
            (50, 50),
            (100, 100),
            (250, 120),
            (500, 230),
            (1000, 420),
            (2000, 680),
            (3000, 780),
            (5000, 500),
            (5625, 281),
            (10000, 500),
            (15000, 750),
        ];
        for (n, want) in table {
            assert_eq!(Profile::default().want(n), want, "{n} nodes");
        }
    }
}
