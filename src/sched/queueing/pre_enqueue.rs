//! What a pod must pass before it can be tried (PreEnqueue of SchedulingGates, DynamicResources and DefaultPreemption).

use crate::base::PodId;
use crate::model::core::Pod;
use crate::sched::framework::Plugin;
use crate::sched::queueing::listers::claims_of;
use crate::sched::queueing::{SchedulingQueue, View};

/// Upstream asks them in map order, after the one that gates the pod already.
const PLUGINS: [Plugin; 3] = [Plugin::SchedulingGates, Plugin::DynamicResources, Plugin::DefaultPreemption];

impl SchedulingQueue {
    /// Asks the plugins; the first that refuses gates the pod and joins those that rejected it. `true` if none does.
    pub(super) fn passes_pre_enqueue(&mut self, view: &View<'_>, id: PodId) -> bool {
        let Some(entry) = self.stores.entry(id) else { return false };
        let first = entry.gating;
        let others = PLUGINS.into_iter().filter(|plugin| Some(*plugin) != first);
        let refusing = first.into_iter().chain(others).find(|plugin| self.refuses(view, *plugin, &entry.pod));
        if let Some(entry) = self.stores.entry_mut(id) {
            entry.gating = refusing;
            if let Some(plugin) = refusing {
                entry.unschedulable.insert(plugin);
            }
        }
        refusing.is_none()
    }

    fn refuses(&self, view: &View<'_>, plugin: Plugin, pod: &Pod) -> bool {
        match plugin {
            Plugin::SchedulingGates => !pod.spec.gates.is_empty(),
            Plugin::DynamicResources => claims_of(view.listers, pod).is_none(),
            Plugin::DefaultPreemption => self.options.async_preemption && self.is_preempting(view, pod.id),
            _ => false,
        }
    }

    /// True until the last victim goes; that all others do, the preemption itself waits for.
    fn is_preempting(&self, view: &View<'_>, pod: PodId) -> bool {
        self.preempting.get(&pod).is_some_and(|victim| match victim {
            None => true,
            Some((namespace, name)) => view.listers.pod(*namespace, *name).is_some_and(|victim| !victim.is_terminating),
        })
    }
}
