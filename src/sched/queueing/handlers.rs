//! What informers deliver, as operations of cache and queue (`pkg/scheduler/eventhandlers.go`), and what the scheduler does
//! when an attempt fails (`schedule_one.go`).

use std::sync::Arc;

use crate::base::{NameId, Names, SimTime};
use crate::model::core::{Node, Pod};
use crate::sched::framework::{Configuration, WellKnown};
use crate::sched::queueing::assumed::Assumed;
use crate::sched::queueing::change::{node_events, pod_events};
use crate::sched::queueing::decide::Check;
use crate::sched::queueing::event::Change;
use crate::sched::queueing::informers::ObjectKey;
use crate::sched::queueing::{
    Action, ClaimView, ClassView, ClusterEvent, Failure, Informers, Listers, Nominating, QueuedPod, Resource, SchedulingQueue,
    Subject, View,
};

/// What an operation needs besides the informers.
#[derive(Clone, Copy, Debug)]
pub struct Present<'a> {
    /// The present.
    pub now: SimTime,
    /// All texts.
    pub names: &'a Names,
    /// Names that plugins know.
    pub known: &'a WellKnown,
    /// The profile.
    pub config: &'a Configuration,
}

impl<'a> Present<'a> {
    /// With the cluster as informers have it.
    pub fn view(&self, listers: &'a Informers) -> View<'a> {
        View { now: self.now, names: self.names, known: self.known, config: self.config, listers }
    }
}

/// Informers, cache and queue.
#[derive(Clone, Debug, Default)]
pub struct Handlers {
    /// What informers hold.
    pub informers: Informers,
    /// Pods that are supposed on nodes.
    pub assumed: Assumed,
    /// The queue.
    pub queue: SchedulingQueue,
    /// Events that changes were turned into, in order, also those that no plugin wants, where somebody asked for them.
    pub events: Option<Vec<ClusterEvent>>,
}

impl Handlers {
    /// Nothing yet.
    pub fn new(queue: SchedulingQueue) -> Handlers {
        Handlers { queue, ..Handlers::default() }
    }

    fn note(&mut self, events: impl IntoIterator<Item = ClusterEvent>) {
        if let Some(noted) = &mut self.events {
            noted.extend(events);
        }
    }

    fn raise(&mut self, at: &Present<'_>, event: ClusterEvent, subject: &Subject, check: Check) {
        self.note([event]);
        let view = at.view(&self.informers);
        self.queue.move_all(&view, event, subject, check);
    }

    fn raise_to_all(&mut self, at: &Present<'_>, resource: Resource, action: Action, subject: &Subject) {
        self.raise(at, ClusterEvent::new(resource, action), subject, Check::Everybody);
    }

    /// A pod is new to the informer.
    pub fn add_pod(&mut self, at: &Present<'_>, pod: Arc<Pod>) {
        self.informers.put_pod(pod.clone());
        if pod.node_name.is_some() {
            self.add_assigned(at, pod);
        } else {
            self.queue.add(&at.view(&self.informers), &pod);
        }
    }

    /// A pod is another than before. Nothing happens if the informer does not know it.
    pub fn update_pod(&mut self, at: &Present<'_>, new: Arc<Pod>) {
        let Some(old) = self.informers.put_pod(new.clone()) else { return };
        if old.node_name.is_some() {
            let subject = Subject::Pod(Change::updated(old.clone(), new.clone()));
            for event in pod_events(&old, &new, false) {
                self.raise(at, event, &subject, Check::Everybody);
            }
        } else if new.node_name.is_some() {
            self.add_assigned(at, new);
            self.queue.delete(old.id);
        } else {
            self.update_pending(at, &old, &new);
        }
    }

    fn update_pending(&mut self, at: &Present<'_>, old: &Arc<Pod>, new: &Arc<Pod>) {
        if self.assumed.contains(new.id) {
            if new.is_terminating && !old.is_terminating {
                self.delete_assumed(at, new);
            }
            return;
        }
        self.note(pod_events(old, new, true));
        self.queue.update(&at.view(&self.informers), old, new);
        if old.nominated_node_name.is_some() && old.nominated_node_name != new.nominated_node_name {
            self.leave_nominated(at, old);
        }
    }

    /// A pod is gone, or terminal. Nothing happens if the informer does not know it.
    pub fn delete_pod(&mut self, at: &Present<'_>, key: ObjectKey) {
        let Some(pod) = self.informers.remove_pod(key) else { return };
        if pod.node_name.is_some() {
            self.raise(at, ClusterEvent::ASSIGNED_POD_DELETE, &Subject::Pod(Change::deleted(pod)), Check::Everybody);
            return;
        }
        self.queue.delete(pod.id);
        if self.assumed.contains(pod.id) {
            self.delete_assumed(at, &pod);
        } else if pod.nominated_node_name.is_some() {
            self.leave_nominated(at, &pod);
        }
    }

    fn add_assigned(&mut self, at: &Present<'_>, pod: Arc<Pod>) {
        self.assumed.remove(pod.id);
        self.raise(at, ClusterEvent::ASSIGNED_POD_ADD, &Subject::Pod(Change::added(pod)), Check::Everybody);
    }

    /// The pod is not nominated to its node any more: as if it had been there and gone, to those that had to respect it.
    fn leave_nominated(&mut self, at: &Present<'_>, pod: &Arc<Pod>) {
        let check = Check::PriorityAtMost(pod.priority());
        self.raise(at, ClusterEvent::ASSIGNED_POD_DELETE, &Subject::Pod(Change::deleted(pod.clone())), check);
    }

