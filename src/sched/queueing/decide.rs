//! Which waiting pods an event is worth another attempt for.
//!
//! [`SchedulingQueue::asks_each`](crate::sched::queueing::QueueOptions::asks_each) keeps upstream's way; the other asks once
//! for pods of one specification with the same rejectors, and only users of a claim about most changes of it.

use std::collections::BTreeSet;

use crate::base::PodId;
use crate::model::core::Pod;
use crate::sched::framework::{Plugin, PluginSet};
use crate::sched::queueing::hint::dynamic_resources::{Reach, concerns_users_only, reach};
use crate::sched::queueing::pool::GroupKey;
use crate::sched::queueing::registry::{self, Hint};
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
#[derive(Clone, Copy, Debug)]
pub(super) struct Happened<'a> {
    pub event: ClusterEvent,
    pub subject: &'a Subject,
}

/// What plugins said.
#[derive(Clone, Copy, Debug, Default)]
struct Rejectors {
    unschedulable: PluginSet,
    pending: PluginSet,
}

/// Whether an event is worth another attempt for a pod, by the hints of the plugins that rejected it. `asked` counts them.
fn judge(view: &View<'_>, pod: &Pod, by: Rejectors, what: Happened<'_>, asked: &mut u64) -> Strategy {
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
    for registered in registry::asked(what.event, all) {
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

/// True if a gated pod is shown the event: it concerns the plugin that gates it.
fn reaches_gated(gating: Option<Plugin>, event: ClusterEvent) -> bool {
    let of = |plugin| registry::asked(event, PluginSet::of(plugin)).next().is_some();
    event.is_wildcard() || gating.is_none_or(of)
}

impl SchedulingQueue {
    /// Something happened: moves the pods that it may help, and records it for those in flight. What no plugin is interested
    /// in is not even recorded.
    pub fn move_all(&mut self, view: &View<'_>, event: ClusterEvent, subject: &Subject, check: Check) {
        if !registry::is_of_interest(event) {
            return;
        }
        let what = Happened { event, subject };
        let narrowed = self.narrowed(view, what);
        let moved = match narrowed {
            Some(pods) => self.decide_each(view, what, check, pods),
            None if self.options.asks_each => self.decide_each(view, what, check, self.stores.pool.pods()),
            None => self.decide_groups(view, what, check),
        };
        self.move_decided(view, moved, event, subject);
    }

    /// Whether an event is worth another attempt for the pod of an entry.
    pub(super) fn worth_requeuing(&mut self, view: &View<'_>, pod: PodId, what: Happened<'_>) -> Strategy {
        let mut asked = 0;
        let strategy = self.stores.entry(pod).map_or(Strategy::Skip, |entry| {
            let by = Rejectors { unschedulable: entry.unschedulable, pending: entry.pending };
            judge(view, &entry.pod, by, what, &mut asked)
        });
        self.scans += asked;
        strategy
    }

    /// Pods that use the claim, behind the gate SchedulerPreQueueingHints.
    fn narrowed(&self, view: &View<'_>, what: Happened<'_>) -> Option<Vec<PodId>> {
        let Subject::Claim(change) = what.subject else { return None };
        if !self.options.pre_queueing_hints || !concerns_users_only(what.event.resource, change) {
            return None;
        }
        let claim = change.new.as_ref().or(change.old.as_ref())?;
        let users = view.listers.pods_with_claim(claim.namespace, claim.name);
        Some(users.into_iter().filter(|pod| self.stores.pool.contains(*pod)).collect())
    }

    /// Asks for each pod apart.
    fn decide_each(&mut self, view: &View<'_>, what: Happened<'_>, check: Check, pods: Vec<PodId>) -> Vec<(PodId, Strategy)> {
        let mut moved = Vec::new();
        self.scans += pods.len() as u64;
        for pod in pods {
            let is_shown = self.stores.entry(pod).is_some_and(|entry| {
                check.admits(&entry.pod) && (entry.gating.is_none() || reaches_gated(entry.gating, what.event))
            });
            if is_shown {
                let strategy = self.worth_requeuing(view, pod, what);
                moved.extend((strategy != Strategy::Skip).then_some((pod, strategy)));
            }
        }
        moved
    }

    /// Asks once for pods that are alike to the hints.
    fn decide_groups(&mut self, view: &View<'_>, what: Happened<'_>, check: Check) -> Vec<(PodId, Strategy)> {
        let mut moved = Vec::new();
        let mut scans = self.stores.pool.len() as u64;
        let excluded = if let Check::AllBut(pod) = check { Some(pod) } else { None };
        for (key, pods) in self.stores.pool.groups() {
            let Some(first) = pods.first().and_then(|pod| self.stores.entry(*pod)) else { continue };
            let is_excluded = excluded.is_none() && !check.admits(&first.pod);
            if is_excluded || !reaches_gated(key.gating, what.event) {
                continue;
            }
            let left_out = excluded.filter(|pod| pods.contains(pod));
            let shown = pods.len() as u64 - u64::from(left_out.is_some());
            let mut asked = 0;
            let before = moved.len();
            self.decide_group(view, what, (key, pods), &mut moved, &mut asked);
            scans += asked * shown;
            if let Some(at) = moved[before..].iter().position(|(pod, _)| Some(*pod) == left_out) {
                moved.remove(before + at);
            }
        }
        self.scans += scans;
        moved.sort_unstable();
        moved
    }

    /// Decides for one group. `asked` is how many hints upstream asks for each of its pods.
    fn decide_group(
        &self,
        view: &View<'_>,
        what: Happened<'_>,
        (key, pods): (&GroupKey, &BTreeSet<PodId>),
        moved: &mut Vec<(PodId, Strategy)>,
        asked: &mut u64,
    ) {
        let by = Rejectors { unschedulable: key.unschedulable, pending: key.pending };
        let all = by.unschedulable.union(by.pending);
        let is_own = registry::asked(what.event, all).any(|registered| matches!(registered.hint, Hint::Pod(_)));
        let judge_one = |pod: &PodId, asked: &mut u64| {
            self.stores.entry(*pod).map_or(Strategy::Skip, |entry| judge(view, &entry.pod, by, what, asked))
        };
        if !is_own {
            let strategy = pods.first().map_or(Strategy::Skip, |pod| judge_one(pod, asked));
            if strategy != Strategy::Skip {
                moved.extend(pods.iter().map(|pod| (*pod, strategy)));
            }
            return;
        }
        // Only a claim is a matter of the pod itself, and only DynamicResources is asked about it.
        *asked += 1;
        let users;
        let candidates: Box<dyn Iterator<Item = &PodId>> = match what.subject {
            Subject::Claim(change) if reach(change) == Reach::Nobody => return,
            Subject::Claim(change) if reach(change) == Reach::Users => {
                let Some(claim) = &change.new else { return };
                users = view.listers.pods_with_claim(claim.namespace, claim.name);
                Box::new(users.iter().filter(|pod| pods.contains(pod)))
            }
            _ => Box::new(pods.iter()),
        };
        for pod in candidates {
            let strategy = judge_one(pod, &mut 0);
            moved.extend((strategy != Strategy::Skip).then_some((*pod, strategy)));
        }
    }
}
