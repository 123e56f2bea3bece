//! A pending pod was updated.

use std::sync::Arc;

use crate::model::core::Pod;
use crate::sched::queueing::change::pod_events;
use crate::sched::queueing::decide::Happened;
use crate::sched::queueing::event::Change;
use crate::sched::queueing::moves::Store;
use crate::sched::queueing::{SchedulingQueue, Subject, View};

impl SchedulingQueue {
    /// Takes note of an update: for a pod in flight its events are recorded; in the active queue or in a back-off the entry
    /// is updated in place; in the pool its events are tried one after the other until one moves it; an unknown pod is added.
    pub fn update(&mut self, view: &View<'_>, old: &Arc<Pod>, new: &Arc<Pod>) {
        let id = new.id;
        let subject = Subject::Pod(Change::updated(old.clone(), new.clone()));
        let events = pod_events(old, new, true);
        if self.in_flight.contains(id) {
            for event in events {
                self.in_flight.record(event, &subject);
            }
            return;
        }
        self.stores.look_at(id, &self.options, view.now);
        let Some(entry) = self.stores.entry_mut(id) else { return self.add(view, new) };
        entry.set_pod(new.clone());
        self.nominator.follow(old, new, view.listers);
        if self.stores.active.contains(id) {
            self.stores.put_in_active(id);
            return;
        }
        if self.stores.fix_backoff(id, &self.options) {
            return;
        }
        for event in events {
            let strategy = self.worth_requeuing(view, id, &Happened::new(event, &subject));
            let store = self.requeue(view, id, strategy);
            // Without SchedulerPopFromBackoffQ upstream goes on with the next event, though the pod has left the pool.
            if store == Store::Active || store == Store::Backoff && self.options.pops_backoff {
                break;
            }
        }
    }
}