    /// An assumed pod is being deleted. One that waits in Permit is the binding cycle's to reject.
    fn delete_assumed(&mut self, at: &Present<'_>, pod: &Arc<Pod>) {
        let Some(assumed) = self.assumed.remove(pod.id) else { return };
        self.raise(at, ClusterEvent::ASSIGNED_POD_DELETE, &Subject::Pod(Change::deleted(assumed)), Check::Everybody);
    }

    /// A node is new.
    pub fn add_node(&mut self, at: &Present<'_>, node: Arc<Node>) {
        self.raise_to_all(at, Resource::Node, Action::ADD, &Subject::Node(Change::added(node)));
    }

    /// A node is another than before.
    pub fn update_node(&mut self, at: &Present<'_>, old: Arc<Node>, new: Arc<Node>) {
        let events = node_events(&old, &new);
        let subject = Subject::Node(Change::updated(old, new));
        for event in events {
            self.raise(at, event, &subject, Check::Everybody);
        }
    }

    /// A node is gone.
    pub fn delete_node(&mut self, at: &Present<'_>, node: Arc<Node>) {
        self.raise_to_all(at, Resource::Node, Action::DELETE, &Subject::Node(Change::deleted(node)));
    }

    /// A claim is new or another than before.
    pub fn put_claim(&mut self, at: &Present<'_>, claim: ClaimView) {
        let old = self.informers.put_claim(claim).map(Arc::new);
        let action = if old.is_some() { Action::UPDATE } else { Action::ADD };
        self.raise_to_all(at, Resource::ResourceClaim, action, &Subject::Claim(Change { old, new: Some(Arc::new(claim)) }));
    }

    /// A claim is gone. Nothing happens if the informer does not know it.
    pub fn delete_claim(&mut self, at: &Present<'_>, key: ObjectKey) {
        let Some(claim) = self.informers.remove_claim(key) else { return };
        self.raise_to_all(at, Resource::ResourceClaim, Action::DELETE, &Subject::Claim(Change::deleted(Arc::new(claim))));
    }

    /// A class is new or another than before.
    pub fn put_class(&mut self, at: &Present<'_>, class: Arc<ClassView>) {
        let old = self.informers.put_class(class.clone(), at.names);
        let action = if old.is_some() { Action::UPDATE } else { Action::ADD };
        self.raise_to_all(at, Resource::DeviceClass, action, &Subject::Class(Change { old, new: Some(class) }));
    }

    /// A class is gone; no plugin asks to hear of that.
    pub fn delete_class(&mut self, name: NameId) {
        self.informers.remove_class(name);
    }

    /// A slice is new, or another than before. That one is gone, no plugin asks to hear of.
    pub fn put_slice(&mut self, at: &Present<'_>, is_new: bool) {
        let action = if is_new { Action::ADD } else { Action::UPDATE };
        self.raise_to_all(at, Resource::ResourceSlice, action, &Subject::Slice);
    }

    /// A popped pod is supposed on a node, which it has; its nomination ends. `false` if the cache has it already.
    pub fn assume(&mut self, pod: &Arc<Pod>) -> bool {
        self.queue.nominator.remove(pod.id);
        !self.is_on_node(pod) && self.assumed.insert(pod.clone())
    }

    /// True if the informer has the pod on a node.
    fn is_on_node(&self, pod: &Pod) -> bool {
        let known = self.informers.pod(pod.spec.namespace, pod.name);
        known.is_some_and(|known| known.id == pod.id && known.node_name.is_some())
    }

    /// The attempt for a popped pod failed. The pod comes back as the informer has it now, unless it is gone, has a node or
    /// was made anew.
    pub fn fail(&mut self, at: &Present<'_>, mut entry: QueuedPod, failure: Failure, nominating: Nominating) {
        failure.mark(&mut entry);
        let mut pod = entry.pod.clone();
        let view = at.view(&self.informers);
        match view.listers.pod(pod.spec.namespace, pod.name) {
            Some(known) if known.node_name.is_some() => {}
            Some(known) if known.id != pod.id => {
                self.queue.done(pod.id);
                return;
            }
            Some(known) => {
                pod = known.clone();
                entry.set_pod(pod.clone());
                self.queue.add_unschedulable(&view, entry);
            }
            None => {}
        }
        self.queue.nominator.nominate(&pod, nominating, view.listers);
        self.queue.done(pod.id);
    }

    /// The binding of a popped pod failed, which is assumed as `assumed`. Pods that it stood in the way of are woken: by an
    /// error before it comes back, by a rejection after that, and without it.
    pub fn bind_failed(
        &mut self,
        at: &Present<'_>,
        entry: QueuedPod,
        assumed: &Arc<Pod>,
        failure: Failure,
        nominating: Nominating,
    ) {
        let was_forgotten = !self.is_on_node(assumed);
        if was_forgotten {
            self.assumed.remove(assumed.id);
        }
        let subject = Subject::Pod(Change::deleted(assumed.clone()));
        let event = ClusterEvent::ASSIGNED_POD_DELETE;
        if was_forgotten && !failure.is_rejection() {
            self.raise(at, event, &subject, Check::Everybody);
        }
        self.fail(at, entry, failure, nominating);
        if was_forgotten && failure.is_rejection() {
            self.raise(at, event, &subject, Check::AllBut(assumed.id));
        }
    }
}
