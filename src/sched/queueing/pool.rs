//! Pods that wait for an event (`backend/queue/unschedulable_entities.go`), gated ones included.
//!
//! Pods of one specification that the same plugins rejected are kept together, since most hints answer alike for all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::base::{Live, PodId, SimDuration, SimTime};
use crate::model::core::{Pod, PodSpec};
use crate::sched::framework::{Plugin, PluginSet};
use crate::sched::queueing::{QueueOptions, QueuedPod};

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
    /// How long their back-off is; those that came earlier are tried earlier.
    pub backoff: SimDuration,
    /// Their claims are all there.
    pub has_claims: bool,
}

/// Equal specifications have equal numbers.
#[derive(Clone, Debug, Default)]
struct Shapes {
    known: BTreeMap<u64, Vec<(Arc<PodSpec>, u32)>>,
    /// Numbers by address, of specifications that are kept in `known`, so that no other can come to be there.
    by_address: BTreeMap<usize, u32>,
    len: u32,
}

impl Shapes {
    fn number(&mut self, spec: &Arc<PodSpec>) -> u32 {
        if let Some(number) = self.by_address.get(&Arc::as_ptr(spec).addr()) {
            return *number;
        }
        let mut hasher = DefaultHasher::new();
        spec.hash(&mut hasher);
        let alike = self.known.entry(hasher.finish()).or_default();
        if let Some((_, number)) = alike.iter().find(|(known, _)| Arc::ptr_eq(known, spec) || known == spec) {
            return *number;
        }
        alike.push((spec.clone(), self.len));
        self.by_address.insert(Arc::as_ptr(spec).addr(), self.len);
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
    /// Where a pod was last put; it may have left with its whole group since then.
    places: Live<PodId, Place>,
    groups: BTreeMap<GroupKey, Group>,
    len: usize,
}

/// Pods by the time since which they wait: when they came, or were last flushed.
pub type Waiting = BTreeSet<(SimTime, PodId)>;

/// Pods of one key.
#[derive(Clone, Debug)]
pub struct Group {
    /// All of them; not empty.
    pub pods: Waiting,
    /// One that is or was among them, kept at hand for what depends on the specification alone: to search the set for a pod
    /// and the queue for its entry costs more than most hints.
    pub like: Arc<Pod>,
}

impl Pool {
    /// How many pods there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// How many of them are gated.
    pub fn gated(&self) -> usize {
        self.groups.iter().filter(|(key, _)| key.gating.is_some()).map(|(_, group)| group.pods.len()).sum()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// True if the pod is in it.
    pub fn contains(&self, pod: PodId) -> bool {
        let place = self.places.get(pod);
        place
            .is_some_and(|Place { group, since }| self.groups.get(group).is_some_and(|group| group.pods.contains(&(*since, pod))))
    }

    /// True if the pod is in this group.
    pub(super) fn is_in(&self, pod: PodId, key: &GroupKey) -> bool {
        self.contains(pod) && self.places[pod].group == *key
    }

    /// All pods, by id.
    pub fn pods(&self) -> Vec<PodId> {
        sorted(self.groups.values().flat_map(|group| &group.pods).map(|(_, pod)| *pod).collect())
    }

    /// Pods that hints answer alike for.
    pub fn groups(&self) -> impl Iterator<Item = (&GroupKey, &Group)> {
        self.groups.iter()
    }

    /// Pods that came, or were last flushed, before `limit`, by id.
    pub fn since_before(&self, limit: SimTime) -> Vec<PodId> {
        let early = |group: &Group| group.pods.range(..(limit, PodId(0))).map(|(_, pod)| *pod).collect::<Vec<_>>();
        sorted(self.groups.values().flat_map(early).collect())
    }

    /// Adds an entry, or takes note of what changed about it.
    pub(super) fn put(&mut self, entry: &mut QueuedPod, options: &QueueOptions, has_claims: bool) {
        let pod = entry.id();
        let group = GroupKey {
            shape: *entry.shape.get_or_insert_with(|| self.shapes.number(&entry.pod.spec)),
            unschedulable: entry.unschedulable,
            pending: entry.pending,
            gating: entry.gating,
            backoff: entry.backoff(options),
            has_claims,
        };
        let since = entry.since();
        self.remove(pod);
        self.places.insert(pod, Place { group, since });
        let new = || Group { pods: Waiting::new(), like: entry.pod.clone() };
        self.groups.entry(group).or_insert_with(new).pods.insert((since, pod));
        self.len += 1;
    }

    /// Takes a pod out; `false` if it is not in here.
    pub fn remove(&mut self, pod: PodId) -> bool {
        let Some(Place { group: key, since }) = self.places.remove(pod) else { return false };
        let Some(group) = self.groups.get_mut(&key) else { return false };
        let was_here = group.pods.remove(&(since, pod));
        if group.pods.is_empty() {
            self.groups.remove(&key);
        }
        self.len -= usize::from(was_here);
        was_here
    }

    /// Takes a whole group out, if there are any such pods.
    pub(super) fn take(&mut self, key: &GroupKey) -> Option<Group> {
        let group = self.groups.remove(key)?;
        self.len -= group.pods.len();
        Some(group)
    }
}

fn sorted(mut pods: Vec<PodId>) -> Vec<PodId> {
    pods.sort_unstable();
    pods
}
