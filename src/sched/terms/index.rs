//! All questions and their answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::bits::BitSet;
use crate::base::{Id, IdVec, NameId, Names, NodeId};
use crate::model::core::{AffinityTerm, Labels, Node, Pod};
use crate::sched::framework::{Cx, NodeInfo};
use crate::sched::terms::class::Classes;
use crate::sched::terms::question::{CountedNodes, Domain, Held, Question, Which, held_terms};
use crate::sched::terms::tally::{Table, Tally};

/// More tallies or meanings than this, and the index is built again: most of them will be of templates long gone.
const KEPT: usize = 1 << 14;

/// A node as the index has counted it.
#[derive(Clone, Debug)]
struct Counted {
    node: Arc<Node>,
    pods: Vec<Arc<Pod>>,
}

/// A term that some pod holds, or once held.
#[derive(Clone, Debug)]
struct HeldTerm {
    held: Held,
    term: AffinityTerm,
    tally: usize,
}

/// Held terms that mean pods of one namespace with one set of labels.
#[derive(Clone, Debug, Default)]
struct Meaning {
    /// How many held terms have been looked at.
    looked_at: usize,
    /// Those that mean them.
    held: Vec<usize>,
}

/// Questions, answers, and which pods count where.
#[derive(Clone, Debug, Default)]
pub struct TermIndex {
    /// How many changes of the snapshot have been read.
    read: u64,
    counted: IdVec<NodeId, Counted>,
    classes: Classes,
    tables: BTreeMap<Domain, Arc<Table>>,
    node_sets: BTreeMap<CountedNodes, Arc<BitSet>>,
    tallies: Vec<(Which, Arc<Tally>)>,
    tally_ids: BTreeMap<Question, usize>,
    held: Vec<HeldTerm>,
    /// By namespace, labels, and labels of the namespace.
    meanings: BTreeMap<(NameId, Labels, Labels), Meaning>,
}

impl TermIndex {
    /// Reads what changed since the last time. Everything is counted again if a node is not what it was.
    pub fn sync(&mut self, cx: &Cx<'_>) {
        let changes = cx.snapshot.changes.since(self.read);
        let is_too_large = self.tallies.len().max(self.meanings.len()) > KEPT;
        let Some(changes) = changes.filter(|_| !is_too_large && self.counted.len() == cx.snapshot.nodes.len()) else {
            return self.rebuild(cx);
        };
        for node in changes {
            let info = &cx.snapshot.nodes[*node];
            let (known, now) = (&self.counted[*node].node, &info.node);
            if !Arc::ptr_eq(known, now) && (&known.labels, &known.taints, known.name) != (&now.labels, &now.taints, now.name) {
                return self.rebuild(cx);
            }
            self.recount(info, cx.names);
        }
        self.read = cx.snapshot.changes.head();
    }

    fn rebuild(&mut self, cx: &Cx<'_>) {
        let counted = |info: &NodeInfo| Counted { node: info.node.clone(), pods: Vec::new() };
        let counted = cx.snapshot.nodes.iter().map(counted).collect();
        *self = TermIndex { read: cx.snapshot.changes.head(), counted, ..TermIndex::default() };
        // Tallies of held terms need tables of nodes, which `counted` is enough for.
        for info in cx.snapshot.nodes.iter() {
            self.recount(info, cx.names);
        }
    }

    /// Counts what came to a node and what went.
    fn recount(&mut self, info: &NodeInfo, names: &Names) {
        let known = std::mem::take(&mut self.counted[info.id].pods);
        let same = known.iter().zip(&info.pods).take_while(|(a, b)| Arc::ptr_eq(a, b)).count();
        let (gone, come) = (&known[same..], &info.pods[same..]);
        let is_in = |list: &[Arc<Pod>], pod: &Arc<Pod>| list.iter().any(|other| Arc::ptr_eq(other, pod));
        for pod in gone.iter().filter(|pod| !is_in(come, pod)) {
            self.count(info.id, pod, -1, names);
        }
        for pod in come.iter().filter(|pod| !is_in(gone, pod)) {
            self.count(info.id, pod, 1, names);
        }
        let mut pods = known;
        pods.truncate(same);
        pods.extend_from_slice(&info.pods[same..]);
        self.counted[info.id].pods = pods;
    }

    fn count(&mut self, node: NodeId, pod: &Pod, change: i64, names: &Names) {
        let class = match self.classes.find(pod) {
            Some(class) => class,
            None => {
                let tallies = self.tallies_of(pod, names);
                self.classes.add(pod, tallies)
            }
        };
        for (tally, times) in self.classes.tallies(class) {
            Arc::make_mut(&mut self.tallies[*tally].1).change(node, times * change);
        }
        self.classes.count(class, node, change);
    }

