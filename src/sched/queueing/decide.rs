//! Which waiting pods an event is worth another attempt for.
//!
//! [`asks_each`](crate::sched::queueing::QueueOptions::asks_each) keeps upstream's way; the other asks once for pods of one
//! specification with the same rejectors, and only users of a claim about most changes of it; large groups move as a whole.

use crate::base::PodId;
use crate::model::core::Pod;
use crate::sched::framework::{Plugin, PluginSet};
use crate::sched::queueing::hint::dynamic_resources::{Reach, concerns_users_only, reach};
use crate::sched::queueing::pool::{GroupKey, Waiting};
use crate::sched::queueing::registry::{self, Hint, Registered};
use crate::sched::queueing::woken::Batch;
use crate::sched::queueing::{ClusterEvent, SchedulingQueue, Subject, View};

/// What is done with a pod.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Strategy {
    /// It stays where it is.
    Skip,
    /// It is tried when its back-off is over.
    AfterBackoff,
    /// It is tried next.
    Immediately,
}

/// Which pods an event is shown to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Check {
    /// All.
    Everybody,
    /// Those of at most this priority.
    PriorityAtMost(i32),
    /// All but one.
    AllBut(PodId),
}

impl Check {
    fn admits(self, pod: &Pod) -> bool {
        match self {
            Check::Everybody => true,
            Check::PriorityAtMost(priority) => pod.priority() <= priority,
            Check::AllBut(other) => pod.id != other,
        }
    }
}

/// An event that is being judged.
#[derive(Clone, Debug)]
pub(super) struct Happened<'a> {
    event: ClusterEvent,
    subject: &'a Subject,
    /// Registrations for it.
    wanted: Vec<&'static Registered>,
}

impl<'a> Happened<'a> {
    pub(super) fn new(event: ClusterEvent, subject: &'a Subject) -> Happened<'a> {
        Happened { event, subject, wanted: registry::wanted(event).collect() }
    }

    /// True if a hint looks at more of a pod than its specification.
    fn is_about_each(&self, rejectors: PluginSet) -> bool {
        self.event.is_wildcard()
            || self.wanted.iter().any(|wanted| rejectors.contains(wanted.plugin) && matches!(wanted.hint, Hint::Pod(_)))
    }

    /// True if a gated pod is shown the event: it concerns the plugin that gates it.
    fn reaches_gated(&self, gating: Option<Plugin>) -> bool {
        self.event.is_wildcard() || gating.is_none_or(|plugin| self.wanted.iter().any(|wanted| wanted.plugin == plugin))
    }
}

/// What plugins said.
#[derive(Clone, Copy, Debug, Default)]
struct Rejectors {
    unschedulable: PluginSet,
    pending: PluginSet,
}

/// What is decided about the pods in the pool.
#[derive(Debug, Default)]
struct Decided {
    /// Pods that move one by one.
    each: Vec<(PodId, Strategy)>,
    /// Groups that move together.
    groups: Vec<(GroupKey, Strategy)>,
}

/// A group that is decided about.
#[derive(Clone, Copy)]
struct Asked<'a> {
    key: &'a GroupKey,
    pods: &'a Waiting,
    /// A pod that hints answer for as for all of them.
    first: &'a Pod,
    /// The one of its pods that the event is not shown to.
    left_out: Option<PodId>,
}

/// Whether an event is worth another attempt for a pod, by the hints of the plugins that rejected it. `asked` counts them.
fn judge(view: &View<'_>, pod: &Pod, by: Rejectors, what: &Happened<'_>, asked: &mut u64) -> Strategy {
    let all = by.unschedulable.union(by.pending);
    if all.is_empty() {
        return Strategy::AfterBackoff;
    }
    if what.event.is_wildcard() {
        let target = if let Subject::Pod(change) = what.subject { change.new.as_ref() } else { None };
        let is_meant = target.is_none_or(|target| target.id == pod.id);
        return if is_meant { Strategy::AfterBackoff } else { Strategy::Skip };
    }
    let mut strategy = Strategy::Skip;
    for registered in what.wanted.iter().filter(|wanted| all.contains(wanted.plugin)) {
        *asked += 1;
        let helps = match registered.hint {
            Hint::Always => true,
            Hint::Never => false,
            Hint::Spec(hint) | Hint::Pod(hint) => hint(view, pod, what.subject),
        };
        if helps && by.pending.contains(registered.plugin) {
            return Strategy::Immediately;
        }
        if helps {
            strategy = Strategy::AfterBackoff;
            if by.pending.is_empty() {
                break;
            }
        }
    }
    strategy
}

