//! All questions and their answers.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::bits::BitSet;
use crate::base::{Id, IdVec, NameId, Names, NodeId};
use crate::model::core::{AffinityTerm, Labels, Pod, PodSpec};
use crate::sched::framework::{Cx, NodeInfo, Snapshot};
use crate::sched::terms::question::{CountedNodes, Domain, Held, Question, Which, held_terms};
use crate::sched::terms::tally::{Table, Tally};

/// What other pods see of a pod.
#[derive(Clone, Debug)]
struct Visible {
    spec: Arc<PodSpec>,
    is_terminating: bool,
}

impl Visible {
    fn new(pod: &Pod) -> Visible {
        Visible { spec: pod.spec.clone(), is_terminating: pod.is_terminating }
    }
}

impl Ord for Visible {
    fn cmp(&self, other: &Visible) -> Ordering {
        let (a, b) = (&self.spec, &other.spec);
        let by_spec = if Arc::ptr_eq(a, b) {
            Ordering::Equal
        } else {
            let key = |spec: &PodSpec| (spec.namespace, spec.labels.len());
            key(a)
                .cmp(&key(b))
                .then_with(|| a.labels.cmp(&b.labels))
                .then_with(|| a.affinity.cmp(&b.affinity))
                .then_with(|| a.anti_affinity.cmp(&b.anti_affinity))
        };
        by_spec.then(self.is_terminating.cmp(&other.is_terminating))
    }
}

impl PartialOrd for Visible {
    fn partial_cmp(&self, other: &Visible) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Visible {
    fn eq(&self, other: &Visible) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Visible {}

/// Pods that look alike.
#[derive(Clone, Debug)]
struct Class {
    visible: Visible,
    /// How many there are, by node.
    nodes: BTreeMap<NodeId, i64>,
    /// Tallies that count them, with how often one pod counts.
    tallies: Vec<(usize, i64)>,
}

/// Held terms that mean pods of one namespace and one set of labels.
#[derive(Clone, Debug, Default)]
struct Meaning {
    /// How many held terms have been looked at.
    looked_at: usize,
    /// Those that mean them.
    held: Vec<usize>,
}

/// A term that some pod holds, or held once.
#[derive(Clone, Debug)]
struct HeldTerm {
    held: Held,
    term: AffinityTerm,
    tally: usize,
}

/// Questions, answers, and which pods count where.
#[derive(Clone, Debug)]
pub struct TermIndex {
    nodes: Vec<Arc<crate::model::core::Node>>,
    tables: BTreeMap<Domain, Arc<Table>>,
    counted: BTreeMap<CountedNodes, Arc<BitSet>>,
    infos: IdVec<NodeId, u8>,
    classes: Vec<Class>,
    class_ids: BTreeMap<Visible, usize>,
    tallies: Vec<(Which, Arc<Tally>)>,
    tally_ids: BTreeMap<Question, usize>,
    held: Vec<HeldTerm>,
    meanings: BTreeMap<(NameId, Labels, Labels), Meaning>,
}
