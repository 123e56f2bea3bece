//! Pods that wait for an event (`backend/queue/unschedulable_entities.go`), gated ones included.
//!
//! Pods of one specification that the same plugins rejected are kept together, since most hints answer alike for all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::base::{Id, IdVec, PodId, SimTime};
use crate::model::core::PodSpec;
use crate::sched::framework::{Plugin, PluginSet};
use crate::sched::queueing::QueuedPod;

/// Pods that most hints answer alike for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct GroupKey {
    /// Number of the specification.
    shape: u32,
    /// Plugins that rejected them.
    pub unschedulable: PluginSet,
    /// Plugins that wait for something.
    pub pending: PluginSet,
    /// The plugin that gates them.
    pub gating: Option<Plugin>,
}

/// Equal specifications have equal numbers.
#[derive(Clone, Debug, Default)]
struct Shapes {
    known: BTreeMap<u64, Vec<(Arc<PodSpec>, u32)>>,
    len: u32,
}

impl Shapes {
    fn number(&mut self, spec: &Arc<PodSpec>) -> u32 {
        let mut hasher = DefaultHasher::new();
        spec.hash(&mut hasher);
        let alike = self.known.entry(hasher.finish()).or_default();
        if let Some((_, number)) = alike.iter().find(|(known, _)| Arc::ptr_eq(known, spec) || known == spec) {
            return *number;
        }
        alike.push((spec.clone(), self.len));
        self.len += 1;
        self.len - 1
    }
}

/// Where a pod is in the pool.
#[derive(Clone, Copy, Debug)]
struct Place {
    group: GroupKey,
    since: SimTime,
}

/// The pool.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    shapes: Shapes,
    places: IdVec<PodId, Option<Place>>,
    groups: BTreeMap<GroupKey, BTreeSet<PodId>>,
    waiting: BTreeSet<(SimTime, PodId)>,
}

impl Pool {
    /// How many pods there are.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// True if the pod is in it.
    pub fn contains(&self, pod: PodId) -> bool {
        self.places.get(pod).is_some_and(Option::is_some)
    }

    /// All pods, by id.
    pub fn pods(&self) -> Vec<PodId> {
        sorted(self.waiting.iter().map(|(_, pod)| *pod).collect())
    }

    /// Pods that hints answer alike for.
    pub fn groups(&self) -> impl Iterator<Item = (&GroupKey, &BTreeSet<PodId>)> {
        self.groups.iter()
    }

    /// Pods that came, or were last flushed, before `limit`, by id.
    pub fn since_before(&self, limit: SimTime) -> Vec<PodId> {
        sorted(self.waiting.iter().take_while(|(since, _)| *since < limit).map(|(_, pod)| *pod).collect())
    }

    /// Adds an entry, or takes note of what changed about it.
    pub fn put(&mut self, entry: &mut QueuedPod) {
        let pod = entry.id();
        let shape = *entry.shape.get_or_insert_with(|| self.shapes.number(&entry.pod.spec));
        let group = GroupKey { shape, unschedulable: entry.unschedulable, pending: entry.pending, gating: entry.gating };
        let since = entry.timestamp.max(entry.flushed_at.unwrap_or_default());
        self.remove(pod);
        while self.places.len() <= pod.index() {
            self.places.push(None);
        }
        self.places[pod] = Some(Place { group, since });
        self.groups.entry(group).or_default().insert(pod);
        self.waiting.insert((since, pod));
    }

    /// Takes a pod out; `false` if it is not in here.
    pub fn remove(&mut self, pod: PodId) -> bool {
        let Some(place) = self.places.get(pod).copied().flatten() else { return false };
        self.places[pod] = None;
        self.waiting.remove(&(place.since, pod));
        if let Some(group) = self.groups.get_mut(&place.group) {
            group.remove(&pod);
            if group.is_empty() {
                self.groups.remove(&place.group);
            }
        }
        true
    }
}

fn sorted(mut pods: Vec<PodId>) -> Vec<PodId> {
    pods.sort_unstable();
    pods
}
