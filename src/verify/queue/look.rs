//! What the queue holds after an operation, in the form of a case's `want`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::base::PodId;
use crate::sched::framework::PluginSet;
use crate::sched::queueing::{QueuedPod, SchedulingQueue};
use crate::verify::queue::objects::Reader;

/// A step of an answer. Empty values are left out.
#[derive(Debug, Default)]
pub struct Step(Map<String, Value>);

impl Step {
    /// Sets a key, unless the value is empty.
    pub fn set(&mut self, key: &str, value: impl Into<Value>) {
        let value = value.into();
        let is_empty = match &value {
            Value::Null => true,
            Value::Bool(value) => !value,
            Value::Number(number) => number.as_u64() == Some(0),
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(items) => items.is_empty(),
        };
        if !is_empty {
            self.0.insert(key.to_owned(), value);
        }
    }

    /// The object.
    pub fn done(self) -> Value {
        Value::Object(self.0)
    }
}

fn names(plugins: PluginSet) -> Vec<Value> {
    plugins.names().into_iter().map(Value::from).collect()
}

/// What was popped.
pub fn popped(entry: &QueuedPod, reader: &Reader) -> Value {
    let title = reader.title(entry.id());
    let mut step = history(entry);
    step.set("pod", title.key.as_str());
    step.set("uid", title.uid.as_str());
    step.done()
}

/// What both a popped pod and an entry are told with.
fn history(entry: &QueuedPod) -> Step {
    let mut step = Step::default();
    step.set("attempts", entry.attempts);
    step.set("unschedulablePlugins", names(entry.unschedulable));
    step.set("pendingPlugins", names(entry.pending));
    step.set("unschedulableCount", entry.unschedulable_count);
    step.set("consecutiveErrors", entry.consecutive_errors);
    step.set("flushed", entry.was_flushed);
    step
}

fn described(entry: &QueuedPod, waits: bool, reader: &Reader) -> Value {
    let mut step = history(entry);
    step.set("uid", reader.title(entry.id()).uid.as_str());
    step.set("gatingPlugin", entry.gating.map_or("", |plugin| plugin.name()));
    let mut value = step.done();
    value["timestamp"] = entry.timestamp.0.into();
    if let Some(time) = entry.initial_attempt {
        value["initialAttempt"] = time.0.into();
    }
    if let Some(time) = entry.expiry.filter(|_| waits) {
        value["expiry"] = time.0.into();
    }
    value
}

/// Notes what the queue holds. `last` is what entries were last told as.
pub fn look(queue: &SchedulingQueue, reader: &Reader, last: &mut BTreeMap<PodId, Value>, step: &mut Step) {
    let stores = &queue.stores;
    let key = |pod: &PodId| reader.title(*pod).key.clone();
    let mut seen = BTreeMap::new();
    let heaps = [("active", &stores.active), ("backoff", &stores.backoff), ("errorBackoff", &stores.error_backoff)];
    for (name, heap) in heaps {
        let order = heap.pop_order();
        for pod in &order {
            seen.extend(stores.entry(*pod).map(|entry| (*pod, described(entry, name != "active", reader))));
        }
        step.set(name, order.iter().map(key).collect::<Vec<_>>());
    }
    let (mut gated, mut waiting) = (Vec::new(), Vec::new());
    for entry in stores.pool.pods().into_iter().filter_map(|pod| stores.entry(pod)) {
        let list = if entry.gating.is_some() { &mut gated } else { &mut waiting };
        list.push(key(&entry.id()));
        seen.insert(entry.id(), described(entry, false, reader));
    }
    let mut flying: Vec<String> = queue.in_flight.pods().map(|pod| reader.title(pod).uid.clone()).collect();
    for list in [&mut gated, &mut waiting, &mut flying] {
        list.sort_unstable();
    }
    step.set("gated", gated);
    step.set("unschedulable", waiting);
    step.set("inFlight", flying);
    step.set("inFlightEvents", queue.in_flight.events() as u64);
    let nominated = queue.nominator.iter();
    let nominated = nominated.map(|(node, pods)| {
        (reader.core.names.text(node).to_owned(), json!(pods.iter().map(|pod| key(&pod.id)).collect::<Vec<_>>()))
    });
    step.set("nominated", nominated.collect::<Map<_, _>>());
    let changed = seen.iter().filter(|(pod, entry)| last.get(pod) != Some(entry));
    step.set("pods", changed.map(|(pod, entry)| (key(pod), entry.clone())).collect::<Map<_, _>>());
    *last = seen;
}
