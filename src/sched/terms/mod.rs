//! Counts of pods by topology domain that are kept up to date, so that InterPodAffinity and PodTopologySpread need not walk
//! over all pods for each attempt.
//!
//! What the plugins ask of the pods in a cluster has one form, a [`Question`]: how many pods, of those that some terms mean
//! (or: that hold some term themselves), are on nodes that count, by the value of a topology key? Pods of one template ask
//! the same questions, and there are few templates. [`TermIndex`] holds the answer to each question it was ever asked, a
//! [`Tally`], and changes the answers when a pod comes or goes.
//!
//! - Pods that look alike to others (namespace, labels, affinity, terminating or not) are one *class*. A class knows the
//!   tallies it counts in, so that a pod that comes or goes costs one look-up and one addition for each of them. A new class is held
//!   against all questions once; a new question is held against all classes once, and summed up from where their pods are.
//! - What existing pods say of the incoming pod is a question like the others: "how many pods hold this term". Which of the
//!   held terms mean a pod is remembered by namespace and labels.
//! - Which nodes count (all topology keys there, node affinity and taints of the pod, if a policy honours them) is part of
//!   the question.
//! - The filter of PodTopologySpread needs the least count of all domains: a tally can keep, for each count, how many domains
//!   have it.
//!
//! A plugin's state shares the tallies, and lays over them what a preemption dry run or a nominated pod changes. The answers
//! are those of the walk, number by number; a property test compares them.
//!
//! The index reads the snapshot's log of changes. When a node comes, goes or changes labels or taints, it is built again,
//! which costs about as much as one walk over all pods; answers come back as they are asked for.

mod ask;
mod class;
mod index;
mod question;
mod tally;

#[cfg(test)]
mod tests;

pub use ask::Asked;
pub use index::TermIndex;
pub use question::{CountedNodes, Domain, Held, Question, Which};
pub use tally::{Table, Tally};