impl SchedulingQueue {
    /// Something happened: moves the pods that it may help, and records it for those in flight. What no plugin is interested
    /// in is not even recorded.
    pub fn move_all(&mut self, view: &View<'_>, event: ClusterEvent, subject: &Subject, check: Check) {
        let what = &Happened::new(event, subject);
        if what.wanted.is_empty() && !event.is_wildcard() {
            return;
        }
        self.regroup_users(view, subject);
        let mut decided = match self.narrowed(view, what) {
            Some(pods) => self.decide_each(view, what, check, pods),
            None if self.options.asks_each => self.decide_each(view, what, check, self.stores.pool.pods()),
            None => self.decide_groups(view, what, check),
        };
        self.move_groups(view, &mut decided);
        self.move_decided(view, decided.each, event, subject);
    }

    /// Whether an event is worth another attempt for the pod of an entry.
    pub(super) fn worth_requeuing(&mut self, view: &View<'_>, pod: PodId, what: &Happened<'_>) -> Strategy {
        let mut asked = 0;
        let strategy = self.stores.entry(pod).map_or(Strategy::Skip, |entry| {
            let by = Rejectors { unschedulable: entry.unschedulable, pending: entry.pending };
            judge(view, &entry.pod, by, what, &mut asked)
        });
        self.scans += asked;
        strategy
    }

    /// Pods that use the claim, behind the gate SchedulerPreQueueingHints.
    fn narrowed(&self, view: &View<'_>, what: &Happened<'_>) -> Option<Vec<PodId>> {
        let Subject::Claim(change) = what.subject else { return None };
        if !self.options.pre_queueing_hints || !concerns_users_only(what.event.resource, change) {
            return None;
        }
        let claim = change.new.as_ref().or(change.old.as_ref())?;
        let users = view.listers.pods_with_claim(claim.namespace, claim.name);
        Some(users.into_iter().filter(|pod| self.stores.pool.contains(*pod)).collect())
    }

    /// Asks for each pod apart.
    fn decide_each(&mut self, view: &View<'_>, what: &Happened<'_>, check: Check, pods: Vec<PodId>) -> Decided {
        let mut decided = Decided::default();
        self.scans += pods.len() as u64;
        for pod in pods {
            let is_shown = self
                .stores
                .entry(pod)
                .is_some_and(|entry| check.admits(&entry.pod) && (entry.gating.is_none() || what.reaches_gated(entry.gating)));
            if is_shown {
                let strategy = self.worth_requeuing(view, pod, what);
                decided.each.extend((strategy != Strategy::Skip).then_some((pod, strategy)));
            }
        }
        decided
    }

    /// Asks once for pods that are alike to the hints.
    fn decide_groups(&mut self, view: &View<'_>, what: &Happened<'_>, check: Check) -> Decided {
        let mut decided = Decided::default();
        let mut scans = self.stores.pool.len() as u64;
        for (key, group) in self.stores.pool.groups() {
            let (pods, like) = (&group.pods, &*group.like);
            let excluded = if let Check::AllBut(pod) = check { Some(pod) } else { None };
            let is_excluded = excluded.is_none() && !check.admits(like);
            if is_excluded || !what.reaches_gated(key.gating) {
                continue;
            }
            let is_about_each = what.is_about_each(key.unschedulable.union(key.pending));
            let first = if is_about_each { self.first_of(pods) } else { Some(like) };
            let Some(first) = first else { continue };
            let left_out =
                excluded.filter(|pod| self.stores.entry(*pod).is_some_and(|entry| pods.contains(&(entry.since(), entry.id()))));
            let mut asked = 0;
            let group = Asked { key, pods, first, left_out };
            self.decide_group(view, what, group, &mut decided, &mut asked);
            scans += asked * (pods.len() as u64 - u64::from(left_out.is_some()));
        }
        self.scans += scans;
        decided.each.sort_unstable();
        decided
    }

