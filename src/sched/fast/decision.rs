//! What both paths must agree on.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::Effort;
use crate::sched::attempt::{Attempt, Nominating, Outcome, PreemptionRecord};
use crate::sched::framework::PluginSet;

/// A decision with everything that has consequences: what the queue, the API server, the events and the cost model get.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decision {
    /// How the attempt ended.
    pub outcome: Outcome,
    /// Nodes evaluated, as upstream counts them.
    pub evaluated: usize,
    /// Feasible nodes.
    pub feasible: usize,
    /// The rotation index after it.
    pub next_start: usize,
    /// Text of the FailedScheduling event; empty after a success.
    pub message: Arc<str>,
    /// What nodes said, and how many said so; after an error, what went wrong. Empty after a success.
    pub reasons: Arc<BTreeMap<String, usize>>,
    /// Plugins that refused.
    pub unschedulable_plugins: PluginSet,
    /// What becomes of the pod's nomination.
    pub nominating: Nominating,
    /// Preemption.
    pub preemption: Option<PreemptionRecord>,
    /// Work done, as upstream would have done it.
    pub effort: Effort,
}

impl From<Attempt> for Decision {
    fn from(attempt: Attempt) -> Decision {
        Decision {
            outcome: attempt.outcome,
            evaluated: attempt.evaluated,
            feasible: attempt.feasible,
            next_start: attempt.next_start,
            message: attempt.message.into(),
            reasons: attempt.reasons,
            unschedulable_plugins: attempt.unschedulable_plugins,
            nominating: attempt.nominating,
            preemption: attempt.preemption,
            effort: attempt.effort,
        }
    }
}

impl Decision {
    /// The attempt ends as `failed` says, after a node was chosen.
    pub(super) fn ends_as(&mut self, failed: Attempt) {
        self.outcome = failed.outcome;
        self.message = failed.message.into();
        self.reasons = failed.reasons;
        self.nominating = failed.nominating;
        self.unschedulable_plugins = failed.unschedulable_plugins;
    }
}