    /// Tallies in which pods like this one count, with how often one does. Those of the terms it holds are made.
    fn tallies_of(&mut self, pod: &Pod, names: &Names) -> Vec<(usize, i64)> {
        let mut times: BTreeMap<usize, i64> = BTreeMap::new();
        for (tally, (which, _)) in self.tallies.iter().enumerate() {
            if !matches!(which, Which::Holding(..)) {
                times.insert(tally, which.count(&pod.spec, pod.is_terminating, names));
            }
        }
        for (held, term) in held_terms(&pod.spec) {
            *times.entry(self.tally_of_held(held, term)).or_default() += 1;
        }
        times.into_iter().filter(|(_, times)| *times > 0).collect()
    }

    fn tally_of_held(&mut self, held: Held, term: &AffinityTerm) -> usize {
        let which = Which::Holding(held, term.clone());
        let domain = Domain::Label(term.topology_key);
        let question = Question { which, domain, nodes: CountedNodes::default(), wants_least: false };
        if let Some(tally) = self.tally_ids.get(&question) {
            return *tally;
        }
        let tally = Tally::new(self.table(domain), None, false);
        let at = self.enter(question, tally);
        self.held.push(HeldTerm { held, term: term.clone(), tally: at });
        at
    }

    fn enter(&mut self, question: Question, tally: Tally) -> usize {
        let at = self.tallies.len();
        self.tallies.push((question.which.clone(), Arc::new(tally)));
        self.tally_ids.insert(question, at);
        at
    }

    /// Which domain each node is in.
    pub fn table(&mut self, domain: Domain) -> Arc<Table> {
        let counted = &self.counted;
        self.tables
            .entry(domain)
            .or_insert_with(|| Arc::new(Table::new(counted.iter().map(|known| &*known.node), domain)))
            .clone()
    }

    /// The nodes that count; `None` for all.
    pub fn node_set(&mut self, nodes: &CountedNodes, cx: &Cx<'_>) -> Option<Arc<BitSet>> {
        if *nodes == CountedNodes::default() {
            return None;
        }
        if let Some(set) = self.node_sets.get(nodes) {
            return Some(set.clone());
        }
        let comparison = cx.config.gates.is_on("TaintTolerationComparisonOperators");
        let mut set = BitSet::new(self.counted.len());
        for (id, known) in self.counted.iter_ids() {
            set.set(id.index(), nodes.contain(&known.node, cx.names, comparison));
        }
        let set = Arc::new(set);
        self.node_sets.insert(nodes.clone(), set.clone());
        Some(set)
    }

    /// The answer to a question about pods that are meant or selected.
    pub fn tally(&mut self, question: Question, cx: &Cx<'_>) -> Arc<Tally> {
        if let Some(tally) = self.tally_ids.get(&question) {
            return self.tallies[*tally].1.clone();
        }
        let nodes = self.node_set(&question.nodes, cx);
        let mut tally = Tally::new(self.table(question.domain), nodes, question.wants_least);
        let at = self.tallies.len();
        self.classes.ask(|pod, is_terminating| question.which.count(pod, is_terminating, cx.names), at, &mut tally);
        self.enter(question, tally);
        self.tallies[at].1.clone()
    }

    /// Terms of existing pods that mean `pod`, with how many pods hold them: those that any pod holds on a node with the
    /// topology key.
    pub fn held(&mut self, cx: &Cx<'_>, pod: &Pod) -> impl Iterator<Item = (Held, NameId, &Arc<Tally>)> {
        let spec = &pod.spec;
        let namespace_labels = cx.neighbours.namespace_labels(spec.namespace);
        let key = (spec.namespace, spec.labels.clone(), namespace_labels.clone());
        let meaning = self.meanings.entry(key).or_default();
        let new = self.held.iter().enumerate().skip(meaning.looked_at);
        let means = |term: &AffinityTerm| term.matches(spec.namespace, &spec.labels, namespace_labels, cx.names);
        meaning.held.extend(new.filter(|(_, held)| means(&held.term)).map(|(at, _)| at));
        meaning.looked_at = self.held.len();
        let all = meaning.held.iter().map(|at| &self.held[*at]);
        all.map(|held| (held.held, held.term.topology_key, &self.tallies[held.tally].1)).filter(|(_, _, tally)| tally.total() > 0)
    }
}