    fn first_of(&self, pods: &Waiting) -> Option<&Pod> {
        let (_, pod) = pods.first()?;
        self.stores.entry(*pod).map(|entry| &*entry.pod)
    }

    /// Decides for one group. `asked` is how many hints upstream asks for each of its pods.
    fn decide_group(&self, view: &View<'_>, what: &Happened<'_>, group: Asked<'_>, decided: &mut Decided, asked: &mut u64) {
        let Asked { key, pods, first, left_out } = group;
        let by = Rejectors { unschedulable: key.unschedulable, pending: key.pending };
        let change = if let Subject::Claim(change) = what.subject { Some(change) } else { None };
        // Only users of a claim see most changes of it; the first of the group may be none.
        let all = by.unschedulable.union(by.pending);
        let users = change.filter(|change| reach(change) == Reach::Users).and_then(|change| change.new.as_ref());
        if let Some(claim) = users.filter(|_| !all.is_empty()) {
            *asked += u64::from(all.contains(Plugin::DynamicResources));
            let users = view.listers.pods_with_claim(claim.namespace, claim.name).into_iter();
            let entries = users.filter(|pod| Some(*pod) != left_out).filter_map(|pod| self.stores.entry(pod));
            for entry in entries.filter(|entry| pods.contains(&(entry.since(), entry.id()))) {
                let strategy = judge(view, &entry.pod, by, what, &mut 0);
                decided.each.extend((strategy != Strategy::Skip).then_some((entry.id(), strategy)));
            }
            return;
        }
        let strategy = judge(view, first, by, what, asked);
        if strategy == Strategy::Skip {
            return;
        }
        if left_out.is_none() && self.moves_together(key, pods, first) {
            decided.groups.push((*key, strategy));
        } else {
            let pods = pods.iter().map(|(_, pod)| *pod).filter(|pod| Some(*pod) != left_out);
            decided.each.extend(pods.map(|pod| (pod, strategy)));
        }
    }

    /// True if all pods of a group pass PreEnqueue as far as the group tells.
    fn moves_together(&self, key: &GroupKey, pods: &Waiting, first: &Pod) -> bool {
        self.options.pops_backoff
            && pods.len() >= self.options.batch_min
            && key.gating.is_none()
            && key.has_claims
            && first.spec.gates.is_empty()
    }

    /// Moves whole groups. Pods whose preemption runs may be gated, so they move apart.
    fn move_groups(&mut self, view: &View<'_>, decided: &mut Decided) {
        for (key, strategy) in std::mem::take(&mut decided.groups) {
            for pod in self.preempting.keys() {
                if self.stores.pool.is_in(*pod, &key) {
                    self.stores.pool.remove(*pod);
                    decided.each.push((*pod, strategy));
                }
            }
            if let Some(group) = self.stores.pool.take(&key) {
                let backoff = (strategy != Strategy::Immediately).then_some(key.backoff);
                self.stores.put_in_batches(Batch::new(group.pods, group.like.priority(), backoff), &self.options, view.now);
            }
        }
        decided.each.sort_unstable();
    }

    /// Claims came or went: their users may have all of theirs now, or not any more.
    fn regroup_users(&mut self, view: &View<'_>, subject: &Subject) {
        let Subject::Claim(change) = subject else { return };
        let Some(claim) = change.new.as_ref().or(change.old.as_ref()) else { return };
        for pod in view.listers.pods_with_claim(claim.namespace, claim.name) {
            if self.stores.pool.contains(pod) {
                self.stores.put_in_pool(view, pod, &self.options);
            }
        }
    }
}
