//! What an attempt tells about itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::{NameId, NodeId, PodId};
use crate::model::Effort;
use crate::sched::framework::{Code, Plugin, PluginSet, Rejection};

/// How an attempt ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The pod goes to this node.
    Scheduled(NodeId),
    /// No node will do (`Unschedulable`).
    Unschedulable,
    /// Something went wrong (`SchedulerError`).
    Error,
}

/// What PreFilter did, where it was more than letting all nodes through.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PreFilterRecord {
    /// It refused the pod; the plugin is `None` where several narrowed to nothing. Plugins are those that narrowed.
    Rejected(Option<Plugin>, Rejection, PluginSet),
    /// It left nodes of these names, which need not exist.
    Narrowed(Vec<NameId>, PluginSet),
}

/// Scores of the feasible nodes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scores {
    /// Nodes, in the order in which they were found.
    pub nodes: Vec<NodeId>,
    /// Plugins that scored, with normalised and weighted scores, by position of the node.
    pub plugins: Vec<(Plugin, Vec<i64>)>,
    /// Sums, by position of the node.
    pub totals: Vec<i64>,
    /// Raw scores, by position of the node.
    pub raw: Vec<(Plugin, Vec<i64>)>,
}

/// What the PostFilter plugins said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PostFilterRecord {
    /// `None` is success.
    pub code: Option<Code>,
    /// Their message.
    pub message: String,
}

/// A node on which preemption would help.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// The node.
    pub node: NodeId,
    /// Pods to evict, in upstream's order.
    pub victims: Vec<PodId>,
    /// How many of them a PodDisruptionBudget protects.
    pub violations: usize,
}

/// What DefaultPreemption found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PreemptionRecord {
    /// Candidates, in the order in which they were found.
    pub candidates: Vec<Candidate>,
    /// Candidates that all criteria leave equal.
    pub tie: Vec<NodeId>,
    /// The one that was taken.
    pub nominated: Option<NodeId>,
    /// Its victims.
    pub victims: Vec<PodId>,
}

/// What becomes of the pod's nomination.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Nominating {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is cleared.
    Clear,
    /// It is this node.
    Set(NodeId),
}

/// All about one attempt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attempt {
    /// How it ended.
    pub outcome: Outcome,
    /// Nodes evaluated, as upstream counts them.
    pub evaluated: usize,
    /// Feasible nodes; 0 for a failure before a node was chosen.
    pub feasible: usize,
    /// First node that was filtered.
    pub first: Option<NodeId>,
    /// How many nodes were filtered, each once.
    pub visited: usize,
    /// The rotation index after it.
    pub next_start: usize,
    /// Node that opportunistic batching proposed.
    pub hint: Option<NodeId>,
    /// What PreFilter did.
    pub pre_filter: Option<PreFilterRecord>,
    /// What is said of nodes that PreFilter left out, if it left some out.
    pub left_out: String,
    /// Nodes that were refused, by which plugin, and why.
    pub verdicts: BTreeMap<NodeId, (Plugin, Rejection)>,
    /// Scores; absent with fewer than two feasible nodes.
    pub scores: Option<Scores>,
    /// The node that upstream's heap puts first.
    pub heap_pick: Option<NodeId>,
    /// Text of the FailedScheduling event; empty after a success.
    pub message: String,
    /// What nodes said, and how many said so; after an error, what went wrong. Empty after a success.
    pub reasons: Arc<BTreeMap<String, usize>>,
    /// Plugins that refused, as the queue remembers them.
    pub unschedulable_plugins: PluginSet,
    /// PostFilter.
    pub post_filter: Option<PostFilterRecord>,
    /// Preemption.
    pub preemption: Option<PreemptionRecord>,
    /// What becomes of the pod's nomination.
    pub nominating: Nominating,
    /// Work done.
    pub effort: Effort,
}

impl Default for Attempt {
    fn default() -> Attempt {
        Attempt {
            outcome: Outcome::Error,
            evaluated: 0,
            feasible: 0,
            first: None,
            visited: 0,
            next_start: 0,
            hint: None,
            pre_filter: None,
            left_out: String::new(),
            verdicts: BTreeMap::new(),
            scores: None,
            heap_pick: None,
            message: String::new(),
            reasons: Arc::default(),
            unschedulable_plugins: PluginSet::EMPTY,
            post_filter: None,
            preemption: None,
            nominating: Nominating::Keep,
            effort: Effort::default(),
        }
    }
}
