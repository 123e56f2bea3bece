//! The scheduler profile: which scores with which weights, and how many nodes are looked at. Equal for all strategies of
//! a run, so that none wins by a setting.

use crate::base::{Names, SimDuration};
use crate::model::DeviceKind;
use crate::sched::framework::Plugin;
use crate::sched::framework::config::{Configuration, FitArgs, ScoredName, Strategy};
use crate::sched::queueing::QueueOptions;

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
    /// Devices of a kind, counted for the pods on a node in the same way for every mechanism. Upstream can do this for
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
    /// A profile of a KubeSchedulerConfiguration, which stands for everything above about scores and nodes to score.
    pub written: Option<Written>,
}

/// A profile of a KubeSchedulerConfiguration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Written {
    /// The file, as the scenario names it.
    pub file: String,
    /// `schedulerName` of the profile.
    pub profile: String,
    /// Texts that `configuration` names.
    pub names: Names,
    /// What it says.
    pub configuration: Configuration,
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
            written: None,
        }
    }
}

impl Profile {
    /// Settings of the queue.
    pub fn queue_options(&self) -> QueueOptions {
        QueueOptions {
            initial_backoff: self.backoff_initial,
            max_backoff: self.backoff_max,
            unschedulable_max: self.unschedulable_max,
            ..QueueOptions::with_gates(&self.configuration().1.gates)
        }
    }

    /// The same as kube-scheduler is configured: what was written, or the default profile of v1.37 with what differs. Beside
    /// it the texts that it names.
    pub fn configuration(&self) -> (Names, Configuration) {
        if let Some(written) = &self.written {
            let configuration = written.configuration.clone();
            return (written.names.clone(), Configuration { filter_step_budget: self.filter_step_budget, ..configuration });
        }
        let default = Configuration::default();
        let weigh = |(plugin, weight): (Plugin, i64)| match plugin {
            Plugin::NodeResourcesFit => (plugin, self.fit_weight),
            Plugin::NodeResourcesBalancedAllocation => (plugin, self.balanced_weight),
            _ => (plugin, weight),
        };
        let strategy = match self.scoring {
            Scoring::LeastAllocated => Strategy::LeastAllocated,
            Scoring::MostAllocated => Strategy::MostAllocated,
        };
        let name = |resource: ScoredResource| match resource {
            ScoredResource::Cpu => ScoredName::Cpu,
            ScoredResource::Memory => ScoredName::Memory,
            ScoredResource::Devices(kind) => ScoredName::Devices(kind),
        };
        let resources = self.resources.iter().map(|(resource, weight)| (name(*resource), *weight)).collect();
        let configuration = Configuration {
            percentage_of_nodes_to_score: i32::try_from(self.percentage_of_nodes_to_score).unwrap_or(100),
            scores: default.scores.iter().copied().map(weigh).filter(|(_, weight)| *weight != 0).collect(),
            fit: FitArgs { strategy, resources, ..default.fit },
            filter_step_budget: self.filter_step_budget,
            ..default
        };
        (Names::default(), configuration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_the_default() {
        let configuration = Profile { filter_step_budget: None, ..Profile::default() }.configuration().1;
        assert_eq!(configuration, Configuration::default());
        let without = Profile { fit_weight: 0, balanced_weight: 3, ..Profile::default() }.configuration().1.scores;
        let weight = |plugin| without.iter().find(|(scoring, _)| *scoring == plugin).map(|(_, weight)| *weight);
        assert_eq!(
            (weight(Plugin::NodeResourcesFit), weight(Plugin::NodeResourcesBalancedAllocation), weight(Plugin::ImageLocality)),
            (None, Some(3), Some(1))
        );
    }
}
