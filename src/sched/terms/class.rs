//! Pods that look alike to others.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::NodeId;
use crate::model::core::{Pod, PodSpec};
use crate::sched::terms::tally::Tally;

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
        let by_spec = || {
            let by_name = a.namespace.cmp(&b.namespace).then_with(|| a.labels.cmp(&b.labels));
            by_name.then_with(|| a.affinity.cmp(&b.affinity)).then_with(|| a.anti_affinity.cmp(&b.anti_affinity))
        };
        let by_spec = if Arc::ptr_eq(a, b) { Ordering::Equal } else { by_spec() };
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

#[derive(Clone, Debug)]
struct Class {
    visible: Visible,
    /// How many there are, by node.
    nodes: BTreeMap<NodeId, i64>,
    /// Tallies that count them, with how often one pod counts.
    tallies: Vec<(usize, i64)>,
}

/// All classes that have pods.
#[derive(Clone, Debug, Default)]
pub(super) struct Classes {
    all: Vec<Class>,
    ids: BTreeMap<Visible, usize>,
    /// Places of classes that have no pods any more.
    free: Vec<usize>,
}

impl Classes {
    /// The class of a pod.
    pub fn find(&self, pod: &Pod) -> Option<usize> {
        self.ids.get(&Visible::new(pod)).copied()
    }

    /// A new class, still without pods, and the tallies that count them.
    pub fn add(&mut self, pod: &Pod, tallies: Vec<(usize, i64)>) -> usize {
        let visible = Visible::new(pod);
        let class = Class { visible: visible.clone(), nodes: BTreeMap::new(), tallies };
        let at = match self.free.pop() {
            Some(at) => {
                self.all[at] = class;
                at
            }
            None => {
                self.all.push(class);
                self.all.len() - 1
            }
        };
        self.ids.insert(visible, at);
        at
    }

    /// Tallies that count pods of a class.
    pub fn tallies(&self, class: usize) -> &[(usize, i64)] {
        &self.all[class].tallies
    }

    /// More or fewer pods of a class on a node. A class without pods is forgotten.
    pub fn count(&mut self, class: usize, node: NodeId, change: i64) {
        let nodes = &mut self.all[class].nodes;
        let count = nodes.entry(node).or_default();
        *count += change;
        if *count == 0 {
            nodes.remove(&node);
        }
        if nodes.is_empty() {
            self.ids.remove(&self.all[class].visible);
            self.all[class].tallies.clear();
            self.free.push(class);
        }
    }

    /// Counts all pods in a new tally, and notes where they count from now on.
    pub fn ask(&mut self, times: impl Fn(&PodSpec, bool) -> i64, at: usize, tally: &mut Tally) {
        for class in self.all.iter_mut().filter(|class| !class.nodes.is_empty()) {
            let times = times(&class.visible.spec, class.visible.is_terminating);
            if times > 0 {
                class.nodes.iter().for_each(|(node, pods)| tally.change(*node, times * pods));
                class.tallies.push((at, times));
            }
        }
    }
}
